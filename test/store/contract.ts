import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LOCAL } from '../../src/identity/local/account.ts'
import type { GrantRecord, SessionRecord, Store } from '../../src/store/store.ts'
import { account, appSession, identity, NOON, session, token } from './samples.ts'

/** One kind of store under test. */
export interface Bench {
  readonly store: Store
  /** Another handle on the same data, as a command or a replica has. */
  readonly other: () => Promise<Store>
  /** Lets the feeds of every handle look. */
  readonly turn: () => void
  /** What the store takes for now. */
  readonly setTime: (now: number) => void
  readonly close: () => Promise<void>
}

type Told = Parameters<Parameters<Store['subscribe']>[0]>[0]

/** What every store promises; `make` gives an empty one. */
export function storeContract(name: string, make: () => Promise<Bench>): void {
  describe(name, () => {
    let bench: Bench
    let store: Store
    beforeEach(async () => {
      bench = await make()
      store = bench.store
    })
    afterEach(() => bench.close())

    describe('accounts', () => accountsContract(() => store))
    describe('sessions', () => sessionsContract(() => store))
    describe('tokens', () => tokensContract(() => store))
    describe('grants', () => grantsContract(() => bench))
    describe('single use', () => onceContract(() => bench))
    describe('change feed', () => feedContract(() => bench))

    test('an audit line of any shape is taken', async () => {
      await store.audit({ at: NOON, event: 'sign-in', user: 'alice', address: '203.0.113.9', detail: { a: [1] } })
      await expect(store.audit({ at: NOON, event: 'refused', detail: {} })).resolves.toBeUndefined()
    })

    test('after close everything rejects with code closed, and closing again is harmless', async () => {
      await store.close()
      await store.close()
      await expect(store.account('alice')).rejects.toMatchObject({ code: 'closed' })
      await expect(store.putSession(session('a'))).rejects.toMatchObject({ code: 'closed' })
      await expect(store.once('a', NOON)).rejects.toMatchObject({ code: 'closed' })
    })
  })
}

function accountsContract(open: () => Store): void {
  test('what was put is there, field by field', async () => {
    const store = open()
    const alice = account('alice', { groups: ['a b', 'ünïcode'], displayName: "O'Neil \u{1f600}" })
    await store.putAccount(alice)
    expect(await store.account('alice')).toEqual(alice)
    expect(await store.account('alic')).toBeUndefined()
  })

  test('D-26 a name is a value, never a key of an object or a pattern', async () => {
    for (const name of ['__proto__', 'constructor', '*', '%', "' OR 1=1 --"]) {
      expect(await open().account(name)).toBeUndefined()
    }
  })

  test('they are listed by name', async () => {
    const store = open()
    for (const name of ['carol', 'alice', 'bob']) await store.putAccount(account(name))
    expect((await store.accounts()).map((one) => one.name)).toEqual(['alice', 'bob', 'carol'])
  })

  test('putting again replaces by id, and a changed name moves with it', async () => {
    const store = open()
    await store.putAccount(account('alice'))
    await store.putAccount(account('alice', { name: 'alicia', disabled: true }))
    expect(await store.accounts()).toEqual([account('alice', { name: 'alicia', disabled: true })])
    expect(await store.account('alice')).toBeUndefined()
  })

  test('a name is had by one account: the second is refused with code name-taken', async () => {
    const store = open()
    await store.putAccount(account('alice'))
    await store.putAccount(account('bob'))
    await expect(store.putAccount(account('alice', { id: 'other' }))).rejects.toMatchObject({ code: 'name-taken' })
    await expect(store.putAccount(account('bob', { name: 'alice' }))).rejects.toMatchObject({ code: 'name-taken' })
    expect(await store.accounts()).toEqual([account('alice'), account('bob')])
  })

  test('of fifty at once with one name, one is added', async () => {
    const store = open()
    const all = Array.from({ length: 50 }, (_, i) => store.putAccount(account('alice', { id: `id-${i}` })))
    const settled = await Promise.allSettled(all)
    expect(settled.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
    expect(await store.accounts()).toHaveLength(1)
  })

  test('fifty changes at once lose nothing', async () => {
    const store = open()
    await store.putAccount(account('alice', { groups: [] }))
    const add = (i: number) => store.changeAccount('alice', (it) => ({ ...it, groups: [...it.groups, `g${i}`] }))
    await Promise.all(Array.from({ length: 50 }, (_, i) => add(i)))
    expect((await store.account('alice'))?.groups).toHaveLength(50)
  })

  test('a change gives what stands now, or undefined where there is none', async () => {
    const store = open()
    await store.putAccount(account('alice'))
    const shut = (it: ReturnType<typeof account>) => ({ ...it, disabled: true })
    expect(await store.changeAccount('alice', shut)).toEqual(account('alice', { disabled: true }))
    expect(await store.changeAccount('nobody', shut)).toBeUndefined()
  })

  test('a change that throws leaves the account as it was', async () => {
    const store = open()
    await store.putAccount(account('alice'))
    const change = store.changeAccount('alice', () => {
      throw new Error('a bug')
    })
    await expect(change).rejects.toThrow('a bug')
    expect(await store.account('alice')).toEqual(account('alice'))
    await expect(store.putAccount(account('bob'))).resolves.toBeUndefined()
  })

  test('removing an account ends its sessions, and nobody else’s', async () => {
    const store = open()
    const alice = account('alice')
    await store.putAccount(alice)
    const hers = session('a', { identity: identity('alice', { issuer: LOCAL, subject: alice.id }) })
    const another = session('b', { identity: identity('alice', { subject: alice.id }) })
    for (const one of [hers, appSession('c', hers), another]) await store.putSession(one)
    expect(await store.removeAccount('alice')).toBe(true)
    expect(await store.removeAccount('alice')).toBe(false)
    expect(await all(store)).toEqual([another])
  })
}

function sessionsContract(open: () => Store): void {
  test('what was put is there, field by field, claims without a prototype', async () => {
    const store = open()
    const portal = session('a')
    const app = appSession('b', portal, { createdAt: NOON + 5 })
    await store.putSession(portal)
    await store.putSession(app)
    expect(await store.session(portal.id)).toEqual(portal)
    expect(await store.session(app.id)).toEqual(app)
    expect(await store.session('nothing')).toBeUndefined()
    expect(Object.getPrototypeOf((await store.session(portal.id))?.identity.claims)).toBeNull()
  })

  test('all of them are given, more than a page', async () => {
    const store = open()
    const ids = Array.from({ length: 2300 }, (_, i) => `s${i}`)
    await Promise.all(ids.map((id) => store.putSession(session(id))))
    const given = await all(store)
    expect(new Set(given.map((one) => one.id)).size).toBe(2300)
  })

  test('an app session needs its portal session: refused with code no-parent', async () => {
    const store = open()
    const portal = session('a')
    await expect(store.putSession(appSession('b', portal))).rejects.toMatchObject({ code: 'no-parent' })
    expect(await all(store)).toEqual([])
  })

  test('ending a portal session ends the app sessions that hang on it', async () => {
    const store = open()
    const [one, two] = [session('1'), session('2')]
    const other = appSession('2a', two)
    for (const it of [one, two, appSession('1a', one), appSession('1b', one), other]) await store.putSession(it)
    await store.removeSessions([one.id, 'not there'])
    expect(await all(store)).toEqual([two, other])
  })

  test('ending an app session leaves the portal session', async () => {
    const store = open()
    const portal = session('1')
    const app = appSession('1a', portal)
    await store.putSession(portal)
    await store.putSession(app)
    await store.removeSessions([app.id])
    expect(await all(store)).toEqual([portal])
  })

  test('ending those of one person takes all of theirs, counts them, and takes no one else’s', async () => {
    const store = open()
    const [one, two] = [session('1'), session('2')]
    const otherIssuer = session('3', { identity: identity('alice', { issuer: 'https://other.example' }) })
    const bob = session('4', { identity: identity('bob') })
    for (const it of [one, two, otherIssuer, bob, appSession('1a', one)]) await store.putSession(it)
    expect(await store.removeSessionsOf('https://idp.example', 'sub-alice')).toBe(3)
    expect(await store.removeSessionsOf('https://idp.example', 'sub-alice')).toBe(0)
    expect(await all(store)).toEqual([otherIssuer, bob])
  })

  test('a touch moves the time, and never revives what has ended', async () => {
    const store = open()
    const [kept, ended] = [session('1'), session('2')]
    await store.putSession(kept)
    await store.putSession(ended)
    await store.removeSessions([ended.id])
    await store.touchSessions(new Map([kept, ended].map(({ id }) => [id, NOON + 60_000])))
    expect(await all(store)).toEqual([{ ...kept, lastSeen: NOON + 60_000 }])
  })

  test('pruning forgets what is older than either limit, with what hangs on it, and nothing else', async () => {
    const store = open()
    const old = session('old', { createdAt: NOON - 1001 })
    const idle = session('idle', { lastSeen: NOON - 101 })
    const good = session('good', { createdAt: NOON - 1000, lastSeen: NOON - 100 })
    // an app session is never seen itself: its portal session is
    const app = appSession('app', good, { lastSeen: 0 })
    for (const it of [old, appSession('o', old), idle, appSession('i', idle), good, app]) await store.putSession(it)
    await store.prune({ createdBefore: NOON - 1000, seenBefore: NOON - 100, now: NOON })
    expect(await all(store)).toEqual([app, good])
  })
}

function onceContract(open: () => Bench): void {
  test('the first time is true, every other time false', async () => {
    const { store, setTime } = open()
    setTime(NOON)
    expect(await store.once('code', NOON + 60_000)).toBe(true)
    expect(await store.once('code', NOON + 60_000)).toBe(false)
    expect(await store.once('other code', NOON + 60_000)).toBe(true)
  })

  test('D-27 of fifty at once, through two handles, one is the first', async () => {
    const { store, other, setTime } = open()
    setTime(NOON)
    const second = await other()
    const calls = Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? store : second).once('code', NOON + 60_000))
    expect((await Promise.all(calls)).filter(Boolean)).toHaveLength(1)
  })

  test('it stays used up until it expires, pruned or not', async () => {
    const { store, setTime } = open()
    const prune = (now: number) => store.prune({ createdBefore: 0, seenBefore: 0, now })
    setTime(NOON)
    await store.once('code', NOON + 60_000)
    await prune(NOON + 59_999)
    setTime(NOON + 59_999)
    expect(await store.once('code', NOON + 60_000)).toBe(false)
    setTime(NOON + 60_000)
    expect(await store.once('code', NOON + 120_000)).toBe(true)
    expect(await store.once('code', NOON + 120_000)).toBe(false)
    await prune(NOON + 120_000)
    setTime(NOON + 120_000)
    expect(await store.once('code', NOON + 180_000)).toBe(true)
  })
}

function tokensContract(open: () => Store): void {
  const work = token('work', { apps: ['files', 'git'], expiresAt: NOON + 1, lastUsed: NOON })

  test('what was put is there, field by field, oldest first', async () => {
    const store = open()
    await store.putAccount(account('alice'))
    const older = token('older', { createdAt: NOON - 1 })
    await store.putToken(work)
    await store.putToken(older)
    expect(await store.tokens()).toEqual([older, work])
    expect(await store.token(work.id)).toEqual(work)
    expect(await store.token('another')).toBeUndefined()
  })

  test('one of an account that is not there is refused with code no-parent', async () => {
    await expect(open().putToken(work)).rejects.toMatchObject({ code: 'no-parent' })
    expect(await open().tokens()).toEqual([])
  })

  test('it ends with its account, and those of others stay', async () => {
    const store = open()
    for (const name of ['alice', 'bob']) await store.putAccount(account(name))
    const bobs = token('bobs', { account: 'id-of-bob' })
    await store.putToken(work)
    await store.putToken(bobs)
    await store.removeAccount('alice')
    expect(await store.tokens()).toEqual([bobs])
  })

  test('a use is noted, and never revives one that is gone', async () => {
    const store = open()
    await store.putAccount(account('alice'))
    await store.putToken(work)
    await store.touchTokens(
      new Map([
        [work.id, NOON + 5],
        [token('gone').id, NOON],
      ]),
    )
    expect(await store.tokens()).toEqual([{ ...work, lastUsed: NOON + 5 }])
  })

  test('what was removed is gone, and says whether it was there', async () => {
    const store = open()
    await store.putAccount(account('alice'))
    await store.putToken(work)
    expect([await store.removeToken(work.id), await store.removeToken(work.id)]).toEqual([true, false])
    expect(await store.tokens()).toEqual([])
  })
}

function feedContract(open: () => Bench): void {
  const portal = session('1')
  const app = appSession('1a', portal)
  const given = token('given')
  /** Each write, and what has to be told of it. */
  const writes: readonly { what: string; write: (store: Store) => Promise<unknown>; told: readonly string[] }[] = [
    { what: 'an account added', write: (store) => store.putAccount(account('bob')), told: ['account bob'] },
    {
      what: 'an account changed',
      write: (store) => store.changeAccount('alice', (it) => ({ ...it, disabled: true })),
      told: ['account alice'],
    },
    {
      what: 'an account given another name',
      write: (store) => store.putAccount(account('alice', { name: 'alicia' })),
      told: ['account alice', 'account alicia'],
    },
    {
      what: 'an account removed',
      write: (store) => store.removeAccount('alice'),
      told: ['account alice', `token ${given.id}`],
    },
    { what: 'a session begun', write: (store) => store.putSession(session('2')), told: [`session ${session('2').id}`] },
    {
      what: 'a session ended, with what hangs on it',
      write: (store) => store.removeSessions([portal.id]),
      told: [`session ${portal.id}`, `session ${app.id}`],
    },
    {
      what: 'the sessions of a person ended',
      write: (store) => store.removeSessionsOf('https://idp.example', 'sub-alice'),
      told: [`session ${portal.id}`, `session ${app.id}`],
    },
    {
      what: 'sessions pruned',
      write: (store) => store.prune({ createdBefore: NOON + 1, seenBefore: 0, now: NOON }),
      told: [`session ${portal.id}`, `session ${app.id}`],
    },
    { what: 'a token given out', write: (s) => s.putToken(token('new')), told: [`token ${token('new').id}`] },
    { what: 'a token taken back', write: (s) => s.removeToken(given.id), told: [`token ${given.id}`] },
    {
      what: 'a token used, which is no change',
      write: (s) => s.touchTokens(new Map([[given.id, NOON + 9]])),
      told: [],
    },
    { what: 'a touch, which is no change', write: (s) => s.touchSessions(new Map([[portal.id, NOON + 9]])), told: [] },
    { what: 'a single use, which is no change', write: (store) => store.once('code', NOON), told: [] },
  ]

  async function prepare(store: Store): Promise<void> {
    await store.putAccount(account('alice'))
    await store.putSession(portal)
    await store.putSession(app)
    await store.putToken(given)
  }

  test.for(writes)('own writes are told: $what', async ({ write, told }) => {
    const { store } = open()
    await prepare(store)
    const heard = listen(store)
    await write(store)
    await settle()
    expect(words(heard)).toEqual([...told].toSorted())
  })

  test.for(writes)('writes through another handle are told: $what', async ({ write, told }) => {
    const { store, other, turn } = open()
    const second = await other()
    await prepare(store)
    const heard = listen(store)
    await write(second)
    turn()
    await settle()
    expect(words(heard)).toEqual([...told].toSorted())
  })

  test('everybody who listens is told, until they stop', async () => {
    const { store } = open()
    const heard: Told[][] = [[], []]
    const [stop] = heard.map((list) => store.subscribe((change) => list.push(change)))
    await store.putAccount(account('alice'))
    await settle()
    stop?.()
    await store.putAccount(account('bob'))
    await settle()
    expect(heard.map(words)).toEqual([['account alice'], ['account alice', 'account bob']])
  })
}

function grantsContract(open: () => Bench): void {
  const portal = session('a')
  const grant = (more: Partial<GrantRecord> = {}): GrantRecord => ({
    session: portal.id,
    provider: 'keycloak',
    sid: 'sid-1',
    sealed: 'a..b.c.d',
    accessToken: null,
    idToken: null,
    renewedAt: NOON,
    renewAt: NOON + 60_000,
    ...more,
  })
  const nth = (i: number) => session(`s${i}`)

  test('what was put is there, field by field, and putting again replaces', async () => {
    const { store } = open()
    await store.putSession(portal)
    expect(await store.grant(portal.id)).toBeUndefined()
    const tokens = { accessToken: 'e..f.g.h', idToken: 'i..j.k.l' }
    for (const one of [grant(), grant(tokens), grant({ sid: null, renewAt: null, sealed: 'x' })]) {
      await store.putGrant(one)
      expect(await store.grant(portal.id)).toEqual(one)
    }
  })

  test('without its session there is none: code no-parent', async () => {
    const { store } = open()
    await expect(store.putGrant(grant())).rejects.toMatchObject({ code: 'no-parent' })
    expect(await store.grant(portal.id)).toBeUndefined()
  })

  test.for<readonly [string, (store: Store) => Promise<unknown>]>([
    ['it is removed', (store) => store.removeSessions([portal.id])],
    ['its person is shut out', (store) => store.removeSessionsOf(portal.identity.issuer, portal.identity.subject)],
    ['it is pruned', (store) => store.prune({ createdBefore: NOON + 1, seenBefore: 0, now: NOON })],
  ])('it goes with its session when %s', async ([, end]) => {
    const { store } = open()
    await store.putSession(portal)
    await store.putGrant(grant())
    await end(store)
    expect(await store.grant(portal.id)).toBeUndefined()
    expect(await store.dueGrants(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
    expect(await store.sessionsOfSid('keycloak', 'sid-1')).toEqual([])
  })

  test('those are due whose time has come, the longest first, and no more than asked for', async () => {
    const { store } = open()
    const times = [30, 10, null, 20, 40]
    for (const [i, at] of times.entries()) {
      await store.putSession(nth(i))
      await store.putGrant(grant({ session: nth(i).id, renewAt: at === null ? null : NOON + at }))
    }
    const due = async (at: number, limit = 10) =>
      (await store.dueGrants(NOON + at, limit)).map(({ renewAt }) => renewAt)
    expect(await due(9)).toEqual([])
    expect(await due(10)).toEqual([NOON + 10])
    expect(await due(100)).toEqual([NOON + 10, NOON + 20, NOON + 30, NOON + 40])
    expect(await due(100, 2)).toEqual([NOON + 10, NOON + 20])
  })

  test('sessions are found by what their provider calls them, and not by what another does', async () => {
    const { store } = open()
    for (const i of [1, 2, 3]) await store.putSession(nth(i))
    await store.putGrant(grant({ session: nth(1).id }))
    await store.putGrant(grant({ session: nth(2).id }))
    await store.putGrant(grant({ session: nth(3).id, provider: 'google' }))
    expect((await store.sessionsOfSid('keycloak', 'sid-1')).toSorted()).toEqual([nth(1).id, nth(2).id].toSorted())
    expect(await store.sessionsOfSid('keycloak', 'sid-2')).toEqual([])
  })

  test('a changed identity is that of every session of the person, told once each, and nobody else’s', async () => {
    const { store } = open()
    const [app, other] = [appSession('b', portal), session('c', { identity: identity('bob') })]
    for (const one of [portal, app, other]) await store.putSession(one)
    await settle()
    const heard = listen(store)
    const changed = identity('alice', { groups: [], email: 'new@example.com' })
    await store.changeIdentity(changed)
    await store.changeIdentity(changed)
    await settle()
    expect((await store.session(portal.id))?.identity).toEqual(changed)
    expect((await store.session(app.id))?.identity).toEqual(changed)
    expect(await store.session(other.id)).toEqual(other)
    expect(words(heard)).toEqual([`session ${portal.id}`, `session ${app.id}`].toSorted())
  })
}

export function listen(store: Store): Told[] {
  const heard: Told[] = []
  store.subscribe((change) => heard.push(change))
  return heard
}

/** Lets what was queued be told. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

export function words(heard: readonly Told[]): string[] {
  return heard.map((it) => ('key' in it ? `${it.kind} ${it.key}` : it.kind)).toSorted()
}

/** By id: a store may give them in any order. */
async function all(store: Store): Promise<SessionRecord[]> {
  const given: SessionRecord[] = []
  for await (const record of store.sessions()) given.push(record)
  return given.toSorted(byId)
}

function byId(a: SessionRecord, b: SessionRecord): number {
  return a.id < b.id ? -1 : 1
}
