import { hash, randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { Handover } from '../../src/session/handover.ts'
import { Seal } from '../../src/session/seal.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { MAX_TARGET } from '../../src/syntax/path.ts'
import { NOON } from '../store/samples.ts'
import { LIMITS, SessionBench } from './bench.ts'

const HOST = 'app.example.com'
const RETURN = 'https://app.example.com/deep/link?q=1&r=%2F'
const NONCE = randomBytes(32).toString('base64url')
const hashed = (nonce: string) => hash('sha256', nonce, 'base64url')

let bench: SessionBench
let seal: Seal
let handover: Handover
let portal: string
beforeEach(async () => {
  bench = await SessionBench.open(new MemoryStore(() => NOON))
  seal = Seal.from(randomBytes(32))
  handover = new Handover(seal, bench.sessions, bench.store)
  portal = await bench.portal('alice')
})

const issue = (more: { nonceHash?: string; returnTo?: string } = {}) =>
  handover.issue({ portal: bench.find(portal), host: HOST, returnTo: RETURN, nonceHash: hashed(NONCE), ...more }, NOON)
const redeem = (code: string, more: { host?: string; nonce?: string } = {}, now = NOON) =>
  handover.redeem(code, { host: HOST, nonce: NONCE, ...more }, now)

test('a code opens its host, in its browser, and takes it where it wanted to go', async () => {
  const result = await redeem(await issue())
  expect(result).toEqual({ kind: 'ok', cookie: expect.stringMatching(/^[\w-]{43}$/), returnTo: RETURN })
  const app = bench.find(result.kind === 'ok' ? result.cookie : '')
  expect(app).toMatchObject({ host: HOST, identity: { user: 'alice' } })
  expect(app.root).toBe(bench.find(portal))
})

test('another replica redeems it', async () => {
  const code = await issue()
  const replica = new Handover(seal, (await SessionBench.open(bench.store)).sessions, bench.store)
  expect(await replica.redeem(code, { host: HOST, nonce: NONCE }, NOON)).toMatchObject({ kind: 'ok' })
  expect(await redeem(code)).toEqual({ kind: 'refused', reason: 'used' })
})

test('D-27, E-20 of fifty at once one gives a session', async () => {
  const code = await issue()
  const results = await Promise.all(Array.from({ length: 50 }, () => redeem(code)))
  expect(results.filter(({ kind }) => kind === 'ok')).toHaveLength(1)
  expect(results.filter((it) => it.kind === 'refused' && it.reason === 'used')).toHaveLength(49)
  expect(bench.sessions.size).toBe(2)
})

test('it is good for a minute', async () => {
  const code = await issue()
  for (const now of [NOON + 60_000, NOON + 599_999]) {
    expect(await redeem(code, {}, now)).toEqual({ kind: 'refused', reason: 'expired' })
  }
  expect(await redeem(code, {}, NOON + 59_999)).toMatchObject({ kind: 'ok' })
})

test('another host, or another browser, is refused and does not use it up', async () => {
  const code = await issue()
  for (const host of ['other.example.com', 'APP.example.com', '', `${HOST}.evil.com`]) {
    expect(await redeem(code, { host })).toEqual({ kind: 'refused', reason: 'other-host' })
  }
  for (const nonce of [randomBytes(32).toString('base64url'), '', hashed(NONCE), `${NONCE} `]) {
    expect(await redeem(code, { nonce })).toEqual({ kind: 'refused', reason: 'other-browser' })
  }
  expect(await redeem(code)).toMatchObject({ kind: 'ok' })
})

test.for(['', 'A', hashed('').slice(0, 20), `${hashed(NONCE)}AAAA`])(
  'a code bound to no whole hash is good in no browser: %j',
  async (nonceHash) => {
    expect(await redeem(await issue({ nonceHash }))).toEqual({ kind: 'refused', reason: 'other-browser' })
  },
)

test('once the portal session has ended or run out it opens nothing', async () => {
  const [code, late] = [await issue(), await issue()]
  // idle on the portal, though the code is fresh: the session's own time is what counts
  const old = await handover.issue(
    { portal: bench.find(portal), host: HOST, returnTo: RETURN, nonceHash: hashed(NONCE) },
    NOON + LIMITS.idle,
  )
  expect(await redeem(old, {}, NOON + LIMITS.idle)).toEqual({ kind: 'refused', reason: 'no-session' })
  await bench.sessions.end(bench.find(portal))
  expect(await redeem(code)).toEqual({ kind: 'refused', reason: 'no-session' })
  expect(await redeem(late)).toEqual({ kind: 'refused', reason: 'no-session' })
  expect(bench.sessions.size).toBe(0)
})

test('signing out while fifty are redeemed leaves no session', async () => {
  const codes = await Promise.all(Array.from({ length: 50 }, () => issue()))
  const redeemed = Promise.all(codes.map((code) => redeem(code)))
  await bench.sessions.end(bench.find(portal))
  const cookies = (await redeemed).flatMap((it) => (it.kind === 'ok' ? it.cookie : []))
  expect(cookies.filter((cookie) => bench.holds(cookie))).toEqual([])
  expect(bench.sessions.size).toBe(0)
})

test('D-14 what is no code of ours is malformed, a sealed value of another purpose too', async () => {
  const payload = {
    id: 'a',
    portal: bench.find(portal).id,
    host: HOST,
    to: RETURN,
    nonce: hashed(NONCE),
    until: NOON + 60_000,
  }
  const texts = [
    '',
    'a',
    portal,
    '..',
    'a..b.c.d',
    'x'.repeat(10_000),
    await seal.seal('device', payload, NOON + 60_000),
    await Seal.from(randomBytes(32)).seal('handover', payload, NOON + 60_000),
    await seal.seal('handover', {}, NOON + 60_000),
    await seal.seal('handover', { ...payload, until: 'never' }, NOON + 60_000),
    await seal.seal('handover', { ...payload, host: [HOST] }, NOON + 60_000),
    `${await issue()}\n`,
  ]
  for (const text of texts) expect(await redeem(text)).toEqual({ kind: 'refused', reason: 'malformed' })
})

test('the longest way back still passes through a request target, and a longer one leads to the start', async () => {
  const longest = `https://${HOST}/${'a'.repeat(4000 - HOST.length - 9)}`
  const code = await issue({ returnTo: longest })
  expect(`/.labelgate/callback?code=${code}`.length).toBeLessThan(MAX_TARGET)
  expect(await redeem(code)).toMatchObject({ kind: 'ok', returnTo: longest })
  expect(await redeem(await issue({ returnTo: `${longest}a` }))).toMatchObject({ kind: 'ok', returnTo: '/' })
})
