import { expect, test } from 'vitest'
import type { Sight } from '../../src/docker/watch.ts'
import { FakeDocker } from './fake-docker.ts'
import { Follow, RELIST } from './follow.ts'
import { id, row } from './rows.ts'

const labels = (many: number, n: number) =>
  Object.fromEntries(Array.from({ length: many }, (_, i) => [`org.example.team.label-${i}`, `value ${i} of ${n}`]))
const rows = (count: number, many: number) =>
  Array.from({ length: count }, (_, n) => row(n, { Labels: labels(many, n) }))

/** A large host, whose list is written out beforehand: only what the watch does is to be counted. */
async function large(count: number, many: number) {
  const fake = await FakeDocker.start()
  fake.rows = rows(count, many)
  const body = JSON.stringify(fake.rows)
  fake.listAnswer = { body }
  return { fake, megabytes: body.length / 1e6 }
}

/** Milliseconds of processor time, in this process and whatever others do. */
async function cost(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/**
 * Milliseconds of processor time that the longest turn of the event loop took, from now until it is asked for. Time on
 * the wall would count other programs too.
 */
function watchTurns(): () => number {
  let [longest, over] = [0, false]
  let before = process.threadCpuUsage()
  const turn = () => {
    const { user, system } = process.threadCpuUsage(before)
    longest = Math.max(longest, (user + system) / 1000)
    before = process.threadCpuUsage()
    if (!over) setImmediate(turn)
  }
  turn()
  return () => {
    over = true
    return longest
  }
}

test('H-25 the list of 5,000 containers with 50 labels each takes less than 2 s, and nobody waits 200 ms', async () => {
  const { fake } = await large(5000, 50)
  await using _ = fake
  await using follow = new Follow(fake)
  const longestTurn = watchTurns()
  const sights: Sight[] = []
  const first = await cost(async () => sights.push(await follow.sight()))
  follow.clock.turn(RELIST)
  const again = await cost(async () => sights.push(await follow.sight()))
  expect(sights.map(({ changed }) => changed)).toEqual(['all', new Set()])
  expect(sights[1]?.containers.size).toBe(5000)
  expect(Math.max(first, again)).toBeLessThan(2000)
  expect(longestTurn()).toBeLessThan(200)
})

test('an event of one among 10,000 costs less than 5 ms of processor time', async () => {
  const { fake } = await large(10_000, 10)
  await using _ = fake
  await using follow = new Follow(fake)
  await follow.sight()
  fake.listAnswer = undefined
  const costs: number[] = []
  for (let i = 0; i < 50; i++) {
    fake.rows = [row(7, { Names: [`/name-${i}`] })]
    const next = follow.sight()
    costs.push(
      await cost(async () => {
        fake.tell('rename', id(7))
        await next
      }),
    )
  }
  expect(costs.toSorted((a, b) => a - b)[25]).toBeLessThan(5)
})

test('H-25 ten thousand labels, and a label of a megabyte, are only labels', async () => {
  await using fake = await FakeDocker.start()
  const megabyte = { 'labelgate.allow': 'x'.repeat(1_000_000) }
  fake.rows = [row(1, { Labels: labels(10_000, 1) }), row(2, { Labels: megabyte })]
  await using follow = new Follow(fake)
  const { containers } = await follow.sight()
  expect(Object.keys(containers.get(id(1))?.labels ?? {})).toHaveLength(10_000)
  expect(containers.get(id(2))?.labels).toEqual(megabyte)
  // Its events repeat the label.
  const event = { Type: 'container', Action: 'die', Actor: { ID: id(2), Attributes: megabyte } }
  fake.rows = fake.rows.slice(0, 1)
  fake.say(`${JSON.stringify(event)}\n`)
  expect((await follow.sight()).changed).toEqual(new Set([id(2)]))
})
