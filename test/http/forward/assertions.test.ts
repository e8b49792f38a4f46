/** What an app that asks for it is given to verify: who is there, signed, for it alone. */
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { expect, test } from 'vitest'
import { container } from '../../build/container.ts'
import { NOW } from '../../build/people.ts'
import { fwd, type Line } from '../../threats/fixture.ts'
import { alice, ask, header, openDoor, session, word, type Door } from './door.ts'
import { exchange } from './wire.ts'

const NAME = 'x-labelgate-assertion'
const CONTAINERS = [
  container('vault', 'host=vault.example.com\nassertion=true\npublic=/open'),
  container('other', 'host=other.example.com\nassertion=true'),
  container('plain', 'host=plain.example.com'),
]

async function open() {
  const door = await openDoor({ containers: CONTAINERS })
  const { apps } = await door.signIn(alice, 'vault.example.com', 'other.example.com', 'plain.example.com')
  const cookie = (index: number): Line => ['Cookie', session(apps[index] ?? '')]
  const given = async (app: string, index: number, ...more: readonly Line[]) =>
    header(await ask(door, [...fwd(`${app}.example.com`, '/'), cookie(index), ...more]), NAME) ?? ''
  return { door, given }
}

/** As an app does it: keys from the portal, and the issuer and audience it knows. */
async function verified(door: Door, text: string, audience: string, now = door.clock.now) {
  const answer = await exchange(door.port, 'GET /.well-known/jwks.json HTTP/1.1\r\nHost: labelgate:4180\r\n\r\n')
  expect(answer?.headers.get('content-type')).toEqual(['application/jwk-set+json'])
  const keys = createLocalJWKSet(JSON.parse(answer?.body ?? '') as JSONWebKeySet)
  const options = { issuer: 'https://auth.example.com', audience, algorithms: ['ES256'], currentDate: new Date(now) }
  return (await jwtVerify(text, keys, options)).payload
}

test('it says who is there, for this app, for five minutes', async () => {
  const { door, given } = await open()
  expect(await verified(door, await given('vault', 0), 'vault')).toEqual({
    iss: 'https://auth.example.com',
    aud: 'vault',
    sub: 'https://idp.example|subject-of-alice',
    preferred_username: 'alice',
    email: 'alice@example.com',
    groups: ['users'],
    iat: NOW / 1000,
    exp: NOW / 1000 + 300,
    jti: expect.stringMatching(/^[\da-f-]{36}$/),
  })
})

test('one for another app does not do', async () => {
  const { door, given } = await open()
  await expect(verified(door, await given('vault', 0), 'other')).rejects.toThrow('aud')
  expect(await verified(door, await given('other', 1), 'other')).toMatchObject({ aud: 'other' })
})

test('it is made once, and anew a minute before it expires', async () => {
  const { door, given } = await open()
  const [first, ...others] = await Promise.all(Array.from({ length: 10 }, () => given('vault', 0)))
  expect(new Set(others)).toEqual(new Set([first]))
  door.clock.now += 239_999
  expect(await given('vault', 0)).toBe(first)
  door.clock.now += 1
  const next = await given('vault', 0)
  expect(next).not.toBe(first)
  expect(await verified(door, next, 'vault', door.clock.now + 299_000)).toMatchObject({ preferred_username: 'alice' })
})

test('changed groups stand in it at once', async () => {
  const { door, given } = await open()
  await given('vault', 0)
  const changed = { ...alice, groups: ['admins'] }
  await door.signIn(changed, 'vault.example.com')
  const { apps } = await door.signIn(changed, 'vault.example.com')
  const answer = await ask(door, [...fwd('vault.example.com', '/'), ['Cookie', session(apps[0] ?? '')]])
  expect(await verified(door, header(answer, NAME) ?? '', 'vault')).toMatchObject({ groups: ['admins'] })
})

test('nobody gains by being called like the header', async () => {
  const door = await openDoor({ containers: CONTAINERS })
  const { app } = await door.signIn({ ...alice, name: 'X-Labelgate-Assertion' }, 'vault.example.com')
  const answer = await ask(door, [...fwd('vault.example.com', '/'), ['Cookie', session(app)]])
  expect([word(answer), header(answer, 'remote-name')]).toEqual(['AS alice', 'X-Labelgate-Assertion'])
  expect(await verified(door, header(answer, NAME) ?? '', 'vault')).toMatchObject({ name: 'X-Labelgate-Assertion' })
})

test('what a client brings under that name is never the app’s to see', async () => {
  const { door, given } = await open()
  const mine = await given('vault', 0)
  expect(await given('plain', 2, ['X-Labelgate-Assertion', mine])).toBe('')
  const openly = await ask(door, [...fwd('vault.example.com', '/open'), ['X-Labelgate-Assertion', mine]])
  expect([word(openly), header(openly, NAME)]).toEqual(['ANON', ''])
  const alias = await ask(door, [...fwd('vault.example.com', '/open'), ['X~Labelgate~Assertion', mine]])
  expect(alias.status).toBe(400)
})

test('one that cannot be signed is no yes', async () => {
  const assertions = { of: () => Promise.reject(new Error('no key')) }
  const door = await openDoor({ containers: CONTAINERS, broken: { assertions } })
  const { app } = await door.signIn(alice, 'vault.example.com')
  expect((await ask(door, [...fwd('vault.example.com', '/'), ['Cookie', session(app)]])).status).toBe(503)
  expect(door.seen.failures).toHaveLength(1)
})
