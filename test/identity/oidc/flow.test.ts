/** Sign-in with a provider, every vector of groups C and E that is about it, against one that can be bent. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { MemoryStore } from '../../../src/store/memory.ts'
import { configured, openHouse, APP, type Browser, type House } from './house.ts'
import { identity } from '../../store/samples.ts'
import { HostileProvider } from './hostile.ts'

let idp: HostileProvider
let other: HostileProvider
beforeAll(async () => {
  ;[idp, other] = await Promise.all([HostileProvider.start(), HostileProvider.start()])
})
afterEach(() => {
  idp.reset()
  other.reset()
})
afterAll(() => Promise.all([idp.close(), other.close()]))

const alice = (address: string) => idp.approve(address, 'alice')
const house = (more: Parameters<HostileProvider['config']>[0] = {}) => openHouse([idp.config(more)])

/** One refusal: the page's status, nobody signed in, and the transaction gone. */
async function expectRefused(browser: Browser, answer: Awaited<ReturnType<Browser['get']>>, status = 400) {
  expect(answer.status).toBe(status)
  expect(browser.session).toBeUndefined()
  expect(browser.logins).toEqual([])
}

describe('the way there and back', () => {
  test('a person comes from an app and gets back to it, signed in, by a one-time code', async () => {
    const browser = (await house()).browser()
    const answer = await browser.signIn(alice)
    expect(answer.status).toBe(303)
    expect(answer.location).toMatch(/^https:\/\/app\.example\.com\/\.labelgate\/callback\?code=/)
    expect(browser.identity).toMatchObject({
      issuer: idp.issuer,
      subject: 'sub-alice',
      user: 'alice',
      email: 'alice@example.com',
      name: 'alice Example',
      groups: ['users'],
    })
    expect(browser.session?.authentication.provider).toBe('idp')
    expect(browser.logins).toEqual([])
  })

  test('what the provider is asked: code, PKCE by S256, state, nonce, and our own address', async () => {
    const address = new URL(await (await house()).browser().press())
    expect(Object.fromEntries(address.searchParams)).toEqual({
      client_id: 'labelgate',
      response_type: 'code',
      scope: 'openid profile email',
      redirect_uri: 'https://auth.example.com/callback/idp',
      state: expect.stringMatching(/^[0-9a-z]{14}\.[\w-]{43}$/) as string,
      nonce: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge_method: 'S256',
    })
  })

  test('a page that does not belong to an app leads home', async () => {
    const browser = (await house()).browser()
    const answer = await browser.get(alice(await browser.press('idp', {})))
    expect(answer.location).toBe('/')
  })

  test('a very long return address is cut to its path, so that the cookie fits', async () => {
    const browser = (await house()).browser()
    await browser.press('idp', { rd: `https://app.example.com/x?${'q'.repeat(4000)}`, n: browser.n })
    const [name = ''] = browser.logins
    expect(`${name}=${browser.cookies.get(name)}`.length).toBeLessThan(2800)
  })

  test('E-23: the address to come back to is of settings alone', async () => {
    const browser = (await house()).browser()
    for (const headers of [
      { 'x-forwarded-host': 'evil.com' },
      { 'x-forwarded-proto': 'http' },
      { forwarded: 'host=evil.com' },
      { 'x-forwarded-port': '1', 'x-forwarded-prefix': '/x' },
    ]) {
      const form = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://auth.example.com' }
      const { location } = await browser.ask('POST', '/login/idp', '', { ...form, ...headers })
      expect(new URL(location).searchParams.get('redirect_uri')).toBe('https://auth.example.com/callback/idp')
    }
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://auth.example.com' }
    expect((await browser.ask('POST', '/login/idp', '', { ...form, host: 'evil.com' })).status).toBe(421)
  })
})

describe('state and transaction', () => {
  const broken: Readonly<Record<string, (url: URL) => void>> = {
    'another state': (url) => url.searchParams.set('state', 'other'),
    'no state': (url) => url.searchParams.delete('state'),
    'an empty state': (url) => url.searchParams.set('state', ''),
    'two states': (url) => url.searchParams.append('state', 'evil'),
    'a state of the same cookie': (url) =>
      url.searchParams.set('state', `${url.searchParams.get('state')?.split('.')[0]}.${'A'.repeat(43)}`),
    'a short state': (url) => url.searchParams.set('state', url.searchParams.get('state')?.slice(0, 33) ?? ''),
    'a state that names another place': (url) =>
      url.searchParams.set('state', `${url.searchParams.get('state')}:oidc:https://evil.com`),
  }
  test.for(Object.entries(broken))('E-01 C-20: %s is refused before the provider is asked', async ([, bend]) => {
    const browser = (await house()).browser()
    const url = new URL(alice(await browser.press()))
    bend(url)
    const answer = await browser.get(url.href)
    expect(answer.status).toBe(400)
    expect(browser.session).toBeUndefined()
    expect(idp.count('/token')).toBe(0)
  })

  test('E-01: two codes are refused', async () => {
    const browser = (await house()).browser()
    const answer = await browser.get(`${alice(await browser.press())}&code=b`)
    await expectRefused(browser, answer)
    expect(idp.count('/token')).toBe(0)
  })

  test('E-02: without its cookie a callback is refused, and says how to start again', async () => {
    const { browser: open } = await house()
    const [browser, stranger] = [open(), open()]
    const back = alice(await browser.press())
    for (const url of ['/callback/idp?code=c', back]) {
      const answer = await stranger.get(url)
      expect(answer.status).toBe(400)
      expect(answer.body).toContain('Start again')
      expect(answer.body).toContain('href="/login"')
    }
    const [name = ''] = browser.logins
    browser.cookies.set(name, 'garbage')
    expect((await browser.get(back)).status).toBe(400)
    expect(idp.count('/token')).toBe(0)
  })

  test('E-02: one that came too late starts again towards the same app', async () => {
    const { browser: open, clock } = await house()
    const browser = open()
    const back = alice(await browser.press())
    clock.ahead = 600_001
    const answer = await browser.get(back)
    await expectRefused(browser, answer)
    expect(answer.body).toContain(`href="/login?rd=${encodeURIComponent(APP)}&amp;n=${browser.n}"`)
    expect(idp.count('/token')).toBe(0)
  })

  test('E-03: a callback is good once, after success and after failure', async () => {
    const browser = (await house()).browser()
    const first = alice(await browser.press())
    const cookies = new Map(browser.cookies)
    expect((await browser.get(first)).status).toBe(303)
    for (const [name, value] of cookies) browser.cookies.set(name, value)
    expect((await browser.get(first)).status).toBe(400)
    expect(idp.count('/token')).toBe(1)

    const failing = (await house()).browser()
    const second = alice(await failing.press())
    const before = new Map(failing.cookies)
    idp.knobs.tokens = () => ({ error: 'nonsense' })
    await expectRefused(failing, await failing.get(second))
    for (const [name, value] of before) failing.cookies.set(name, value)
    idp.reset()
    expect((await failing.get(second)).status).toBe(400)
    expect(idp.count('/token')).toBe(0)
  })

  test('E-20: of twenty callbacks at once one asks the provider, and makes one session', async () => {
    const { browser: open, people } = await house()
    const browser = open()
    const back = alice(await browser.press())
    const answers = await Promise.all(Array.from({ length: 20 }, () => browser.get(back)))
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(19)
    expect(idp.count('/token')).toBe(1)
    expect(people.sessions.size).toBe(1)
  })

  test('D-25: a browser has three sign-ins under way, and the newest ones', async () => {
    const { browser: open, clock } = await house()
    const browser = open()
    const states: string[] = []
    for (let i = 0; i < 5; i++) {
      clock.ahead += 1000
      states.push(await browser.press())
    }
    expect(browser.logins).toHaveLength(3)
    expect((await browser.get(alice(states[1] ?? ''))).status).toBe(400)
    expect((await browser.get(alice(states[2] ?? ''))).status).toBe(303)
  })

  test('E-24: what another site makes a browser ask begins nothing', async () => {
    const { browser: open } = await house()
    const browser = open()
    const real = await browser.press()
    for (let i = 0; i < 50; i++) {
      const image = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }
      expect((await browser.get(`/login?rd=${encodeURIComponent(APP)}`, image)).status).toBe(200)
      const cross = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' }
      expect((await browser.ask('POST', '/login/idp', '', cross)).status).toBe(403)
    }
    expect(browser.logins).toHaveLength(1)
    expect((await browser.get(alice(real))).status).toBe(303)
  })

  const modes: Readonly<Record<string, string>> = {
    'an ID token in the address': '&id_token=a.b.c',
    'an access token in the address': '&access_token=abc',
    JARM: '&response=a.b.c',
  }
  test.for(Object.entries(modes))('E-22: %s is refused', async ([, more]) => {
    const browser = (await house()).browser()
    await expectRefused(browser, await browser.get(alice(await browser.press()) + more))
    expect(idp.count('/token')).toBe(0)
  })

  test.for(['POST', 'HEAD', 'OPTIONS'] as const)('E-22: a callback by %s is answered 405', async (method) => {
    const browser = (await house()).browser()
    const back = alice(await browser.press())
    const answer = await browser.ask(method, back, method === 'POST' ? 'code=c' : undefined, {
      ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }),
    })
    expect(answer.status).toBe(405)
    expect((await browser.get(back)).status).toBe(303)
  })
})

describe('two providers', () => {
  const both = () => openHouse([idp.config({ name: 'good' }), other.config({ name: 'bad' })])

  test('E-07: the answer of another issuer goes to no token endpoint', async () => {
    const browser = (await both()).browser()
    idp.knobs.answer = (query) => query.set('iss', other.issuer)
    await expectRefused(browser, await browser.get(alice(await browser.press('good'))))
    idp.knobs.answer = (query) => query.delete('iss')
    await expectRefused(browser, await browser.get(alice(await browser.press('good'))))
    expect(idp.count('/token') + other.count('/token')).toBe(0)
  })

  test.for(['bad', '__proto__', 'constructor', '..%2fgood', ''])(
    'E-07 E-08: a transaction of one provider is none at the callback of %j',
    async (name) => {
      const browser = (await both()).browser()
      const back = alice(await browser.press('good')).replace('/callback/good', `/callback/${name}`)
      const answer = await browser.get(back)
      expect([400, 404]).toContain(answer.status)
      expect(browser.session).toBeUndefined()
      expect(idp.count('/token') + other.count('/token')).toBe(0)
    },
  )

  test('E-07: nor where the other says nothing of itself, and answers without its name', async () => {
    const browser = (await both()).browser()
    other.knobs.discovery = (it) => ({ ...it, authorization_response_iss_parameter_supported: false })
    idp.knobs.answer = (query) => query.delete('iss')
    const back = alice(await browser.press('good')).replace('/callback/good', '/callback/bad')
    await expectRefused(browser, await browser.get(back))
    expect(idp.count('/token') + other.count('/token')).toBe(0)
  })

  test.for(['__proto__', 'constructor', 'nobody'])('E-08: nobody can begin with provider %j', async (name) => {
    const answer = await (await both()).browser().post(`/login/${name}`, {})
    expect(answer.status).toBe(404)
  })

  test('E-19: a hundred people at once each get their own session', async () => {
    const { browser: open } = await house()
    idp.knobs.delay = () => Math.random() * 50
    const users = Array.from({ length: 100 }, (_, i) => `user${i}`)
    const got = await Promise.all(
      users.map(async (user) => {
        const browser = open()
        await browser.signIn((address) => idp.approve(address, user))
        return browser.identity?.user
      }),
    )
    expect(got).toEqual(users)
  })
})

describe('the ID token', () => {
  const now = () => Math.floor(Date.now() / 1000)
  const wrong: Readonly<Record<string, (claims: Record<string, unknown>) => Record<string, unknown>>> = {
    'E-05: of another flow': (it) => ({ ...it, nonce: 'another' }),
    'E-05: without a nonce': without('nonce'),
    'E-05: with a number as nonce': (it) => ({ ...it, nonce: 1 }),
    'E-05: with a list of nonces': (it) => ({ ...it, nonce: [it['nonce']] }),
    'E-26: expired for longer than clocks differ': (it) => ({ ...it, exp: now() - 62 }),
    'E-26: from the future': (it) => ({ ...it, iat: now() + 3600 }),
    'E-26: without an expiry': without('exp'),
    'E-26: without a time of issue': without('iat'),
    'E-26: with an expiry as text': (it) => ({ ...it, exp: String(it['exp']) }),
    'of another issuer': (it) => ({ ...it, iss: 'https://evil.com' }),
    'for another audience': (it) => ({ ...it, aud: 'another' }),
    'for several, and not for us': (it) => ({ ...it, aud: ['labelgate', 'another'], azp: 'another' }),
    'of an access token that is another': (it) => ({ ...it, at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }),
    'without a subject': without('sub'),
    'E-29: that is a logout token by its events': (it) => ({
      ...it,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    }),
  }
  test.for(Object.entries(wrong))('%s is refused', async ([, bend]) => {
    idp.knobs.idToken = bend
    const browser = (await house()).browser()
    await expectRefused(browser, await browser.signIn(alice))
  })

  test.for(['logout+jwt', 'at+jwt'])('E-29: of type %s is refused', async (typ) => {
    idp.knobs.header = () => ({ typ })
    const browser = (await house()).browser()
    await expectRefused(browser, await browser.signIn(alice))
  })

  const forged: Readonly<Record<string, (token: string) => string>> = {
    'whose signature is another': (token) => `${token.slice(0, -4)}AAAA`,
    'that is not signed': (token) => `${encode({ alg: 'none' })}.${token.split('.')[1]}.`,
    'signed with the client secret': (token) => `${encode({ alg: 'HS256' })}.${token.split('.')[1]}.AAAA`,
  }
  test.for(Object.entries(forged))('%s is refused, although it came over a safe way', async ([, bend]) => {
    idp.knobs.tokens = (body) => ({ ...body, id_token: bend(String(body['id_token'])) })
    const browser = (await house()).browser()
    await expectRefused(browser, await browser.signIn(alice))
  })

  test('none at all is refused', async () => {
    idp.knobs.tokens = without('id_token')
    const browser = (await house()).browser()
    await expectRefused(browser, await browser.signIn(alice))
  })

  test('clocks that differ by less than a minute do no harm', async () => {
    idp.knobs.idToken = (it) => ({ ...it, exp: now() - 50, iat: now() + 50 })
    const browser = (await house()).browser()
    expect((await browser.signIn(alice)).status).toBe(303)
  })
})

function without(name: string) {
  return (claims: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(claims).filter(([other]) => other !== name))
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

describe('UserInfo', () => {
  const wrong: Readonly<Record<string, (claims: Record<string, unknown>) => unknown>> = {
    'of another person': (it) => ({ ...it, sub: 'sub-mallory' }),
    'of nobody': without('sub'),
    'that is no object': () => 'alice',
  }
  test.for(Object.entries(wrong))('E-17: %s is refused', async ([, bend]) => {
    idp.knobs.userInfo = bend
    const browser = (await house()).browser()
    await expectRefused(browser, await browser.signIn(alice))
  })

  test('E-17: as a signed token of another issuer is refused', async () => {
    const token = await other.sign({ sub: 'sub-alice', iss: other.issuer, aud: 'labelgate', groups: ['admins'] })
    idp.knobs.serve = (path, res) => {
      if (path !== '/userinfo') return false
      res.writeHead(200, { 'content-type': 'application/jwt' }).end(token)
      return true
    }
    const browser = (await house()).browser()
    await expectRefused(browser, await browser.signIn(alice))
  })

  test('E-17: of the same subject it completes the ID token; acr and amr it cannot say', async () => {
    idp.knobs.userInfo = (it) => ({ ...it, groups: ['admins'], amr: ['mfa'], acr: 'gold', auth_time: 1 })
    const browser = (await house()).browser()
    await browser.signIn(alice)
    expect(browser.identity?.groups).toEqual(['admins'])
    expect(browser.session?.authentication.amr).toEqual([])
    expect(browser.session?.authentication.at).toBeGreaterThan(Date.now() - 60_000)
  })
})

describe('who may become a user', () => {
  test('whom admit does not name is told which account that is, and offered another', async () => {
    const { browser: open, events } = await house({ admit: [{ kind: 'email', pattern: '*@company.com' }] })
    const browser = open()
    const answer = await browser.signIn(alice)
    await expectRefused(browser, answer, 403)
    expect(answer.body).toContain('alice')
    expect(answer.body).toContain('prompt=select_account')
    expect(events.at(-1)).toMatchObject({ kind: 'sign-in-refused', why: 'not-admitted', provider: 'idp' })
    const again = await browser.press('idp', { prompt: 'select_account' })
    expect(new URL(again).searchParams.get('prompt')).toBe('login')
  })

  test('E-15: an empty list admits nobody', async () => {
    const browser = (await house({ admit: [] })).browser()
    await expectRefused(browser, await browser.signIn(alice), 403)
  })

  test.for([
    ['boolean true', true, 303],
    ['false', false, 403],
    ['missing', undefined, 403],
    ['"false"', 'false', 403],
    ['"true"', 'true', 403],
    ['0', 0, 403],
    ['1', 1, 403],
    ['null', null, 403],
  ] as const)('E-11: an address whose email_verified is %s', async ([, email_verified, status]) => {
    idp.knobs.person = { email: 'victim@example.com', email_verified }
    const browser = (await house({ admit: [{ kind: 'email', pattern: 'victim@example.com' }] })).browser()
    expect((await browser.signIn(alice)).status).toBe(status)
  })

  test.for([
    ['"true" where the operator trusts the provider', { email_verified: 'true' }, 303],
    ['missing where the operator trusts the provider', { email_verified: undefined }, 303],
    ['false even where the operator trusts the provider', { email_verified: false }, 403],
  ] as const)('E-11: %s', async ([, person, status]) => {
    idp.knobs.person = person
    const config = { trustEmail: true, admit: [{ kind: 'email', pattern: 'alice@example.com' }] } as const
    expect((await (await house(config)).browser().signIn(alice)).status).toBe(status)
  })

  test.for([
    'attacker@evil.com@company.com',
    'attacker@company.com@evil.com',
    '"a@company.com"@evil.com',
    'a@company.com.',
    'a@company.com\n',
    'a@company.com evil.com',
    '@company.com',
    'a@\uff43ompany.com',
    'a@sub.company.com',
    'a@xcompany.com',
    ['a@company.com'],
  ])('E-12: %j is nobody of company.com', async (email) => {
    idp.knobs.person = { email, email_verified: true }
    const browser = (await house({ admit: [{ kind: 'email', pattern: '*@company.com' }] })).browser()
    const answer = await browser.signIn(alice)
    expect([400, 403]).toContain(answer.status)
    expect(browser.session).toBeUndefined()
  })

  test('E-12: a@COMPANY.com is somebody of company.com', async () => {
    idp.knobs.person = { email: 'a@COMPANY.com', email_verified: true }
    const browser = (await house({ admit: [{ kind: 'email', pattern: '*@company.com' }] })).browser()
    await browser.signIn(alice)
    expect(browser.identity?.email).toBe('a@company.com')
  })

  test.for([
    ['hostedDomain', 'hd', 'example.com', 303],
    ['hostedDomain', 'hd', 'example.com.evil.com', 403],
    ['hostedDomain', 'hd', undefined, 403],
    ['tenant', 'tid', '0f0f', 303],
    ['tenant', 'tid', 'f0f0', 403],
  ] as const)('%s: the ID token says %s=%s', async ([setting, claim, said, status]) => {
    const wanted = { hostedDomain: 'example.com', tenant: '0f0f' }[setting]
    idp.knobs.idToken = (it) => ({ ...it, [claim]: said })
    // UserInfo is not signed, and is not believed in this
    idp.knobs.userInfo = (it) => ({ ...it, [claim]: wanted })
    const browser = (await house({ [setting]: wanted })).browser()
    expect((await browser.signIn(alice)).status).toBe(status)
  })

  test.for([
    ['google', 'select_account'],
    ['entra', 'select_account'],
    ['zitadel', 'select_account'],
    ['keycloak', 'login'],
    ['okta', 'login'],
  ] as const)('%s lets people choose another account by prompt=%s', async ([preset, prompt]) => {
    const browser = (await house({ preset })).browser()
    const address = await browser.press('idp', { prompt: 'select_account' })
    expect(new URL(address).searchParams.get('prompt')).toBe(prompt)
    expect(new URL(await browser.press()).searchParams.has('prompt')).toBe(false)
  })

  test('Google is told the domain, and asked for a refresh token', async () => {
    const browser = (await house({ preset: 'google', hostedDomain: 'example.com' })).browser()
    const { searchParams } = new URL(await browser.press())
    expect(searchParams.get('hd')).toBe('example.com')
    expect(searchParams.get('access_type')).toBe('offline')
  })

  test('E-30: somebody who was disabled here is not let in by a provider', async () => {
    const { browser: open, people, now } = await house()
    await people.accounts.add({ name: 'carol', password: 'correct horse battery staple', groups: [] }, now())
    await people.accounts.disable('carol', now())
    const browser = open()
    await expectRefused(browser, await browser.signIn((address) => idp.approve(address, 'carol')), 403)
  })

  test('E-30: a session that would begin while its name is being disabled opens nothing', async () => {
    const { people, now } = await house()
    await people.accounts.add({ name: 'carol', password: 'correct horse battery staple', groups: [] }, now())
    await people.accounts.disable('carol', now())
    const carol = identity('carol', { issuer: idp.issuer })
    const cookie = await people.sessions.startPortal(carol, { provider: 'idp', at: 0, amr: [] }, now())
    expect(people.sessions.find(cookie, now())).toBeUndefined()
  })

  test('E-30: nor does anybody of that name who is there stay, and nobody comes back when it is enabled', async () => {
    const { browser: open, people, now } = await house()
    await people.accounts.add({ name: 'carol', password: 'correct horse battery staple', groups: [] }, now())
    const [carol, dave] = [open(), open()]
    await carol.signIn((address) => idp.approve(address, 'carol'))
    await dave.signIn((address) => idp.approve(address, 'dave'))
    expect(carol.session).toBeDefined()
    await people.accounts.disable('carol', now())
    await vi.waitFor(() => expect(carol.session).toBeUndefined(), { timeout: 1000 })
    await people.accounts.enable('carol', now())
    await people.accounts.setGroups('carol', ['users'], now())
    expect(carol.session).toBeUndefined()
    expect(dave.session).toBeDefined()
  })

  test('each sign-in and each refusal of a person stands in the audit trail', async () => {
    const store = new MemoryStore()
    const entries: unknown[] = []
    store.audit = async (entry) => void entries.push(entry)
    const { browser: open, config } = await openHouse([idp.config()], { store })
    await open().signIn(alice)
    config.replace(configured([idp.config({ admit: [] })]))
    await open().signIn(alice)
    const detail = { provider: 'idp' }
    expect(entries).toMatchObject([
      { event: 'sign-in', user: 'alice', address: '203.0.113.9', detail },
      { event: 'sign-in-refused', user: 'alice', detail },
    ])
  })
})

describe('the page', () => {
  test('C-22: nothing that comes in the address of a callback stands on it', async () => {
    const browser = (await house()).browser()
    for (const query of [
      'error=x&error_description=%3Cimg%20src=x%20onerror=alert(1)%3E&state=s',
      'error=%3Cscript%3Ealert(1)%3C/script%3E',
    ]) {
      const answer = await browser.get(`/callback/idp?${query}`)
      expect(answer.status).toBe(400)
      expect(answer.body).not.toMatch(/onerror|<script|alert/)
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
    }
    idp.knobs.answer = (url) => {
      url.delete('code')
      url.set('error', 'access_denied')
      url.set('error_description', '<img src=x onerror=alert(1)>')
    }
    const answer = await browser.signIn(alice)
    await expectRefused(browser, answer)
    expect(answer.body).toContain('was cancelled')
    expect(answer.body).not.toContain('onerror')
  })

  test('C-22: a name that the provider made up is escaped', async () => {
    idp.knobs.person = { preferred_username: '"><script>alert(1)</script>' }
    const answer = await (await house({ admit: [] })).browser().signIn(alice)
    expect(answer.body).toContain('&lt;script&gt;')
    expect(answer.body).not.toContain('<script')
  })

  test('C-01 C-09: a return address that is not ours is forgotten, here as everywhere', async () => {
    for (const rd of ['//evil.com', 'javascript:alert(1)', 'https://app.example.com.evil.com/', 'https://evil.com']) {
      const browser = (await house()).browser()
      const answer = await browser.get(alice(await browser.press('idp', { rd, n: browser.n })))
      expect(answer.location).toBe('/')
    }
  })
})

describe('what is offered', () => {
  const withAccount = async (open: Promise<House>) => {
    const it = await open
    await it.people.accounts.add({ name: 'root', password: 'correct horse battery staple', groups: [] }, it.now())
    return it
  }
  const two = (login?: readonly string[]) =>
    openHouse([idp.config({ name: 'one', title: 'One' }), other.config({ name: 'two', title: 'Two' })], {
      ...(login !== undefined && { login }),
    })
  const offered = (body: string) =>
    [...body.matchAll(/action="\/login\/(\w+)"|<input id="(password)"/g)].map(([, way, form]) => way ?? form)
  const path = `/login?rd=${encodeURIComponent(APP)}`

  test('a button each, in the order of the file, besides the form', async () => {
    const { browser: open } = await withAccount(two())
    const { body } = await open().get(path)
    expect(offered(body)).toEqual(['password', 'one', 'two'])
    expect(body).toContain('Continue with One')
  })

  test('without any account there is no form that nobody could fill', async () => {
    expect(offered((await (await two()).browser().get(path)).body)).toEqual(['one', 'two'])
  })

  test.for([
    [['two'], ['two']],
    [
      ['local', 'one'],
      ['password', 'one'],
    ],
    [['local'], ['password']],
  ] as const)('login=%j offers %j', async ([login, ways]) => {
    const { browser: open } = await withAccount(two(login))
    const browser = open()
    expect(offered((await browser.get(path)).body)).toEqual(ways)
    expect(offered((await browser.get('/login')).body)).toEqual(['password', 'one', 'two'])
    if (!ways.some((way) => way === 'one'))
      expect((await browser.post('/login/one', { rd: APP, n: browser.n })).status).toBe(404)
  })

  const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'same-site' }
  test('where there is one way, a person goes straight there', async () => {
    const browser = (await house()).browser()
    const answer = await browser.get(`${path}&n=${browser.n}`, navigation)
    expect(answer.status).toBe(303)
    expect((await browser.get(alice(answer.location))).location).toContain('/.labelgate/callback?code=')
  })

  test('but not after signing out, nor where the browser does not say that it is going there', async () => {
    const browser = (await house()).browser()
    expect(offered((await browser.get(path)).body)).toEqual(['idp'])
    expect(offered((await browser.get('/login?prompt=select_account', navigation)).body)).toEqual(['idp'])
    expect((await browser.get('/signed-out')).body).toContain('href="/login?prompt=select_account"')
  })

  test('the policy of the page lets the browser go to the provider and on', async () => {
    const { headers } = await (await house()).browser().get(path)
    expect(headers['content-security-policy']).toContain(`form-action 'self' https: ${idp.issuer};`)
  })
})
