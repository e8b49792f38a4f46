import { expect, test } from 'vitest'
import { Gate } from '../../../src/identity/local/gate.ts'

/** Tasks that end when they are told to. */
function controlled(gate: Gate) {
  const started: string[] = []
  const ends = new Map<string, () => void>()
  const run = (name: string, first = false) =>
    gate.run(async () => {
      started.push(name)
      await new Promise<void>((resolve) => ends.set(name, resolve))
      return name
    }, first)
  const end = async (name: string) => {
    ends.get(name)?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { run, end, started }
}

test('so many run, so many wait, and one more is turned away', async () => {
  const { run, end, started } = controlled(new Gate({ running: 2, waiting: 1, waitingFirst: 0 }))
  const [a, b, c] = [run('a'), run('b'), run('c')]
  expect(await run('d')).toBeUndefined()
  expect(started).toEqual(['a', 'b'])
  await end('a')
  expect(started).toEqual(['a', 'b', 'c'])
  await end('b')
  await end('c')
  expect(await Promise.all([a, b, c])).toEqual(['a', 'b', 'c'])
})

test('those who go first have places of their own, and go first', async () => {
  const { run, end, started } = controlled(new Gate({ running: 1, waiting: 1, waitingFirst: 1 }))
  const all = [run('a'), run('stranger'), run('first', true)]
  expect(await run('another', true)).toBeUndefined()
  for (const name of ['a', 'first', 'stranger']) await end(name)
  await Promise.all(all)
  expect(started).toEqual(['a', 'first', 'stranger'])
})

test('a task that fails frees its place', async () => {
  const gate = new Gate({ running: 1, waiting: 1, waitingFirst: 0 })
  const fail = () => Promise.reject(new Error('a bug'))
  const both = [gate.run(fail), gate.run(fail)]
  for (const one of both) await expect(one).rejects.toThrow('a bug')
  expect(await gate.run(async () => 'in')).toBe('in')
})
