/** Signing out with the provider too, and being signed out by it. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openHouse, type House } from './house.ts'
import { HostileProvider } from './hostile.ts'

let idp: HostileProvider
let other: HostileProvider
beforeAll(async () => {
  ;[idp, other] = await Promise.all([HostileProvider.start(), HostileProvider.start()])
})
afterEach(() => idp.reset())
afterAll(() => Promise.all([idp.close(), other.close()]))

const approve = (user: string) => (address: string) => idp.approve(address, user)

describe('by us: RP-initiated', () => {
  test('the browser goes on to the provider, with its ID token as a hint, and comes back', async () => {
    const browser = (await openHouse([idp.config()])).browser()
    await browser.signIn(approve('alice'))
    const answer = await browser.post('/logout', {})
    const url = new URL(answer.location)
    expect(url.origin + url.pathname).toBe(`${idp.issuer}/logout`)
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe('https://auth.example.com/signed-out')
    expect(url.searchParams.get('client_id')).toBe('labelgate')
    expect(url.searchParams.get('id_token_hint')).toMatch(/^ey[\w-]+\.[\w-]+\.[\w-]+$/)
    expect(browser.session).toBeUndefined()
  })

  test('where the provider has no such place, or is down, we sign out all the same', async () => {
    idp.knobs.discovery = (it) => ({ ...it, end_session_endpoint: undefined })
    const browser = (await openHouse([idp.config()])).browser()
    await browser.signIn(approve('alice'))
    expect((await browser.post('/logout', {})).location).toBe('/signed-out')
    expect(browser.session).toBeUndefined()
  })

  test('a local account signs out here alone', async () => {
    const { browser: open, people, now } = await openHouse([idp.config()])
    const account = { name: 'root', password: 'correct horse battery staple' }
    await people.accounts.add({ ...account, groups: [] }, now())
    const browser = open()
    await browser.post('/login', { username: account.name, password: account.password })
    expect(browser.session).toBeDefined()
    expect((await browser.post('/logout', {})).location).toBe('/signed-out')
  })

  test('the page lets the form lead there', async () => {
    const browser = (await openHouse([idp.config()])).browser()
    await browser.signIn(approve('alice'))
    for (const path of ['/', '/logout'])
      expect((await browser.get(path)).headers['content-security-policy']).toContain(`https: ${idp.issuer};`)
  })
})

describe('by the provider: back-channel', () => {
  async function tell(house: House, token: string, provider = 'idp') {
    const form = { 'content-type': 'application/x-www-form-urlencoded', host: 'labelgate:4180' }
    const body = new URLSearchParams({ logout_token: token }).toString()
    return house.browser().ask('POST', `/backchannel-logout/${provider}`, body, form)
  }

  async function two(users: readonly [string, string] = ['alice', 'bob']) {
    const house = await openHouse([idp.config(), other.config({ name: 'other' })])
    const [one, another] = [house.browser(), house.browser()]
    await one.signIn(approve(users[0]))
    await another.signIn(approve(users[1]))
    return { house, one, another }
  }

  test('one session, by its sid; whoever asks, under whatever name', async () => {
    const { house, one, another } = await two()
    const answer = await tell(house, await idp.logoutToken({ sid: 'sid-alice' }))
    expect(answer.status).toBe(200)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(one.session).toBeUndefined()
    expect(another.session).toBeDefined()
  })

  test('all of one person, by the subject', async () => {
    const { house, one, another } = await two(['alice', 'alice'])
    expect((await tell(house, await idp.logoutToken({ sub: 'sub-alice' }))).status).toBe(200)
    expect([one.session, another.session]).toEqual([undefined, undefined])
  })

  test('nobody’s session is told of with 200 too, and nobody loses theirs', async () => {
    const { house, one } = await two()
    expect((await tell(house, await idp.logoutToken({ sid: 'sid-of-nobody' }))).status).toBe(200)
    expect(one.session).toBeDefined()
  })

  test('under no name it is the provider the token is good for', async () => {
    const { house, one } = await two()
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = new URLSearchParams({ logout_token: await idp.logoutToken({ sid: 'sid-alice' }) }).toString()
    expect((await house.browser().ask('POST', '/backchannel-logout', body, form)).status).toBe(200)
    expect(one.session).toBeUndefined()
    expect((await house.browser().ask('POST', '/backchannel-logout', body, form)).status).toBe(400)
  })

  test('a type that older providers give is taken', async () => {
    const { house, one } = await two()
    expect((await tell(house, await idp.logoutToken({ sid: 'sid-alice' }, { typ: 'JWT' }))).status).toBe(200)
    expect(one.session).toBeUndefined()
  })

  test('a word said twice is refused the second time', async () => {
    const { house, one } = await two()
    const token = await idp.logoutToken({ sid: 'sid-alice' })
    expect((await tell(house, token)).status).toBe(200)
    await one.signIn(approve('alice'))
    expect((await tell(house, token)).status).toBe(400)
    expect(one.session).toBeDefined()
  })

  const now = () => Math.floor(Date.now() / 1000)
  const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  const wrong: Readonly<Record<string, () => Promise<string>>> = {
    nothing: async () => '',
    'no JWT': async () => 'garbage',
    'an ID token': () =>
      idp.sign({ iss: idp.issuer, aud: 'labelgate', sub: 'sub-alice', iat: now(), exp: now() + 60, jti: 'j' }),
    'one with a nonce': () => idp.logoutToken({ sub: 'sub-alice', nonce: 'n' }),
    'an access token': () => idp.logoutToken({ sub: 'sub-alice' }, { typ: 'at+jwt' }),
    'one of another issuer': () => idp.logoutToken({ sub: 'sub-alice', iss: other.issuer }),
    'one that another provider signed': async () =>
      other.sign({
        iss: idp.issuer,
        aud: 'labelgate',
        sub: 'sub-alice',
        iat: now(),
        exp: now() + 60,
        jti: 'j',
        events: EVENTS,
      }),
    'one for another audience': () => idp.logoutToken({ sub: 'sub-alice', aud: 'another' }),
    'one without events': () => idp.logoutToken({ sub: 'sub-alice', events: undefined }),
    'one of another event': () => idp.logoutToken({ sub: 'sub-alice', events: { 'http://evil.com': {} } }),
    'one whose event is no object': () =>
      idp.logoutToken({ sub: 'sub-alice', events: { 'http://schemas.openid.net/event/backchannel-logout': 1 } }),
    'one without jti': () => idp.logoutToken({ sub: 'sub-alice', jti: undefined }),
    'one about nobody': () => idp.logoutToken({}),
    'one with a number as sid': () => idp.logoutToken({ sid: 7 }),
    'an expired one': () => idp.logoutToken({ sub: 'sub-alice', exp: now() - 61 }),
    'an old one': () => idp.logoutToken({ sub: 'sub-alice', iat: now() - 400 }),
    'one from the future': () => idp.logoutToken({ sub: 'sub-alice', iat: now() + 3600 }),
    'an unsigned one': async () => {
      const [, payload = ''] = (await idp.logoutToken({ sub: 'sub-alice' })).split('.')
      return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
    },
  }
  test.for(Object.entries(wrong))('E-29: %s ends nothing', async ([, make]) => {
    const { house, one } = await two()
    const answer = await tell(house, await make())
    expect(answer.status).toBe(400)
    expect(one.session).toBeDefined()
    expect(house.faults).toEqual([])
  })

  test.for(['nobody', '__proto__', 'constructor'])('a token for provider %j is refused', async (name) => {
    const { house, one } = await two()
    expect((await tell(house, await idp.logoutToken({ sub: 'sub-alice' }), name)).status).toBe(400)
    expect(one.session).toBeDefined()
  })

  test('a provider whose keys cannot be had is told to come again', async () => {
    const { house, one } = await two()
    const token = await idp.logoutToken({ sub: 'sub-alice' })
    idp.knobs.serve = (path, res) => {
      if (path === '/jwks') res.writeHead(500).end()
      return path === '/jwks'
    }
    expect((await tell(house, token)).status).toBe(503)
    idp.reset()
    expect(one.session).toBeDefined()
  })

  test('what is no form is refused', async () => {
    const { house } = await two()
    const json = { 'content-type': 'application/json' }
    const answer = await house.browser().ask('POST', '/backchannel-logout/idp', '{"logout_token":"x"}', json)
    expect(answer.status).toBe(415)
  })
})
