/**
 * The recipe of deploy/oidc.md for an app that asks the provider's services itself, with a certified provider and through
 * a real Traefik: the token it is handed on is one that the provider takes.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { type Certified, startCertified } from '../identity/oidc/certified.ts'
import { describeWith } from '../parts.ts'
import { recipe } from '../recipes.ts'
import { Client } from './client.ts'
import { type ClientApp, echo } from './client-apps.ts'
import { openPlace, type Place } from './place.ts'

const FILE = 'oidc.md#An app that asks the provider’s services itself'
const LABELS = 'oidc.md#An app that asks the provider’s services itself#2'
const HEADER = 'x-forwarded-access-token'
const REFRESH = 300_000

describeWith(['traefik'], 'tokens of a provider for an app', () => {
  const opened = new AsyncDisposableStack()
  const clock = { ahead: 0 }
  let idp: Certified
  let place: Place
  let apps: Record<'reports' | 'wiki', ClientApp>

  beforeAll(async () => {
    idp = opened.use(await startCertified(undefined, true))
    idp.accounts.set('alice', ['group1'])
    const folder = await mkdtemp(join(tmpdir(), 'labelgate-upstream-tokens-'))
    opened.defer(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'secret'), 'a-secret\n')
    const file = recipe(FILE, {
      'https://id.example.com': idp.issuer,
      '/run/secrets/idp-client': join(folder, 'secret'),
    })
    const { labels } = parse(recipe(LABELS)) as { labels: Record<string, string> }
    apps = {
      reports: opened.use(await echo('reports', { host: 'reports.example.com', ...labels })),
      wiki: opened.use(await echo('wiki', { host: 'wiki.example.com' })),
    }
    place = opened.use(await openPlace(file, Object.values(apps), () => Date.now() + clock.ahead))
  }, 60_000)
  afterAll(() => opened.disposeAsync())

  const at = (app: string) => place.url(`${app}.example.com/`)

  /** Alice, by the button of the portal's page to the provider, which asks nothing. */
  async function signIn(): Promise<Client> {
    const client = new Client()
    const page = await client.open(at('reports'))
    expect(page.body).toContain('Continue with')
    expect((await client.submit(page)).status).toBe(200)
    return client
  }

  /** What the app is handed on with one more request. */
  async function handedOn(client: Client, app: keyof typeof apps, headers = {}): Promise<string | undefined> {
    expect((await client.open(at(app), { headers })).status).toBe(200)
    const received = apps[app].received.at(-1) ?? expect.fail('nothing reached the app')
    expect(received['remote-user']).toBe('alice')
    return received[HEADER]
  }

  /** Who the provider says it is whose token this is. */
  async function userInfo(token: string | undefined): Promise<string | number> {
    const answer = await fetch(`${idp.issuer}/me`, { headers: { authorization: `Bearer ${token}` } })
    return answer.ok ? ((await answer.json()) as { sub: string }).sub : answer.status
  }

  test('the app is handed on a token that the provider takes; another app on the same session is not', async () => {
    const client = await signIn()
    const token = await handedOn(client, 'reports')
    expect(await userInfo(token)).toBe('alice')
    expect(await handedOn(client, 'reports')).toBe(token)
    // nor what its client sent under that name
    expect(await handedOn(client, 'wiki', { 'X-Forwarded-Access-Token': 'forged' })).toBeOneOf(['', undefined])
    const cookies = JSON.stringify([...client.cookies.values()].map((values) => [...values]))
    expect(cookies).not.toContain(token)
  })

  test('after a renewal it is handed on the new one', async () => {
    const client = await signIn()
    const before = await handedOn(client, 'reports')
    clock.ahead += REFRESH
    await vi.waitFor(async () => expect(await handedOn(client, 'reports')).not.toBe(before), { timeout: 10_000 })
    const after = await handedOn(client, 'reports')
    expect(await userInfo(after)).toBe('alice')
    expect(idp.grants).toContain('refresh_token')
  })

  test('after signing out nothing reaches the app any more', async () => {
    const client = await signIn()
    expect(await handedOn(client, 'reports')).not.toBe('')
    await client.submit(await client.open(at('auth') + 'logout'))
    const { length } = apps.reports.received
    const answer = await client.send(at('reports'), { headers: { Accept: 'application/json' } })
    expect(answer.status).toBe(401)
    expect(apps.reports.received).toHaveLength(length)
  })
})
