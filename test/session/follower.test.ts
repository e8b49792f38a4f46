import { expect, test } from 'vitest'
import { Follower } from '../../src/session/follower.ts'
import type { Change, Store } from '../../src/store/store.ts'
import { Hand } from '../store/bench.ts'
import { settle } from '../store/contract.ts'

type Listener = Parameters<Store['subscribe']>[0]

/** A feed that a test speaks through, and a record of what was looked at. Looks can be made to fail. */
async function follow() {
  let listener: Listener = () => expect.fail('nobody listens')
  const hand = new Hand()
  const done: string[] = []
  const failing = new Set<string>()
  const errors: unknown[] = []
  const act = async (what: string) => {
    await settle()
    if (failing.has(what)) throw new Error(what)
    done.push(what)
  }
  const deps = {
    look: ({ kind, key }: Change) => act(`${kind} ${key}`),
    reload: () => act('all'),
    every: hand.every,
    onError: (error: unknown) => errors.push(error),
  }
  const subscribe = (heard: Listener) => {
    listener = heard
    return () => {
      listener = () => undefined
    }
  }
  const follower = await Follower.start({ subscribe }, deps)
  return { follower, hand, done, failing, errors, tell: (change: Parameters<Listener>[0]) => listener(change) }
}

const alice: Change = { kind: 'account', key: 'alice' }
const bob: Change = { kind: 'account', key: 'bob' }

test('everything is read once at the start, then what is told', async () => {
  const { follower, done, tell } = await follow()
  expect(done).toEqual(['all'])
  tell(alice)
  tell({ kind: 'session', key: 'alice' })
  await expect.poll(() => done).toEqual(['all', 'account alice', 'session alice'])
  expect(follower.trustworthy).toBe(true)
})

test('what changes often is looked at once for all that was told before the look', async () => {
  const { done, tell } = await follow()
  for (let i = 0; i < 10; i++) tell(alice)
  await expect.poll(() => done).toEqual(['all', 'account alice'])
  await settle()
  tell(alice)
  await expect.poll(() => done).toEqual(['all', 'account alice', 'account alice'])
})

test('what changes during its look is looked at again', async () => {
  const { done, tell } = await follow()
  tell(alice)
  await Promise.resolve()
  tell(alice)
  await expect.poll(() => done).toEqual(['all', 'account alice', 'account alice'])
})

test('a look that fails is tried again each second, and the rest after it', async () => {
  const { follower, hand, done, failing, errors, tell } = await follow()
  failing.add('account alice')
  tell(alice)
  await expect.poll(() => errors).toHaveLength(1)
  expect(follower.trustworthy).toBe(false)
  hand.turn()
  await expect.poll(() => errors).toHaveLength(2)
  failing.clear()
  tell(bob)
  await expect.poll(() => follower.trustworthy).toBe(true)
  expect(done.toSorted()).toEqual(['account alice', 'account bob', 'all'])
})

test('from broken to the end of reading anew nothing is to be trusted', async () => {
  const { follower, done, failing, hand, errors, tell } = await follow()
  tell({ kind: 'broken' })
  expect(follower.trustworthy).toBe(false)
  failing.add('all')
  tell({ kind: 'restored' })
  expect(follower.trustworthy).toBe(false)
  await expect.poll(() => errors).toHaveLength(1)
  failing.clear()
  hand.turn()
  await expect.poll(() => follower.trustworthy).toBe(true)
  expect(done).toEqual(['all', 'all'])
})

test('broken again while everything is read anew: it is read once more', async () => {
  const { follower, done, tell } = await follow()
  tell({ kind: 'broken' })
  tell({ kind: 'restored' })
  await Promise.resolve()
  tell({ kind: 'broken' })
  await expect.poll(() => done).toEqual(['all', 'all'])
  await settle()
  expect(follower.trustworthy).toBe(false)
  tell({ kind: 'restored' })
  await expect.poll(() => follower.trustworthy).toBe(true)
  expect(done).toEqual(['all', 'all', 'all'])
})

test('restored twice during one reading: it is read once more', async () => {
  const { follower, done, tell } = await follow()
  tell({ kind: 'restored' })
  await Promise.resolve()
  tell({ kind: 'restored' })
  await expect.poll(() => done).toEqual(['all', 'all', 'all'])
  await expect.poll(() => follower.trustworthy).toBe(true)
})

test('a start that fails is refused with the reason', async () => {
  const deps = {
    look: async () => undefined,
    reload: () => Promise.reject(new Error('disk')),
    every: new Hand().every,
    onError: () => undefined,
  }
  await expect(Follower.start({ subscribe: () => () => undefined }, deps)).rejects.toThrow('disk')
})
