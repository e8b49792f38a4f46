import { hash } from 'node:crypto'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { MemoryStore } from '../../src/store/memory.ts'
import type { SessionRecord, Store } from '../../src/store/store.ts'
import { identity, NOON, session } from '../store/samples.ts'
import { byPassword, DAY, HOUR, LIMITS, randomCookie, SessionBench } from './bench.ts'

let bench: SessionBench
beforeEach(async () => {
  bench = await SessionBench.open(new MemoryStore(() => NOON))
})

const idOf = (cookie: string) => hash('sha256', cookie, 'base64url')

async function records(store: Store): Promise<SessionRecord[]> {
  const all: SessionRecord[] = []
  for await (const record of store.sessions()) all.push(record)
  return all
}

describe('a sign-in', () => {
  test('gives a cookie that finds who signed in, and how', async () => {
    const cookie = await bench.portal('alice')
    expect(cookie).toMatch(/^[\w-]{43}$/)
    const found = bench.find(cookie)
    expect(found).toMatchObject({ host: null, identity: identity('alice'), createdAt: NOON, lastSeen: NOON })
    expect(found.authentication).toEqual({ provider: 'keycloak', at: NOON, amr: ['pwd'] })
    expect(found.root).toBe(found)
  })

  test('leaves nothing in the store that could be used as a cookie', async () => {
    const cookie = await bench.portal('alice')
    const [record] = await records(bench.store)
    expect(record?.id).toBe(idOf(cookie))
    expect(JSON.stringify(record)).not.toContain(cookie)
    expect(bench.holds(record?.id ?? '')).toBe(false)
  })

  test('is a session of its own each time', async () => {
    const [one, two] = [await bench.portal('alice'), await bench.portal('alice')]
    expect(one).not.toBe(two)
    expect(bench.sessions.size).toBe(2)
    expect(bench.find(one).identity).toBe(bench.find(two).identity)
  })

  test('that the store refuses is no session', async () => {
    bench.store.putSession = () => Promise.reject(new Error('disk full'))
    await expect(bench.portal('alice')).rejects.toThrow('disk full')
    expect(bench.sessions.size).toBe(0)
  })

  test('beyond the hundredth of one person ends the oldest of theirs', async () => {
    const other = await bench.portal('bob')
    const cookies: string[] = []
    for (let i = 0; i < 102; i++) cookies.push(await bench.portal('alice', NOON + i))
    expect(cookies.map((cookie) => bench.holds(cookie, NOON + 200)).indexOf(true)).toBe(2)
    expect(bench.holds(other)).toBe(true)
    expect(await records(bench.store)).toHaveLength(101)
  })
})

describe('an app session', () => {
  test('opens one host, as whoever signed in on the portal', async () => {
    const portal = await bench.portal('alice')
    const app = await bench.app(portal, 'app.example.com', NOON + 5)
    const found = bench.find(app, NOON + 5)
    expect(found).toMatchObject({ host: 'app.example.com', createdAt: NOON + 5 })
    expect(found.root).toBe(bench.find(portal))
    expect(found.identity).toBe(bench.find(portal).identity)
    expect(found.authentication).toBe(bench.find(portal).authentication)
  })

  test('may be begun with an app session in hand: it hangs on the portal session all the same', async () => {
    const portal = await bench.portal('alice')
    const app = bench.find(await bench.app(portal, 'app.example.com'))
    const other = await bench.sessions.startApp(app, 'other.example.com', NOON)
    expect(bench.find(other ?? '').root.id).toBe(idOf(portal))
  })

  test('is not begun on a portal session that has ended or run out', async () => {
    const portal = await bench.portal('alice')
    const live = bench.find(portal)
    expect(await bench.sessions.startApp(live, 'app.example.com', NOON + LIMITS.idle)).toBeUndefined()
    await bench.sessions.end(live)
    expect(await bench.sessions.startApp(live, 'app.example.com', NOON)).toBeUndefined()
    expect(await records(bench.store)).toEqual([])
  })

  test('is not begun where the store knows of the end first', async () => {
    const live = bench.find(await bench.portal('alice'))
    const put = bench.store.putSession.bind(bench.store)
    bench.store.putSession = async (record) => {
      await bench.store.removeSessions([live.id])
      await put(record)
    }
    expect(await bench.sessions.startApp(live, 'app.example.com', NOON)).toBeUndefined()
    expect(bench.sessions.size).toBe(0)
  })

  test('beyond the two hundredth of one portal session ends the oldest', async () => {
    const portal = await bench.portal('alice')
    const cookies: string[] = []
    for (let i = 0; i < 203; i++) cookies.push(await bench.app(portal, `app-${i}.example.com`))
    expect(cookies.map((cookie) => bench.holds(cookie)).indexOf(true)).toBe(3)
    expect(bench.holds(portal)).toBe(true)
    expect(await records(bench.store)).toHaveLength(201)
  })
})

describe('signing out', () => {
  test.for(['portal', 'app'])('on the %s ends it everywhere, and nobody else’s', async (where) => {
    const portal = await bench.portal('alice')
    const apps = [await bench.app(portal, 'a.example.com'), await bench.app(portal, 'b.example.com')]
    const others = [await bench.portal('alice'), await bench.portal('bob')]
    await bench.sessions.end(bench.find(where === 'portal' ? portal : (apps[0] ?? '')))
    expect([portal, ...apps].map((cookie) => bench.holds(cookie))).toEqual([false, false, false])
    expect(others.map((cookie) => bench.holds(cookie))).toEqual([true, true])
    expect(await records(bench.store)).toHaveLength(2)
  })

  test('holds at once in memory, even while the store fails', async () => {
    const portal = await bench.portal('alice')
    bench.store.removeSessions = () => Promise.reject(new Error('disk full'))
    const end = bench.sessions.end(bench.find(portal))
    expect(bench.holds(portal)).toBe(false)
    await expect(end).rejects.toThrow('disk full')
  })

  test('D-27 racing fifty requests and fifty new app sessions leaves none alive', async () => {
    const portal = await bench.portal('alice')
    const live = bench.find(portal)
    const apps = Array.from({ length: 50 }, (_, i) => bench.sessions.startApp(live, `app-${i}.example.com`, NOON))
    const end = bench.sessions.end(live)
    const cookies = (await Promise.all(apps)).filter((cookie) => cookie !== undefined)
    await end
    expect([portal, ...cookies].filter((cookie) => bench.holds(cookie))).toEqual([])
    expect(bench.sessions.size).toBe(0)
    expect(await records(bench.store)).toEqual([])
  })

  test('of one person everywhere ends all of theirs, counted, even one that is just beginning', async () => {
    for (const host of ['a.example.com', 'b.example.com']) await bench.app(await bench.portal('alice'), host)
    const bob = await bench.portal('bob')
    const beginning = bench.portal('alice')
    expect(await bench.sessions.endAllOf('https://idp.example', 'sub-alice')).toBe(5)
    expect(bench.holds(await beginning)).toBe(false)
    expect(bench.holds(bob)).toBe(true)
    expect(bench.sessions.size).toBe(1)
  })
})

describe('D-12 limits', () => {
  test('idle: without a request for so long, it is over', async () => {
    const cookie = await bench.portal('alice')
    expect(bench.holds(cookie, NOON + LIMITS.idle - 1)).toBe(true)
    expect(bench.holds(cookie, NOON + 2 * LIMITS.idle - 2)).toBe(true)
    expect(bench.holds(cookie, NOON + 3 * LIMITS.idle - 2)).toBe(false)
  })

  test('idle is counted over the portal and its apps together', async () => {
    const portal = await bench.portal('alice')
    const app = await bench.app(portal, 'app.example.com')
    for (let now = NOON; now < NOON + DAY; now += HOUR) expect(bench.holds(app, now)).toBe(true)
    expect(bench.holds(portal, NOON + DAY)).toBe(true)
  })

  test('absolute: with a request every minute it is over all the same, apps begun late too', async () => {
    const portal = await bench.portal('alice')
    const end = NOON + LIMITS.max
    for (let now = NOON; now < end; now += HOUR) bench.holds(portal, now)
    const late = await bench.app(portal, 'app.example.com', end - 1)
    expect([portal, late].map((cookie) => bench.holds(cookie, end - 1))).toEqual([true, true])
    expect([portal, late].map((cookie) => bench.holds(cookie, end))).toEqual([false, false])
  })

  test('a time that is none never holds', async () => {
    const cookie = await bench.portal('alice')
    for (const now of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(bench.holds(cookie, now)).toBe(false)
    }
  })

  const wrong: readonly unknown[] = [Number.NaN, -1, '1795608000000', 1e300, Number.POSITIVE_INFINITY, null, undefined]
  const fields = ['createdAt', 'lastSeen', 'authentication'] as const
  test.for(fields.flatMap((field) => wrong.map((value) => ({ field, value }))))(
    'a record whose $field is $value is nobody’s',
    async ({ field, value }) => {
      const cookie = randomCookie()
      const time = field === 'authentication' ? { ...byPassword(NOON), at: value } : value
      const record = { ...session(idOf(cookie)), [field]: time } as SessionRecord
      await bench.store.putSession(record)
      const reopened = await SessionBench.open(bench.store)
      expect(reopened.holds(cookie)).toBe(false)
      await expect.poll(() => bench.sessions.size).toBe(0)
    },
  )

  test('the same record with times that are times is somebody’s', async () => {
    const cookie = randomCookie()
    await bench.store.putSession(session(idOf(cookie)))
    expect((await SessionBench.open(bench.store)).holds(cookie)).toBe(true)
  })
})

describe('I-29 a clock that jumps', () => {
  test('backwards by up to a minute harms nobody; by more, a session from the future is refused until it is past', async () => {
    const cookie = await bench.portal('alice')
    expect(bench.holds(cookie, NOON - 60_000)).toBe(true)
    expect(bench.holds(cookie, NOON - 60_001)).toBe(false)
    expect(bench.holds(cookie, NOON - HOUR)).toBe(false)
    expect(bench.holds(cookie, 0)).toBe(false)
    expect(bench.holds(cookie, NOON)).toBe(true)
  })

  test('an app session from the future is refused too', async () => {
    const portal = await bench.portal('alice')
    const app = await bench.app(portal, 'app.example.com', NOON + HOUR)
    expect(bench.holds(app, NOON)).toBe(false)
    expect(bench.holds(portal, NOON)).toBe(true)
  })

  test('forwards for a moment ends nothing for good, and revives nothing that was over', async () => {
    const cookie = await bench.portal('alice')
    const over = await bench.portal('bob', NOON - LIMITS.idle)
    const y2038 = Date.UTC(2038, 0, 20)
    await bench.sessions.flush(NOON)
    expect(bench.holds(cookie, y2038)).toBe(false)
    await bench.sessions.flush(y2038)
    await bench.sessions.flush(NOON)
    expect([cookie, over].map((it) => bench.holds(it))).toEqual([true, false])
    expect((await SessionBench.open(bench.store)).holds(cookie)).toBe(true)
  })

  test('seen by a clock that was ahead, it goes on when the clock is right again, within its absolute limit', async () => {
    const cookie = await bench.portal('alice')
    bench.holds(cookie, NOON + 2 * HOUR)
    expect(bench.holds(cookie, NOON + HOUR)).toBe(true)
    expect(bench.find(cookie, NOON + HOUR).lastSeen).toBe(NOON + HOUR)
    expect(bench.holds(cookie, NOON + LIMITS.max)).toBe(false)
  })
})

describe('D-01, D-26 what is no cookie of ours', () => {
  test('finds nothing and throws nothing', async () => {
    const alice = await bench.portal('alice')
    const texts = [
      '',
      'a',
      '%',
      '%zz',
      '"',
      '{}',
      'null',
      'undefined',
      '[object Object]',
      'e30=',
      '..',
      'A'.repeat(4096),
      alice.slice(0, -1),
      `${alice}A`,
      `${alice}=`,
      ` ${alice}`,
      `${alice}\n`,
      `"${alice}"`,
      `${alice.slice(0, 42)}\n`,
      (alice.startsWith('A') ? 'B' : 'A') + alice.slice(1),
      `${alice.slice(0, 42)}+`,
      `${alice.slice(0, 40)}%00`,
      '__proto__',
      'constructor',
      '..%2f..%2fetc%2fpasswd',
      '*',
      'sess:*',
    ]
    expect(texts.filter((text) => bench.holds(text))).toEqual([])
    expect(bench.holds(alice)).toBe(true)
  })

  test('whatever the bit that is flipped, it is nobody’s', async () => {
    const alice = await bench.portal('alice')
    const flipped = fc.tuple(fc.nat(42), fc.integer({ min: 1, max: 127 }))
    fc.assert(
      fc.property(flipped, ([at, bits]) => {
        const text = alice.slice(0, at) + String.fromCharCode(alice.charCodeAt(at) ^ bits) + alice.slice(at + 1)
        expect(bench.holds(text)).toBe(false)
      }),
    )
  })
})

describe('last seen', () => {
  test('is written in a batch, and is there after a restart', async () => {
    const portal = await bench.portal('alice')
    const app = await bench.app(portal, 'app.example.com')
    bench.holds(app, NOON + 6 * HOUR)
    await bench.sessions.flush(NOON + 6 * HOUR)
    const again = await SessionBench.open(bench.store)
    expect(again.holds(portal, NOON + 13 * HOUR)).toBe(true)
  })

  test('of a batch that failed is written with the next', async () => {
    const portal = await bench.portal('alice')
    bench.holds(portal, NOON + HOUR)
    const touch = bench.store.touchSessions.bind(bench.store)
    bench.store.touchSessions = () => Promise.reject(new Error('disk full'))
    await expect(bench.sessions.flush(NOON + HOUR)).rejects.toThrow('disk full')
    bench.store.touchSessions = touch
    await bench.sessions.flush(NOON + HOUR)
    expect((await bench.store.session(idOf(portal)))?.lastSeen).toBe(NOON + HOUR)
  })

  test('of what has ended is not written, and revives nothing', async () => {
    const portal = await bench.portal('alice')
    bench.holds(portal, NOON + 1)
    await bench.sessions.end(bench.find(portal))
    await bench.sessions.flush(NOON + 1)
    expect(await records(bench.store)).toEqual([])
  })
})

test('what has run out is forgotten in time, in the store and in memory', async () => {
  const portal = await bench.portal('alice')
  await bench.app(portal, 'app.example.com')
  const later = NOON + LIMITS.idle + HOUR
  const fresh = await bench.portal('bob', later)
  await bench.sessions.flush(later)
  await bench.sessions.flush(later + 1)
  expect((await records(bench.store)).map((record) => record.id)).toEqual([idOf(fresh)])
  await expect.poll(() => bench.sessions.size).toBe(1)
})
