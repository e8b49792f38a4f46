import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeEach, expect, test } from 'vitest'
import { Throttle, type ThrottledAttempt } from '../../../src/identity/local/throttle.ts'

const MINUTE = 60_000

let now: number
let throttle: Throttle
let asked = 0
beforeEach(() => {
  now = 5000
  throttle = new Throttle(() => now)
})

/** A stranger's attempt, each from an address of its own unless one is named. */
function attempt(account: string, more: Partial<ThrottledAttempt> = {}): ThrottledAttempt {
  asked += 1
  return { account, address: `10.${asked >> 16}.${(asked >> 8) & 255}.${asked & 255}`, device: undefined, ...more }
}
const admit = (account: string, more: Partial<ThrottledAttempt> = {}) => throttle.admit(attempt(account, more))
function fails(times: number, account: string, more: Partial<ThrottledAttempt> = {}): void {
  for (let i = 0; i < times; i++) expect(admit(account, more).kind).toBe('admitted')
}
function succeeds(account: string, more: Partial<ThrottledAttempt> = {}): void {
  const admission = admit(account, more)
  if (admission.kind !== 'admitted') return expect.fail('throttled')
  admission.succeeded()
}

test('the fifth failure shuts the account for half a minute, then twice as long each time, up to a quarter of an hour', () => {
  fails(5, 'alice')
  const waits: number[] = []
  for (let i = 0; i < 8; i++) {
    const refused = admit('alice')
    if (refused.kind !== 'throttled') return expect.fail('admitted')
    waits.push(refused.retryAfter)
    now += refused.retryAfter * 1000
    fails(1, 'alice')
  }
  expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900, 900])
})

test('the wait is counted down in whole seconds, never zero', () => {
  fails(5, 'alice')
  now += 29_001
  expect(admit('alice')).toMatchObject({ kind: 'throttled', retryAfter: 1 })
})

test('a hundred guesses at once are let in five times', () => {
  const kinds = Array.from({ length: 100 }, () => admit('alice').kind)
  expect(kinds.filter((kind) => kind === 'admitted')).toHaveLength(5)
})

test('other accounts are not held up', () => {
  fails(5, 'alice')
  fails(4, 'bob')
  expect(admit('bob').kind).toBe('admitted')
})

test('a success forgives the failures on that account', () => {
  fails(4, 'alice')
  succeeds('alice')
  fails(5, 'alice')
  expect(admit('alice').kind).toBe('throttled')
})

test('an attempt that was withdrawn counts nowhere', () => {
  for (let i = 0; i < 200; i++) {
    const admission = admit('alice', { address: '203.0.113.9' })
    if (admission.kind === 'admitted') admission.withdrawn()
  }
  expect(admit('alice', { address: '203.0.113.9' }).kind).toBe('admitted')
})

test('G-08 successes of one’s own do not forgive failures on another account', () => {
  for (let i = 0; i < 4; i++) {
    fails(1, 'bob', { address: '203.0.113.9' })
    succeeds('alice', { address: '203.0.113.9' })
  }
  fails(1, 'bob', { address: '203.0.113.9' })
  expect(admit('bob').kind).toBe('throttled')
})

test('G-08 successes of one’s own do not forgive the address', () => {
  for (let i = 0; i < 49; i++) {
    fails(1, `user-${i}`, { address: '203.0.113.9' })
    succeeds('mallory', { address: '203.0.113.9' })
  }
  fails(1, 'user-49', { address: '203.0.113.9' })
  expect(admit('mallory', { address: '203.0.113.9' })).toMatchObject({ kind: 'throttled', retryAfter: 600 })
  succeeds('mallory', { address: '203.0.113.10' })
})

test('G-06 fifty failures from one place shut it, whatever the spelling of its address', () => {
  const spellings = ['2001:DB8::1', '2001:db8:0:0::1', '2001:db8::ffff:1', '2001:0db8:0000:0000:1:2:3:4']
  for (let i = 0; i < 50; i++) fails(1, `user-${i}`, { address: spellings[i % 4] ?? '' })
  expect(admit('somebody', { address: '2001:db8::abcd' }).kind).toBe('throttled')
  expect(admit('somebody', { address: '2001:db8:0:1::1' }).kind).toBe('admitted')
  now += 10 * MINUTE
  expect(admit('somebody', { address: '2001:db8::abcd' }).kind).toBe('admitted')
})

test('G-06 attempts whose address is not known share one count', () => {
  for (let i = 0; i < 50; i++) fails(1, `user-${i}`, { address: i % 2 === 0 ? '' : 'unknown' })
  expect(admit('somebody', { address: 'a' }).kind).toBe('throttled')
})

test('strangers who guess do not hold up the owner in a browser that is known, nor one at the same address', () => {
  for (let i = 0; i < 50; i++) admit(i < 5 ? 'alice' : `user-${i}`, { address: '203.0.113.9' })
  expect(admit('alice', { address: '203.0.113.9' }).kind).toBe('throttled')
  succeeds('alice', { device: 'hers', address: '203.0.113.9' })
})

test('a known device is counted alone: its failures shut it, and neither its account nor another device', () => {
  fails(5, 'alice', { device: 'stolen' })
  expect(admit('alice', { device: 'stolen' })).toMatchObject({ kind: 'throttled', retryAfter: 30 })
  expect(admit('alice', { device: 'hers' }).kind).toBe('admitted')
  expect(admit('alice').kind).toBe('admitted')
})

test('a success on a known device does not forgive what strangers tried', () => {
  fails(5, 'alice')
  succeeds('alice', { device: 'hers' })
  expect(admit('alice').kind).toBe('throttled')
})

test('each wait is told once, for the audit', () => {
  fails(5, 'alice')
  const told = [admit('alice'), admit('alice')].map((it) => it.kind === 'throttled' && it.first)
  expect(told).toEqual([true, false])
})

test('I-29 the clock that counts is the monotonic one: by default it does not follow the time of day', () => {
  const usual = new Throttle()
  const real = Date.now
  try {
    for (let i = 0; i < 5; i++) usual.admit(attempt('alice'))
    Date.now = () => real() + 86_400_000
    expect(usual.admit(attempt('alice')).kind).toBe('throttled')
  } finally {
    Date.now = real
  }
})

test('I-25 two hundred thousand names and networks later a throttled account is throttled still, in bounded memory', () => {
  fails(5, 'alice')
  const before = heapUsed()
  for (let i = 0; i < 200_000; i++) {
    throttle.admit({
      account: `name-${i}`,
      address: `2001:db8:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::1`,
      device: undefined,
    })
  }
  expect(admit('alice').kind).toBe('throttled')
  expect(heapUsed() - before).toBeLessThan(50 * 2 ** 20)
}, 30_000)

/** After a collection, so that what is counted is what is held. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
