/** Sign-in with GitHub, against a server that answers as its API is documented. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { GithubConfig } from '../../../src/config/operator-file.ts'
import { GithubProvider } from '../../../src/identity/github/provider.ts'
import { openHouse, APP, type Browser } from '../oidc/house.ts'
import { type Answer, approve, startGithub, type FakeGithub } from './fake.ts'

let github: FakeGithub
let config: GithubConfig

beforeAll(async () => {
  github = await startGithub()
  config = {
    type: 'github',
    name: 'github',
    title: 'GitHub',
    admit: [{ kind: 'group', name: 'acme' }],
    clientId: 'the-client',
    clientSecret: 'the-secret',
    origin: github.origin,
    apiUrl: `${github.origin}/`,
    refresh: 300_000,
  }
})
afterEach(() => {
  github.answers.clear()
  github.asked.length = 0
})
afterAll(() => github[Symbol.dispose]())

async function signIn(more: Partial<GithubConfig> = {}): Promise<{ browser: Browser; status: number }> {
  const browser = (await openHouse([{ ...config, ...more }])).browser()
  const { status } = await browser.signIn(approve, 'github')
  return { browser, status }
}

test('the account, its address, organisations and teams', async () => {
  const { browser, status } = await signIn()
  expect(status).toBe(303)
  expect(browser.identity).toMatchObject({
    issuer: config.origin,
    subject: '583231',
    user: 'octocat',
    email: 'octocat@example.com',
    name: 'The Octocat',
    groups: ['acme', 'acme/admins'],
  })
})

test('what GitHub is asked: state and PKCE on the way, verifier and secret at the token, the token at the API', async () => {
  const browser = (await openHouse([config])).browser()
  const address = new URL(await browser.press('github'))
  expect(address.pathname).toBe('/login/oauth/authorize')
  expect(Object.fromEntries(address.searchParams)).toMatchObject({
    client_id: 'the-client',
    redirect_uri: 'https://auth.example.com/callback/github',
    scope: 'read:user user:email read:org',
    code_challenge_method: 'S256',
  })
  await browser.get(approve(address.href))
  const [token, ...api] = github.asked
  expect(Object.fromEntries(token?.body ?? [])).toMatchObject({
    client_secret: 'the-secret',
    code: 'the-code',
    redirect_uri: 'https://auth.example.com/callback/github',
    code_verifier: expect.stringMatching(/^[\w-]{43,}$/) as string,
  })
  expect(new Set(api.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer gho_token']))
})

test('an address that is not primary and verified is none, whatever the profile shows', async () => {
  github.answers.set('/user/emails', [200, [{ email: 'victim@example.com', primary: true, verified: false }]])
  expect((await signIn()).browser.identity?.email).toBe('')
})

test('lists go over pages', async () => {
  const page = (count: number, from: number) => Array.from({ length: count }, (_, i) => ({ login: `org${from + i}` }))
  github.answers.set('/user/orgs', (query) => [200, query.get('page') === '1' ? page(100, 0) : page(3, 100)])
  const { browser } = await signIn({ admit: ['*'] })
  expect(browser.identity?.groups).toContain('org102')
  expect(browser.identity?.groups).toHaveLength(104)
})

test('a team of one organisation is not that of another; a name that is none counts for nothing', async () => {
  github.answers.set('/user/teams', [
    200,
    [
      { slug: 'admins', organization: { login: 'evil' } },
      { slug: 'a,acme/admins', organization: { login: 'evil' } },
      7,
    ],
  ])
  expect((await signIn()).browser.identity?.groups).toEqual(['acme', 'evil/admins'])
})

test.for<readonly [string, string, Answer, number]>([
  ['is in no organisation that is admitted', '/user/orgs', [200, []], 403],
  ['has no number', '/user', [200, { login: 'x', id: '583231' }], 400],
  ['has no name', '/user', [200, { id: 1 }], 400],
  ['has a token without the right', '/user/teams', [403, {}], 400],
  [
    'has a code that is refused, which is answered with 200',
    '/login/oauth/access_token',
    [200, { error: 'bad_verification_code' }],
    400,
  ],
  ['comes while GitHub is down', '/user', [502, {}], 503],
])('somebody who %s is not signed in', async ([, path, answer, expected]) => {
  github.answers.set(path, answer)
  const { browser, status } = await signIn()
  expect(status).toBe(expected)
  expect(browser.session).toBeUndefined()
})

test('E-01 E-03: another state, two codes or an error reach no token endpoint', async () => {
  const browser = (await openHouse([config])).browser()
  for (const bend of [
    (back: string) => back.replace(/state=/, 'state=x'),
    (back: string) => `${back}&code=b`,
    (back: string) => `${back}&error=access_denied`,
  ])
    expect((await browser.get(bend(approve(await browser.press('github'))))).status).toBe(400)
  expect(github.asked).toEqual([])
  expect(browser.session).toBeUndefined()
})

test('it can bring no second factor and no fresh sign-in, and the page says so', async () => {
  const { browser } = await signIn()
  const away = await browser.press('github', { rd: APP, n: browser.n, need: 'mfa' })
  const answer = await browser.get(approve(away))
  expect(answer.status).toBe(400)
  expect(answer.body).toContain('GitHub did not confirm one.')
})

test.for<readonly [string, string, Answer, string]>([
  ['lost a team', '/user/teams', [200, []], 'ok'],
  ['left the organisation', '/user/orgs', [200, []], 'ended'],
  ['took the token back', '/user', [401, {}], 'ended'],
  ['cannot be asked about', '/user', [503, {}], 'unavailable'],
  ['is asked about too often', '/user', [429, {}], 'unavailable'],
  ['is hidden for now', '/user', [403, {}], 'unavailable'],
])('a renewal of somebody who %s', async ([, path, answer, kind]) => {
  const admits = (identity: { readonly groups: readonly string[] }) => identity.groups.includes('acme')
  const provider = new GithubProvider(config, { admits })
  github.answers.set(path, answer)
  const renewal = await provider.renew('gho_token')
  expect(renewal.kind).toBe(kind)
  if (renewal.kind === 'ok') expect(renewal.identity.groups).toEqual(['acme'])
})
