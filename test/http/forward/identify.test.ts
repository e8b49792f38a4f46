/** policy=identify: an app is told who is there and refuses, or not, by itself; and for how long that may be kept. */
import { expect, test } from 'vitest'
import { container } from '../../build/container.ts'
import { operator, tableOf } from '../../build/table.ts'
import { fwd } from '../../threats/fixture.ts'
import { alice, ask, FORWARD, header, KEY, openDoor, session, visit, type DoorOptions } from './door.ts'
import type { WireAnswer } from './wire.ts'

const HOST = 'resolved.example.com'
const open = (labels = '', more: DoorOptions = {}) =>
  openDoor({ containers: [container('resolved', `host=${HOST}\npolicy=identify\n${labels}`)], ...more })

const TOLD = ['session-valid', 'user-id', 'user-anonymous', 'user-verified', 'session-amr', 'user-can-reauthenticate']
const told = (answer: WireAnswer) => [answer.status, ...TOLD.map((name) => header(answer, `x-authgear-${name}`))]
const kept = (answer: WireAnswer) => header(answer, 'cache-control')

test('somebody, nobody, and somebody whose session does not hold are told apart, and all pass', async () => {
  const door = await open()
  const { app } = await door.signIn(alice, HOST)
  const somebody = [200, 'true', alice.subject, 'false', 'true', 'pwd', 'true']
  expect(told(await ask(door, visit(HOST, '/', session(app))))).toEqual(somebody)
  expect(told(await ask(door, visit(HOST, '/')))).toEqual([200, '', '', '', '', '', ''])
  expect(told(await ask(door, visit(HOST, '/', session('x'.repeat(43)))))).toEqual([200, 'false', '', '', '', '', ''])
  const elsewhere = await door.signIn(alice, 'app.example.com')
  expect(told(await ask(door, visit(HOST, '/', session(elsewhere.app))))[1]).toBe('false')
  const token = ['Authorization', `Bearer lg_${'0'.repeat(49)}`] as const
  expect(told(await ask(door, [...fwd(HOST, '/'), token]))[1]).toBe('false')
})

test('what is told may be kept for four seconds, by cookie and authorization; nothing else may', async () => {
  const door = await open('', {
    containers: [container('a', `host=${HOST}\npolicy=identify`), container('b', 'host=b.example.com\npublic=/**')],
  })
  const answer = await ask(door, visit(HOST))
  expect(kept(answer)).toBe('private, max-age=4')
  expect(header(answer, 'x-accel-expires')).toBe('4')
  expect(header(answer, 'vary')).toBe('Cookie, Authorization, X-Forwarded-Host, X-Forwarded-Proto')
  expect(kept(await ask(door, visit('b.example.com')))).toBe('no-store')
  expect(kept(await ask(door, visit(HOST, '/.labelgate/callback?code=x')))).toBe('no-store')
  const lines = [
    ['X-Original-URL', `https://${HOST}/`],
    ['X-Original-Method', 'GET'],
    ['X-Forwarded-For', '192.0.2.1'],
  ] as const
  const nginx = await ask(door, lines, { path: `/auth/nginx/${KEY}` })
  expect(header(nginx, 'vary')).toBe('Cookie, Authorization, X-Original-URL')
})

test.for([
  ['a rule that refuses', 'rules.admin.path=/admin\nrules.admin.allow=group:admins'],
  ['a limit for bodies, of which a cache knows nothing', 'body-limit=1kB'],
  ['a signed statement', 'assertion=true'],
])('with %s nothing may be kept', async ([, labels]) => {
  const door = await open(labels)
  const answer = await ask(door, visit(HOST))
  expect([answer.status, kept(answer)]).toEqual([200, 'no-store'])
})

test('where another app has a path of the host nothing may be kept, and that app refuses as ever', async () => {
  const door = await open('', {
    containers: [container('a', `host=${HOST}\npolicy=identify`), container('b', `host=${HOST}\npath=/b`)],
  })
  expect(kept(await ask(door, visit(HOST)))).toBe('no-store')
  expect((await ask(door, visit(HOST, '/b'))).status).toBe(302)
})

test('a rule may refuse below what refuses nobody', async () => {
  const door = await open('rules.admin.path=/admin\nrules.admin.allow=group:admins')
  expect((await ask(door, visit(HOST, '/'))).status).toBe(200)
  expect((await ask(door, visit(HOST, '/admin'))).status).toBe(302)
  const narrow = await open('rules.admin.path=/admin\nrules.admin.deny=user:alice')
  const { app } = await narrow.signIn(alice, HOST)
  expect((await ask(narrow, visit(HOST, '/admin', session(app)))).status).toBe(403)
  expect((await ask(narrow, visit(HOST, '/admin'))).status).toBe(302)
})

test('while it is not known who is there nobody is told "nobody"', async () => {
  const door = await open()
  const { app } = await door.signIn(alice, HOST)
  const broken = Object.create(door.sessions) as typeof door.sessions
  Object.defineProperty(broken, 'trustworthy', { value: false })
  const other = await open('', { broken: { sessions: broken } })
  const answer = await ask(other, visit(HOST, '/', session(app)))
  expect([answer.status, kept(answer)]).toEqual([503, 'no-store'])
  expect((await ask(other, visit(HOST))).status).toBe(200)
})

test('what a client says of who is there is not told', async () => {
  const door = await open()
  const answer = await ask(door, [...visit(HOST), ['X-Authgear-Session-Valid', 'true'], ['X-Authgear-User-Id', 'bob']])
  expect(told(answer)).toEqual([200, '', '', '', '', '', ''])
  const alias = await ask(door, [...visit(HOST), ['X-Authgear~User-Id', 'bob']])
  expect(alias.status).toBe(400)
})

test('an app sends people to sign in by a path of its own host, and gets them back on it alone', async () => {
  const door = await open()
  const to = async (query: string) => {
    const answer = await ask(door, visit(HOST, `/.labelgate/login${query}`), { path: `${FORWARD}/${KEY}` })
    expect([answer.status, header(answer, 'set-cookie')]).toEqual([302, expect.stringMatching(/nonce=[\w-]{43};/)])
    return new URL(header(answer, 'location') ?? '').searchParams
  }
  expect((await to('?rd=/page%3Fx=1')).get('rd')).toBe(`https://${HOST}/page?x=1`)
  expect((await to('?prompt=login')).get('prompt')).toBe('login')
  for (const evil of ['//evil.example', '/\\evil.example', 'https://evil.example', '@evil.example', '/a%0d%0ab'])
    expect((await to(`?rd=${encodeURIComponent(evil).replace('%25', '%')}`)).get('rd'), evil).toBe(`https://${HOST}/`)
})

test.for([
  ['allow=group:admins', /cannot stand with policy=identify/],
  ['deny=user:bob', /cannot stand with policy=identify/],
  ['require=mfa', /cannot stand with policy=identify/],
  ['public=/x', /cannot stand with policy=identify/],
] as const)('%s beside it closes the app', ([label, said]) => {
  const table = tableOf([container('a', `host=${HOST}\npolicy=identify\n${label}`)])
  expect(table.problems.map(({ reason }) => reason).join()).toMatch(said)
  expect([...table.apps.values()][0]?.spec.broken).toBe(true)
})

test('where labels may open nothing, this is refused too', () => {
  const table = tableOf([container('a', `host=${HOST}\npolicy=identify`)], { ...operator, publicLabels: false })
  expect(table.problems[0]?.reason).toMatch(/refused by LABELGATE_PUBLIC_LABELS/)
})
