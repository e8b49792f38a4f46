/** What we answer on an app's own host: the last step of sign-in, and sign-out. */
import { describe, expect, test } from 'vitest'
import { container } from '../../build/container.ts'
import { fwd, instead, type Line } from '../../threats/fixture.ts'
import { alice, ask, BROWSER, bob, type Door, header, openDoor, session, visit, word } from './door.ts'
import { exchange } from './wire.ts'

const APP = 'app.example.com'
const CALLBACK = '/.labelgate/callback'
const nonceCookie = (value: string) => `__Host-labelgate-nonce=${value}`

/** A browser that was sent to the portal by an app, signed in there, and was given a code. */
async function arrival(door: Door, host = APP, uri = '/notes?id=7') {
  const sent = await ask(door, visit(host, uri))
  const location = new URL(header(sent, 'location') ?? '')
  const nonce = /^__Host-labelgate-nonce=([\w-]{43});/.exec(header(sent, 'set-cookie') ?? '')?.[1] ?? ''
  const { portal, cookie } = await door.signIn(alice)
  const lines = `Host: auth.example.com\r\nCookie: ${session(cookie)}\r\n`
  const answer = await exchange(door.port, `GET ${location.pathname}${location.search} HTTP/1.1\r\n${lines}\r\n`)
  const back = new URL(answer === undefined ? '' : (header(answer, 'location') ?? ''))
  return { portal, nonce, back, uri: back.pathname + back.search, host: back.host }
}

describe('the whole way', () => {
  test.for(['/notes?id=7', '/', '/a%20b/c?d=%2F'])('from %s of an app to the portal, back, and in', async (uri) => {
    const door = await openDoor()
    const { nonce, back, uri: callback } = await arrival(door, APP, uri)
    expect(back.origin + back.pathname).toBe(`https://app.example.com${CALLBACK}`)
    const landed = await ask(door, visit(APP, callback, nonceCookie(nonce)))
    expect([landed.status, header(landed, 'location')]).toEqual([303, `https://app.example.com${uri}`])
    const cookie = header(landed, 'set-cookie') ?? ''
    expect(cookie).toMatch(/^__Host-labelgate=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=604800$/)
    expect(word(await ask(door, visit(APP, uri, cookie.split(';')[0])))).toBe('AS alice')
    expect(word(await ask(door, visit('ip.example.com', uri, cookie.split(';')[0])))).toBe('DENY')
  })

  test('where an app owns only a path, the last step lies under that path', async () => {
    const containers = [
      container('wiki', 'host=tools.example.com\npath=/日本'),
      container('rest', 'host=tools.example.com'),
    ]
    const door = await openDoor({ containers })
    const { nonce, uri, back } = await arrival(door, 'tools.example.com', '/%E6%97%A5%E6%9C%AC/page')
    expect(back.pathname).toBe(`/%E6%97%A5%E6%9C%AC${CALLBACK}`)
    const landed = await ask(door, visit('tools.example.com', uri, nonceCookie(nonce)))
    expect([landed.status, header(landed, 'location')]).toEqual([
      303,
      'https://tools.example.com/%E6%97%A5%E6%9C%AC/page',
    ])
    const twice = await ask(door, visit('tools.example.com', uri, `${header(landed, 'set-cookie')?.split(';')[0]}`))
    expect([twice.status, header(twice, 'location')]).toEqual([303, 'https://tools.example.com/%E6%97%A5%E6%9C%AC'])
  })
})

describe('a code', () => {
  test('E-20 D-27 opens one session, however many ask with it at once', async () => {
    const door = await openDoor()
    const { nonce, uri } = await arrival(door)
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(door, visit(APP, uri, nonceCookie(nonce)))))
    expect(answers.filter(({ headers }) => headers.has('set-cookie'))).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(49)
  })

  test('used again in the browser that is in already leads to the app', async () => {
    const door = await openDoor()
    const { nonce, uri } = await arrival(door)
    const landed = await ask(door, visit(APP, uri, nonceCookie(nonce)))
    const cookie = header(landed, 'set-cookie')?.split(';')[0]
    const again = await ask(door, visit(APP, uri, `${cookie}; ${nonceCookie(nonce)}`))
    expect([again.status, header(again, 'location')]).toEqual([303, 'https://app.example.com/'])
    expect(again.headers.has('set-cookie')).toBe(false)
  })

  test('used again with the session of another host leads nowhere, since that would go round for ever', async () => {
    const door = await openDoor()
    const { app } = await door.signIn(alice, 'ip.example.com')
    expect((await ask(door, visit(APP, `${CALLBACK}?code=x`, session(app)))).status).toBe(400)
  })

  test('of another browser opens nothing, and is still good in its own', async () => {
    const door = await openDoor()
    const { nonce, uri } = await arrival(door)
    for (const cookie of [undefined, nonceCookie('n'.repeat(43)), nonceCookie(''), `labelgate-nonce=${nonce}`]) {
      const stolen = await ask(door, visit(APP, uri, cookie))
      expect([stolen.status, word(stolen)]).toEqual([400, 'DENY'])
      expect(stolen.body).toContain('href="https://app.example.com')
    }
    expect((await ask(door, visit(APP, uri, nonceCookie(nonce)))).status).toBe(303)
  })

  test('of one host opens no other', async () => {
    const door = await openDoor()
    const { nonce, uri } = await arrival(door)
    const answer = await ask(door, visit('admin.example.com', uri, nonceCookie(nonce)))
    expect([answer.status, word(answer)]).toEqual([400, 'DENY'])
  })

  test('is good for a minute', async () => {
    const door = await openDoor()
    const { nonce, uri } = await arrival(door)
    door.clock.now += 60_000
    expect((await ask(door, visit(APP, uri, nonceCookie(nonce)))).status).toBe(400)
  })

  test('is worth nothing once its sign-in has ended', async () => {
    const door = await openDoor()
    const { nonce, uri, portal } = await arrival(door)
    await door.sessions.end(portal)
    expect((await ask(door, visit(APP, uri, nonceCookie(nonce)))).status).toBe(400)
  })

  test.for(['', '?code=', '?code=x', '?code=a&code=b', '?code=%00', `?code=${'a'.repeat(7000)}`, '?code[]=x', '?x'])(
    'that is none: %s',
    async (query) => {
      const answer = await ask(await openDoor(), visit(APP, CALLBACK + query, nonceCookie('n'.repeat(43))))
      expect([answer.status, word(answer)]).toEqual([400, 'DENY'])
    },
  )

  test('D-14 nor does anything else we gave out open a session in its place', async () => {
    const door = await openDoor()
    const { nonce } = await arrival(door)
    const { cookie, app } = await door.signIn(bob, APP)
    for (const value of [nonce, cookie, app]) {
      expect((await ask(door, visit(APP, `${CALLBACK}?code=${value}`, nonceCookie(nonce)))).status).toBe(400)
      if (value !== app) expect(word(await ask(door, visit(APP, '/', session(value))))).toBe('DENY')
    }
  })
})

describe('A-05 our paths are ours on hosts of apps alone, and open nothing', () => {
  test.for([
    ['/.labelgate/callback', 'POST', 405],
    ['/.labelgate/callback', 'HEAD', 405],
    ['/.labelgate/logout', 'PUT', 405],
    ['/.labelgate/', 'GET', 404],
    ['/.labelgate/callback/', 'GET', 404],
    ['/.labelgate/admin', 'GET', 404],
    ['/.labelgate/callback%2f', 'GET', 404],
    ['/.labelgate/callback;x', 'GET', 404],
    ['/.labelgate/../x', 'GET', 400],
    ['/.LabelGate/callback', 'GET', 401],
    ['/x/.labelgate/callback', 'GET', 401],
  ] as const)('%s by %s: %i', async ([uri, method, status]) => {
    expect((await ask(await openDoor(), fwd(APP, uri, method))).status).toBe(status)
  })

  test.for([
    ['unknown.example.com', 403],
    ['api.example.com', 403],
  ] as const)('of %s, which nobody may open: %i', async ([host, status]) => {
    const answer = await ask(await openDoor(), visit(host, `${CALLBACK}?code=x`))
    expect([answer.status, word(answer)]).toEqual([status, 'DENY'])
  })

  test('over plain http they are like any other path', async () => {
    const lines = instead(visit(APP, `${CALLBACK}?code=x`, nonceCookie('n'.repeat(43))), 'X-Forwarded-Proto', 'http')
    expect((await ask(await openDoor(), lines)).status).toBe(302)
  })

  test('before the first list they are not answered', async () => {
    const door = await openDoor()
    door.world.table = undefined
    expect((await ask(door, visit(APP, `${CALLBACK}?code=x`))).status).toBe(503)
  })
})

describe('D-20 sign-out on the host of an app', () => {
  const LOGOUT = '/.labelgate/logout'
  const SITE: Line = ['Sec-Fetch-Site', 'same-origin']
  const post = (cookie: string, ...lines: readonly Line[]): Line[] => [
    ...fwd(APP, LOGOUT, 'POST'),
    ...BROWSER,
    ['Cookie', session(cookie)],
    ...lines,
  ]

  test.for([[['Origin', 'https://app.example.com']], [['Origin', 'null'], SITE], [SITE]] as Line[][])(
    'by a form of the app itself (%j) ends every session of this sign-in',
    async (lines) => {
      const door = await openDoor()
      const { cookie, apps } = await door.signIn(alice, APP, 'ip.example.com')
      const answer = await ask(door, post(apps[0] ?? '', ...lines))
      expect([answer.status, header(answer, 'location')]).toEqual([303, 'https://auth.example.com/signed-out'])
      expect(header(answer, 'set-cookie')).toMatch(/^__Host-labelgate=; .*Max-Age=0$/)
      expect(word(await ask(door, visit(APP, '/', session(apps[0] ?? ''))))).toBe('DENY')
      expect(word(await ask(door, visit('ip.example.com', '/', session(apps[1] ?? ''))))).toBe('DENY')
      expect(door.sessions.find(cookie, door.clock.now)).toBeUndefined()
    },
  )

  test.for([
    [],
    [['Origin', 'https://evil.com']],
    [['Origin', 'https://ip.example.com'], SITE],
    [['Origin', 'https://app.example.com.evil.com']],
    [['Origin', 'http://app.example.com']],
    [['Origin', 'null']],
    [
      ['Origin', 'null'],
      ['Sec-Fetch-Site', 'cross-site'],
    ],
    [['Sec-Fetch-Site', 'same-site']],
    [['Sec-Fetch-Site', 'none']],
  ] as Line[][])('by anybody else (%j) is refused, and nothing has changed', async (lines) => {
    const door = await openDoor()
    const { app } = await door.signIn(alice, APP)
    const answer = await ask(door, post(app, ...lines))
    expect([answer.status, word(answer)]).toEqual([403, 'DENY'])
    expect(word(await ask(door, visit(APP, '/', session(app))))).toBe('AS alice')
  })

  test('by GET only leads to the portal, which asks', async () => {
    const door = await openDoor()
    const { app } = await door.signIn(alice, APP)
    const answer = await ask(door, visit(APP, LOGOUT, session(app)))
    expect([answer.status, header(answer, 'location')]).toEqual([302, 'https://auth.example.com/logout'])
    expect(word(await ask(door, visit(APP, '/', session(app))))).toBe('AS alice')
  })

  test('D-27 once it is answered, every later question is refused, whatever was on its way', async () => {
    const door = await openDoor()
    const { app } = await door.signIn(alice, APP)
    const racing = Array.from({ length: 50 }, () => ask(door, visit(APP, '/', session(app))))
    const answer = await ask(door, post(app, SITE))
    expect(answer.status).toBe(303)
    const after = await Promise.all(Array.from({ length: 50 }, () => ask(door, visit(APP, '/', session(app)))))
    expect(new Set(after.map(word))).toEqual(new Set(['DENY']))
    expect(['AS alice', 'DENY']).toEqual(expect.arrayContaining((await Promise.all(racing)).map(word)))
  })
})
