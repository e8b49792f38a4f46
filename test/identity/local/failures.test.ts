import { beforeEach, expect, test } from 'vitest'
import { FailureCounter, REMEMBERED, SLOTS } from '../../../src/identity/local/failures.ts'

let now: number
const clock = () => now
beforeEach(() => {
  now = 1000
})

const growing = () =>
  new FailureCounter({ limit: 3, wait: (failures) => (failures - 2) * 100, forget: 1000, from: 'last' }, clock)
const windowed = () => new FailureCounter({ limit: 3, wait: () => 500, forget: 500, from: 'first' }, clock)
const fail = (counter: FailureCounter, key: string, times: number) => {
  for (let i = 0; i < times; i++) counter.add(key)
}

test('below the limit nobody waits; from it on the wait grows', () => {
  const counter = growing()
  fail(counter, 'a', 2)
  expect(counter.wait('a')).toBe(0)
  counter.add('a')
  expect(counter.wait('a')).toBe(100)
  now += 100
  expect(counter.wait('a')).toBe(0)
  counter.add('a')
  expect(counter.wait('a')).toBe(200)
  expect(counter.wait('b')).toBe(0)
})

test('counted from the last failure: quiet for long enough, and all is forgotten', () => {
  const counter = growing()
  fail(counter, 'a', 2)
  now += 999
  counter.add('a')
  expect(counter.wait('a')).toBe(100)
  now += 1000
  fail(counter, 'a', 2)
  expect(counter.wait('a')).toBe(0)
})

test('counted from the first failure: so many in a stretch of time', () => {
  const counter = windowed()
  fail(counter, 'a', 2)
  now += 499
  counter.add('a')
  expect(counter.wait('a')).toBe(500)
  now += 500
  fail(counter, 'a', 2)
  expect(counter.wait('a')).toBe(0)
})

test('what is taken back was no failure, and nobody waits for it', () => {
  const counter = growing()
  fail(counter, 'a', 3)
  counter.takeBack('a')
  expect(counter.wait('a')).toBe(0)
  counter.add('a')
  expect(counter.wait('a')).toBe(100)
})

test('a wait is told once', () => {
  const counter = growing()
  expect(counter.firstTold('a')).toBe(false)
  fail(counter, 'a', 3)
  expect([counter.firstTold('a'), counter.firstTold('a')]).toEqual([true, false])
  counter.add('a')
  expect(counter.firstTold('a')).toBe(true)
})

test('I-25 a flood of other keys neither forgives a key nor lets the memory grow', () => {
  const counter = new FailureCounter({ limit: 3, wait: () => 3_600_000, forget: 3_600_000, from: 'last' }, clock)
  fail(counter, 'throttled', 5)
  for (let i = 0; i < 20 * REMEMBERED; i++) counter.add(`flood-${i}`)
  expect(counter.wait('throttled')).toBe(3_600_000)
  for (let i = 0; i < 20 * REMEMBERED; i++) fail(counter, `throttled-${i}`, 3)
  expect(counter.size).toBeLessThanOrEqual(REMEMBERED + SLOTS)
})

test('I-25 a flood of keys with one failure each makes nobody else wait', () => {
  const counter = growing()
  for (let i = 0; i < 5 * REMEMBERED; i++) counter.add(`flood-${i}`)
  const waiting = Array.from({ length: 1000 }, (_, i) => counter.wait(`bystander-${i}`)).filter((wait) => wait > 0)
  expect(waiting).toEqual([])
})

test('I-25 a key that was pushed out goes on where it was: the next wait is longer', () => {
  const counter = growing()
  fail(counter, 'alice', 4)
  now += 200
  for (let i = 0; i < 2 * REMEMBERED; i++) counter.add(`flood-${i}`)
  expect(counter.wait('alice')).toBe(0)
  counter.add('alice')
  expect(counter.wait('alice')).toBe(300)
})

test('who was right is held to nothing, though others share the slot', () => {
  const counter = new FailureCounter({ limit: 3, wait: () => 100, forget: 3_600_000, from: 'last' }, clock)
  // enough to leave something in nearly every slot
  for (let i = 0; i < 30 * REMEMBERED; i++) fail(counter, `flood-${i}`, 3)
  now += 100
  counter.add('alice')
  counter.clear('alice')
  fail(counter, 'alice', 2)
  expect(counter.wait('alice')).toBe(0)
})
