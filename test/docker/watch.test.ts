import { expect, test } from 'vitest'
import type { Sight } from '../../src/docker/watch.ts'
import { FakeDocker } from './fake-docker.ts'
import { ECHO, Follow, POLL, RELIST } from './follow.ts'
import { id, row } from './rows.ts'

const names = ({ containers }: Sight) => [...containers.values()].map(({ name }) => name).toSorted()

test('first everything is seen; then an event brings one look at its container alone', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1), row(2)]
  await using follow = new Follow(fake)
  const first = await follow.sight()
  expect(first).toMatchObject({ changed: 'all', syncedAt: follow.clock.now() })
  expect(names(first)).toEqual(['app-1', 'app-2'])

  fake.rows = [row(1), row(2, { State: 'exited', Status: 'Exited (0) 1 second ago' })]
  fake.tell('stop', id(2))
  const second = await follow.sight()
  expect(second.changed).toEqual(new Set([id(2)]))
  expect(second.containers.get(id(2))?.state).toBe('exited')
  expect(fake.calls).toEqual(['events', 'all', 1])
})

test('a container that is gone when it is looked at has left', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1), row(2)]
  await using follow = new Follow(fake)
  await follow.sight()
  fake.rows = [row(1)]
  fake.tell('start', id(2))
  const sight = await follow.sight()
  expect([sight.changed, names(sight)]).toEqual([new Set([id(2)]), ['app-1']])
})

test('what has not changed stays the same object, and a list without news confirms what is known', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1), row(2)]
  await using follow = new Follow(fake)
  const first = await follow.sight()
  const before = [...first.containers.values()]
  follow.clock.turn(RELIST)
  const second = await follow.sight()
  expect(second).toMatchObject({ changed: new Set(), syncedAt: first.syncedAt + RELIST })
  expect([...second.containers.values()].every((container, i) => container === before[i])).toBe(true)
})

test('the uptime in a status is no change', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1)]
  await using follow = new Follow(fake)
  await follow.sight()
  fake.rows = [row(1, { Status: 'Up 4 minutes' })]
  follow.clock.turn(RELIST)
  expect((await follow.sight()).changed).toEqual(new Set())
})

test('the first event is looked at while others still come; those that came meanwhile cost one look', async () => {
  await using fake = await FakeDocker.start()
  await using follow = new Follow(fake)
  await follow.sight()
  const many = Array.from({ length: 20 }, (_, i) => i + 1)
  // The first look is held up until the daemon has told of all others, three times each.
  fake.beforeList = async () => {
    fake.beforeList = () => undefined
    fake.rows = many.map((n) => row(n))
    for (const action of ['create', 'connect', 'start']) for (const n of many.slice(1)) fake.tell(action, id(n))
    fake.tell('kill', id(99))
    await new Promise((resolve) => setImmediate(resolve))
  }
  fake.rows = [row(1)]
  fake.tell('start', id(1))
  expect((await follow.sight()).changed).toEqual(new Set([id(1)]))
  const seen = new Set<string>()
  while (seen.size < 19) for (const one of (await follow.sight()).changed) seen.add(one)
  expect(fake.calls.slice(0, 3)).toEqual(['events', 'all', 1])
  // One look, or two where the socket handed over the burst in two pieces; never one an event.
  expect(fake.calls.length).toBeLessThanOrEqual(5)
})

test('a burst about more than fifty containers is one list of everything', async () => {
  await using fake = await FakeDocker.start()
  await using follow = new Follow(fake)
  await follow.sight()
  const many = Array.from({ length: 60 }, (_, i) => i + 1)
  fake.rows = many.map((n) => row(n))
  const event = (n: number) => JSON.stringify({ Type: 'container', Action: 'start', Actor: { ID: id(n) } })
  fake.say(`${many.map(event).join('\n')}\n`)
  const sizes = [(await follow.sight()).containers.size]
  while (sizes.at(-1) !== 60) sizes.push((await follow.sight()).containers.size)
  expect(fake.calls.slice(2)).toEqual([1, 'all'])
})

test.for([
  { rounds: 2, looks: 2 },
  { rounds: 5, looks: 3 },
])('what the list says $rounds rounds after the event is seen at look $looks', async ({ rounds, looks }) => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1), row(2)]
  await using follow = new Follow(fake)
  await follow.sight()
  fake.tell('stop', id(1))
  const next = follow.sight()
  const looked = (times: number) => ['events', 'all', ...Array.from({ length: times }, () => 1)]
  await expect.poll(() => fake.calls, POLL).toEqual(looked(1))
  for (let round = 1; round <= rounds; round++) {
    if (round === rounds) fake.rows = [row(1, { State: 'exited', Status: 'Exited (0)' }), row(2)]
    await expect.poll(() => follow.clock.pauses, POLL).toContain(ECHO)
    follow.clock.turn(ECHO)
    if (round === 2) await expect.poll(() => fake.calls, POLL).toEqual(looked(2))
  }
  expect((await next).changed).toEqual(new Set([id(1)]))
  expect(fake.calls).toEqual(looked(looks))
})

const held = (fake: FakeDocker) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  fake.beforeList = () => promise
  return resolve
}

test('I-09 a container ends: that is known before the daemon answers, whatever its list says for two seconds', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1), row(2)]
  await using follow = new Follow(fake)
  await follow.sight()
  const letGo = held(fake)
  fake.tell('die', id(2))
  const sight = await follow.sight()
  expect([sight.changed, sight.containers.get(id(2))?.state]).toEqual([new Set([id(2)]), 'exited'])
  letGo()
  // moby's list still says that it runs
  fake.tell('rename', id(1))
  fake.rows = [row(1, { Names: ['/renamed'] }), row(2)]
  const next = await follow.sight()
  expect(next.changed).toEqual(new Set([id(1)]))
  expect(next.containers.get(id(2))?.state).toBe('exited')
})

test('it starts again: it runs once the list says so', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1)]
  await using follow = new Follow(fake)
  await follow.sight()
  fake.tell('die', id(1))
  await follow.sight()
  fake.tell('start', id(1))
  expect((await follow.sight()).containers.get(id(1))?.state).toBe('running')
})

test('after three seconds the list is believed', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1)]
  await using follow = new Follow(fake)
  await follow.sight()
  fake.tell('die', id(1))
  await follow.sight()
  const next = follow.sight()
  await expect.poll(() => follow.clock.pauses, POLL).toContain(RELIST)
  follow.clock.turn(RELIST)
  expect((await next).containers.get(id(1))?.state).toBe('running')
})

test('a container is created: its labels are known before the daemon answers', async () => {
  await using fake = await FakeDocker.start()
  await using follow = new Follow(fake)
  await follow.sight()
  const letGo = held(fake)
  const Attributes = { name: 'web', image: 'nginx', 'labelgate.allow': 'group:admins' }
  const event = { Type: 'container', Action: 'create', time: 1_800_000_000, Actor: { ID: id(7), Attributes } }
  fake.say(`${JSON.stringify(event)}\n`)
  const sight = await follow.sight()
  expect(sight.changed).toEqual(new Set([id(7)]))
  expect(sight.containers.get(id(7))).toMatchObject({
    name: 'web',
    state: 'created',
    labels: { 'labelgate.allow': 'group:admins' },
  })
  fake.rows = [row(7)]
  letGo()
  fake.tell('start', id(7))
  expect((await follow.sight()).containers.get(id(7))?.state).toBe('running')
})

test('one that is gone again before it was ever looked at is forgotten', async () => {
  await using fake = await FakeDocker.start()
  await using follow = new Follow(fake)
  await follow.sight()
  const letGo = held(fake)
  const actor = { ID: id(7), Attributes: { name: 'web' } }
  fake.say(`${JSON.stringify({ Type: 'container', Action: 'create', time: 1, Actor: actor })}\n`)
  expect((await follow.sight()).containers.has(id(7))).toBe(true)
  fake.tell('destroy', id(7))
  const next = follow.sight()
  letGo()
  expect((await next).containers.has(id(7))).toBe(false)
})

test('a rename storm costs looks, not one a rename', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1)]
  await using follow = new Follow(fake)
  await follow.sight()
  for (let i = 0; i < 2000; i++) fake.tell('rename', id(1))
  fake.rows = [row(1, { Names: ['/last'] })]
  expect((await follow.sight()).containers.get(id(1))?.name).toBe('last')
  expect(fake.calls.length).toBeLessThan(40)
})

test('when it is stopped the iteration returns, and nothing of it is left', async () => {
  await using fake = await FakeDocker.start()
  const follow = new Follow(fake)
  await follow.sight()
  expect(fake.open).toBeGreaterThan(0)
  const next = follow.sights.next()
  follow.stop()
  expect(await next).toEqual({ value: undefined, done: true })
  await expect.poll(() => [fake.open, follow.clock.pauses], POLL).toEqual([0, []])
  expect(follow.losses).toEqual([])
})

test('when the loop around it is left nothing of it is left either', async () => {
  await using fake = await FakeDocker.start()
  const follow = new Follow(fake)
  for await (const sight of follow.sights) if (sight.changed === 'all') break
  await expect.poll(() => [fake.open, follow.clock.pauses], POLL).toEqual([0, []])
})

test.for(['while it waits for the daemon', 'while the daemon does not answer'])(
  'it can be stopped %s',
  async (when) => {
    await using fake = await FakeDocker.start(when.startsWith('while it waits') ? 'absent' : undefined)
    fake.eventsAnswer = 'hang'
    const follow = new Follow(fake)
    const next = follow.sights.next()
    await expect.poll(() => follow.losses.length + fake.calls.length, POLL).toBe(1)
    follow.stop()
    expect(await next).toEqual({ value: undefined, done: true })
    await expect.poll(() => fake.open, POLL).toBe(0)
  },
)

test('a hundred lost streams leave no listener, no socket and no pause behind', async () => {
  await using fake = await FakeDocker.start()
  await using follow = new Follow(fake)
  const warnings: Error[] = []
  const warn = (warning: Error) => void warnings.push(warning)
  process.on('warning', warn)
  await follow.sight()
  for (let lost = 1; lost <= 100; lost++) {
    const next = follow.sight()
    fake.endStreams()
    await follow.lost(lost)
    follow.comeBack()
    await next
  }
  process.off('warning', warn)
  expect(warnings).toEqual([])
  await expect.poll(() => [fake.listeners, fake.open], POLL).toEqual([1, 1])
  expect(follow.stopListeners).toBe(1)
  expect(new Set(follow.clock.pauses)).toEqual(new Set([RELIST, ECHO]))
  expect(follow.clock.pauses).toHaveLength(2)
})
