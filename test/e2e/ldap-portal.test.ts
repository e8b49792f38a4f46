/** From the sign-in page to the app, with a real directory behind: what a person and their proxy see. */
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { LdapProvider } from '../../src/identity/ldap/provider.ts'
import { PasswordHasher } from '../../src/identity/local/password.ts'
import { Throttle } from '../../src/identity/local/throttle.ts'
import { Passwords } from '../../src/identity/passwords.ts'
import { Devices } from '../../src/session/devices.ts'
import { Seal } from '../../src/session/seal.ts'
import { container } from '../build/container.ts'
import { ask, header, openDoor, session, visit, type Door } from '../http/forward/door.ts'
import { describeWith } from '../parts.ts'
import { group, person, personDn, SEARCHER, startSlapd, SUFFIX, tree, type Slapd } from './slapd.ts'

const PASSWORD = 'correct horse battery staple'
const PORTAL = 'https://auth.example.com'
let slapd: Slapd

/** Two apps: one for everybody, one for `staff`. */
async function openPlace(): Promise<Door> {
  const provider = new LdapProvider(
    {
      type: 'ldap',
      name: 'corp',
      title: 'Corp',
      admit: ['*'],
      urls: [slapd.tls],
      ca: slapd.ca,
      startTls: false,
      allowPlain: false,
      bind: SEARCHER,
      userBase: `ou=people,${SUFFIX}`,
      userFilter: '(uid={username})',
      attributes: { user: 'uid', email: 'mail', name: 'cn', id: 'entryUUID' },
      groups: { name: 'cn', nested: false },
      refresh: 60_000,
      timeout: 5000,
    },
    { admits: ({ user }) => user !== 'mallory', report: () => undefined },
  )
  onTestFinished(() => provider.close())
  return openDoor({
    containers: [
      container('all', 'host=all.example.com'),
      container('staff', 'host=staff.example.com\nallow=group:staff'),
    ],
    accounts: (store) => {
      const devices = new Devices(Seal.from(randomBytes(32)))
      return new Passwords({ store, hasher: new PasswordHasher(), throttle: new Throttle(), devices }, () => [provider])
    },
  })
}

/** Sends the sign-in form as a browser does that an app on `host` has sent. */
function signIn(door: Door, [username, password]: readonly [string, string], host = 'all.example.com', n = '') {
  const fields = new URLSearchParams({ username, password, rd: `https://${host}/`, n })
  const headers = {
    host: 'auth.example.com',
    origin: PORTAL,
    'content-type': 'application/x-www-form-urlencoded',
    'sec-fetch-site': 'same-origin',
  }
  return door.app.inject({ method: 'POST', url: '/login', headers, payload: fields.toString() })
}

/** @returns what the proxy is told once the browser is back on the app's host with its cookie */
async function openApp(door: Door, user: string, host: string) {
  const nonce = randomBytes(32).toString('base64url')
  const answer = await signIn(door, [user, PASSWORD], host, createHash('sha256').update(nonce).digest('base64url'))
  const code = new URL(String(answer.headers['location'])).searchParams.get('code') ?? expect.fail(answer.body)
  const redeemed = await door.handover.redeem(code, { host, nonce }, door.clock.now)
  return ask(door, visit(host, '/', session(redeemed.kind === 'ok' ? redeemed.cookie : '')))
}

describeWith(['slapd'], 'LDAP through the portal', () => {
  beforeAll(async () => {
    slapd = await startSlapd()
    const people = ['alice', 'bob', 'mallory'].map((uid) => person(uid, PASSWORD))
    await slapd.change('add', [tree(), ...people, group('staff', personDn('alice'))].join('\n\n'))
  })
  afterAll(() => slapd[Symbol.asyncDispose]())

  test('the app hears who it is, of which groups; labels say which app is for whom', async () => {
    const door = await openPlace()
    const alice = await openApp(door, 'alice', 'staff.example.com')
    expect(alice.status).toBe(200)
    expect(['remote-user', 'remote-email', 'remote-name', 'remote-groups'].map((name) => header(alice, name))).toEqual([
      'alice',
      'alice@example.test',
      'alice Example',
      'staff',
    ])
    expect((await openApp(door, 'bob', 'all.example.com')).status).toBe(200)
    expect((await openApp(door, 'bob', 'staff.example.com')).status).toBe(403)
  })

  test('G-01, G-02 who is not let in is told the same, whether there is such a name or not', async () => {
    const door = await openPlace()
    const answers = []
    for (const name of ['alice', 'nobody', '*', 'alice)(uid=*']) {
      const { statusCode, body, headers } = await signIn(door, [name, 'wrong'])
      answers.push({ statusCode, body, headers: { ...headers, date: '' } })
    }
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]?.statusCode).toBe(401)
    expect((await signIn(door, ['alice', ''])).statusCode).toBe(401)
  })

  test('whom the directory knows and the operator does not admit is told so', async () => {
    const door = await openPlace()
    expect((await signIn(door, ['mallory', PASSWORD])).statusCode).toBe(403)
    expect((await signIn(door, ['mallory', 'wrong'])).statusCode).toBe(401)
  })

  test('E-28 without the directory a page says so, and who is signed in stays so', async () => {
    const door = await openPlace()
    const cookies = await door.signIn(someone('bob'), 'all.example.com')
    await slapd.kill()
    onTestFinished(() => slapd.start())
    const answer = await signIn(door, ['alice', PASSWORD])
    expect(answer.statusCode).toBe(503)
    expect(answer.body).toContain('cannot be asked just now')
    expect((await ask(door, visit('all.example.com', '/', session(cookies.app)))).status).toBe(200)
  })

  test('G-14 200 at once are answered, and requests of others meanwhile', async () => {
    const door = await openPlace()
    const cookies = await door.signIn(someone('bob'), 'all.example.com')
    const flood = Array.from({ length: 200 }, (_, i) => signIn(door, [`user-${i}`, 'wrong']))
    const waits = []
    for (let i = 0; i < 50; i++) {
      const start = performance.now()
      expect((await ask(door, visit('all.example.com', '/', session(cookies.app)))).status).toBe(200)
      waits.push(performance.now() - start)
    }
    expect(Math.max(...waits)).toBeLessThan(1000)
    const statuses = new Set((await Promise.all(flood)).map(({ statusCode }) => statusCode))
    // all from one address: some wait for it, some for a place
    expect([...statuses].filter((status) => ![401, 429, 503].includes(status))).toEqual([])
    expect(statuses).toContain(401)
  })
})

function someone(user: string) {
  return { issuer: 'ldap:corp', subject: user, user, email: '', name: '', groups: [], claims: {} }
}
