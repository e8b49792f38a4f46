/** The portal over the real accounts, sessions, set-up link and hand-over, with a store in memory. */
import { createHash, randomBytes } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import type { PortalDeps } from '../../../src/http/portal/deps.ts'
import { Accounts } from '../../../src/identity/local/accounts.ts'
import { PasswordHasher } from '../../../src/identity/local/password.ts'
import { SetupLink } from '../../../src/identity/local/setup.ts'
import { Throttle } from '../../../src/identity/local/throttle.ts'
import { Devices } from '../../../src/session/devices.ts'
import { Handover } from '../../../src/session/handover.ts'
import { Seal } from '../../../src/session/seal.ts'
import { Sessions } from '../../../src/session/sessions.ts'
import { MemoryStore } from '../../../src/store/memory.ts'
import { getPage, PASSWORD, portalOf, postForm, standardParts } from './fixture.ts'

const rd = 'https://app.example.com/notes?id=7'
const nonce = randomBytes(32).toString('base64url')
const n = createHash('sha256').update(nonce).digest('base64url')
const GOOD = { username: 'root', password: PASSWORD }

async function realPortal() {
  const clock = { now: Date.UTC(2026, 10, 25) }
  const store = new MemoryStore(() => clock.now)
  const seal = Seal.from(randomBytes(32))
  const sessions = await Sessions.open(store, { idle: 3_600_000, max: 86_400_000 }, { every: () => () => undefined })
  const accounts = new Accounts(store, new PasswordHasher(), new Throttle(() => clock.now), new Devices(seal))
  const { link, token } = SetupLink.create({ accounts, store }, clock.now)
  const handover = new Handover(seal, sessions, store)
  const parts: PortalDeps = { ...standardParts(), now: () => clock.now, sessions, accounts, setup: link, handover }
  onTestFinished(() => sessions.close())
  return { ...portalOf(parts), token, clock, sessions, accounts, handover }
}

function cookieOf(answer: { headers: Record<string, unknown> }): string {
  const lines = [answer.headers['set-cookie'] ?? []].flat().map(String)
  return lines.map((line) => line.split(';')[0]).join('; ')
}

test('from the set-up link to the app and out again', async () => {
  const portal = await realPortal()
  expect((await getPage(portal, '/login')).body).toContain('There is no account yet.')
  const setUp = await postForm(portal, '/setup', { ...GOOD, token: portal.token, repeat: PASSWORD })
  expect(setUp.statusCode).toBe(303)
  expect((await getPage(portal, `/setup?token=${portal.token}`)).statusCode).toBe(403)
  const home = await getPage(portal, '/', { cookie: cookieOf(setUp) })
  expect(home.body).toContain('Notes')

  const into = await getPage(portal, `/login?rd=${encodeURIComponent(rd)}&n=${n}`, { cookie: cookieOf(setUp) })
  const callback = new URL(String(into.headers.location))
  expect(callback.origin + callback.pathname).toBe('https://app.example.com/.labelgate/callback')
  const code = callback.searchParams.get('code') ?? ''
  const redeemed = await portal.handover.redeem(code, { host: 'app.example.com', nonce }, portal.clock.now)
  expect(redeemed).toMatchObject({ kind: 'ok', returnTo: rd })

  const cookie = redeemed.kind === 'ok' ? redeemed.cookie : ''
  expect(portal.sessions.find(cookie, portal.clock.now)).toMatchObject({ host: 'app.example.com' })
  expect((await getPage(portal, '/', { cookie: `__Host-labelgate=${cookie}` })).headers.location).toBe('/login')
  await postForm(portal, '/logout', {}, { cookie: cookieOf(setUp) })
  expect(portal.sessions.find(cookie, portal.clock.now)).toBeUndefined()
  expect((await getPage(portal, '/', { cookie: cookieOf(setUp) })).headers.location).toBe('/login')
})

test('G-01: wrong password, unknown name and disabled account are told in the same bytes', async () => {
  const portal = await realPortal()
  await portal.accounts.add({ name: 'root', password: PASSWORD, groups: [] }, portal.clock.now)
  await portal.accounts.add({ name: 'carol', password: PASSWORD, groups: [] }, portal.clock.now)
  await portal.accounts.disable('carol', portal.clock.now)
  const answers = []
  for (const username of ['root', 'nobody', 'carol', 'constructor']) {
    const answer = await postForm(portal, '/login', {
      username,
      password: username === 'carol' ? PASSWORD : 'wrong pass',
    })
    answers.push([answer.statusCode, answer.body, { ...answer.headers, date: '' }])
  }
  for (const answer of answers) expect(answer).toEqual(answers[0])
  expect(answers[0]?.[0]).toBe(401)
})

test('the sixth wrong password is throttled, and the right one after it too, until the wait is over', async () => {
  const portal = await realPortal()
  await portal.accounts.add({ name: 'root', password: PASSWORD, groups: [] }, portal.clock.now)
  for (let i = 0; i < 5; i++)
    expect((await postForm(portal, '/login', { ...GOOD, password: 'guess' })).statusCode).toBe(401)
  const throttled = await postForm(portal, '/login', GOOD)
  expect(throttled.statusCode).toBe(429)
  portal.clock.now += Number(throttled.headers['retry-after']) * 1000
  expect((await postForm(portal, '/login', GOOD)).statusCode).toBe(303)
})

test('a new sign-in ends the old session, also as seen by the app', async () => {
  const portal = await realPortal()
  await portal.accounts.add({ name: 'root', password: PASSWORD, groups: [] }, portal.clock.now)
  const first = cookieOf(await postForm(portal, '/login', GOOD))
  const second = cookieOf(await postForm(portal, '/login', GOOD, { cookie: first }))
  expect((await getPage(portal, '/', { cookie: first })).headers.location).toBe('/login')
  expect((await getPage(portal, '/', { cookie: second })).statusCode).toBe(200)
})
