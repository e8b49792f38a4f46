/**
 * deploy/examples/streamlit-keycloak: two WebSocket apps on one host behind nginx, one of them for a group alone. There
 * is no image of Keycloak here: the real one runs beside the containers, and where that is missing, a certified provider
 * in its place; the rest is as it stands.
 */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeJwt } from 'jose'
import { startCertified } from '../../identity/oidc/certified.ts'
import { describeWith, type Part } from '../../parts.ts'
import { Client, type Answer } from '../client.ts'
import { ROOT } from '../image.ts'
import { startKeycloak } from '../keycloak.ts'
import { Example } from './example.ts'
import { mounted, operatorFile, OUTSIDE } from './provider.ts'

const NAME = 'streamlit-keycloak'
const SECRET = readFileSync(`${ROOT}/deploy/examples/${NAME}/client-secret`, 'utf8').trim()
const [APP1, APP2] = ['apps.localhost/app1', 'apps.localhost/app2']

interface Idp extends AsyncDisposable {
  readonly issuer: string
  /** What the operator's file says besides, for this provider. */
  readonly scopes: string
  /** Of the client `labelgate`. */
  readonly secret: string
  /** Signs in on its page. */
  enter(client: Client, page: Answer, user: string): Promise<Answer>
  /** Whose token it is, as far as the provider is concerned. */
  whose(token: string): Promise<unknown>
}

async function keycloak(): Promise<Idp> {
  const own = await startKeycloak('http://127.0.0.1:9/unused', OUTSIDE)
  await warm(own.issuer.replace(OUTSIDE, '127.0.0.1'))
  return Object.assign(own, {
    scopes: '',
    secret: SECRET,
    enter: (client: Client, page: Answer, username: string) => client.submit(page, { username, password: username }),
    whose: async (token: string) => decodeJwt(token)['preferred_username'],
  })
}

/** Its first page and first password take it several seconds, which no browser of the tests waits. */
async function warm(issuer: string): Promise<void> {
  const client = { client_id: 'labelgate', scope: 'openid' }
  const page = { ...client, response_type: 'code', redirect_uri: 'http://auth.localhost/callback/keycloak' }
  const shown = await fetch(`${issuer}/protocol/openid-connect/auth?${new URLSearchParams(page).toString()}`)
  if (!(await shown.text()).includes('name="password"'))
    throw new Error(`Keycloak shows no page to sign in: ${shown.status}`)
  const body = { ...client, client_secret: SECRET, grant_type: 'password', username: 'test', password: 'test' }
  const given = await fetch(`${issuer}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams(body),
  })
  if (!given.ok) throw new Error(await given.text())
}

async function certified(): Promise<Idp> {
  const own = await startCertified(undefined, true, OUTSIDE)
  own.accounts.set('test', ['group2']).set('alice', ['group1'])
  const local = own.issuer.replace(OUTSIDE, '127.0.0.1')
  return Object.assign(own, {
    // it keeps groups apart, and is asked again only where it may be
    scopes: '\n    scopes: openid, profile, email, groups, offline_access',
    secret: 'a-secret',
    enter: async (_client: Client, page: Answer) => page,
    whose: async (token: string) => {
      const answer = await fetch(`${local}/me`, { headers: { authorization: `Bearer ${token}` } })
      return answer.ok ? ((await answer.json()) as { sub: string }).sub : answer.status
    },
  })
}

function behind(
  title: string,
  more: readonly Part[],
  start: () => Promise<Idp>,
  next: (idp: Idp, user: string) => void,
) {
  describeWith(['docker', 'compose', 'node-image', 'nginx', ...more], `deploy/examples/${NAME}, ${title}`, () => {
    const parts = new AsyncDisposableStack()
    let idp: Idp
    let example: Example

    beforeAll(async () => {
      idp = parts.use(await start())
      const volumes = await mounted(parts, {
        '/etc/labelgate/labelgate.yaml': await operatorFile(NAME, {
          'http://id.localhost:8080/realms/labelgate': `${idp.issuer}${idp.scopes}`,
        }),
        '/run/secrets/keycloak-client': idp.secret,
      })
      example = parts.use(await Example.start(NAME, { override: () => outside(volumes) }))
      await example.asksForSignIn(APP1, APP2)
    }, 300_000)
    afterAll(() => parts.disposeAsync())

    const open = (client: Client, target: string, headers = {}) => client.open(example.url(target), { headers })

    async function signIn(user: string, target: string): Promise<{ client: Client; answer: Answer }> {
      next(idp, user)
      const client = new Client()
      const page = await client.submit(await open(client, target))
      return { client, answer: await idp.enter(client, page, user) }
    }

    test('/app1 is for everybody, /app2 for group2, by one sign-in', async () => {
      const inGroup = await signIn('test', `${APP1}/page?x=1`)
      expect(said(inGroup.answer)).toMatchObject({
        app: '/app1',
        headers: { 'x-user': 'test', 'x-email': 'test@example.com' },
      })
      expect(inGroup.answer.url).toBe(example.url(`${APP1}/page?x=1`))
      expect(said(await open(inGroup.client, APP2))).toMatchObject({ app: '/app2', headers: { 'x-user': 'test' } })
      const outside = await signIn('alice', APP1)
      expect(said(outside.answer)).toMatchObject({ app: '/app1', headers: { 'x-user': 'alice' } })
      const refused = await open(outside.client, APP2)
      expect(refused.status).toBe(403)
      expect(refused.body).toContain('alice')
      expect(refused.body).not.toContain('/app2"')
    })

    test('their WebSockets are opened by the same policy', async () => {
      const { client } = await signIn('alice', APP1)
      const stream = (app: string) => example.url(`${app}/_stcore/stream`)
      expect(await client.say(stream(APP1), 'hello')).toBe('/app1 alice: hello')
      await expect(client.say(stream(APP2), 'hello')).rejects.toThrow('403')
      await expect(new Client().say(stream(APP1), 'hello')).rejects.toThrow('401')
    })

    test('the app is handed on an access token of the provider, and never one that a client brings', async () => {
      const { client } = await signIn('test', APP1)
      for (const spelling of ['X-Access-Token', 'X_Access_Token']) {
        const { headers } = said(await open(client, APP2, { [spelling]: 'forged', 'X-User': 'mallory' }))
        expect(await idp.whose(headers['x-access-token'] ?? '')).toBe('test')
        expect(JSON.stringify(headers)).not.toMatch(/forged|mallory/)
      }
    })

    test('signing out at the portal ends both apps', async () => {
      const { client } = await signIn('test', APP1)
      expect(said(await open(client, APP2)).app).toBe('/app2')
      await client.submit(await open(client, 'auth.localhost/logout'))
      for (const app of [APP1, APP2]) {
        const answer = await client.send(example.url(app), { headers: { Accept: 'application/json' } })
        expect(answer.status).toBe(401)
      }
    })

    // last: from here on there is a local account, and with it a form of our own
    test('the page to sign in bears the name and the logo that were given to it, where there is a choice', async () => {
      await example.account('admin')
      // what browsers say on the way to an address of this machine or with TLS (Fetch Metadata, section 2)
      const headers = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
      const page = await new Client().send(example.url('auth.localhost/login'), { headers })
      expect(page.body).toContain('Data apps')
      expect(page.body).toContain('Continue with Keycloak')
      const logo = /<img[^>]* src="([^"]+)"/.exec(page.body)?.[1] ?? expect.fail('no logo')
      const { body } = await open(new Client(), `auth.localhost${logo}`)
      expect(body).toBe(await readFile(`${ROOT}/deploy/examples/${NAME}/logo.svg`, 'utf8'))
    })
  })
}

function said(answer: Answer): { readonly app: string; readonly headers: Readonly<Record<string, string>> } {
  if (answer.status !== 200 || !answer.body.startsWith('{'))
    expect.fail(`${answer.url} ${answer.status} ${answer.body}`)
  return JSON.parse(answer.body)
}

/** The provider is on this machine, and its container is left out. */
function outside(volumes: readonly string[]): unknown {
  const labelgate = { extra_hosts: [`${OUTSIDE}:host-gateway`], volumes }
  return { services: { keycloak: { profiles: ['outside'] }, labelgate, render: labelgate } }
}

behind('behind Keycloak', ['keycloak'], keycloak, () => undefined)
behind(
  'behind a certified provider in its place',
  [],
  certified,
  (idp, user) => void Object.assign(idp, { next: user }),
)
