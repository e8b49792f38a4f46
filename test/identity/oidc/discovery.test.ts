/** A provider that is down, slow, or says what it should not, costs its own button and nothing else (E-28). */
import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { boundedFetch, isUnreachable } from '../../../src/identity/fetch.ts'
import { Discovery } from '../../../src/identity/oidc/discovery.ts'
import { OidcProvider } from '../../../src/identity/oidc/provider.ts'
import { freePort } from '../../free-port.ts'
import { openHouse, APP } from './house.ts'
import { HostileProvider } from './hostile.ts'

let idp: HostileProvider
beforeAll(async () => (idp = await HostileProvider.start()))
afterEach(() => idp.reset())
afterAll(() => idp.close())

const DOCUMENT = '/.well-known/openid-configuration'
const serve = (answer: (res: ServerResponse) => void) => (path: string, res: ServerResponse) => {
  if (path !== DOCUMENT) return false
  answer(res)
  return true
}

describe('E-28: what it says of itself', () => {
  const bad: Readonly<Record<string, () => void>> = {
    'a server error': () => (idp.knobs.serve = serve((res) => res.writeHead(500).end('{}'))),
    'a page': () => (idp.knobs.serve = serve((res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<p>'))),
    'no JSON': () =>
      (idp.knobs.serve = serve((res) => res.writeHead(200, { 'content-type': 'application/json' }).end('{'))),
    'a redirect': () => (idp.knobs.serve = serve((res) => res.writeHead(302, { location: `${idp.issuer}/x` }).end())),
    'too much': () => (idp.knobs.discovery = (it) => ({ ...it, huge: 'x'.repeat(300_000) })),
    'too much, compressed': () =>
      (idp.knobs.serve = serve((res) =>
        res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('x'.repeat(100)),
      )),
    'another issuer': () => (idp.knobs.discovery = (it) => ({ ...it, issuer: 'https://evil.com' })),
    'no algorithm of ours': () =>
      (idp.knobs.discovery = (it) => ({ ...it, id_token_signing_alg_values_supported: ['none', 'HS256'] })),
    'half an answer': () =>
      (idp.knobs.serve = serve((res) => {
        res.writeHead(200, { 'content-length': '1000', 'content-type': 'application/json' }).write('{')
        setTimeout(() => res.destroy(), 20)
      })),
  }
  test.for(Object.entries(bad))('%s makes it unavailable', async ([, bend]) => {
    bend()
    const error: unknown = await new Discovery(idp.config()).get(0).catch((thrown: unknown) => thrown)
    expect(isUnreachable(error)).toBe(true)
  })

  test('of the algorithms it names those are kept that need a private key', async () => {
    const known = await new Discovery(idp.config()).get(0)
    expect(known.serverMetadata().id_token_signing_alg_values_supported).toEqual(['ES256'])
  })

  test('one that fails is left alone for ten seconds, and asked once by however many', async () => {
    idp.knobs.serve = serve((res) => res.writeHead(500).end())
    const discovery = new Discovery(idp.config())
    await Promise.allSettled(Array.from({ length: 50 }, () => discovery.get(0)))
    await expect(discovery.get(9999)).rejects.toThrow('cannot be used')
    expect(idp.count(DOCUMENT)).toBe(1)
    idp.reset()
    await expect(discovery.get(10_000)).resolves.toBeDefined()
  })

  test('one that was good stays good when it is asked again and fails', async () => {
    const discovery = new Discovery(idp.config())
    const first = await discovery.get(0)
    expect(await discovery.get(3_599_999)).toBe(first)
    idp.knobs.discovery = (it) => ({ ...it, issuer: 'https://evil.com' })
    expect(await discovery.get(3_600_000)).toBe(first)
    expect(await discovery.get(3_600_001)).toBe(first)
    expect(idp.count(DOCUMENT)).toBe(2)
    idp.reset()
    expect(await discovery.get(3_610_000)).not.toBe(first)
  })
})

test('E-28: an answer that never comes is waited for no longer than told', async () => {
  idp.knobs.serve = () => true
  const fetch = boundedFetch({ timeout: 50 })
  const error: unknown = await fetch(idp.issuer).catch((thrown: unknown) => thrown)
  expect(isUnreachable(error)).toBe(true)
})

test('E-28: one that drips byte by byte is not waited for either', async () => {
  idp.knobs.serve = (_path, res) => {
    const drip = setInterval(() => res.write(' '), 10)
    res.once('close', () => clearInterval(drip))
    return true
  }
  const error: unknown = await boundedFetch({ timeout: 100 })(idp.issuer).catch((thrown: unknown) => thrown)
  expect(isUnreachable(error)).toBe(true)
})

test('E-28: at start the provider is down; its button says so, the form works, and later so does the button', async () => {
  const down = await HostileProvider.start()
  await down.close()
  const { browser: open, people, clock, now } = await openHouse([down.config(), idp.config({ name: 'up' })])
  const account = { name: 'root', password: 'correct horse battery staple' }
  await people.accounts.add({ ...account, groups: [] }, now())
  const browser = open()
  const answer = await browser.post('/login/idp', { rd: APP, n: browser.n })
  expect(answer.status).toBe(503)
  expect(answer.headers['retry-after']).toBe('10')
  expect(answer.body).toContain('The IdP cannot be reached just now.')
  expect(answer.body).toContain('action="/login/up"')
  expect((await open().post('/login', { username: account.name, password: account.password })).status).toBe(303)
  expect((await open().signIn((address) => idp.approve(address, 'alice'), 'up')).status).toBe(303)
  await down.listen()
  clock.ahead += 10_000
  expect((await open().signIn((address) => down.approve(address, 'alice'))).status).toBe(303)
  await down.close()
})

test('E-28: one that goes away while somebody is there ends nothing, and its page says what to do', async () => {
  const { browser: open, people } = await openHouse([idp.config()])
  const [inside, late] = [open(), open()]
  await inside.signIn((address) => idp.approve(address, 'alice'))
  const back = idp.approve(await late.press(), 'bob')
  idp.knobs.serve = (_path, res) => {
    res.destroy()
    return true
  }
  const answer = await late.get(back)
  expect(answer.status).toBe(503)
  expect(answer.body).toContain('Try again')
  expect(late.session).toBeUndefined()
  expect(inside.session).toBeDefined()
  expect(people.sessions.trustworthy).toBe(true)
})

test('a provider on a port where nobody listens is unavailable, at sign-in and at renewal', async () => {
  const issuer = `http://127.0.0.1:${await freePort()}`
  const provider = new OidcProvider(idp.config({ issuer }), { admits: () => true, warn: () => undefined })
  const ask = { redirectUri: 'https://auth.example.com/callback/idp', state: 's' }
  expect((await provider.begin(ask, 0)).kind).toBe('unavailable')
  expect((await provider.renew(JSON.stringify({ subject: 's', refreshToken: 'r' }), 0)).kind).toBe('unavailable')
})
