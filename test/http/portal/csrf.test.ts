import { expect, test } from 'vitest'
import { getPage, PASSWORD, portalFixture, postForm, startSession, type Fixture } from './fixture.ts'

const GOOD = { username: 'alice', password: PASSWORD }
/** No `Origin`: light-my-request sends a header whose value is undefined as the text. */
const type = { 'content-type': 'application/x-www-form-urlencoded' }

function post(fixture: Fixture, url: string, headers: Record<string, string>, fields: Record<string, string> = GOOD) {
  const payload = new URLSearchParams(fields).toString()
  return fixture.app.inject({
    method: 'POST',
    url,
    headers: { host: 'auth.example.com', ...type, ...headers },
    payload,
  })
}

/** Opens a page as a browser without fetch metadata does: the token in the form, and its cookie. */
async function open(fixture: Fixture, url = '/login', headers: Record<string, string> = {}) {
  const answer = await getPage(fixture, url, headers)
  const [setCookie = ''] = [answer.headers['set-cookie'] ?? []].flat()
  const cookie = setCookie.split(';')[0] ?? ''
  const token = /name="csrf" value="([^"]+)"/.exec(answer.body)?.[1] ?? ''
  return { setCookie, cookie, token }
}

test.for([
  ['from another site', { origin: 'https://evil.com' }],
  ['from an app on a sibling host', { origin: 'https://app.example.com' }],
  ['from the portal over plain http', { origin: 'http://auth.example.com' }],
  ['from another port', { origin: 'https://auth.example.com:8443' }],
  ['marked cross-site', { 'sec-fetch-site': 'cross-site' }],
  [
    'marked cross-site, whatever its origin says',
    { origin: 'https://auth.example.com', 'sec-fetch-site': 'cross-site' },
  ],
  ['marked same-site', { 'sec-fetch-site': 'same-site', origin: 'null' }],
  ['marked as of no site', { 'sec-fetch-site': 'none' }],
  ['from nowhere, without a token', {}],
  ['of a sandboxed frame', { origin: 'null' }],
] as const)('D-20: a sign-in form %s is refused, and no session begins', async ([, headers]) => {
  const fixture = portalFixture()
  const answer = await post(fixture, '/login', headers)
  expect(answer.statusCode).toBe(403)
  expect(answer.headers).not.toHaveProperty('set-cookie')
  expect(fixture.attempts).toEqual([])
  expect(fixture.events).toMatchObject([{ kind: 'form-refused' }])
})

test.for([
  ['its origin is the portal', { origin: 'https://auth.example.com' }],
  [
    'the browser says same-origin and, for want of a referrer, no origin',
    { origin: 'null', 'sec-fetch-site': 'same-origin' },
  ],
  ['the browser says same-origin', { 'sec-fetch-site': 'same-origin' }],
] as const)('a form is ours where %s', async ([, headers]) => {
  const answer = await post(portalFixture(), '/login', headers)
  expect(answer.statusCode).toBe(303)
})

test('a browser that sends neither is believed by the token of its own cookie', async () => {
  const fixture = portalFixture()
  const { cookie, token, setCookie } = await open(fixture)
  expect(setCookie).toMatch(/^__Host-labelgate-csrf=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
  const answer = await post(fixture, '/login', { cookie, origin: 'null' }, { ...GOOD, csrf: token })
  expect(answer.statusCode).toBe(303)
})

test('D-20: a token of another browser, a cut one, or one without its cookie is refused', async () => {
  const fixture = portalFixture()
  const [mine, other] = [await open(fixture), await open(fixture)]
  for (const [cookie, csrf] of [
    [mine.cookie, other.token],
    [mine.cookie, mine.token.slice(1)],
    [mine.cookie, ''],
    ['', mine.token],
    ['__Host-labelgate-csrf=', mine.token],
    [`${mine.cookie}; ${other.cookie}`, mine.token],
    [`__Host-labelgate-csrf=${mine.token}`, mine.token],
  ] as const) {
    const answer = await post(fixture, '/login', { cookie }, { ...GOOD, csrf })
    expect(answer.statusCode).toBe(403)
  }
})

test('D-25: a browser keeps one token cookie, however many pages it opens, and most need none', async () => {
  const fixture = portalFixture()
  const { cookie, token } = await open(fixture)
  const again = await open(fixture, '/login', { cookie })
  expect(again).toEqual({ setCookie: '', cookie: '', token })
  const modern = await open(fixture, '/login', { 'sec-fetch-site': 'none' })
  expect(modern).toEqual({ setCookie: '', cookie: '', token: '' })
})

test.for(['/logout', '/setup', '/', '/nope'])('D-20: a foreign post to %s is refused', async (url) => {
  const fixture = portalFixture()
  const session = startSession(fixture)
  const headers = { origin: 'https://evil.com', cookie: `__Host-labelgate=${session}` }
  const answer = await post(fixture, url, headers)
  expect(answer.statusCode).toBe(403)
  expect(fixture.sessions.has(session)).toBe(true)
})

test('D-20: GET /logout shows a button and changes nothing', async () => {
  const fixture = portalFixture()
  const session = startSession(fixture)
  const answer = await getPage(fixture, '/logout', { cookie: `__Host-labelgate=${session}` })
  expect(answer.statusCode).toBe(200)
  expect(answer.body).toContain('You are signed in as alice.')
  expect(answer.body.match(/<button/g)).toHaveLength(1)
  expect(fixture.sessions.has(session)).toBe(true)
})

test('POST /logout ends the session, takes the cookie away and says so', async () => {
  const fixture = portalFixture()
  const session = startSession(fixture)
  const answer = await postForm(fixture, '/logout', {}, { cookie: `__Host-labelgate=${session}` })
  expect(answer.statusCode).toBe(303)
  expect(answer.headers.location).toBe('/signed-out')
  expect(answer.headers['set-cookie']).toBe('__Host-labelgate=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0')
  expect(fixture.sessions.size).toBe(0)
  expect(fixture.events).toMatchObject([{ kind: 'sign-out', identity: { user: 'alice' } }])
  const page = await getPage(fixture, '/signed-out')
  expect(page.statusCode).toBe(200)
})

test('whoever comes to use another account goes on to sign in, and back to the app', async () => {
  const fixture = portalFixture()
  const rd = 'https://app.example.com/notes'
  const page = await getPage(fixture, `/logout?rd=${encodeURIComponent(rd)}`)
  expect(page.body).toContain(`name="rd" value="${rd}"`)
  const answer = await postForm(fixture, '/logout', { rd })
  expect(answer.headers.location).toBe(`/login?rd=${encodeURIComponent(rd)}`)
  const foreign = await postForm(fixture, '/logout', { rd: 'https://evil.com/' })
  expect(foreign.headers.location).toBe('/signed-out')
})
