/** Proxies that have no routes of their own: they are told where the app is, and only who may be told. */
import { describe, expect, test } from 'vitest'
import { container } from '../../build/container.ts'
import { fwd, nginx, type Line } from '../../threats/fixture.ts'
import { alice, ask, BROWSER, header, KEY, openDoor, session, visit } from './door.ts'
import { exchange } from './wire.ts'

const HEADERS: Line = ['X-Labelgate-Headers', 'Remote-User,Remote-Email,Remote-Name,Remote-Groups']
const UPSTREAM = ['x-labelgate-upstream', 'x-labelgate-upstream-scheme', 'x-labelgate-upstream-address']
const ROUTE = { path: `/auth/route/${KEY}` }
const PUBLIC = fwd('public.example.com', '/')
const whereOf = (answer: Awaited<ReturnType<typeof ask>>) => UPSTREAM.map((name) => header(answer, name))

const replicas = ['a', 'b'].map((name, i) =>
  container(`app-${name}`, 'host=public.example.com\npublic=/**', {
    service: 'web/app',
    networks: [{ name: 'proxy', address: `172.18.0.${i + 2}` }],
  }),
)

describe('headers that nobody may bring', () => {
  const reserved = { broken: { reservedHeaders: () => ['x-ptl-'] } }

  test.for(['X-Ptl-Admin', 'x-ptl-admin', 'X_Ptl_Admin', 'X-Ptl-'])(
    '%s is refused where it is passed on to us',
    async (name) => {
      const door = await openDoor(reserved)
      expect((await ask(door, [...PUBLIC, HEADERS, [name, 'mallory']], ROUTE)).status).toBe(400)
      expect((await ask(await openDoor(), [...PUBLIC, HEADERS, [name, 'mallory']], ROUTE)).status).toBe(200)
    },
  )

  test('one that the proxy takes out itself is no reason to refuse', async () => {
    const known: Line = ['X-Labelgate-Headers', `${HEADERS[1]},X-Ptl-User`]
    expect((await ask(await openDoor(reserved), [...PUBLIC, known, ['X-Ptl-User', 'mallory']], ROUTE)).status).toBe(200)
  })
})

describe('where the app is', () => {
  test.for([
    ['nginx', `/auth/nginx/${KEY}`, nginx('https://public.example.com/')],
    ['route', ROUTE.path, PUBLIC],
  ] as const)('is told at /auth/%s', async ([, path, lines]) => {
    const answer = await ask(await openDoor(), lines, { path })
    expect(whereOf(answer)).toEqual(['http://172.18.0.2:80', 'http', '172.18.0.2:80'])
  })

  test('is not told at /auth/forward, whatever is said beside', async () => {
    expect(whereOf(await ask(await openDoor(), [...PUBLIC, HEADERS]))).toEqual([undefined, undefined, undefined])
  })

  test('is told with no refusal', async () => {
    const answer = await ask(await openDoor(), [...visit('app.example.com'), HEADERS], ROUTE)
    expect([answer.status, ...whereOf(answer)]).toEqual([302, undefined, undefined, undefined])
  })

  test('is each replica in turn', async () => {
    const door = await openDoor({ containers: replicas })
    const seen: (string | undefined)[] = []
    for (let i = 0; i < 4; i++) seen.push(whereOf(await ask(door, PUBLIC, ROUTE))[2])
    expect(seen).toEqual(['172.18.0.2:80', '172.18.0.3:80', '172.18.0.2:80', '172.18.0.3:80'])
  })

  test('an app that does not run is no place to go, where nothing but our word leads there', async () => {
    const containers = [container('public', 'host=public.example.com\npublic=/**', { health: 'starting' })]
    const door = await openDoor({ containers })
    expect((await ask(door, [...PUBLIC, HEADERS], ROUTE)).status).toBe(503)
    expect((await ask(door, PUBLIC, ROUTE)).status).toBe(200)
  })

  test('without the key it is for trusted proxies', async () => {
    const door = await openDoor({ trusted: [] })
    for (const path of [
      '/auth/route',
      '/auth/route/',
      '/auth/envoy/',
      '/auth/refusal',
      `/auth/route/${'x'.repeat(43)}`,
    ])
      expect((await ask(door, PUBLIC, { path })).status, path).toBe(403)
    expect((await ask(await openDoor(), PUBLIC, { path: '/auth/route' })).status).toBe(200)
  })

  test.for(['x', `${KEY}/app`, `${KEY}x`, `${KEY}?a=b`])('/auth/route/%s is no address', async (rest) => {
    expect((await ask(await openDoor(), PUBLIC, { path: `/auth/route/${rest}` })).status).toBe(403)
  })
})

describe('headers that the configuration of the proxy does not know', () => {
  const chat = () => [
    container('chat', 'host=chat.example.com\npublic=/**\nheaders.X-Ptl-User=user'),
    container('public', 'host=public.example.com\npublic=/**'),
  ]
  const CHAT = fwd('chat.example.com', '/')

  test('an app that trusts one gets nobody, and it is said once', async () => {
    const door = await openDoor({ containers: chat() })
    for (let i = 0; i < 3; i++) expect((await ask(door, [...CHAT, HEADERS], ROUTE)).status).toBe(503)
    expect(door.seen.failures.map(String)).toEqual([
      'Error: the configuration of the proxy is older than the header X-Ptl-User of chat: render it again',
    ])
  })

  test('the others go on, but not for who brings it along', async () => {
    const door = await openDoor({ containers: chat() })
    expect((await ask(door, [...PUBLIC, HEADERS], ROUTE)).status).toBe(200)
    for (const name of ['X-Ptl-User', 'x_ptl_user', 'X.Ptl-User'])
      expect((await ask(door, [...PUBLIC, HEADERS, [name, 'mallory']], ROUTE)).status, name).toBe(400)
  })

  test('rendered anew it is let through', async () => {
    const door = await openDoor({ containers: chat() })
    const known: Line = ['X-Labelgate-Headers', `${HEADERS[1]}, x-ptl-user`]
    expect((await ask(door, [...CHAT, known], ROUTE)).status).toBe(200)
  })

  test('two words of it are two opinions', async () => {
    expect((await ask(await openDoor(), [...PUBLIC, HEADERS, HEADERS], ROUTE)).status).toBe(400)
  })

  test('credentials that an app may see are none of them', async () => {
    const lines: Line[] = [...PUBLIC, HEADERS, ['Cookie', 'theme=dark'], ['Authorization', 'Basic dTpw']]
    const answer = await ask(await openDoor(), lines, ROUTE)
    expect([answer.status, header(answer, 'cookie'), header(answer, 'authorization')]).toEqual([
      200,
      'theme=dark',
      'Basic dTpw',
    ])
  })
})

describe('how much an app takes', () => {
  const small = () => [container('small', 'host=small.example.com\npublic=/**\nbody-limit=1kB')]
  const put = (...said: Line[]) => [...fwd('small.example.com', '/', 'PUT'), HEADERS, ...said]

  test.for([
    ['1000;', 200, ''],
    ['1001;', 413, '{"error":"too-large","limit":1000}'],
    [';chunked', 411, '{"error":"length-required","limit":1000}'],
  ] as const)('a body of which it is said %j: %i', async ([said, status, body]) => {
    const answer = await ask(await openDoor({ containers: small() }), put(['X-Labelgate-Body', said]), ROUTE)
    expect([answer.status, answer.body]).toEqual([status, body])
  })

  test('a form that is too long has a page', async () => {
    const answer = await ask(
      await openDoor({ containers: small() }),
      [...put(['X-Labelgate-Body', '1001;']), ...BROWSER],
      ROUTE,
    )
    expect(answer.status).toBe(413)
    expect(answer.body).toContain('no more than 1 kB at once')
  })

  test('a proxy whose configuration does not say lets nobody through, and that is said', async () => {
    const door = await openDoor({ containers: small() })
    expect((await ask(door, put(), ROUTE)).status).toBe(503)
    expect(door.seen.failures.map(String)).toEqual([
      'Error: the configuration of the proxy is older than the header X-Labelgate-Body of small: render it again',
    ])
  })

  test('nginx is told by the status beside', async () => {
    const lines = [...nginx('https://small.example.com/', 'PUT'), HEADERS, ['X-Labelgate-Body', '1001;']] as Line[]
    const answer = await ask(await openDoor({ containers: small() }), lines, { path: `/auth/nginx/${KEY}` })
    expect([answer.status, header(answer, 'x-labelgate-status')]).toEqual([403, '413'])
  })
})

describe('nginx', () => {
  test.for([
    ['https://app.example.com/', BROWSER, 401, '302'],
    ['https://unknown.example.com/', BROWSER, 403, '403'],
    ['https://app.example.com/a/../b', [], 403, '400'],
    ['https://app.example.com/.labelgate/nothing', [], 403, '404'],
  ] as const)('%s with %j is %i, and was %s', async ([url, more, status, was]) => {
    const answer = await ask(await openDoor(), [...nginx(url), ...more], { path: `/auth/nginx/${KEY}` })
    expect([answer.status, header(answer, 'x-labelgate-status')]).toEqual([status, was])
  })

  test('the page for a refusal is asked for by itself, is never a yes, and counts for nothing', async () => {
    const door = await openDoor()
    const path = `/auth/refusal/${KEY}`
    const refused = await ask(door, [...fwd('unknown.example.com', '/'), ...BROWSER], { path })
    expect([refused.status, refused.body.includes('<html')]).toEqual([403, true])
    const yes = await ask(door, [...PUBLIC, ...BROWSER], { path })
    expect([yes.status, header(yes, 'remote-user')]).toEqual([503, undefined])
    expect(door.seen.decisions).toEqual([])
  })
})

describe('Envoy, which says method, path and host by the request itself', () => {
  const envoy = (request: string, ...lines: readonly string[]) => {
    const head = ['X-Forwarded-Proto: https', 'X-Forwarded-For: 203.0.113.9', ...lines]
    return `${request.replace(' /', ` /auth/envoy/${KEY}/`)} HTTP/1.1\r\n${head.map((line) => `${line}\r\n`).join('')}\r\n`
  }
  const told = async (...words: Parameters<typeof envoy>) => {
    const door = await openDoor()
    const answer = await exchange(door.port, envoy(...words))
    return [answer?.status, answer && header(answer, 'x-envoy-auth-headers-to-remove')]
  }

  test('each of them decides', async () => {
    expect(await told('GET /public/x?a=b', 'Host: mix.example.com')).toEqual([200, 'cookie,authorization'])
    expect(await told('POST /public/x', 'Host: mix.example.com', 'Content-Length: 0')).toEqual([401, undefined])
    expect(await told('GET /private', 'Host: mix.example.com')).toEqual([401, undefined])
    expect(await told('GET /public/x', 'Host: unknown.example.com')).toEqual([403, undefined])
    expect(await told('GET /public/../x', 'Host: mix.example.com')).toEqual([400, undefined])
  })

  test('other words of them do not', async () => {
    const lines = ['X-Forwarded-Uri: /public/x', 'X-Forwarded-Host: public.example.com', 'X-Forwarded-Method: GET']
    expect(await told('GET /private', 'Host: mix.example.com', ...lines)).toEqual([401, undefined])
    expect(await told('GET /public/x', 'Host: mix.example.com', 'Host: public.example.com')).toEqual([400, undefined])
  })

  test('what the answer does not say again is taken out before the app', async () => {
    const theirs = ['Cookie: theme=dark', 'Authorization: Basic dTpw']
    expect(await told('GET /', 'Host: public.example.com', ...theirs)).toEqual([200, undefined])
    const door = await openDoor()
    const { app } = await door.signIn(alice, 'app.example.com')
    const answer = await exchange(door.port, envoy('GET /', 'Host: app.example.com', `Cookie: ${session(app)}`))
    expect([answer?.status, answer && header(answer, 'x-envoy-auth-headers-to-remove')]).toEqual([
      200,
      'cookie,authorization',
    ])
  })

  test('two Authorization lines that became one are two', async () => {
    const joined = 'Authorization: Basic dTpw,Bearer lg_x'
    expect(await told('GET /', 'Host: public.example.com', joined)).toEqual([400, undefined])
  })
})
