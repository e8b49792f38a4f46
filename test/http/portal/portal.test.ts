import { expect, test } from 'vitest'
import { getPage, portalFixture, postForm, PASSWORD, SETUP_TOKEN, startSession } from './fixture.ts'
import { tableOf } from './table.ts'

test.for(['app.example.com', 'one.apps.example.com', 'app.example.com:8443'])(
  'for %s, an app that does not run, the answer is 503 and shows no form',
  async (host) => {
    const answer = await getPage(portalFixture(), '/login', { host })
    expect(answer.statusCode).toBe(503)
    expect(answer.headers['retry-after']).toBe('5')
    expect(answer.body).not.toContain('<form')
    expect(answer.body).toContain('href="https://auth.example.com/assets/style-')
  },
)

test.for(['evil.com', 'auth.example.com.evil.com', '127.0.0.1', '', 'a b', 'auth.example.com@evil.com'])(
  'for the host %j, which is nobody’s, the answer is 421 and shows no form',
  async (host) => {
    for (const url of ['/', '/login', '/assets/style.css', '/nope']) {
      const answer = await getPage(portalFixture(), url, { host })
      expect(answer.statusCode, url).toBe(421)
      expect(answer.body).not.toContain('<form')
    }
    const post = await postForm(portalFixture(), '/login', { username: 'alice', password: PASSWORD }, { host })
    expect(post.statusCode).toBe(421)
    expect(post.headers).not.toHaveProperty('set-cookie')
  },
)

test('before the first list of containers a foreign host is told to come back', async () => {
  const fixture = portalFixture()
  fixture.table.current = undefined
  const answer = await getPage(fixture, '/', { host: 'app.example.com' })
  expect(answer.statusCode).toBe(503)
})

test('the port of the request does not matter', async () => {
  const answer = await getPage(portalFixture(), '/login', { host: 'AUTH.example.com:4180' })
  expect(answer.statusCode).toBe(200)
})

test.for([
  ['GET', '/login', 200],
  ['GET', '/nope', 404],
  ['GET', '/', 303],
  ['GET', '/%zz', 400],
  ['GET', '/setup', 403],
  ['PROPFIND', '/', 403],
  ['GET', '/auth/x', 404],
  ['GET', '/.git/config', 404],
  ['GET', '/metrics', 404],
  ['GET', '//login', 404],
  ['GET', '/login/', 404],
] as const)('%s %s is answered with %i, uncached and locked down', async ([method, url, status]) => {
  const { app } = portalFixture()
  const answer = await app.inject({ method: method as 'GET', url, headers: { host: 'auth.example.com' } })
  expect(answer.statusCode).toBe(status)
  expect(answer.headers).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'strict-transport-security': 'max-age=31536000',
  })
  const policy = String(answer.headers['content-security-policy']).split('; ')
  expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]))
  expect(policy.join()).not.toMatch(/unsafe|script/)
})

test('the home page shows the apps this person may open, by title, and the account', async () => {
  const fixture = portalFixture()
  fixture.table.current = tableOf(
    { id: 'z', hosts: ['z.example.com'], card: { title: 'Zebra', description: 'Stripes & more' } },
    {
      id: 'a',
      hosts: ['a.example.com'],
      path: '/notes',
      card: { title: '<b>Ant</b>', icon: 'https://cdn.example.com/a.png' },
    },
    { id: 'hidden', hosts: ['h.example.com'], card: { title: 'Hidden', hidden: true } },
    { id: 'broken', hosts: ['b.example.com'], card: { title: 'Broken' }, broken: true },
    { id: 'torn', hosts: ['t.example.com'], card: { title: 'Torn' }, conflict: true },
    { id: 'any', hosts: ['*.apps.example.com'], card: { title: 'Wild' } },
    { id: 'js', hosts: ['js.example.com'], card: { title: 'Script', icon: 'javascript:alert(1)' } },
  )
  const answer = await getPage(fixture, '/', { cookie: `__Host-labelgate=${startSession(fixture)}` })
  expect(answer.statusCode).toBe(200)
  const titles = [...answer.body.matchAll(/<span class="words"><strong>(.*?)<\/strong>/g)].map(([, title]) => title)
  expect(titles).toEqual(['&lt;b&gt;Ant&lt;/b&gt;', 'Script', 'Zebra'])
  expect(answer.body).toContain('href="https://a.example.com/notes"')
  expect(answer.body).toContain('src="https://cdn.example.com/a.png"')
  expect(answer.body).toContain('Stripes &amp; more')
  expect(answer.body).toContain('Alice Example (alice)')
  expect(answer.body).not.toContain('javascript:')
  expect(answer.headers['content-security-policy']).toContain("img-src 'self' data: https:")
})

test('a home page without any app says so', async () => {
  const fixture = portalFixture()
  fixture.table.current = tableOf()
  const answer = await getPage(fixture, '/', { cookie: `__Host-labelgate=${startSession(fixture)}` })
  expect(answer.body).toContain('There is no app yet that this account may open.')
})

test('the stylesheet and the logo are kept for ever under names that change with them', async () => {
  const fixture = portalFixture()
  for (const [path, type] of [
    [fixture.deps.site.style, 'text/css; charset=utf-8'],
    [fixture.deps.site.logo, 'image/svg+xml'],
  ] as const) {
    expect(path).toMatch(/-[0-9a-f]{12}\.(?:css|svg)$/)
    const answer = await getPage(fixture, path)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': type,
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    })
  }
  for (const path of ['/assets/style.css', '/assets/logo.svg', '/favicon.ico']) {
    const answer = await getPage(fixture, path)
    expect(answer.headers['cache-control'], path).toBe('public, max-age=300')
  }
})

const ACCOUNT = { token: SETUP_TOKEN, username: 'root', password: PASSWORD, repeat: PASSWORD }

test('the set-up link makes the first account and signs it in', async () => {
  const fixture = portalFixture()
  const page = await getPage(fixture, `/setup?token=${SETUP_TOKEN}`)
  expect(page.statusCode).toBe(200)
  expect(page.body).toContain('autocomplete="new-password"')
  expect(page.body).toContain(`name="token" value="${SETUP_TOKEN}"`)
  const answer = await postForm(fixture, '/setup', ACCOUNT)
  expect(answer.statusCode).toBe(303)
  expect(answer.headers.location).toBe('/')
  expect(fixture.sessions.size).toBe(1)
  expect(fixture.events).toMatchObject([{ kind: 'set-up', identity: { user: 'root' } }])
})

test.for([
  ['the passwords differ', { ...ACCOUNT, repeat: 'another' }, 422, 'The two passwords are not the same.'],
  ['the password is too short', { ...ACCOUNT, password: 'short', repeat: 'short' }, 422, 'at least 8 characters'],
  ['the link is not the one', { ...ACCOUNT, token: 'x' }, 403, 'This link is closed'],
] as const)('where %s no account is made', async ([, fields, status, words]) => {
  const fixture = portalFixture()
  const answer = await postForm(fixture, '/setup', fields)
  expect(answer.statusCode).toBe(status)
  expect(answer.body).toContain(words)
  expect(answer.body).not.toContain(fields.password)
  expect(fixture.sessions.size).toBe(0)
})

test('G-15: a set-up form with a field missing or doubled is a bad request', async () => {
  for (const body of ['token=a&username=b', `token=${SETUP_TOKEN}&token=x&username=b&password=c`, '']) {
    const answer = await postForm(portalFixture(), '/setup', body)
    expect(answer.statusCode).toBe(400)
  }
})
