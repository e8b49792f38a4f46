import { expect, test } from 'vitest'
import { StoreError } from '../../../src/store/error.ts'
import {
  formBody,
  getPage,
  httpsPortal,
  NONCE_HASH,
  PASSWORD,
  portalFixture,
  postForm,
  startSession,
} from './fixture.ts'
import { tableOf } from './table.ts'

const GOOD = { username: 'alice', password: PASSWORD }
const rd = 'https://app.example.com/notes?id=7'

function cookiesOf(answer: { headers: Record<string, unknown> }): string[] {
  return [answer.headers['set-cookie'] ?? []].flat().map(String)
}

test('the sign-in page asks for user name and password, and says where it leads back to', async () => {
  const fixture = portalFixture()
  const answer = await getPage(fixture, `/login?rd=${encodeURIComponent(rd)}&n=${NONCE_HASH}`)
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
  for (const part of [
    '<form method="post" action="/login">',
    'name="username"',
    'autocomplete="username"',
    'name="password"',
    'autocomplete="current-password"',
    'You will return to app.example.com.',
    `name="rd" value="${rd}"`,
    `name="n" value="${NONCE_HASH}"`,
  ])
    expect(answer.body).toContain(part)
})

test('the right password leads into the app by a one-time code at its callback', async () => {
  const fixture = portalFixture()
  const answer = await postForm(fixture, '/login', { ...GOOD, rd, n: NONCE_HASH })
  expect(answer.statusCode).toBe(303)
  expect(answer.headers.location).toBe('https://app.example.com/.labelgate/callback?code=one-time-code')
  const [value] = fixture.sessions.keys()
  expect(fixture.grants).toEqual([
    { portal: fixture.sessions.get(value ?? ''), host: 'app.example.com', returnTo: rd, nonceHash: NONCE_HASH },
  ])
})

test('the portal cookie is bound to the host, to TLS, and to the longest life of a session', async () => {
  const fixture = portalFixture()
  const answer = await postForm(fixture, '/login', GOOD)
  const [value] = fixture.sessions.keys()
  expect(cookiesOf(answer)).toEqual([
    `__Host-labelgate=${value}; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=604800`,
    '__Host-labelgate-device=device-token; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=15552000',
  ])
})

test('on a portal without TLS the cookie has neither prefix nor Secure', async () => {
  const fixture = portalFixture({ origin: 'http://auth.localhost:4180', host: 'auth.localhost', secure: false })
  const answer = await postForm(fixture, '/login', GOOD)
  const [value] = fixture.sessions.keys()
  expect(cookiesOf(answer)).toContain(`labelgate=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800`)
  expect(answer.headers['strict-transport-security']).toBeUndefined()
})

test('an app that owns a path has its callback below it', async () => {
  const answer = await postForm(portalFixture(), '/login', {
    ...GOOD,
    rd: 'https://tools.example.com/wiki/a',
    n: NONCE_HASH,
  })
  expect(answer.headers.location).toBe('https://tools.example.com/wiki/.labelgate/callback?code=one-time-code')
})

test('the callback below a path of other letters is an address all the same', async () => {
  const fixture = portalFixture()
  fixture.table.current = tableOf({ id: 'app', hosts: ['app.example.com'], path: '/über' })
  const answer = await postForm(fixture, '/login', {
    ...GOOD,
    rd: 'https://app.example.com/%C3%BCber/x',
    n: NONCE_HASH,
  })
  expect(answer.headers.location).toBe('https://app.example.com/%C3%BCber/.labelgate/callback?code=one-time-code')
})

test('the callback is on the scheme and port of the portal', async () => {
  const fixture = portalFixture({ origin: 'http://auth.localhost:4180', host: 'auth.localhost', secure: false })
  fixture.table.current = tableOf({ id: 'app', hosts: ['app.localhost'] })
  const answer = await postForm(fixture, '/login', { ...GOOD, rd: 'http://app.localhost:4180/x', n: NONCE_HASH })
  expect(answer.headers.location).toBe('http://app.localhost:4180/.labelgate/callback?code=one-time-code')
})

test.for([
  ['an address without a nonce hash is returned to as it is', { rd }, rd],
  ['a malformed nonce hash counts as none', { rd, n: 'short' }, rd],
  [
    'a path of a host that no app owns gets no code',
    { rd: 'https://tools.example.com/x', n: NONCE_HASH },
    'https://tools.example.com/x',
  ],
  ['without an address the home page follows', {}, '/'],
  ['a foreign address leads home', { rd: 'https://evil.com/', n: NONCE_HASH }, '/'],
  [
    'the portal itself may be returned to',
    { rd: 'https://auth.example.com/logout', n: NONCE_HASH },
    'https://auth.example.com/logout',
  ],
] as const)('after sign-in %s', async ([, fields, location]) => {
  const fixture = portalFixture()
  const answer = await postForm(fixture, '/login', { ...GOOD, ...fields })
  expect(answer.statusCode).toBe(303)
  expect(answer.headers.location).toBe(location)
  expect(fixture.grants).toEqual([])
})

test('whoever is signed in passes on at once, without a form', async () => {
  const fixture = portalFixture()
  const headers = { cookie: `__Host-labelgate=${startSession(fixture)}` }
  const into = await getPage(fixture, `/login?rd=${encodeURIComponent(rd)}&n=${NONCE_HASH}`, headers)
  expect(into.statusCode).toBe(303)
  expect(into.headers.location).toBe('https://app.example.com/.labelgate/callback?code=one-time-code')
  const home = await getPage(fixture, '/login', headers)
  expect(home.headers.location).toBe('/')
})

test('an app that wants a fresh sign-in gets the form although there is a session', async () => {
  const fixture = portalFixture()
  const headers = { cookie: `__Host-labelgate=${startSession(fixture)}` }
  const answer = await getPage(fixture, `/login?rd=${encodeURIComponent(rd)}&n=${NONCE_HASH}&prompt=login`, headers)
  expect(answer.statusCode).toBe(200)
  expect(answer.body).toContain('app.example.com asks for your password again.')
  expect(answer.body).toContain('value="alice"')
})

test('D-14: a session that opens an app opens no portal', async () => {
  const fixture = portalFixture()
  const answer = await getPage(fixture, '/', { cookie: `__Host-labelgate=${startSession(fixture, 'app.example.com')}` })
  expect(answer.headers.location).toBe('/login')
})

test('D-02: two different session cookies are no session', async () => {
  const fixture = portalFixture()
  const [mine, theirs] = [startSession(fixture), startSession(fixture)]
  const answer = await getPage(fixture, '/', { cookie: `__Host-labelgate=${mine}; __Host-labelgate=${theirs}` })
  expect(answer.headers.location).toBe('/login')
})

test('sign-in gives a new session and ends the one the browser had', async () => {
  const fixture = portalFixture()
  const before = startSession(fixture)
  await postForm(fixture, '/login', GOOD, { cookie: `__Host-labelgate=${before}` })
  expect(fixture.sessions.size).toBe(1)
  expect(fixture.sessions.has(before)).toBe(false)
})

test('a session planted before sign-in is not the one that is signed in', async () => {
  const fixture = portalFixture()
  const planted = 'x'.repeat(43)
  const answer = await postForm(fixture, '/login', GOOD, { cookie: `__Host-labelgate=${planted}` })
  expect(cookiesOf(answer).join()).not.toContain(planted)
})

test('G-01: an unknown name, a wrong password and a name full of markup get the same bytes', async () => {
  const answers = []
  for (const username of ['alice', 'nobody', '"><script>alert(1)</script>', '__proto__', '']) {
    const answer = await postForm(portalFixture(), '/login', { username, password: 'wrong', rd })
    answers.push({ status: answer.statusCode, body: answer.body, headers: { ...answer.headers, date: '' } })
  }
  for (const answer of answers) expect(answer).toEqual(answers[0])
  expect(answers[0]).toMatchObject({ status: 401 })
  expect(answers[0]?.body).toContain('role="alert">User name or password is not right.<')
  expect(answers[0]?.headers).not.toHaveProperty('set-cookie')
})

test.for([
  ['throttled', 20, 429, 'Wait 20 seconds, then try again.'],
  ['throttled', 1, 429, 'Wait 1 second, then try again.'],
  ['throttled', 900, 429, 'Wait 15 minutes, then try again.'],
  ['busy', 2, 503, 'Many people are signing in just now.'],
] as const)(
  'an attempt that is %s for %i s is answered with %i and says how long',
  async ([kind, retryAfter, status, words]) => {
    const fixture = portalFixture()
    fixture.answer.signIn = { kind, retryAfter }
    const answer = await postForm(fixture, '/login', { ...GOOD, rd, n: NONCE_HASH })
    expect(answer.statusCode).toBe(status)
    expect(answer.headers['retry-after']).toBe(String(retryAfter))
    expect(answer.body).toContain(words)
    expect(answer.body).toContain(`value="${NONCE_HASH}"`)
    expect(fixture.events).toEqual([{ kind: 'sign-in-refused', why: kind, address: '203.0.113.9' }])
  },
)

test.for([
  ['not-admitted', 403, 'this account is not admitted here'],
  ['unavailable', 503, 'cannot be asked just now'],
] as const)('an attempt that is %s is answered with %i and in words of its own', async ([kind, status, words]) => {
  const fixture = portalFixture()
  fixture.answer.signIn = { kind }
  const answer = await postForm(fixture, '/login', { ...GOOD, rd, n: NONCE_HASH })
  expect(answer.statusCode).toBe(status)
  expect(answer.body).toContain(words)
  expect(answer.headers).not.toHaveProperty('set-cookie')
  expect(fixture.events).toEqual([{ kind: 'sign-in-refused', why: kind, address: '203.0.113.9' }])
})

test('the attempt carries address and device, and the answer marks the device', async () => {
  const fixture = portalFixture()
  await postForm(fixture, '/login', GOOD, { cookie: '__Host-labelgate-device=known' })
  expect(fixture.attempts).toEqual([{ name: 'alice', password: PASSWORD, address: '203.0.113.9', device: 'known' }])
})

test.for([
  ['a field given twice', `${formBody(GOOD)}&username=bob`],
  ['a password given twice', `${formBody(GOOD)}&password=x`],
  ['an array by brackets', 'username[]=alice&password=x'],
  ['no password', 'username=alice'],
  ['nothing', ''],
  ['another field twice', `${formBody(GOOD)}&rd=a&rd=b`],
] as const)('G-15: %s is a bad request', async ([, body]) => {
  const fixture = portalFixture()
  const answer = await postForm(fixture, '/login', body)
  expect(answer.statusCode).toBe(400)
  expect(fixture.attempts).toEqual([])
})

test.for([
  ['application/json', '{"username":["alice","bob"],"password":{"$ne":1}}'],
  ['application/json', '{"__proto__":{"username":"alice"}}'],
  ['application/json', 'null'],
  ['application/json;charset=utf-8, text/plain', '{"username":"alice"}'],
  ['text/plain', '{"username":"alice","password":"x"}'],
  ['multipart/form-data', 'x'],
  ['application/x-www-form-urlencoded\ta', formBody(GOOD)],
  ['', formBody(GOOD)],
] as const)('G-15: a body of type %s is not taken', async ([type, payload]) => {
  const fixture = portalFixture()
  const answer = await postForm(fixture, '/login', payload, { 'content-type': type })
  expect(answer.statusCode).toBe(415)
  expect(fixture.attempts).toEqual([])
})

test('a post without any body is not taken', async () => {
  const { app } = portalFixture()
  const headers = { host: 'auth.example.com', origin: httpsPortal.origin }
  const answer = await app.inject({ method: 'POST', url: '/login', headers })
  expect(answer.statusCode).toBe(415)
})

test('a form of more than 16 KiB is refused unread', async () => {
  const fixture = portalFixture()
  const answer = await postForm(fixture, '/login', { ...GOOD, password: 'x'.repeat(16 * 1024) })
  expect(answer.statusCode).toBe(413)
  expect(fixture.attempts).toEqual([])
})

test('D-20: GET signs nobody in, whatever stands in the address', async () => {
  const fixture = portalFixture()
  const answer = await getPage(fixture, `/login?username=alice&password=${encodeURIComponent(PASSWORD)}`)
  expect(answer.statusCode).toBe(200)
  expect(fixture.attempts).toEqual([])
  expect(answer.body).not.toContain('correct horse')
})

test.for([
  `/login?rd=${encodeURIComponent('"><svg/onload=alert(1)>')}`,
  `/login?rd=${encodeURIComponent('https://app.example.com/"><svg/onload=alert(1)>')}`,
  `/login?rd=${encodeURIComponent("https://app.example.com/?'<img src=x>")}`,
  '/login?error=<script>alert(1)</script>',
  `/login?n=${encodeURIComponent('"><script>')}&rd=${encodeURIComponent(rd)}`,
  '/<svg/onload=alert(1)>',
])('C-22: nothing of %s stands unescaped on the page', async (url) => {
  const answer = await getPage(portalFixture(), url)
  expect(answer.body).not.toMatch(/<svg|<script|onload=alert\(1\)>|<img src=x/)
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
})

test('C-17: an address of 100 kB is answered quickly and without an error', async () => {
  const began = performance.now()
  const answer = await getPage(portalFixture(), `/login?rd=https://${'a'.repeat(100_000)}`)
  expect(answer.statusCode).toBe(200)
  expect(performance.now() - began).toBeLessThan(500)
})

test('a return address given twice is none', async () => {
  const answer = await getPage(portalFixture(), `/login?rd=${encodeURIComponent(rd)}&rd=${encodeURIComponent(rd)}`)
  expect(answer.statusCode).toBe(200)
  expect(answer.body).not.toContain('You will return to')
})

test('while the feed of the store is broken the store itself is asked, and without it the answer is 503', async () => {
  const fixture = portalFixture()
  const headers = { cookie: `__Host-labelgate=${startSession(fixture)}` }
  fixture.trust.sessions = 'broken'
  expect((await getPage(fixture, '/', headers)).statusCode).toBe(200)
  fixture.trust.sessions = 'gone'
  for (const url of ['/', '/login', '/logout']) {
    const answer = await getPage(fixture, url, headers)
    expect(answer.statusCode, url).toBe(503)
    expect(answer.headers['retry-after']).toBe('5')
  }
})

test('an account closed between password and session is refused like any other', async () => {
  const fixture = portalFixture()
  fixture.deps.sessions.startPortal = async () => 'x'.repeat(43)
  const answer = await postForm(fixture, '/login', GOOD)
  expect(answer.statusCode).toBe(401)
  expect(answer.headers).not.toHaveProperty('set-cookie')
})

test('a fault behind the form is a 500 that says nothing, and is reported', async () => {
  const fixture = portalFixture()
  fixture.deps.accounts.signIn = () => Promise.reject(new Error('disk is full of secrets'))
  const answer = await postForm(fixture, '/login', GOOD)
  expect(answer.statusCode).toBe(500)
  expect(answer.body).not.toContain('secrets')
  expect(fixture.faults).toEqual([new Error('disk is full of secrets')])
})

test('a store that cannot be reached is a 503, and no session', async () => {
  const fixture = portalFixture()
  fixture.deps.sessions.startPortal = () => Promise.reject(new StoreError('busy', 'locked by another'))
  const answer = await postForm(fixture, '/login', GOOD)
  expect(answer.statusCode).toBe(503)
  expect(answer.headers['retry-after']).toBe('5')
  expect(answer.body).not.toContain('locked')
  expect(cookiesOf(answer).join()).not.toContain('labelgate=')
  expect(fixture.faults).toHaveLength(1)
})

test('the first visitor of a fresh installation is told where the set-up link is', async () => {
  const fixture = portalFixture()
  fixture.deps.accounts.any = async () => false
  const answer = await getPage(fixture, '/login')
  expect(answer.body).toContain('There is no account yet.')
})

test('an event names nobody who only typed a name', async () => {
  const fixture = portalFixture()
  await postForm(fixture, '/login', { username: 'my password by mistake', password: 'x' })
  expect(JSON.stringify(fixture.events)).toBe('[{"kind":"sign-in-refused","why":"refused","address":"203.0.113.9"}]')
})
