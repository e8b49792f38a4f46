/** What a proxy is answered, byte by byte on a real connection: the right answer per kind of request. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { container } from '../../build/container.ts'
import { fwd, type Line } from '../../threats/fixture.ts'
import { alice, ask, BROWSER, bob, header, openDoor, overHttp, session, visit, word } from './door.ts'

const APP = 'app.example.com'
const ADMIN = 'admin.example.com'
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url')

describe('a person who is not signed in', () => {
  test('is sent to the portal with the way back, and with a nonce that only this browser has', async () => {
    const answer = await ask(await openDoor(), visit(APP, '/notes?id=7&x=a%20b'))
    expect(answer.status).toBe(302)
    const location = new URL(header(answer, 'location') ?? '')
    expect(location.origin + location.pathname).toBe('https://auth.example.com/login')
    expect(location.searchParams.get('rd')).toBe('https://app.example.com/notes?id=7&x=a%20b')
    const [, nonce = '', attributes] =
      /^__Host-labelgate-nonce=([\w-]{43}); (.*)$/.exec(header(answer, 'set-cookie') ?? '') ?? []
    expect(attributes).toBe('Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600')
    expect(location.searchParams.get('n')).toBe(sha256(nonce))
    expect(header(answer, 'cache-control')).toBe('no-store')
    expect(answer.body).toBe('')
  })

  test('keeps the nonce this browser has already, so that nothing piles up (D-25)', async () => {
    const door = await openDoor()
    const nonce = 'n'.repeat(43)
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => ask(door, visit(APP, `/img/${i}`, `__Host-labelgate-nonce=${nonce}`))),
    )
    expect(new Set(answers.map((answer) => header(answer, 'set-cookie')?.split(';')[0]))).toEqual(
      new Set([`__Host-labelgate-nonce=${nonce}`]),
    )
  })

  test('gets another nonce where the one it has is none of ours', async () => {
    const answer = await ask(await openDoor(), visit(APP, '/', '__Host-labelgate-nonce=x; Domain=evil'))
    expect(header(answer, 'set-cookie')).toMatch(/^__Host-labelgate-nonce=[\w-]{43}; Path/)
  })

  test.for(['POST', 'DELETE'])('and sends a form by %s comes back by GET', async (method) => {
    const answer = await ask(await openDoor(), [...fwd(APP, '/save', method), ...BROWSER])
    expect(answer.status).toBe(303)
  })

  test('without Fetch Metadata, a GET that asks for HTML is taken for a person', async () => {
    const door = await openDoor()
    expect((await ask(door, [...fwd(APP, '/'), ['Accept', 'text/html']])).status).toBe(302)
    expect((await ask(door, [...fwd(APP, '/'), ['Accept', '*/*']])).status).toBe(401)
    expect((await ask(door, [...fwd(APP, '/', 'POST'), ['Accept', 'text/html']])).status).toBe(401)
  })

  test('over plain http goes to the portal without cookie and without a code to wait for', async () => {
    const answer = await ask(await openDoor(), [...fwd(APP, '/x').map(overHttp), ...BROWSER])
    expect(answer.status).toBe(302)
    expect(header(answer, 'location')).toBe('https://auth.example.com/login?rd=https%3A%2F%2Fapp.example.com%2Fx')
    expect(header(answer, 'set-cookie')).toBeUndefined()
  })

  test('who comes by a very long address goes back to its path, or to the start page', async () => {
    const door = await openDoor()
    const rd = async (uri: string) =>
      new URL(header(await ask(door, visit(APP, uri)), 'location') ?? '').searchParams.get('rd')
    expect(await rd(`/x?${'q'.repeat(4100)}`)).toBe('https://app.example.com/x')
    expect(await rd(`/${'x'.repeat(4100)}`)).toBe('https://app.example.com/')
  })

  test('who signed in too long ago is asked again', async () => {
    const door = await openDoor({ containers: [container('app', `host=${APP}\nrequire=fresh=1h`)] })
    const { app } = await door.signIn(alice, APP)
    door.clock.now += 3_600_001
    const answer = await ask(door, visit(APP, '/', session(app)))
    expect(answer.status).toBe(302)
    expect(header(answer, 'location')).toMatch(/&prompt=login&need=fresh%3A3600$/)
  })
})

describe('a program that is not signed in is told so, and never shown a page', () => {
  const kinds: Readonly<Record<string, readonly Line[]>> = {
    fetch: [
      ['Sec-Fetch-Mode', 'cors'],
      ['Accept', 'text/html'],
    ],
    'same-origin fetch': [['Sec-Fetch-Mode', 'same-origin']],
    image: [
      ['Sec-Fetch-Mode', 'no-cors'],
      ['Sec-Fetch-Dest', 'image'],
    ],
    XMLHttpRequest: [
      ['X-Requested-With', 'XMLHttpRequest'],
      ['Accept', 'text/html'],
    ],
    WebSocket: [
      ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      ['Accept', 'text/html'],
    ],
    'WebSocket of a browser': [
      ['Sec-Fetch-Mode', 'websocket'],
      ['Upgrade', 'websocket'],
    ],
    'event stream': [['Accept', 'text/event-stream']],
    curl: [
      ['Accept', '*/*'],
      ['User-Agent', 'curl/8'],
    ],
    'API client': [['Accept', 'application/json']],
    'client of the app’s own tokens': [
      ['Accept', 'text/html'],
      ['Authorization', 'Bearer of-the-app'],
    ],
    'nothing said': [],
  }
  test.for(Object.entries(kinds))('%s', async ([, lines]) => {
    const answer = await ask(await openDoor(), [...fwd(APP, '/api?secret=1'), ...lines])
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')?.[0]).toBe('Bearer realm="labelgate"')
    expect(header(answer, 'content-type')).toBe('application/json')
    expect(JSON.parse(answer.body)).toEqual({
      error: 'sign-in',
      reason: 'no-session',
      sign_in: 'https://auth.example.com/login?rd=https%3A%2F%2Fapp.example.com%2F',
    })
    expect(answer.headers.has('location')).toBe(false)
    expect(answer.headers.has('set-cookie')).toBe(false)
  })

  test.for(['OPTIONS', 'POST', 'PROPFIND'])('%s, as a preflight or a client sends it', async (method) => {
    const preflight: Line[] = [
      ['Origin', 'https://x.example.com'],
      ['Access-Control-Request-Method', 'PUT'],
    ]
    expect((await ask(await openDoor(), [...fwd(APP, '/', method), ...preflight])).status).toBe(401)
  })
})

describe('a request that may pass', () => {
  test('carries every identity header, the cookies without ours, and nothing else of ours', async () => {
    const door = await openDoor()
    const { app } = await door.signIn(alice, APP)
    const answer = await ask(door, visit(APP, '/', `theme=dark; ${session(app)}; lang=en`))
    expect(answer.status).toBe(200)
    expect(
      Object.fromEntries([...answer.headers].filter(([name]) => !['date', 'keep-alive', 'connection'].includes(name))),
    ).toEqual({
      'remote-user': ['alice'],
      'remote-email': ['alice@example.com'],
      'remote-name': [''],
      'remote-groups': ['users'],
      cookie: ['theme=dark; lang=en'],
      'cache-control': ['no-store'],
      'content-length': ['0'],
    })
    expect(answer.body).toBe('')
  })

  test('leaves no Cookie header where ours was the only one', async () => {
    const door = await openDoor()
    const { app } = await door.signIn(alice, APP)
    const answer = await ask(door, visit(APP, '/', session(app)))
    expect(answer.headers.has('cookie')).toBe(false)
  })

  test('of nobody to a public app carries every identity header, empty (A-09, H-32)', async () => {
    const answer = await ask(await openDoor(), [...fwd('public.example.com', '/'), ['Remote-User', 'bob']])
    expect(answer.status).toBe(200)
    for (const name of ['remote-user', 'remote-email', 'remote-name', 'remote-groups'])
      expect(header(answer, name)).toBe('')
  })
})

describe('a request that may not pass', () => {
  test('of a person: a page that says which account it is, and offers another one', async () => {
    const door = await openDoor()
    const { app } = await door.signIn(alice, ADMIN)
    const answer = await ask(door, visit(ADMIN, '/x', session(app)))
    expect(answer.status).toBe(403)
    expect(header(answer, 'content-type')).toBe('text/html; charset=utf-8')
    expect(header(answer, 'content-security-policy')).toContain("default-src 'none'")
    expect(header(answer, 'x-content-type-options')).toBe('nosniff')
    expect(answer.body).toContain('alice')
    expect(answer.body).toContain('https://auth.example.com/logout?rd=https%3A%2F%2Fadmin.example.com%2Fx')
    expect(answer.body.length).toBeLessThan(4096)
  })

  test('of a program: the reason in one word', async () => {
    const door = await openDoor()
    const { app } = await door.signIn(alice, ADMIN)
    const answer = await ask(door, [...fwd(ADMIN, '/'), ['Cookie', session(app)]])
    expect([answer.status, JSON.parse(answer.body)]).toEqual([403, { error: 'forbidden', reason: 'not-allowed' }])
  })

  test.for([
    ['unknown.example.com', 403, 'unknown-host'],
    ['api.example.com', 403, 'broken-labels'],
  ] as const)('to %s: %i, %s, for a program and for a person', async ([host, status, reason]) => {
    const door = await openDoor()
    const program = await ask(door, fwd(host, '/'))
    expect([program.status, program.body]).toEqual([status, expect.stringContaining(reason)])
    const person = await ask(door, visit(host, '/<script>'))
    expect([person.status, header(person, 'content-type')]).toEqual([status, 'text/html; charset=utf-8'])
    expect(person.body).not.toContain('<script>')
  })

  test('before the first list of containers, to any host: 503, and when to come again (I-02)', async () => {
    const door = await openDoor()
    const { app } = await door.signIn(bob, ADMIN)
    const { table } = door.world
    door.world.table = undefined
    for (const host of [ADMIN, 'public.example.com', 'unknown.example.com']) {
      const program = await ask(door, [...fwd(host, '/'), ['Cookie', session(app)]])
      expect([program.status, header(program, 'retry-after')]).toEqual([503, '2'])
      const person = await ask(door, visit(host, '/', session(app)))
      expect([person.status, header(person, 'content-type')]).toEqual([503, 'text/html; charset=utf-8'])
    }
    door.world.table = table
    expect((await ask(door, visit(ADMIN, '/', session(app)))).status).toBe(200)
  })

  test('while the store cannot be followed, a session is no yes; what is public stays so', async () => {
    const door = await openDoor({
      broken: { sessions: { find: () => undefined, trustworthy: false, end: async () => undefined } },
    })
    expect((await ask(door, visit(APP, '/', session('v'.repeat(43))))).status).toBe(503)
    expect((await ask(door, visit('public.example.com', '/', session('v'.repeat(43))))).status).toBe(200)
  })

  test('since it is malformed: 400, and the connection ends', async () => {
    const answer = await ask(await openDoor(), fwd('app.example.com,evil', '/'))
    expect([answer.status, header(answer, 'connection')]).toEqual([400, 'close'])
  })
})

describe('TLS ends before the proxy, which therefore says http of everybody', () => {
  test('who is signed in passes, and who is not comes back by https', async () => {
    const door = await openDoor({ broken: { tlsBefore: true } })
    const { app } = await door.signIn(alice, 'app.example.com')
    expect(word(await ask(door, visit('app.example.com', '/', session(app)).map(overHttp)))).toBe('AS alice')
    const sent = await ask(door, visit('app.example.com', '/page').map(overHttp))
    const location = sent.headers.get('location')?.[0] ?? ''
    expect(location).toMatch(/^https:\/\//)
    expect(decodeURIComponent(location)).not.toContain('http://')
  })

  test('where nobody says so, plain http is sent to https, whoever it is', async () => {
    const door = await openDoor()
    const { app } = await door.signIn(alice, 'app.example.com')
    expect(word(await ask(door, visit('app.example.com', '/', session(app)).map(overHttp)))).toBe('DENY')
  })
})
