/** A provider's token reaches the app that is to have it, with the requests of whoever may, and nobody else. */
import { expect, test } from 'vitest'
import { UpstreamTokens } from '../../../src/session/upstream-tokens.ts'
import { container } from '../../build/container.ts'
import { operator } from '../../build/table.ts'
import { fwd, type Line } from '../../threats/fixture.ts'
import { alice, ask, header, openDoor, session, word } from './door.ts'

const ACCESS = 'x-forwarded-access-token'
const ID = 'x-id'
const LABELS = 'headers.X-Forwarded-Access-Token=access-token\nheaders.X-Id=id-token'
const CONTAINERS = [
  container('reports', `host=reports.example.com\n${LABELS}\nassertion=true\npublic=/open`),
  container('wiki', 'host=wiki.example.com\npublic=/open'),
  container('greedy', `host=greedy.example.com\n${LABELS}`),
]
const OPERATOR = { ...operator, upstreamTokens: new Map([['reports', new Set(['access', 'id'] as const)]]) }

async function open(token: (kind: string) => Promise<string> = async (kind) => `the-${kind}-token`) {
  const grants = {
    token: async (_: string, kind: string) => ({ text: await token(kind), until: Infinity }),
  }
  const upstreamTokens = new UpstreamTokens(grants, (provider, app) => provider === 'keycloak' && app === 'reports')
  const door = await openDoor({ containers: CONTAINERS, operator: OPERATOR, broken: { upstreamTokens } })
  const { apps } = await door.signIn(alice, 'reports.example.com', 'wiki.example.com', 'greedy.example.com')
  const cookie = (index: number): Line => ['Cookie', session(apps[index] ?? '')]
  const to = (app: string, path: string, ...lines: readonly Line[]) =>
    ask(door, [...fwd(`${app}.example.com`, path), ...lines])
  return { door, cookie, to }
}

test('both, beside who it is and the signed statement; the second request as the first', async () => {
  const { cookie, to } = await open()
  for (let i = 0; i < 2; i++) {
    const answer = await to('reports', '/', cookie(0))
    expect([word(answer), header(answer, ACCESS), header(answer, ID)]).toEqual([
      'AS alice',
      'the-access-token',
      'the-id-token',
    ])
    expect(header(answer, 'x-labelgate-assertion')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  }
})

test('another app on the same session has the header empty, so that what a client sends is overwritten', async () => {
  const { cookie, to } = await open()
  const answer = await to('wiki', '/', cookie(1), ['X-Forwarded-Access-Token', 'forged'])
  expect([word(answer), header(answer, ACCESS), header(answer, ID)]).toEqual(['AS alice', '', ''])
})

test('who is not signed in has none, on a public path either; and none they bring themselves', async () => {
  const { to } = await open()
  const answer = await to('reports', '/open', ['X-Forwarded-Access-Token', 'forged'], ['X-Id', 'forged'])
  expect([word(answer), header(answer, ACCESS), header(answer, ID)]).toEqual(['ANON', '', ''])
  expect((await to('reports', '/open', ['X~Forwarded~Access~Token', 'forged'])).status).toBe(400)
})

test('a refusal carries none', async () => {
  const { to } = await open()
  const answer = await to('reports', '/')
  expect([word(answer), answer.headers.has(ACCESS), answer.headers.has(ID)]).toEqual(['DENY', false, false])
})

test('an app that the operator does not name is denied to everybody', async () => {
  const { cookie, to } = await open()
  expect(word(await to('greedy', '/', cookie(2)))).toBe('DENY')
})

test('one that cannot be read is no yes, and the next request is answered', async () => {
  let broken = true
  const { door, cookie, to } = await open(async () => {
    if (broken) throw new Error('the store is away')
    return 'good'
  })
  expect((await to('reports', '/', cookie(0))).status).toBe(503)
  expect(door.seen.failures).toHaveLength(1)
  broken = false
  expect(header(await to('reports', '/', cookie(0)), ACCESS)).toBe('good')
})

test('after signing out there is none', async () => {
  const { door, cookie, to } = await open()
  const before = await to('reports', '/', cookie(0))
  expect(header(before, ACCESS)).toBe('the-access-token')
  const live = door.sessions.find(cookie(0)[1].split('=')[1] ?? '', door.clock.now) ?? expect.fail('nobody')
  await door.sessions.end(live)
  expect(word(await to('reports', '/', cookie(0)))).toBe('DENY')
})
