import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Identity } from '../../src/identity/identity.ts'
import { Accounts } from '../../src/identity/local/accounts.ts'
import { PasswordHasher } from '../../src/identity/local/password.ts'
import type { SignInAttempt } from '../../src/identity/local/sign-in.ts'
import { Throttle } from '../../src/identity/local/throttle.ts'
import { Passwords, type PasswordProvider } from '../../src/identity/passwords.ts'
import type { Refusal, Vouched } from '../../src/identity/provider.ts'
import { Devices } from '../../src/session/devices.ts'
import { Seal } from '../../src/session/seal.ts'
import { NOON } from '../store/samples.ts'
import { AuditedStore, done, PASSWORD } from './local/desk.ts'

/** Knows the people it is given, by name and password; `word` is what it says to everybody, where it is set. */
class Directory implements PasswordProvider {
  readonly name: string
  readonly asked: string[] = []
  word: Vouched | Refusal | undefined
  /** How many are asked about at this moment, and how many ever were at once. */
  readonly load = { now: 0, most: 0 }
  readonly #people: Readonly<Record<string, string>>

  constructor(name: string, people: Readonly<Record<string, string>>) {
    this.name = name
    this.#people = people
  }

  async signIn(user: string, password: string, now: number): Promise<Vouched | Refusal> {
    this.asked.push(user)
    this.load.most = Math.max(this.load.most, ++this.load.now)
    await new Promise((resolve) => setImmediate(resolve))
    this.load.now -= 1
    if (this.word !== undefined) return this.word
    if (this.#people[user] !== password) return { kind: 'refused' }
    const authentication = { provider: this.name, at: now, amr: ['pwd'] }
    return { kind: 'ok', identity: identity(this.name, user), authentication, grant: `grant of ${user}` }
  }
}

function identity(name: string, user: string): Identity {
  return { issuer: `ldap:${name}`, subject: user, user, email: '', name: '', groups: [], claims: {} }
}

class World {
  readonly store = new AuditedStore(() => NOON)
  elapsed = 0
  readonly corp = new Directory('corp', { alice: 'corp-alice', dora: 'corp-dora' })
  readonly lab = new Directory('lab', { dora: 'lab-dora', egon: 'lab-egon' })
  providers: readonly PasswordProvider[] = [this.corp, this.lab]
  readonly #hasher = new PasswordHasher()
  readonly #parts = {
    store: this.store,
    hasher: this.#hasher,
    throttle: new Throttle(() => this.elapsed),
    devices: new Devices(Seal.from(randomBytes(32))),
  }
  readonly accounts = new Accounts(this.store, this.#hasher, this.#parts.throttle, this.#parts.devices)
  readonly passwords = new Passwords(this.#parts, () => this.providers)
  #asked = 0

  /** From an address of its own, unless one is named. */
  signIn(name: unknown, password: unknown, more: Partial<SignInAttempt> = {}) {
    const address = `10.2.${this.#asked >> 8}.${this.#asked++ & 255}`
    return this.passwords.signIn({ name, password, address, ...more }, NOON)
  }
}

let world: World
beforeEach(() => {
  world = new World()
})

describe('whose password counts', () => {
  test('a local account’s, where one has the name; no directory hears of it', async () => {
    done(await world.accounts.add({ name: 'alice', password: PASSWORD }, NOON))
    expect(await world.signIn('alice', PASSWORD)).toMatchObject({ kind: 'ok', identity: { issuer: 'local' } })
    expect(await world.signIn('alice', 'corp-alice')).toEqual({ kind: 'refused' })
    expect(world.corp.asked).toEqual([])
  })

  test('E-30 a disabled account’s name is nobody’s, whatever a directory says', async () => {
    done(await world.accounts.add({ name: 'alice', password: PASSWORD }, NOON))
    await world.accounts.disable('alice', NOON)
    expect(await world.signIn('alice', 'corp-alice')).toEqual({ kind: 'refused' })
    expect(world.corp.asked).toEqual([])
  })

  test('E-30 a local account’s name is nobody’s, by whatever name a directory finds them', async () => {
    done(await world.accounts.add({ name: 'root', password: PASSWORD }, NOON))
    const authentication = { provider: 'corp', at: NOON, amr: ['pwd'] }
    world.corp.word = { kind: 'ok', identity: identity('corp', 'root'), authentication }
    expect(await world.signIn('root@example.com', 'corp-root')).toEqual({ kind: 'refused' })
  })

  test('else that of the first directory that vouches', async () => {
    expect(await world.signIn(' Dora ', 'corp-dora')).toMatchObject({
      kind: 'ok',
      identity: { issuer: 'ldap:corp', user: 'dora' },
      authentication: { provider: 'corp', at: NOON },
      grant: 'grant of dora',
    })
    expect(world.lab.asked).toEqual([])
    expect(await world.signIn('dora', 'lab-dora')).toMatchObject({ kind: 'ok', identity: { issuer: 'ldap:lab' } })
    expect(await world.signIn('egon', 'lab-egon')).toMatchObject({ kind: 'ok', identity: { issuer: 'ldap:lab' } })
    expect(await world.signIn('egon', 'wrong')).toEqual({ kind: 'refused' })
  })

  test('as the operator’s file is now', async () => {
    world.providers = [world.lab]
    expect(await world.signIn('alice', 'corp-alice')).toEqual({ kind: 'refused' })
    world.providers = [world.corp]
    expect(await world.signIn('alice', 'corp-alice')).toMatchObject({ kind: 'ok' })
  })

  test('somebody can sign in where there is an account or a directory', async () => {
    expect(await world.passwords.any()).toBe(true)
    world.providers = []
    expect(await world.passwords.any()).toBe(false)
    done(await world.accounts.add({ name: 'root', password: PASSWORD }, NOON))
    expect(await world.passwords.any()).toBe(true)
  })

  test.for(['al*', 'alice)(uid=*', 'alice\0', '\u0430lice', 'ali ce', '', undefined, { toString: 'x' }])(
    'G-22 what is no user name is no directory’s either: %j',
    async (name) => {
      expect(await world.signIn(name, 'corp-alice')).toEqual({ kind: 'refused' })
      expect(world.corp.asked).toEqual([])
    },
  )

  test('G-15 what is no text is no password', async () => {
    expect(await world.signIn('alice', { $ne: 1 })).toEqual({ kind: 'refused' })
  })
})

describe('who is not let in', () => {
  test('hears that the directory does not admit them, once the password is right', async () => {
    world.corp.word = { kind: 'not-admitted' }
    expect(await world.signIn('alice', 'corp-alice')).toEqual({ kind: 'not-admitted' })
    expect(world.lab.asked).toEqual([])
  })

  test('E-28 hears that a directory is out of reach; who is in another gets in', async () => {
    world.corp.word = { kind: 'unavailable' }
    expect(await world.signIn('alice', 'corp-alice')).toEqual({ kind: 'unavailable' })
    expect(await world.signIn('egon', 'lab-egon')).toMatchObject({ kind: 'ok' })
  })

  test('waits after five failures, wherever the name is from', async () => {
    for (const name of ['alice', 'nobody'])
      for (let i = 0; i < 5; i++) expect(await world.signIn(name, 'wrong')).toEqual({ kind: 'refused' })
    expect(await world.signIn('ALICE', 'corp-alice')).toEqual({ kind: 'throttled', retryAfter: 30 })
    expect(await world.signIn('nobody', 'x')).toEqual({ kind: 'throttled', retryAfter: 30 })
    expect(world.corp.asked).toHaveLength(10)
    world.elapsed += 30_000
    expect(await world.signIn('alice', 'corp-alice')).toMatchObject({ kind: 'ok' })
  })

  test('is not counted while nobody could be asked, and is while somebody said no', async () => {
    world.corp.word = { kind: 'unavailable' }
    world.lab.word = { kind: 'unavailable' }
    for (let i = 0; i < 6; i++) expect(await world.signIn('alice', 'wrong')).toEqual({ kind: 'unavailable' })
    world.lab.word = undefined
    for (let i = 0; i < 5; i++) expect(await world.signIn('egon', 'wrong')).toEqual({ kind: 'unavailable' })
    expect(await world.signIn('egon', 'lab-egon')).toMatchObject({ kind: 'throttled' })
  })

  test('the owner gets in from the browser that was there before, while strangers guess', async () => {
    const first = await world.signIn('alice', 'corp-alice')
    const device = first.kind === 'ok' ? first.device : expect.fail('refused')
    for (let i = 0; i < 5; i++) await world.signIn('alice', 'wrong')
    expect(await world.signIn('alice', 'corp-alice')).toMatchObject({ kind: 'throttled' })
    expect(await world.signIn('alice', 'corp-alice', { device })).toMatchObject({ kind: 'ok' })
    expect(await world.signIn('dora', 'corp-dora', { device })).toMatchObject({ kind: 'ok' })
  })

  test('a mark left by a directory’s name is none for an account that has it later', async () => {
    const first = await world.signIn('alice', 'corp-alice')
    const device = first.kind === 'ok' ? first.device : expect.fail('refused')
    done(await world.accounts.add({ name: 'alice', password: PASSWORD }, NOON))
    for (let i = 0; i < 5; i++) await world.signIn('alice', 'wrong')
    expect(await world.signIn('alice', PASSWORD, { device })).toMatchObject({ kind: 'throttled' })
  })
})

test('G-14 of 200 at once a few are asked about at a time, and the rest is told busy and may try again', async () => {
  const names = Array.from({ length: 200 }, (_, i) => `user-${i}`)
  const kinds = (await Promise.all(names.map((name) => world.signIn(name, 'wrong')))).map(({ kind }) => kind)
  expect(kinds.filter((kind) => kind === 'refused')).toHaveLength(40)
  expect(kinds.filter((kind) => kind === 'busy')).toHaveLength(160)
  expect(world.corp.load.most).toBe(8)
  expect(await world.signIn('alice', 'corp-alice')).toMatchObject({ kind: 'ok' })
}, 30_000)

test('G-02 a name of a directory, of an account and of nobody take as long, where the directory is quick', async () => {
  done(await world.accounts.add({ name: 'root', password: PASSWORD }, NOON))
  const times = new Map<string, number[]>(['root', 'alice', 'nobody'].map((name) => [name, []]))
  for (let round = 0; round < 11; round++) {
    for (const [name, list] of times) {
      const start = performance.now()
      await world.signIn(name, 'wrong')
      list.push(performance.now() - start)
      // nobody is to be throttled here
      world.elapsed += 3_600_000
    }
  }
  const quickest = [...times.values()].map((list) => Math.min(...list))
  expect(Math.max(...quickest) / Math.min(...quickest)).toBeLessThan(1.5)
}, 30_000)

test('what happens is noted down, with the name only where somebody vouched for it', async () => {
  const from = { address: '203.0.113.9' }
  await world.signIn('alice', 'corp-alice', from)
  await world.signIn('hunter2hunter2', 'wrong', from)
  world.corp.word = { kind: 'not-admitted' }
  await world.signIn('alice', 'corp-alice', from)
  world.corp.word = { kind: 'unavailable' }
  await world.signIn('alice', 'corp-alice', from)
  expect(world.store.noted.map(({ event, user, detail }) => [event, user, detail])).toEqual([
    ['sign-in', 'alice', { provider: 'corp' }],
    ['sign-in-refused', undefined, { provider: 'corp,lab' }],
    ['sign-in-refused', 'alice', { provider: 'corp', why: 'not-admitted' }],
    ['sign-in-refused', undefined, { provider: 'corp,lab', why: 'unavailable' }],
  ])
  expect(JSON.stringify(world.store.noted)).not.toMatch(/hunter2|corp-alice|wrong/)
})
