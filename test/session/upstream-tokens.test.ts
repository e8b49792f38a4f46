/** A provider's tokens for apps: sealed where they rest, in memory only for whom an app is asked, and no longer than good. */
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { PassedTokens, Renewal } from '../../src/identity/provider.ts'
import { Grants } from '../../src/session/grants.ts'
import { standing } from '../../src/session/live.ts'
import { Renewals } from '../../src/session/renewal.ts'
import { Seal } from '../../src/session/seal.ts'
import { Sessions } from '../../src/session/sessions.ts'
import { UpstreamTokens } from '../../src/session/upstream-tokens.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import type { GrantRecord } from '../../src/store/store.ts'
import { identity, NOON } from '../store/samples.ts'

const REFRESH = 300_000
const HOUR = 3_600_000
const LIMITS = { idle: 24 * HOUR, max: 7 * 24 * HOUR }

class CountingStore extends MemoryStore {
  reads = 0
  broken = false
  override async grant(session: string): Promise<GrantRecord | undefined> {
    this.reads += 1
    if (this.broken) throw new Error('the store is away')
    return super.grant(session)
  }
}

const access = (text: string, life = HOUR): PassedTokens => ({ access: { text, until: NOON + life } })

/** Alice, signed in with `idp`, which gave these; the app `reports` may have its access token. */
async function setting(tokens: PassedTokens | undefined, renew: () => Promise<Renewal> = neverAsked) {
  const clock = { now: NOON }
  const store = new CountingStore(() => clock.now)
  const seal = Seal.from(randomBytes(32))
  const grants = new Grants(store, seal, { refreshOf: () => REFRESH, sessionMax: LIMITS.max })
  const sessions = await Sessions.open(store, LIMITS, { every: () => () => undefined, grants })
  const allowed = new Set(['idp reports access'])
  const upstreamTokens = new UpstreamTokens(grants, (...asked) => allowed.has(asked.join(' ')))
  const fault = (error: unknown) => expect.fail(String(error))
  const providers = new Map([['idp', { name: 'idp', refresh: REFRESH, renew }]])
  const renewed = { store, grants, sessions, upstreamTokens, now: () => clock.now, fault }
  const renewals = new Renewals({ ...renewed, providers: () => providers, observe: () => undefined })
  const how = { provider: 'idp', at: NOON, amr: [] }
  const given = { grant: 'g1', ...(tokens && { tokens }) }
  const cookie = await sessions.startPortal(identity('alice'), how, NOON, given)
  const root = sessions.find(cookie, NOON) ?? expect.fail('nobody')
  const app = sessions.find((await sessions.startApp(root, 'reports.example.com', NOON)) ?? '', NOON)
  const session = app ?? expect.fail('no app session')
  const of = async (id = 'reports', kind: 'access' | 'id' = 'access') => upstreamTokens.of(session, id, kind, clock.now)
  return { clock, store, sessions, renewals, upstreamTokens, allowed, root, session, of }
}

const neverAsked = (): Promise<Renewal> => Promise.reject(new Error('asked'))

test('the app that may is given it, and no other; nor is another token', async () => {
  const { of, store } = await setting({ ...access('a1'), id: { text: 'i1', until: NOON + HOUR } })
  expect(await of()).toBe('a1')
  const { reads } = store
  expect([await of('wiki'), await of('reports', 'id')]).toEqual(['', ''])
  // nor is it looked for
  expect(store.reads).toBe(reads)
})

test('both of them, where the operator says both', async () => {
  const { of, allowed } = await setting({ ...access('a1'), id: { text: 'i1', until: NOON + HOUR } })
  allowed.add('idp reports id')
  expect([await of(), await of('reports', 'id')]).toEqual(['a1', 'i1'])
})

test('who came with a credential of their own has none behind it, though the store is not even asked', async () => {
  const { upstreamTokens, root, store } = await setting(access('a1'))
  for (const credential of ['token', 'basic', 'bearer'] as const) {
    const known = standing({ ...root, credential })
    expect(upstreamTokens.of(known, 'reports', 'access', NOON)).toBe('')
  }
  expect(store.reads).toBe(0)
})

test('fifty requests at once and fifty after them read the store once; the later ones wait for nothing', async () => {
  const { of, store, upstreamTokens, session } = await setting(access('a1'))
  const all = await Promise.all(Array.from({ length: 50 }, () => of()))
  expect(new Set(all)).toEqual(new Set(['a1']))
  for (let i = 0; i < 50; i++) expect(upstreamTokens.of(session, 'reports', 'access', NOON + i)).toBe('a1')
  expect(store.reads).toBe(1)
})

test('that there is none is remembered too', async () => {
  const { of, store } = await setting(undefined)
  expect([await of(), await of()]).toEqual(['', ''])
  expect(store.reads).toBe(1)
})

test('what another process changed is seen within half a minute', async () => {
  const { of, store, clock, root } = await setting(access('a1'))
  expect(await of()).toBe('a1')
  const record = (await store.grant(root.id)) ?? expect.fail('no grant')
  await store.putGrant({ ...record, accessToken: null })
  clock.now += 29_999
  expect(await of()).toBe('a1')
  clock.now += 1
  expect(await of()).toBe('')
})

test('one that has expired is not given, to the millisecond', async () => {
  const { of, clock } = await setting(access('a1', 20_000))
  clock.now += 19_999
  expect(await of()).toBe('a1')
  clock.now += 1
  expect(await of()).toBe('')
})

test('what the operator takes away is gone with the next request', async () => {
  const { of, allowed } = await setting(access('a1'))
  expect(await of()).toBe('a1')
  allowed.clear()
  expect(await of()).toBe('')
})

test('a store that cannot be read is no answer, and is asked again', async () => {
  const { of, store } = await setting(access('a1'))
  store.broken = true
  await expect(of()).rejects.toThrow('the store is away')
  store.broken = false
  expect(await of()).toBe('a1')
})

test('after signing out there is none', async () => {
  const { of, sessions, session, upstreamTokens } = await setting(access('a1'))
  await sessions.end(session)
  expect(await of()).toBe('')
  upstreamTokens.forget(session.root.id)
  expect(await of()).toBe('')
})

test('what rests is sealed, each for its own purpose', async () => {
  const { store, root, of } = await setting({
    ...access('an-access-token'),
    id: { text: 'an-id-token', until: NOON + HOUR },
  })
  const record = (await store.grant(root.id)) ?? expect.fail('no grant')
  expect(JSON.stringify(record)).not.toMatch(/an-(access|id)-token/)
  // one put in the other's place opens nothing
  await store.putGrant({ ...record, accessToken: record.idToken })
  expect(await of()).toBe('')
})

test('it is renewed before it expires, though its provider is asked more rarely otherwise; the new one is given at once', async () => {
  let asked = 0
  const { of, clock, renewals } = await setting(access('a1', 60_000), async () => {
    asked += 1
    const tokens = { access: { text: `a${asked + 1}`, until: clock.now + 60_000 } }
    return { kind: 'ok', identity: identity('alice'), tokens }
  })
  for (; clock.now < NOON + REFRESH; clock.now += 1000) {
    await renewals.look()
    expect(await of()).toBe(`a${asked + 1}`)
  }
  expect(asked).toBeGreaterThanOrEqual(5)
  expect(asked).toBeLessThanOrEqual(8)
})

test('a token of some seconds does not make us ask its provider every few seconds', async () => {
  let asked = 0
  const { clock, renewals } = await setting(access('a1', 5000), async () => {
    asked += 1
    return { kind: 'ok', identity: identity('alice'), tokens: { access: { text: 'x', until: clock.now + 5000 } } }
  })
  for (; clock.now < NOON + REFRESH; clock.now += 1000) await renewals.look()
  expect(asked).toBe(1)
})

test('a renewal without an ID token leaves the last one until it expires; without tokens at all none is left', async () => {
  const answers: PassedTokens[] = [{ access: { text: 'a2', until: NOON + 2 * HOUR } }]
  const { of, clock, renewals, allowed } = await setting(
    { ...access('a1'), id: { text: 'i1', until: NOON + HOUR } },
    async () => {
      const tokens = answers.shift()
      return { kind: 'ok', identity: identity('alice'), ...(tokens && { tokens }) }
    },
  )
  allowed.add('idp reports id')
  clock.now += REFRESH
  await renewals.look()
  expect([await of(), await of('reports', 'id')]).toEqual(['a2', 'i1'])
  clock.now += REFRESH
  await renewals.look()
  expect([await of(), await of('reports', 'id')]).toEqual(['', ''])
})
