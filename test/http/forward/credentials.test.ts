/** What a program shows in place of a cookie: who it is then, what it is told if nobody, and what the app sees of it. */
import { describe, expect, test } from 'vitest'
import type { CredentialDeps } from '../../../src/http/forward/credentials.ts'
import { issueToken } from '../../../src/session/tokens.ts'
import { newToken } from '../../../src/session/token-text.ts'
import { standing } from '../../../src/session/live.ts'
import { container } from '../../build/container.ts'
import { NOW, person } from '../../build/people.ts'
import { operator } from '../../build/table.ts'
import { account } from '../../store/samples.ts'
import { fwd, type Line } from '../../threats/fixture.ts'
import { alice, ask, bob, BROWSER, openDoor, overHttp, session, visit, word } from './door.ts'
import type { WireAnswer } from './wire.ts'

const PASSWORD = 'correct horse'
const JWT = 'aaa.bbb.ccc'
const shown = (credential: 'basic' | 'bearer') =>
  standing({
    id: credential,
    identity: person(credential),
    authentication: { provider: 'local', at: NOW, amr: ['pwd'] },
    credential,
    createdAt: NOW,
  })

/** Who was asked about passwords and JWTs, and what. */
function knowing() {
  const asked: string[] = []
  const credentials: Partial<CredentialDeps> = {
    passwords: {
      recall: () => undefined,
      prove: async ({ user, password }) => {
        asked.push(`${user}:${password}`)
        return user === 'basic' && password === PASSWORD ? shown('basic') : 'invalid'
      },
    },
    bearer: {
      cookies: ['device'],
      prove: (jwt, by) => {
        asked.push(`${jwt} of ${by.issuers?.join() ?? 'any'}`)
        return jwt === JWT ? shown('bearer') : 'invalid'
      },
    },
    tokenHeader: () => 'x-api-key',
  }
  return { asked, credentials }
}

const CONTAINERS = [
  container('files', 'host=files.example.com'),
  container('git', 'host=git.example.com'),
  container('open', 'host=open.example.com\npublic=/**'),
  container('session', 'host=session.example.com\naccept=session'),
  container('strict', 'host=strict.example.com\nrequire=fresh=1h'),
  container('basic', 'host=basic.example.com\naccept=session, basic'),
  container('bearer', 'host=bearer.example.com\naccept=session, bearer\nbearer=devices'),
]

async function open() {
  const { asked, credentials } = knowing()
  const door = await openDoor({ containers: CONTAINERS, operator: { ...operator, bearer: ['devices'] }, credentials })
  await door.store.putAccount(account('alice'))
  const give = async (apps: readonly string[] | null = null, expiresAt: number | null = null) => {
    const wanted = { account: 'id-of-alice', name: 'x', apps, expiresAt }
    const { text } = await issueToken(door.store, wanted, NOW - 2 * 3_600_000)
    await expect.poll(() => door.tokens.find(text, 0)).toBeDefined()
    return text
  }
  /** A program's request. */
  const send = (host: string, ...lines: readonly Line[]) =>
    ask(door, [...fwd(`${host}.example.com`, '/dav/x'), ...lines])
  return { door, asked, give, send, token: await give() }
}

const bearer = (text: string): Line => ['Authorization', `Bearer ${text}`]
const basic = (user: string, password: string): Line => [
  'Authorization',
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
]
const seen = (answer: WireAnswer, name = 'authorization') => answer.headers.get(name)
const told = (answer: WireAnswer) => (JSON.parse(answer.body) as { reason: string }).reason

describe('an API token speaks for its account', () => {
  const ways: Record<string, (token: string) => Line> = {
    'as Bearer': bearer,
    'as Bearer in small letters': (token) => ['Authorization', `bearer ${token}`],
    'as BEARER with two blanks': (token) => ['Authorization', `BEARER  ${token}`],
    'as the password of Basic, whatever the user': (token) => basic('x-access-token', token),
    'as the password of Basic without user': (token) => basic('', token),
    'in the operator’s header': (token) => ['X-Api-Key', token],
    'in the operator’s header, in small letters': (token) => ['x-api-key', token],
  }
  test.for(Object.entries(ways))('%s, and the app never sees it', async ([, way]) => {
    const { send, token } = await open()
    const answer = await send('files', way(token))
    expect(word(answer)).toBe('AS alice')
    expect([...answer.headers].flat().join(' ')).not.toContain(token.slice(3, 20))
    expect([seen(answer), seen(answer, 'x-api-key')]).toEqual([undefined, undefined])
  })

  test('beside the app’s own Authorization, which the app sees as it came', async () => {
    const { send, token } = await open()
    const answer = await send('files', ['X-Api-Key', token], ['Authorization', 'Token of="the app", x=1'])
    expect([word(answer), seen(answer)]).toEqual(['AS alice', ['Token of="the app", x=1']])
  })

  test('beside a cookie of ours: what the request itself says comes first', async () => {
    const { door, send, token } = await open()
    const { app } = await door.signIn(bob, 'files.example.com')
    expect(word(await send('files', bearer(token), ['Cookie', `${session(app)}; theirs=1`]))).toBe('AS alice')
    expect(word(await send('files', bearer(newToken()), ['Cookie', session(app)]))).toBe('DENY')
  })

  test('for the apps it names alone', async () => {
    const { send, give } = await open()
    const token = await give(['files'])
    expect(word(await send('files', bearer(token)))).toBe('AS alice')
    const refused = await send('git', bearer(token))
    expect([refused.status, told(refused)]).toEqual([403, 'token-scope'])
  })

  test('but is nobody on a public path it is not for', async () => {
    const { send, give } = await open()
    expect(word(await send('open', bearer(await give(['files']))))).toBe('ANON')
  })

  test('not where the app takes cookies alone', async () => {
    const { send, token } = await open()
    const refused = await send('session', bearer(token))
    expect([refused.status, told(refused)]).toEqual([403, 'credential-not-accepted'])
  })

  test('G-20 nor where somebody must have signed in lately, and nobody is sent anywhere', async () => {
    const { send, token } = await open()
    const refused = await send('strict', bearer(token))
    expect([refused.status, told(refused)]).toEqual([403, 'not-fresh'])
  })

  test('nor after it has expired', async () => {
    const { send, give } = await open()
    const answer = await send('files', bearer(await give(null, NOW)))
    expect([answer.status, told(answer)]).toEqual([401, 'credential-invalid'])
  })

  test('nor while the store cannot be followed: 503, and no yes', async () => {
    const { door, send, token } = await open()
    door.store.token = () => Promise.reject(new Error('disk'))
    await issueToken(door.store, { account: 'id-of-alice', name: 'x', apps: null, expiresAt: null }, NOW)
    await expect.poll(() => door.tokens.trustworthy).toBe(false)
    expect((await send('files', bearer(token))).status).toBe(503)
  })
})

describe('F-25 what is no credential of ours, however it looks like one', () => {
  const ways: Record<string, (token: string) => readonly Line[]> = {
    'a tab in place of the blank': (token) => [['Authorization', `Bearer\t${token}`]],
    'two in one line': (token) => [['Authorization', `Bearer ${token},Bearer ${token}`]],
    'something after it': (token) => [['Authorization', `Bearer ${token} x`]],
    'another scheme': (token) => [['Authorization', `Token ${token}`]],
    'no scheme': (token) => [['Authorization', token]],
    'nothing but a scheme': () => [['Authorization', 'Bearer']],
    'two lines, the good one first': (token) => [bearer(token), bearer('x')],
    'two lines, the good one last': (token) => [bearer('x'), bearer(token)],
    'another header': (token) => [['Proxy-Authorization', `Bearer ${token}`]],
    'a header that is not the operator’s': (token) => [['X-Access-Token', token]],
    'twice in the operator’s header': (token) => [
      ['X-Api-Key', token],
      ['X-Api-Key', token],
    ],
    'in both places': (token) => [['X-Api-Key', token], bearer(token)],
    mistyped: (token) => [bearer(token.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')))],
    'one that was never given': () => [bearer(newToken())],
  }
  test.for(Object.entries(ways))('%s', async ([, way]) => {
    const { send, token } = await open()
    const answer = await send('files', ...way(token))
    expect(word(answer)).toBe('DENY')
    expect(answer.headers.has('location')).toBe(false)
    // and where anybody may come, the app does not see it either, as far as anybody could take it for ours
    const openly = await send('open', ...way(token))
    if (openly.status === 200) expect(seen(openly)?.join() ?? '').not.toContain(token.slice(3))
  })

  test('in the address', async () => {
    const { door, token } = await open()
    expect(word(await ask(door, fwd('files.example.com', `/?access_token=${token}`)))).toBe('DENY')
  })
})

describe('a password in each request', () => {
  test('counts where the app’s label asks for it, and the app never sees it', async () => {
    const { send } = await open()
    const answer = await send('basic', basic('basic', PASSWORD))
    expect([word(answer), seen(answer)]).toEqual(['AS basic', undefined])
  })

  test('is the app’s own elsewhere: nobody looks at it, and the app sees it', async () => {
    const { door, send, asked } = await open()
    const { app } = await door.signIn(alice, 'files.example.com')
    const line = basic('basic', PASSWORD)
    const answer = await send('files', line, ['Cookie', session(app)])
    expect([word(answer), seen(answer), asked]).toEqual(['AS alice', [line[1]], []])
    expect(word(await send('files', line))).toBe('DENY')
  })

  const wrong = (text: string) => ['Authorization', text] as const
  const rows: Record<string, readonly Line[]> = {
    'no credentials': [wrong('Basic')],
    blank: [wrong('Basic ')],
    'no base64': [wrong('Basic !!!!')],
    'no colon': [wrong('Basic YWxpY2U')],
    'a wrong password': [basic('basic', 'wrong')],
    'two in one': [wrong(`${basic('basic', PASSWORD)[1]}, ${basic('basic', PASSWORD)[1]}`)],
    'two lines': [basic('basic', PASSWORD), basic('basic', PASSWORD)],
    NUL: [basic('basic', `${PASSWORD}\0`)],
    'a line end': [basic('basic\n', PASSWORD)],
    'no UTF-8': [wrong(`Basic ${Buffer.from([...Buffer.from('basic:'), 0xe9]).toString('base64')}`)],
    'ten kilobytes': [basic('basic', 'x'.repeat(10_000))],
  }
  test.for(Object.entries(rows))('G-10 %s is nobody, and no fault', async ([, lines]) => {
    const { door, send } = await open()
    expect(word(await send('basic', ...lines))).toBe('DENY')
    expect(door.seen.failures).toEqual([])
  })

  test('G-10 the first colon ends the user name, whatever the scheme’s case and the padding', async () => {
    const { send, asked } = await open()
    await send('basic', basic('basic', 'a:b::c'))
    const text = basic('basic', PASSWORD)[1].replace('Basic', 'basic').replace(/=+$/, '')
    expect(word(await send('basic', ['Authorization', text]))).toBe('AS basic')
    expect(asked[0]).toBe('basic:a:b::c')
  })

  test.for(['throttled', 'busy', 'unavailable'] as const)('one that is not even looked at: %s', async (state) => {
    const door = await openDoor({
      containers: CONTAINERS,
      operator: { ...operator, bearer: ['devices'] },
      credentials: { passwords: { recall: () => undefined, prove: () => state } },
    })
    const answer = await ask(door, [...fwd('basic.example.com', '/'), basic('a', 'b')])
    expect(answer.status).toBe(state === 'throttled' ? 429 : 503)
    expect(Number(seen(answer, 'retry-after'))).toBeGreaterThan(0)
  })

  test('when its looking up fails the answer is no', async () => {
    const prove = () => Promise.reject(new Error('disk'))
    const door = await openDoor({
      containers: CONTAINERS,
      operator: { ...operator, bearer: ['devices'] },
      credentials: { passwords: { recall: () => undefined, prove } },
    })
    expect((await ask(door, [...fwd('basic.example.com', '/'), basic('a', 'b')])).status).toBe(503)
    expect(door.seen.failures).toHaveLength(1)
  })
})

describe('a JWT of an issuer elsewhere', () => {
  test('counts where the app takes such, of the issuers it names', async () => {
    const { send, asked } = await open()
    const answer = await send('bearer', bearer(JWT))
    expect([word(answer), seen(answer), asked]).toEqual(['AS bearer', undefined, [`${JWT} of devices`]])
  })

  test('is the app’s own elsewhere', async () => {
    const { door, send, asked } = await open()
    const { app } = await door.signIn(alice, 'files.example.com')
    const answer = await send('files', bearer(JWT), ['Cookie', session(app)])
    expect([word(answer), seen(answer), asked]).toEqual(['AS alice', [`Bearer ${JWT}`], []])
  })

  test('that does not hold is told so, in the words of RFC 6750', async () => {
    const answer = await (await open()).send('bearer', bearer('x.y.z'))
    expect([answer.status, seen(answer, 'www-authenticate')]).toEqual([
      401,
      ['Bearer realm="labelgate", error="invalid_token"'],
    ])
  })

  test('comes in a cookie too, which the app does not see then', async () => {
    const { send } = await open()
    const answer = await send('bearer', ['Cookie', `a=1; device=${JWT}; b=2`])
    expect([word(answer), seen(answer, 'cookie')]).toEqual(['AS bearer', ['a=1; b=2']])
  })

  test('in a cookie is left alone where the app does not take such', async () => {
    const { send, asked } = await open()
    const answer = await send('open', ['Cookie', `device=${JWT}`])
    expect([word(answer), seen(answer, 'cookie'), asked]).toEqual(['ANON', [`device=${JWT}`], []])
  })

  test('that has expired in a cookie keeps nobody from signing in', async () => {
    const { door } = await open()
    const { app } = await door.signIn(alice, 'bearer.example.com')
    const stale = 'device=x.y.z'
    expect((await ask(door, visit('bearer.example.com', '/', stale))).status).toBe(302)
    expect(word(await ask(door, visit('bearer.example.com', '/', `${stale}; ${session(app)}`)))).toBe('AS alice')
  })
})

describe('credentials of the app itself', () => {
  const own = 'Basic b3duOnB3'
  const upstream = async (...lines: readonly Line[]) => {
    const door = await openDoor({
      containers: [container('router', 'host=router.example.com\nupstream-basic=router\npublic=/open')],
      operator: { ...operator, upstreamBasic: new Map([['router', ['router']]]) },
      credentials: { upstreamBasic: (name) => (name === 'router' ? own : undefined) },
    })
    const { app } = await door.signIn(alice, 'router.example.com')
    const signedIn = await ask(door, [...fwd('router.example.com', '/'), ['Cookie', session(app)], ...lines])
    const openly = await ask(door, [...fwd('router.example.com', '/open'), ...lines])
    return [signedIn, openly].map((answer) => seen(answer))
  }

  test('are sent with the requests of whoever may, and with no other', async () => {
    expect(await upstream()).toEqual([[own], undefined])
  })
  test('in place of what the client sent', async () => {
    const line = basic('their', 'own')
    expect(await upstream(line)).toEqual([[own], [line[1]]])
  })
})

describe('who is nobody is told what to show', () => {
  const BASIC = 'Basic realm="labelgate", charset="UTF-8"'
  const BEARER = 'Bearer realm="labelgate"'

  test.for(['GET', 'HEAD', 'OPTIONS', 'PUT', 'PROPFIND', 'REPORT', 'MKCOL'])(
    'G-27 %s of a program: 401 and the way in, whatever it accepts',
    async (method) => {
      const { door } = await open()
      for (const host of ['files.example.com', 'basic.example.com']) {
        const answer = await ask(door, [...fwd(host, '/dav', method), ['Accept', '*/*'], ['User-Agent', 'git/2.47']])
        expect([answer.status, seen(answer, 'www-authenticate')]).toEqual([401, [BEARER, BASIC]])
      }
    },
  )

  test.for<[string, readonly Line[]]>([
    ['a script of a page', [['Sec-Fetch-Mode', 'cors']]],
    ['a page’s form of another site', [['Origin', 'https://x.example.com']]],
    ['an old browser’s script', [['X-Requested-With', 'XMLHttpRequest']]],
    ['anything that has cookies', [['Cookie', 'a=1']]],
  ])('G-27 %s opens no password window of the browser', async ([, lines]) => {
    const answer = await (await open()).send('files', ...lines)
    expect([answer.status, seen(answer, 'www-authenticate')]).toEqual([401, [BEARER]])
  })

  test('a WebSocket of a program is asked too', async () => {
    const upgrade: Line[] = [
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ]
    expect(seen(await (await open()).send('basic', ...upgrade), 'www-authenticate')).toEqual([BEARER, BASIC])
  })

  test('where no password or token would help, none is asked for', async () => {
    const { send } = await open()
    for (const app of ['session', 'bearer']) expect(seen(await send(app), 'www-authenticate')).toEqual([BEARER])
  })

  test.for(['x", Digest realm="y', 'x\\"', 'x'.repeat(10_000)])(
    'G-25 no text of a request stands in it: %.20s',
    async (text) => {
      const { door } = await open()
      const answer = await ask(door, [
        ...fwd('basic.example.com', `/?q=${encodeURIComponent(text.slice(0, 1000))}`),
        ['User-Agent', text],
      ])
      expect(seen(answer, 'www-authenticate')).toEqual([BEARER, BASIC])
    },
  )

  test('a program is never sent to a page, whatever it accepts', async () => {
    const { send } = await open()
    const html: Line = ['Accept', 'text/html']
    for (const line of [bearer(newToken()), basic('basic', 'wrong'), ['X-Api-Key', newToken()] as const]) {
      for (const more of [[html], [html, ...BROWSER]]) {
        const answer = await send('basic', line, ...more)
        expect([answer.status, answer.headers.has('location')]).toEqual([401, false])
      }
    }
  })

  test.for<readonly Line[]>([[], [basic('basic', PASSWORD)], [bearer('lg_x')]])(
    'G-23 in the clear nothing is looked at, and no password is asked for',
    async (lines) => {
      const { door, asked, token } = await open()
      for (const more of [lines, [bearer(token)]]) {
        const answer = await ask(door, [...fwd('basic.example.com', '/').map(overHttp), ...more])
        expect([answer.status, seen(answer, 'www-authenticate'), asked]).toEqual([401, [BEARER], []])
      }
    },
  )
})
