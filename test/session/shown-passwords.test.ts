/** Passwords that stand in every request: the first is looked at, the others are remembered, and never for too long. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Accounts } from '../../src/identity/local/accounts.ts'
import { PasswordHasher } from '../../src/identity/local/password.ts'
import type { SignInAttempt } from '../../src/identity/local/sign-in.ts'
import { Throttle } from '../../src/identity/local/throttle.ts'
import { Devices } from '../../src/session/devices.ts'
import { Seal } from '../../src/session/seal.ts'
import { ShownPasswords } from '../../src/session/shown-passwords.ts'
import { Tokens } from '../../src/session/tokens.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { NOON } from '../store/samples.ts'

const PASSWORD = 'correct: horse'
const TEXT = `alice:${PASSWORD}`
const MINUTE = 60_000

async function openDesk() {
  const store = new MemoryStore(() => NOON)
  const tokens = await Tokens.open(store, { every: () => () => undefined })
  const accounts = new Accounts(
    store,
    new PasswordHasher(),
    new Throttle(() => 0),
    new Devices(Seal.from(randomBytes(32))),
  )
  await accounts.add({ name: 'alice', password: PASSWORD, groups: ['users'] }, NOON - 1)
  const attempts: SignInAttempt[] = []
  const passwords = new ShownPasswords({
    signIn: (attempt, now) => {
      attempts.push(attempt)
      return accounts.signIn(attempt, now)
    },
    account: (id) => tokens.account(id),
  })
  await settled()
  /** The name of who it is, or why nobody. */
  const ask = async (user: string, password = PASSWORD, { now = NOON, address = '203.0.113.9' } = {}) => {
    const text = `${user}:${password}`
    const proven = passwords.recall(text, now) ?? (await passwords.prove({ text, user, password, address }, now))
    return typeof proven === 'string' ? proven : proven.identity.user
  }
  return { store, tokens, accounts, attempts, passwords, ask }
}

/** What the store told of has been looked at. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

let desk: Awaited<ReturnType<typeof openDesk>>
beforeEach(async () => {
  desk = await openDesk()
})
afterEach(() => desk.tokens.close())

describe('a password that is right', () => {
  test('is looked at once, and then answered at once as the same person', async () => {
    await desk.ask('alice')
    const known = desk.passwords.recall(TEXT, NOON)
    expect(known).toMatchObject({
      credential: 'basic',
      host: null,
      authentication: { provider: 'local', amr: ['pwd'] },
    })
    expect(desk.passwords.recall(TEXT, NOON + 5 * MINUTE - 1)).toBe(known)
    expect(desk.attempts).toHaveLength(1)
  })

  test('that fifty requests show at once is looked at once', async () => {
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => desk.ask('alice'))))).toEqual(new Set(['alice']))
    expect(desk.attempts).toHaveLength(1)
  })

  test('is looked at again after five minutes, as from a device that is known', async () => {
    await desk.ask('alice')
    expect(await desk.ask('alice', PASSWORD, { now: NOON + 5 * MINUTE })).toBe('alice')
    expect(desk.attempts.map(({ device }) => typeof device)).toEqual(['undefined', 'string'])
  })

  test('and a clock that was set back remembers nothing', async () => {
    await desk.ask('alice')
    await desk.ask('alice', PASSWORD, { now: NOON - 1 })
    expect(desk.attempts).toHaveLength(2)
  })

  test('G-01 whose account strangers guess at gets in all the same', async () => {
    await desk.ask('alice')
    for (let i = 0; i < 8; i++) await desk.ask('alice', `guess ${i}`, { address: '198.51.100.7' })
    expect(await desk.ask('alice', 'another guess', { address: '198.51.100.8' })).toBe('throttled')
    expect(await desk.ask('alice', PASSWORD, { now: NOON + 5 * MINUTE })).toBe('alice')
  })
})

describe('what is remembered ends', () => {
  test('with another password', async () => {
    await desk.ask('alice')
    await desk.accounts.passwd('alice', 'another password', NOON)
    await settled()
    expect(await desk.ask('alice')).toBe('invalid')
    expect(await desk.ask('alice', 'another password')).toBe('alice')
  })
  test('when the account is disabled', async () => {
    await desk.ask('alice')
    await desk.accounts.disable('alice', NOON)
    await settled()
    expect(await desk.ask('alice')).toBe('invalid')
  })
  test('when it is removed', async () => {
    await desk.ask('alice')
    await desk.accounts.remove('alice', NOON)
    await settled()
    expect(await desk.ask('alice')).toBe('invalid')
  })
  test('and changed groups hold at once, without its being looked at', async () => {
    await desk.ask('alice')
    await desk.accounts.setGroups('alice', ['admins'], NOON)
    await settled()
    expect(desk.passwords.recall(TEXT, NOON)).toMatchObject({
      identity: { groups: ['admins'] },
    })
    expect(desk.attempts).toHaveLength(1)
  })
})

describe('a password that is wrong', () => {
  test.for(['__proto__', 'constructor', 'nobody', '', 'alice\u200d', 'al\u0131ce'])(
    'G-16 G-22 of %j is as wrong as any',
    async (user) => {
      expect(await desk.ask(user)).toBe('invalid')
    },
  )
  test('G-12 with something after a NUL', async () => {
    expect(await desk.ask('alice', `${PASSWORD}\0anything`)).toBe('invalid')
  })
  test('is not remembered', async () => {
    await desk.ask('alice', 'wrong')
    await desk.ask('alice', 'wrong')
    expect(desk.attempts).toHaveLength(2)
  })
  test('G-03 G-06 is throttled as in the form, whatever is shown then', async () => {
    for (let i = 0; i < 5; i++) await desk.ask('alice', `guess ${i}`)
    expect(await desk.ask('alice')).toBe('throttled')
    expect(await desk.ask('ALICE')).toBe('throttled')
  })
  test('G-14 a flood of them is told to come back, and hashes no more than the bound', async () => {
    const flood = Array.from({ length: 200 }, (_, i) => desk.ask(`user${i}`, 'wrong', { address: `10.0.${i}.1` }))
    const answers = await Promise.all(flood)
    expect(answers.filter((answer) => answer === 'busy').length).toBeGreaterThanOrEqual(200 - 34 - 2)
    expect(new Set(answers)).toEqual(new Set(['busy', 'invalid']))
  })
})
