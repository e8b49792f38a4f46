/** Where our middleware stands before a whole entry point of Traefik, so that questions name no app. */
import { describe, expect, test } from 'vitest'
import { entryPoint } from '../../../src/http/forward/entry-point.ts'
import { fwd, type Line } from '../../threats/fixture.ts'
import { httpsPortal } from '../portal/fixture.ts'
import { alice, ask, header, KEY, openDoor, overHttp, session, visit, word } from './door.ts'

const httpPortal = { origin: 'http://auth.example.com', host: 'auth.example.com', secure: false }
async function open(portal = httpsPortal) {
  const known: { door?: Awaited<ReturnType<typeof openDoor>> } = {}
  const table = () => known.door?.world.table
  known.door = await openDoor({ portal, broken: { entryPoint: entryPoint({ portal, table, tokenHeader }) } })
  return known.door
}
const tokenHeader = () => 'x-token'
const plain = (host: string, uri: string, method = 'GET') =>
  fwd(host, uri)
    .map(overHttp)
    .map(([name, value]): Line => [name, name === 'X-Forwarded-Method' ? method : value])
const CHALLENGE = '/.well-known/acme-challenge/a-Token_9'
const CREDENTIALS: readonly Line[] = [
  ['Cookie', 'a=1; __Host-labelgate=x'],
  ['Authorization', 'Bearer lg_x'],
  ['X-Token', 'lg_y'],
]

describe("the portal's own host", () => {
  test('passes as nobody, with the cookie and the credentials as they came', async () => {
    const door = await open()
    for (const uri of ['/', '/login?rd=https%3A%2F%2Fapp.example.com%2F', '/.well-known/jwks.json']) {
      const answer = await ask(door, [...fwd('auth.example.com', uri), ...CREDENTIALS])
      expect([uri, answer.status]).toEqual([uri, 200])
      expect(header(answer, 'cookie')).toBe('a=1; __Host-labelgate=x')
      expect(header(answer, 'authorization')).toBe('Bearer lg_x')
      expect(header(answer, 'x-token')).toBe('lg_y')
      expect(header(answer, 'remote-user')).toBeUndefined()
    }
    expect(door.seen.decisions.at(-1)).toEqual({ verdict: 'anonymous', reason: 'portal' })
  })

  test('passes before the first table: people may sign in meanwhile', async () => {
    const door = await open()
    door.world.table = undefined
    expect((await ask(door, fwd('auth.example.com', '/login'))).status).toBe(200)
    expect((await ask(door, fwd('app.example.com', '/'))).status).toBe(503)
  })

  test.for(['/auth/forward', `/auth/forward/${KEY}`, '/%61uth/forward', '/AUTH/x', '/x%2f..%2fauth/', '/a;b'])(
    'does not pass at %s, which its router does not take, so that it would be anybody who takes every host',
    async (uri) => {
      expect((await ask(await open(), fwd('auth.example.com', uri))).status).toBe(403)
    },
  )

  test('does not pass over the scheme on which it has no router', async () => {
    const https = await ask(await open(), plain('auth.example.com', '/login?a=b'))
    expect(https.status).toBe(308)
    expect(header(https, 'location')).toBe('https://auth.example.com/login?a=b')
    const http = await open(httpPortal)
    expect((await ask(http, plain('auth.example.com', '/login'))).status).toBe(200)
    expect((await ask(http, fwd('auth.example.com', '/login'))).status).toBe(403)
  })
})

describe('the challenge of a certificate authority', () => {
  test.for(['GET', 'HEAD'])('passes for any host with %s over http, without what could be ours', async (method) => {
    const door = await open()
    for (const host of ['app.example.com', 'new.example.org', 'auth.example.com']) {
      const answer = await ask(door, [...plain(host, CHALLENGE, method), ...CREDENTIALS])
      expect([host, answer.status]).toEqual([host, 200])
      for (const name of ['cookie', 'authorization', 'x-token', 'remote-user'])
        expect(header(answer, name)).toBeUndefined()
    }
  })

  test.for([
    ['POST', CHALLENGE],
    ['GET', `${CHALLENGE}/more`],
    ['GET', `${CHALLENGE}?x=1`],
    ['GET', `${CHALLENGE}%0a`],
    ['GET', '/.well-known/acme-challenge/'],
    ['GET', '/.well-known/acme-challenge/a.b'],
    ['GET', '/.well-known/acme-challenge/%2e%2e'],
    ['GET', `/x${CHALLENGE}`],
    ['GET', `/.well-known//acme-challenge/a`],
    ['GET', '/.Well-Known/acme-challenge/a'],
  ] as const)('%s %s is none', async ([method, uri]) => {
    expect((await ask(await open(), plain('app.example.com', uri, method))).status).not.toBe(200)
  })

  test('is none over https', async () => {
    expect((await ask(await open(), fwd('app.example.com', CHALLENGE))).status).not.toBe(200)
  })
})

describe('an app', () => {
  test('is answered over plain http by the same address in https, whatever the method', async () => {
    const door = await open()
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await ask(door, plain('app.example.com', '/a%20b?x=1&y=//evil', method))
      expect([method, answer.status]).toEqual([method, 308])
      expect(header(answer, 'location')).toBe('https://app.example.com/a%20b?x=1&y=//evil')
    }
  })

  test('that nobody knows is refused over plain http too', async () => {
    expect((await ask(await open(), plain('nobody.example.com', '/'))).status).toBe(403)
  })

  test('is judged as ever over https', async () => {
    const door = await open()
    expect(word(await ask(door, visit('app.example.com')))).toBe('DENY')
    const { app } = await door.signIn(alice, 'app.example.com')
    expect(word(await ask(door, visit('app.example.com', '/', session(app))))).toBe('AS alice')
  })
})

test.for([
  ['a question that names its app', `/auth/forward/${KEY}/app`, true],
  ['nginx', `/auth/nginx/${KEY}`, true],
  ['the other modes', `/auth/forward/${KEY}`, false],
] as const)('nothing of this holds for %s', async ([, path, mode]) => {
  const door = mode ? await open() : await openDoor()
  const nginx: readonly Line[] = [['X-Original-Method', 'GET']]
  const original = (url: string): Line[] => [...nginx, ['X-Original-URL', url]]
  const asked = path.includes('nginx')
    ? [original('https://auth.example.com/login'), original(`http://app.example.com${CHALLENGE}`)]
    : [fwd('auth.example.com', '/login'), plain('app.example.com', CHALLENGE)]
  for (const lines of asked) expect(word(await ask(door, lines, { path }))).toBe('DENY')
})
