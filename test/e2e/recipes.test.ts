/**
 * Recipes of deploy/, as they stand on their pages and with no more than addresses changed: somebody signs in by them,
 * through a real Traefik. Keycloak's is in keycloak.test.ts, LDAP's in ldap.test.ts, those for programs in
 * clients.test.ts.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { approve, type FakeGithub, startGithub } from '../identity/github/fake.ts'
import { HostileProvider } from '../identity/oidc/hostile.ts'
import { describeWith } from '../parts.ts'
import { recipe } from '../recipes.ts'
import { Client, type Answer } from './client.ts'
import { believing, type ClientApp, echo } from './client-apps.ts'
import { openPlace, type Place } from './place.ts'

const PASSWORD = 'correct horse battery'
const running = new AsyncDisposableStack()
let google: HostileProvider
let github: FakeGithub
let place: Place
let apps: Record<'mail' | 'code' | 'chat', ClientApp>

/** The operator's file: both recipes, side by side. */
async function providers(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-recipes-'))
  running.defer(() => rm(folder, { recursive: true }))
  const secret = join(folder, 'secret')
  await writeFile(secret, 'a secret\n')
  const byGoogle = recipe('oidc.md#Google, and others like it', { '/run/secrets/google-client': secret })
  const byGithub = recipe('oidc.md#GitHub', { '/run/secrets/github-client': secret, 'providers:\n': '' })
  return [
    `${byGoogle}    issuer: ${google.issuer}\n`,
    `${byGithub}    origin: ${github.origin}\n    api-url: ${github.origin}\n`,
  ].join('')
}

/** The app of the recipe, with a page that is open to everybody. */
function chat(): Promise<ClientApp> {
  const { services } = parse(recipe('clients.md#An app that trusts a header')) as {
    services: Record<string, { environment: Record<string, string>; labels: Record<string, string> }>
  }
  const { environment, labels } = services['chat'] ?? expect.fail('the recipe has no chat')
  const header = environment['CONVOS_AUTH_HEADER'] ?? expect.fail('the recipe names no header')
  return believing('chat', header, { ...labels, login: 'local', public: '/open/**' })
}

const address = (target: string) => place.url(target)
const lastOf = ({ received }: ClientApp) => received.at(-1) ?? expect.fail('nothing reached the app')

/** From an app to the portal's page, and by its only button to where that leads. */
async function press(client: Client, title: string, target: string): Promise<Answer> {
  const page = await client.open(address(target))
  expect(page.body).toContain(`Continue with ${title}`)
  return client.submit(page)
}

describeWith(['traefik'], 'recipes', () => {
  beforeAll(async () => {
    google = await HostileProvider.start()
    running.defer(() => google.close())
    github = running.use(await startGithub())
    apps = {
      mail: running.use(await echo('mail', 'host=mail.example.com\nlogin=google')),
      code: running.use(await echo('code', 'host=code.example.com\nlogin=github\nallow=group:our-organisation/admins')),
      chat: running.use(await chat()),
    }
    place = running.use(await openPlace(await providers(), Object.values(apps)))
    await place.gate.accounts.add({ name: 'alice', password: PASSWORD }, Date.now())
  }, 60_000)
  afterAll(() => running.disposeAsync())
  beforeEach(() => {
    for (const { received } of Object.values(apps)) received.length = 0
  })

  describe('Google, and others like it', () => {
    const CLIENT = '1234567890-abc.apps.googleusercontent.com'

    /** By its button to Google, which says this of them. */
    async function signIn(said: Readonly<Record<string, unknown>>): Promise<{ asked: URL; answer: Answer }> {
      // of Google there is neither a user name nor groups
      google.knobs.person = { preferred_username: undefined, groups: undefined, ...said }
      google.knobs.idToken = (claims) => ({ ...claims, aud: CLIENT })
      const client = new Client()
      const page = await press(client, 'Google', 'mail.example.com/inbox?x=1')
      const answer = await client.open(google.approve(page.url, 'alice'))
      return { asked: new URL(page.url), answer }
    }
    afterEach(() => google.reset())

    test('somebody of the domain signs in, and is their address', async () => {
      const { asked, answer } = await signIn({ hd: 'example.com' })
      expect(Object.fromEntries(asked.searchParams)).toMatchObject({
        client_id: CLIENT,
        redirect_uri: address('auth.example.com/callback/google'),
        hd: 'example.com',
        access_type: 'offline',
      })
      expect([answer.status, answer.url]).toEqual([200, address('mail.example.com/inbox?x=1')])
      expect(lastOf(apps.mail)).toMatchObject({
        'remote-user': 'alice@example.com',
        'remote-email': 'alice@example.com',
        'remote-name': 'alice Example',
        'remote-groups': '',
      })
    })

    test.for<[string, Readonly<Record<string, unknown>>]>([
      ['of another domain', { hd: 'example.org', email: 'alice@example.org' }],
      // a private account may have any address for its name
      ['with an account of no domain, whatever its address', { email: 'alice@example.com' }],
      ['of the domain whose address is elsewhere', { hd: 'example.com', email: 'alice@example.org' }],
    ])('somebody %s is told that they are not admitted', async ([, person]) => {
      const { answer } = await signIn(person)
      expect(answer.status).toBe(403)
      expect(answer.body).toContain('Not admitted')
      expect(apps.mail.received).toEqual([])
    })
  })

  describe('GitHub', () => {
    async function signIn(org: string, team: string): Promise<Answer> {
      github.answers.set('/user/orgs', [200, [{ login: org }]])
      github.answers.set('/user/teams', [200, [{ slug: team, organization: { login: org } }]])
      const client = new Client()
      const page = await press(client, 'GitHub', 'code.example.com/repo')
      expect(page.url).toContain(`${github.origin}/login/oauth/authorize?client_id=Iv1.0123456789abcdef&`)
      return client.open(approve(page.url))
    }

    test('somebody of the organisation signs in, with organisation and team as groups', async () => {
      const answer = await signIn('our-organisation', 'admins')
      expect([answer.status, answer.url]).toEqual([200, address('code.example.com/repo')])
      expect(lastOf(apps.code)).toMatchObject({
        'remote-user': 'octocat',
        'remote-email': 'octocat@example.com',
        'remote-groups': 'our-organisation,our-organisation/admins',
      })
    })

    test.for([
      ['of another organisation is not admitted', 'their-organisation', 'admins', 'Not admitted'],
      ['of another team is told by which account', 'our-organisation', 'guests', 'octocat'],
    ] as const)('somebody %s', async ([, org, team, said]) => {
      const answer = await signIn(org, team)
      expect(answer.status).toBe(403)
      expect(answer.body).toContain(said)
      expect(apps.code.received).toEqual([])
    })
  })

  describe('an app that trusts a header', () => {
    let alice: Client

    beforeAll(async () => {
      alice = new Client()
      const form = await alice.open(address('chat.example.com/'))
      const app = await alice.submit(form, { username: 'alice', password: PASSWORD })
      expect(app.body).toBe('Hello alice')
    })

    test('who is signed in is known to it: it shows no sign-in of its own', async () => {
      expect((await alice.open(address('chat.example.com/rooms'))).body).toBe('Hello alice')
      expect(lastOf(apps.chat)).toMatchObject({ 'x-ptl-user': 'alice' })
    })

    test('who is not does not reach it', async () => {
      const page = await new Client().open(address('chat.example.com/'))
      expect(new URL(page.url).host).toMatch(/^auth\.example\.com:/)
      expect(apps.chat.received).toEqual([])
    })

    test('where anybody may come it gets the header empty, and so knows of nobody', async () => {
      expect((await new Client().open(address('chat.example.com/open/help'))).body).toBe('Please log in')
      expect(lastOf(apps.chat)).toMatchObject({ 'x-ptl-user': '' })
    })

    test.for(['X-Ptl-User', 'x-ptl-user', 'X_Ptl_User', 'X.Ptl.User', 'X-Ptl_User', 'X.Ptl-User', 'X~Ptl~User'])(
      'nobody is somebody else by sending %s',
      async (name) => {
        const headers = { [name]: 'mallory', 'X-Kept': 'yes' }
        expect((await alice.open(address('chat.example.com/'), { headers })).body).toBe('Hello alice')
        const open = await new Client().open(address('chat.example.com/open/help'), { headers })
        expect(open.body).toBe('Please log in')
        expect(apps.chat.received).toHaveLength(2)
        for (const received of apps.chat.received) expect(received).toMatchObject({ 'x-kept': 'yes' })
        expect(JSON.stringify(apps.chat.received)).not.toContain('mallory')
      },
    )

    test('a spelling that no honest client has is refused', async () => {
      const headers = { 'X~Ptl-User': 'mallory' }
      for (const path of ['/', '/open/help'])
        expect((await alice.send(address(`chat.example.com${path}`), { headers })).status).toBe(400)
      expect(apps.chat.received).toEqual([])
    })
  })
})
