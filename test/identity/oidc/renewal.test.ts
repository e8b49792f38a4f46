/** Who lost something upstream loses it here, in the background, whatever requests come meanwhile. */
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Renewal } from '../../../src/identity/provider.ts'
import { Grants } from '../../../src/session/grants.ts'
import { GRACE, Renewals, type RenewalEvent } from '../../../src/session/renewal.ts'
import { Seal } from '../../../src/session/seal.ts'
import { Sessions } from '../../../src/session/sessions.ts'
import { MemoryStore } from '../../../src/store/memory.ts'
import { OidcProvider } from '../../../src/identity/oidc/provider.ts'
import { identity, NOON } from '../../store/samples.ts'
import { HostileProvider } from './hostile.ts'

let idp: HostileProvider
beforeAll(async () => (idp = await HostileProvider.start()))
afterEach(() => idp.reset())
afterAll(() => idp.close())

const REFRESH = 300_000
const LIMITS = { idle: 86_400_000, max: 7 * 86_400_000 }
const never = () => () => undefined

/** One replica: its own memory over the shared store. */
async function replica(
  store: MemoryStore,
  seal: Seal,
  clock: { now: number },
  renew: (grant: string) => Promise<Renewal>,
) {
  const provider = { name: 'idp', refresh: REFRESH, renew }
  const providers = new Map([['idp', provider]])
  const grants = new Grants(store, seal, { refreshOf: (name) => providers.get(name)?.refresh, sessionMax: LIMITS.max })
  const sessions = await Sessions.open(store, LIMITS, { every: never, grants })
  const events: RenewalEvent[] = []
  const faults: unknown[] = []
  const renewals = new Renewals({
    store,
    grants,
    sessions,
    now: () => clock.now,
    providers: () => providers,
    observe: (event) => void events.push(event),
    fault: (error) => void faults.push(error),
  })
  return { grants, sessions, renewals, events, faults, providers }
}

async function setting(renew: (grant: string) => Promise<Renewal>) {
  const clock = { now: NOON }
  const store = new MemoryStore(() => clock.now)
  const seal = Seal.from(randomBytes(32))
  const one = await replica(store, seal, clock, renew)
  const who = identity('alice', { groups: ['group2'] })
  const authentication = { provider: 'idp', at: NOON, amr: ['pwd'] }
  const enter = (grant = 'g1') => one.sessions.startPortal(who, authentication, clock.now, { grant, sid: 's' })
  return { clock, store, seal, ...one, who, enter, another: () => replica(store, seal, clock, renew) }
}

/** Lets the change feed of the store tell everybody. */
const told = () => new Promise((resolve) => setImmediate(resolve))

test('a session is renewed before its provider’s word is older than refresh, and not much earlier', async () => {
  const grants: string[] = []
  const { clock, renewals, enter, who } = await setting(async (grant) => {
    grants.push(grant)
    return { kind: 'ok', identity: who, grant: `g${grants.length + 1}` }
  })
  await enter()
  clock.now = NOON + REFRESH * 0.6
  await renewals.look()
  expect(grants).toEqual([])
  clock.now = NOON + REFRESH * 0.9
  await renewals.look()
  await renewals.look()
  expect(grants).toEqual(['g1'])
  clock.now += REFRESH
  await renewals.look()
  // a refresh token that was rotated: the new one
  expect(grants).toEqual(['g1', 'g2'])
})

test('a hundred who sign in at once are spread over a quarter of the time', async () => {
  const { store, enter } = await setting(async () => ({ kind: 'ended' }))
  await Promise.all(Array.from({ length: 100 }, () => enter()))
  const at = (await store.dueGrants(Number.MAX_SAFE_INTEGER, 1000)).map(({ renewAt }) => (renewAt ?? 0) - NOON)
  expect(Math.max(...at)).toBeLessThanOrEqual(REFRESH * 0.9)
  expect(Math.min(...at)).toBeGreaterThanOrEqual(REFRESH * 0.65)
  expect(new Set(at.map((time) => Math.floor(time / (REFRESH * 0.025)))).size).toBeGreaterThan(5)
})

test('a lost group is lost in every session of that person, on every replica, in the app too', async () => {
  const found = { groups: ['group2'] }
  const { clock, renewals, sessions, enter, who, another } = await setting(async () => ({
    kind: 'ok',
    identity: { ...who, ...found },
  }))
  const cookie = await enter()
  const root = sessions.find(cookie, clock.now)
  const app = root === undefined ? undefined : await sessions.startApp(root, 'app.example.com', clock.now)
  const elsewhere = await another()
  found.groups = []
  clock.now += REFRESH
  await renewals.look()
  await told()
  for (const side of [sessions, elsewhere.sessions])
    for (const value of [cookie, app ?? '']) expect(side.find(value, clock.now)?.identity.groups).toEqual([])
})

test('a person who is the same costs the store no change', async () => {
  const { clock, store, renewals, enter, who } = await setting(async () => ({ kind: 'ok', identity: { ...who } }))
  await enter()
  await told()
  const changes: unknown[] = []
  store.subscribe((change) => changes.push(change))
  clock.now += REFRESH
  await renewals.look()
  await told()
  expect(changes).toEqual([])
})

test('the provider says no: the session ends at once, everywhere', async () => {
  const { clock, renewals, sessions, enter, events, another } = await setting(async () => ({ kind: 'ended' }))
  const cookie = await enter()
  const elsewhere = await another()
  clock.now += REFRESH
  await renewals.look()
  await told()
  expect(sessions.find(cookie, clock.now)).toBeUndefined()
  expect(elsewhere.sessions.find(cookie, clock.now)).toBeUndefined()
  expect(events).toEqual([{ kind: 'ended', provider: 'idp' }])
})

test('D-27: two replicas and fifty looks at once ask once', async () => {
  let asked = 0
  const { clock, renewals, enter, who, another } = await setting(async () => {
    asked += 1
    await told()
    return { kind: 'ok', identity: who }
  })
  await enter()
  const elsewhere = await another()
  clock.now += REFRESH
  await Promise.all(Array.from({ length: 25 }, () => [renewals.look(), elsewhere.renewals.look()]).flat())
  expect(asked).toBe(1)
})

test('a process that died over a renewal holds it up for a minute', async () => {
  let asked = 0
  const begun = Promise.withResolvers<void>()
  const { clock, renewals, enter, who, another } = await setting(async () => {
    asked += 1
    begun.resolve()
    if (asked === 1) await new Promise(() => undefined)
    return { kind: 'ok', identity: who }
  })
  await enter()
  clock.now += REFRESH
  void renewals.look()
  await begun.promise
  const elsewhere = await another()
  clock.now += 59_999
  await elsewhere.renewals.look()
  expect(asked).toBe(1)
  clock.now += 1
  await elsewhere.renewals.look()
  expect(asked).toBe(2)
})

test('E-28: a provider that cannot be asked is asked again ever more rarely, for an hour; then the session ends', async () => {
  const times: number[] = []
  const { clock, renewals, sessions, enter, events } = await setting(async () => {
    times.push(clock.now)
    return { kind: 'unavailable', error: new Error('down') }
  })
  const cookie = await enter()
  while (sessions.find(cookie, clock.now) !== undefined && clock.now < NOON + 2 * GRACE) {
    clock.now += 1000
    await renewals.look()
  }
  const ended = clock.now - NOON - REFRESH
  expect(ended).toBeGreaterThanOrEqual(GRACE)
  expect(ended).toBeLessThan(GRACE + 301_000)
  const pauses = times.slice(1).map((time, i) => time - (times[i] ?? 0))
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(10_000)
  expect(Math.max(...pauses)).toBeLessThanOrEqual(301_000)
  expect(times.length).toBeLessThan(40)
  expect(events.at(-1)).toEqual({ kind: 'given-up', provider: 'idp' })
})

test('what there is nothing to ask with is not asked again, and lives', async () => {
  let asked = 0
  const { clock, renewals, sessions, enter } = await setting(async () => {
    asked += 1
    return { kind: 'impossible' }
  })
  const cookie = await enter()
  for (let i = 0; i < 10; i++) {
    clock.now += REFRESH
    await renewals.look()
  }
  expect(asked).toBe(1)
  expect(sessions.find(cookie, clock.now)).toBeDefined()
})

test('a provider that the operator took away vouches for nobody', async () => {
  const { clock, renewals, sessions, enter, providers } = await setting(async () => ({ kind: 'impossible' }))
  const cookie = await enter()
  providers.clear()
  clock.now += REFRESH
  await renewals.look()
  expect(sessions.find(cookie, clock.now)).toBeUndefined()
})

test('somebody who signs out while being renewed does not come back', async () => {
  const { clock, store, renewals, sessions, enter, who, faults } = await setting(async () => {
    for await (const { id } of store.sessions()) await store.removeSessions([id])
    return { kind: 'ok', identity: who }
  })
  const cookie = await enter()
  clock.now += REFRESH
  await renewals.look()
  await told()
  expect(sessions.find(cookie, clock.now)).toBeUndefined()
  expect(await store.dueGrants(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
  expect(faults).toEqual([])
})

test('what rests is sealed', async () => {
  const { store, enter } = await setting(async () => ({ kind: 'ended' }))
  await enter('a-refresh-token')
  const [grant] = await store.dueGrants(Number.MAX_SAFE_INTEGER, 10)
  expect(JSON.stringify(grant)).not.toContain('a-refresh-token')
  expect(grant?.sealed).toMatch(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/)
})

describe('over HTTP', () => {
  const provider = (more: Parameters<HostileProvider['config']>[0] = {}) => {
    const admits = { now: true }
    const made = new OidcProvider(idp.config(more), { admits: () => admits.now, warn: () => undefined })
    return { made, admits }
  }
  const redirectUri = 'https://auth.example.com/callback/idp'

  async function signedIn({ made }: ReturnType<typeof provider>) {
    const begun = await made.begin({ redirectUri, state: 'the-state' }, Date.now())
    if (begun.kind !== 'ok') throw new Error('down')
    const query = new URL(idp.approve(begun.url, 'alice')).searchParams
    const { nonce, verifier } = begun
    const vouched = await made.finish({ query, redirectUri, state: 'the-state', nonce, verifier }, Date.now())
    if (vouched.kind !== 'ok') throw new Error(vouched.kind)
    return vouched.grant ?? ''
  }

  test('groups are read anew, and the refresh token that was rotated is the next grant', async () => {
    const it = provider()
    const grant = await signedIn(it)
    idp.knobs.person = { groups: ['new'] }
    const first = await it.made.renew(grant, Date.now())
    expect(first).toMatchObject({ kind: 'ok', identity: { user: 'alice', groups: ['new'] } })
    const second = await it.made.renew(first.kind === 'ok' ? (first.grant ?? '') : '', Date.now())
    expect(second.kind).toBe('ok')
    // the spent one ends it
    expect(await it.made.renew(grant, Date.now())).toEqual({ kind: 'ended' })
  })

  test('a renewal without an ID token keeps what the last one said', async () => {
    const it = provider()
    idp.knobs.idToken = (claims) => ({ ...claims, dept: 'it' })
    const grant = await signedIn(it)
    idp.knobs.tokens = (body) => ({ ...body, id_token: undefined })
    const renewed = await it.made.renew(grant, Date.now())
    expect(renewed).toMatchObject({ kind: 'ok', identity: { user: 'alice', claims: { dept: 'it' } } })
  })

  const bent: readonly (readonly [string, () => void, Renewal['kind']])[] = [
    ['is refused', () => (idp.knobs.refuseRefresh = true), 'ended'],
    ['is of another person', () => (idp.knobs.idToken = (it) => ({ ...it, sub: 'sub-mallory' })), 'ended'],
    [
      'meets a server error',
      () => {
        idp.knobs.serve = (_path, res) => res.writeHead(503).end().writableEnded
      },
      'unavailable',
    ],
    ['is answered by a UserInfo of another person', () => (idp.knobs.userInfo = () => ({ sub: 'x' })), 'unavailable'],
    ['brings groups that cannot be read', () => (idp.knobs.person = { groups: [7] }), 'ended'],
  ]
  test.for(bent)('one that %s', async ([, bend, kind]) => {
    const it = provider()
    const grant = await signedIn(it)
    bend()
    expect((await it.made.renew(grant, Date.now())).kind).toBe(kind)
  })

  test('whom admit no longer names is ended', async () => {
    const it = provider()
    const grant = await signedIn(it)
    it.admits.now = false
    expect(await it.made.renew(grant, Date.now())).toEqual({ kind: 'ended' })
  })

  test('without a refresh token there is nothing to ask with', async () => {
    idp.knobs.noRefreshToken = true
    const it = provider()
    expect(await it.made.renew(await signedIn(it), Date.now())).toEqual({ kind: 'impossible' })
  })

  test('an ID token too long to be kept is left out, the refresh token stays', async () => {
    const it = provider()
    idp.knobs.person = { groups: Array.from({ length: 300 }, (_, i) => `a-group-with-a-long-name-${i}`) }
    const grant = await signedIn(it)
    expect(grant.length).toBeLessThan(200)
    expect((await it.made.renew(grant, Date.now())).kind).toBe('ok')
  })
})
