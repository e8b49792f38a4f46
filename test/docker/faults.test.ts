import { chmod } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { FakeDocker, type Answer } from './fake-docker.ts'
import { Follow, POLL, RELIST } from './follow.ts'
import { id, row } from './rows.ts'

const HTML = '<html><body>502 Bad Gateway</body></html>'
const TRUNCATED = JSON.stringify([row(1), row(2)]).slice(0, -20)
const NOBODY = 65_534

/** Milliseconds after which a daemon that hangs is given up here: enough for one that does not, on a busy machine. */
const SOON = 250
const patience = (answer: Answer) => (answer === 'hang' ? SOON : undefined)
const often = (answer: Answer) => (answer === 'hang' ? 2 : 10)

test('I-01 the daemon is absent at the start: nothing is said to run, and it is found when it comes', async () => {
  await using fake = await FakeDocker.start('absent')
  await using follow = new Follow(fake)
  const first = follow.sight()
  expect(await follow.lost(1)).toEqual([expect.stringContaining('ENOENT')])
  fake.rows = [row(1)]
  await fake.listen()
  follow.comeBack()
  expect((await first).containers.size).toBe(1)
})

test('I-01 a socket we may not open is no empty daemon', async () => {
  await using fake = await FakeDocker.start()
  const letIn = await lockOut(fake)
  await using follow = new Follow(fake)
  const first = follow.sight()
  expect(await follow.lost(1)).toEqual([expect.stringContaining('EACCES')])
  await letIn()
  follow.comeBack()
  expect((await first).changed).toBe('all')
})

const unsound: Record<string, { answer: Answer; reason: string | RegExp }> = {
  'accepts and hangs': { answer: 'hang', reason: `no answer within ${SOON} ms` },
  'answers 500': { answer: { status: 500, body: '{"message":"no"}' }, reason: /Docker answered 500: .*no/ },
  'answers 304': { answer: { status: 304, body: '' }, reason: 'Docker answered 304: ""' },
  'answers HTML': { answer: { body: HTML }, reason: 'the answer is no list' },
  'answers null': { answer: { body: 'null' }, reason: 'the answer is no list' },
  'answers {}': { answer: { body: '{}' }, reason: 'the answer is no list' },
  'answers nothing': { answer: { body: '' }, reason: 'the list ends before it is complete' },
  'answers 200 with an error': { answer: { body: '{"message":"no"}' }, reason: 'the answer is no list' },
  'answers truncated JSON': { answer: { body: TRUNCATED }, reason: 'the list ends before it is complete' },
  'answers garbled JSON': { answer: { body: '[{"Id":}]' }, reason: /is not valid JSON/ },
  'answers rows without labels': { answer: { body: '[{}]' }, reason: /^container 0 of Docker's list: / },
}
const faults = Object.entries(unsound).map(([name, fault]) => ({ name, ...fault }))

test.for(faults)('I-01 a daemon that $name at the start: nothing is said to run', async ({ answer, reason }) => {
  await using fake = await FakeDocker.start()
  fake.listAnswer = answer
  await using follow = new Follow(fake, patience(answer))
  let seen = false
  const first = follow.sight().finally(() => (seen = true))
  for (let times = 1; times <= often(answer); times++) {
    expect((await follow.lost(times)).at(-1)).toMatch(reason)
    expect(seen).toBe(false)
    if (times < often(answer)) follow.comeBack()
  }
  fake.listAnswer = undefined
  fake.rows = [row(1)]
  follow.comeBack()
  expect((await first).containers.size).toBe(1)
})

test.for(faults)('I-11 a daemon that $name later on: what was seen last stays', async ({ answer, reason }) => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1), row(2)]
  await using follow = new Follow(fake, patience(answer))
  const { containers, syncedAt } = await follow.sight()
  const before = [...containers.values()]
  fake.listAnswer = answer
  const next = follow.sight()
  await expect.poll(() => follow.clock.pauses, POLL).toContain(RELIST)
  follow.clock.turn(RELIST)
  for (let times = 1; times <= often(answer); times++) {
    expect((await follow.lost(times)).at(-1)).toMatch(reason)
    expect([...containers.values()]).toEqual(before)
    if (times < often(answer)) follow.comeBack()
  }
  fake.listAnswer = undefined
  follow.comeBack()
  const sight = await next
  expect(sight.changed).toEqual(new Set())
  expect(sight.syncedAt).toBeGreaterThan(syncedAt)
  expect([...sight.containers.values()].every((container, i) => container === before[i])).toBe(true)
})

test('I-11 an empty list is believed', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1)]
  await using follow = new Follow(fake)
  await follow.sight()
  fake.rows = []
  follow.clock.turn(RELIST)
  const sight = await follow.sight()
  expect([sight.changed, sight.containers.size]).toEqual([new Set([id(1)]), 0])
})

test.for(['hang', { status: 500, body: 'no' }] as const)('I-01 a stream that is not given: %j', async (answer) => {
  await using fake = await FakeDocker.start()
  fake.eventsAnswer = answer
  await using follow = new Follow(fake, patience(answer))
  const first = follow.sight()
  expect(await follow.lost(1)).toEqual([expect.stringMatching(/^no answer within|^Docker answered 500: "no"/)])
  // Without events nothing is listed either: subscribed first, listed then.
  expect(fake.calls).toEqual(['events'])
  fake.eventsAnswer = undefined
  follow.comeBack()
  expect((await first).changed).toBe('all')
})

test('I-04 what starts before the stream is open is in the list, as that is asked for afterwards', async () => {
  await using fake = await FakeDocker.start()
  fake.beforeEvents = () => {
    fake.rows = [row(8)]
    fake.tell('start', id(8))
  }
  await using follow = new Follow(fake)
  expect((await follow.sight()).containers.has(id(8))).toBe(true)
  expect(fake.calls).toEqual(['events', 'all'])
})

test('I-04 what starts while the list is on its way is looked at after it', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1)]
  fake.beforeList = () => {
    fake.beforeList = () => undefined
    fake.rows = [row(1), row(8)]
    fake.tell('start', id(8))
  }
  await using follow = new Follow(fake)
  expect((await follow.sight()).containers.has(id(8))).toBe(false)
  expect((await follow.sight()).changed).toEqual(new Set([id(8)]))
})

test('I-06 what stops and starts while the stream is lost is seen once it is back, without an event', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(4, { Labels: { 'labelgate.public': '/**' } })]
  await using follow = new Follow(fake)
  await follow.sight()
  const next = follow.sight()
  fake.endStreams()
  await follow.lost(1)
  fake.rows = [row(5, { Labels: { 'labelgate.allow': 'group:admins' } })]
  follow.comeBack()
  const sight = await next
  expect([sight.changed, [...sight.containers.keys()]]).toEqual([new Set([id(4), id(5)]), [id(5)]])
  expect(fake.calls).toEqual(['events', 'all', 'events', 'all'])
})

test('I-06 a daemon that is killed and comes back is followed again', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1)]
  await using follow = new Follow(fake)
  await follow.sight()
  const next = follow.sight()
  await fake.die()
  await follow.lost(1)
  follow.comeBack()
  await follow.lost(2)
  fake.rows = [row(2)]
  await fake.listen()
  follow.comeBack()
  expect([...(await next).containers.keys()]).toEqual([id(2)])
})

const garbage = ['<html>', 'null', '{}', '[]', '{"Type":"container","Action":"start"}', '{"Type":"container"']
test.for(garbage)('I-06 a stream that says %s is opened anew', async (line) => {
  await using fake = await FakeDocker.start()
  await using follow = new Follow(fake)
  await follow.sight()
  const next = follow.sight()
  fake.say(`${line}\n`)
  await follow.lost(1)
  follow.comeBack()
  await next
  expect(fake.calls).toEqual(['events', 'all', 'events', 'all'])
  await expect.poll(() => fake.listeners, POLL).toBe(1)
})

test('I-06 a stream that is half open is found out by the list, and opened anew', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1)]
  await using follow = new Follow(fake)
  await follow.sight()
  fake.goDeaf()
  fake.rows = [row(1), row(8)]
  follow.clock.turn(RELIST)
  expect((await follow.sight()).changed).toEqual(new Set([id(8)]))
  const next = follow.sight()
  expect(await follow.lost(1)).toEqual(['the stream of events said nothing of 1 changed containers'])
  follow.comeBack()
  await next
  expect(fake.listeners).toBe(1)
})

test('news that was announced, and is first seen in the list, leaves the stream as it is', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1)]
  await using follow = new Follow(fake)
  await follow.sight()
  const next = follow.sight()
  fake.tell('create', id(8))
  await expect.poll(() => fake.calls, POLL).toEqual(['events', 'all', 1])
  fake.rows = [row(1), row(8)]
  follow.clock.turn(RELIST)
  expect((await next).changed).toEqual(new Set([id(8)]))
  const after = follow.sight()
  await expect.poll(() => follow.clock.pauses, POLL).toContain(RELIST)
  follow.clock.turn(RELIST)
  expect((await after).changed).toEqual(new Set())
  expect(follow.losses).toEqual([])
})

test('each failure in a row waits twice as long, up to 15 s, until a stream has lasted from one list to the next', async () => {
  await using fake = await FakeDocker.start()
  fake.eventsAnswer = { status: 500, body: '' }
  await using follow = new Follow(fake)
  const first = follow.sight()
  for (let times = 1; times <= 9; times++) {
    await follow.lost(times)
    if (times < 9) follow.comeBack()
  }
  expect(follow.losses.map(({ wait }) => wait)).toEqual([200, 400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000])
  fake.eventsAnswer = undefined
  follow.comeBack()
  await first
  // One that is given and lost at once is no success.
  const second = follow.sight()
  fake.endStreams()
  await follow.lost(10)
  expect(follow.losses.at(-1)?.wait).toBe(15_000)
  follow.comeBack()
  await second
  const lasting = follow.sight()
  await expect.poll(() => follow.clock.pauses, POLL).toContain(RELIST)
  follow.clock.turn(RELIST)
  await lasting
  const next = follow.sight()
  fake.endStreams()
  await follow.lost(11)
  expect(follow.losses.at(-1)?.wait).toBe(200)
  follow.comeBack()
  await next
})

/** Takes us the right to open its socket. Root has every right, and so becomes somebody else meanwhile. */
async function lockOut(fake: FakeDocker): Promise<() => Promise<void>> {
  const path = fake.host.slice('unix://'.length)
  if (process.geteuid?.() !== 0) {
    await chmod(path, 0)
    return () => chmod(path, 0o600)
  }
  process.seteuid?.(NOBODY)
  return async () => {
    process.seteuid?.(0)
  }
}
