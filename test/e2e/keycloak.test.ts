/**
 * The real Keycloak, by the recipe of deploy/oidc.md: two apps on one host, `/app1` for everybody and `/app2` for `group2`, by a
 * label each. Who loses the group loses the app; who signs out there is signed out here.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openGate, type Gate } from '../../src/cli/gate.ts'
import type { PeopleNote } from '../../src/cli/people.ts'
import { settingsOf } from '../../src/cli/settings.ts'
import { Held } from '../../src/config/current.ts'
import { questioner } from '../../src/http/forward/question.ts'
import { createGateway } from '../../src/http/gateway/gateway.ts'
import { identityHeaderNames } from '../../src/table/header-names.ts'
import { container } from '../build/container.ts'
import { tableOf } from '../build/table.ts'
import { freePort } from '../free-port.ts'
import { describeWith } from '../parts.ts'
import { recipe } from '../recipes.ts'
import { Client, type Answer } from './client.ts'
import { startKeycloak, type Keycloak } from './keycloak.ts'

/** As the file says it below. */
const REFRESH = 60_000
const TOKEN = 'headers.X-Forwarded-Access-Token=access-token'

describeWith(['keycloak'], 'Keycloak', () => {
  const opened = new AsyncDisposableStack()
  const notes: PeopleNote[] = []
  const faults: unknown[] = []
  const clock = { ahead: 0 }
  let keycloak: Keycloak
  let gate: Gate
  let apps = ''
  let portal = ''

  beforeAll(async () => {
    const [port, own] = [await freePort(), await freePort()]
    ;[portal, apps] = [`http://auth.localhost:${port}`, `http://apps.localhost:${port}`]
    keycloak = opened.use(await startKeycloak(`http://127.0.0.1:${own}/backchannel-logout/keycloak`))
    const folder = mkdtempSync(join(tmpdir(), 'labelgate-keycloak-'))
    opened.defer(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'secret'), 'labelgate-test-secret\n')
    const file = recipe('oidc.md#Keycloak', {
      'https://id.example.com/realms/main': keycloak.issuer,
      '/run/secrets/keycloak-client': join(folder, 'secret'),
      // by something else than the group that somebody leaves below: they are to stay admitted
      'group:staff, group:partners': 'group:group1, email:test@example.com',
    })
    // Keycloak's clock stays where it is, and must not be too far behind ours
    writeFileSync(join(folder, 'labelgate.yaml'), `${file}    refresh: 1m\n    upstream-tokens: { apps: app2 }\n`)
    const settings = settingsOf({
      LABELGATE_PORTAL_URL: portal,
      LABELGATE_STORE: 'memory',
      LABELGATE_CONFIG: join(folder, 'labelgate.yaml'),
    })
    const upstream = createServer((req, res) =>
      res
        .setHeader('X-Seen-Token', req.headers['x-forwarded-access-token'] ?? '')
        .end(`${req.url} ${String(req.headers['remote-user'])} ${String(req.headers['remote-groups'])}`),
    ).listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    opened.defer(() => void upstream.close())
    const address = upstream.address()
    const runs = {
      networks: [{ name: 'proxy', address: '127.0.0.1' }],
      ports: [typeof address === 'object' ? (address?.port ?? 0) : 0],
    }
    const table = tableOf(
      [
        container('app1', 'host=apps.localhost\npath=/app1', runs),
        container('app2', `host=apps.localhost\npath=/app2\nallow=group:group2\n${TOKEN}`, runs),
      ],
      { ...settings.operator, ownsRoutes: true },
    )
    const fault = (error: unknown) => void faults.push(error)
    const nothing = () => undefined
    gate = opened.use(
      await openGate({
        settings,
        config: new Held(settings),
        now: () => Date.now() + clock.ahead,
        table: () => table,
        observer: { decided: nothing, stranger: nothing, failed: fault },
        observe: nothing,
        note: (note) => void notes.push(note),
        fault,
      }),
    )
    // Keycloak asks from machine to machine, past the proxy
    await gate.frontDoor.listen({ host: '127.0.0.1', port: own })
    const gateway = createGateway({
      portal: settings.portal,
      ask: questioner(gate.forward),
      portalHandler: (req, res) => gate.frontDoor.routing(req, res),
      identityHeaderNames: () => identityHeaderNames(table),
      fault,
    })
    opened.defer(() => gateway.close())
    await gateway.listen({ host: '127.0.0.1', port })
  }, 180_000)
  afterAll(() => opened[Symbol.asyncDispose]())

  const text = (answer: Answer) => `${answer.status} ${answer.body}`

  /** From an app to Keycloak's own sign-in page, and back with a name and a password. */
  async function signIn(user: string, path = '/app1'): Promise<{ client: Client; answer: Answer }> {
    const client = new Client()
    const page = await client.open(apps + path)
    expect(page.body).toContain('Continue with Keycloak')
    const form = await client.submit(page)
    expect(form.url).toContain('/protocol/openid-connect/auth?')
    return { client, answer: await client.submit(form, { username: user, password: user }) }
  }

  test('/app1 is for everybody and /app2 for group2', async () => {
    const inGroup = await signIn('test', '/app2/page?x=1')
    expect(text(inGroup.answer)).toMatch(/^200 \/app2\/page\?x=1 test (\S+,)?group2(,|$)/)
    expect((await inGroup.client.open(`${apps}/app1`)).status).toBe(200)
    const outside = await signIn('alice')
    expect(text(outside.answer)).toMatch(/^200 \/app1 alice (\S+,)?group1(,|$)/)
    const refused = await outside.client.open(`${apps}/app2`)
    expect(refused.status).toBe(403)
    expect(refused.body).toContain('alice')
  })

  test('/app2 is handed on an access token of Keycloak’s for us, and /app1 is not', async () => {
    const { client, answer } = await signIn('test', '/app2')
    const token = decodeJwt(String(answer.headers['x-seen-token']))
    expect(token).toMatchObject({ iss: keycloak.issuer, azp: 'labelgate', preferred_username: 'test' })
    expect((await client.open(`${apps}/app1`)).headers['x-seen-token']).toBe('')
  })

  test('signing out in Keycloak ends our sessions within a second, and nobody else’s', async () => {
    const [leaving, staying] = [await signIn('alice'), await signIn('test')]
    await keycloak.signOut('alice')
    await vi.waitFor(
      async () => {
        const answer = await leaving.client.send(`${apps}/app1`, { headers: { Accept: 'application/json' } })
        expect(answer.status).toBe(401)
      },
      { timeout: 1000 },
    )
    expect((await staying.client.open(`${apps}/app1`)).status).toBe(200)
  })

  test('signing out here signs out there too: the next sign-in asks for the password again', async () => {
    const { client } = await signIn('alice')
    const done = await client.submit(await client.open(`${portal}/logout`))
    expect(done.url).toBe(`${portal}/signed-out`)
    const page = await client.open(`${apps}/app1`)
    expect((await client.submit(page)).body).toContain('name="password"')
  })

  test('whoever wants another account is asked who they are', async () => {
    const { client } = await signIn('alice')
    const page = await client.open(`${portal}/login?prompt=select_account`)
    const form = await client.submit(page)
    expect(form.body).toContain('name="password"')
  })

  test('fresh: Keycloak asks for the password again, and says when', async () => {
    const { client } = await signIn('alice')
    const shown = () => {
      const cookie = client.cookies.get('auth.localhost')?.get('labelgate') ?? ''
      return { cookie, at: gate.sessions.find(cookie, Date.now())?.authentication.at ?? 0 }
    }
    const before = shown()
    // Keycloak tells of whole seconds: the next one has to have begun
    await vi.waitUntil(() => Date.now() >= before.at + 1000, { timeout: 5000 })
    const rd = encodeURIComponent(`${apps}/app1`)
    const page = await client.open(`${portal}/login?rd=${rd}&prompt=login&need=fresh:60`)
    const form = await client.submit(page)
    expect(form.body).toContain('name="password"')
    expect((await client.submit(form, { password: 'alice' })).url).toBe(`${apps}/app1`)
    expect(shown().cookie).not.toBe(before.cookie)
    expect(shown().at).toBeGreaterThan(before.at)
  })

  test('who is taken out of the group loses /app2 within refresh, without signing in again', async () => {
    const { client } = await signIn('test', '/app2')
    expect((await client.open(`${apps}/app2`)).status).toBe(200)
    await keycloak.leave('test', 'group2')
    clock.ahead += REFRESH
    await vi.waitFor(async () => expect((await client.open(`${apps}/app2`)).status).toBe(403), { timeout: 10_000 })
    expect((await client.open(`${apps}/app1`)).status).toBe(200)
  })

  test('who is disabled there is out within refresh', async () => {
    const { client } = await signIn('test')
    await keycloak.disable('test')
    clock.ahead += REFRESH
    await vi.waitFor(
      async () => {
        const answer = await client.send(`${apps}/app1`, { headers: { Accept: 'application/json' } })
        expect(answer.status).toBe(401)
      },
      { timeout: 10_000 },
    )
    expect(notes).toContainEqual({ kind: 'ended', provider: 'keycloak' })
    expect(faults).toEqual([])
  })
})
