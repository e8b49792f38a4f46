import { expect, test } from 'vitest'
import { Held } from '../../src/config/current.ts'

test('who subscribed is told of each value that comes, until they have enough', () => {
  const held = new Held(1)
  const told: number[] = []
  const stop = held.subscribe((value) => told.push(value, held.current()))
  held.replace(2)
  stop()
  held.replace(3)
  expect([told, held.current()]).toEqual([[2, 2], 3])
})

test('the same function subscribed twice is told twice, and each ends by itself', () => {
  const held = new Held(1)
  const told: number[] = []
  const tell = (value: number) => void told.push(value)
  const stop = held.subscribe(tell)
  held.subscribe(tell)
  held.replace(2)
  stop()
  held.replace(3)
  expect(told).toEqual([2, 2, 3])
})
