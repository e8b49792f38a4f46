/**
 * deploy/examples/nginx-internal as it stands, with a certified provider in the place of Google: client and issuer of
 * labelgate.yaml are the test's.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Certified, startCertified } from '../../identity/oidc/certified.ts'
import { describeWith } from '../../parts.ts'
import { Client, type Answer } from '../client.ts'
import { Example } from './example.ts'
import { mounted, operatorFile, OUTSIDE } from './provider.ts'

const NAME = 'nginx-internal'
const [PGWEB, CI] = ['pgweb.localhost/', 'ci.localhost/']
const TOKEN = 'Bearer a-token-of-concourse'

describeWith(['docker', 'compose', 'node-image', 'nginx', 'whoami'], `deploy/examples/${NAME}`, () => {
  const parts = new AsyncDisposableStack()
  let idp: Certified
  let example: Example

  beforeAll(async () => {
    idp = parts.use(await startCertified(undefined, true, OUTSIDE))
    idp.accounts.set('alice', []).set('mallory', [])
    idp.domains.set('alice', 'example.com')
    const volumes = await mounted(parts, {
      '/etc/labelgate/labelgate.yaml': await operatorFile(NAME, {
        '1234567890-abc.apps.googleusercontent.com': `labelgate\n    issuer: ${idp.issuer}`,
      }),
      '/run/secrets/google-client': 'a-secret\n',
    })
    const labelgate = { extra_hosts: [`${OUTSIDE}:host-gateway`], volumes }
    example = parts.use(await Example.start(NAME, { override: () => ({ services: { labelgate, render: labelgate } }) }))
    await example.asksForSignIn(PGWEB, CI)
  }, 300_000)
  afterAll(() => parts.disposeAsync())

  const open = (client: Client, target: string, headers = {}) => client.open(example.url(target), { headers })

  /** By the one button of the page, as this client says nothing of where it is going; the provider knows who sits there. */
  async function arrive(user: string, target: string): Promise<{ client: Client; answer: Answer }> {
    idp.next = user
    const client = new Client()
    return { client, answer: await client.submit(await open(client, target)) }
  }

  test('a service leads straight to the provider, which is told whose accounts are meant', async () => {
    const client = new Client()
    // what browsers say on the way to an address of this machine or with TLS (Fetch Metadata, section 2)
    const headers = { Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
    const toPortal = await client.send(example.url(PGWEB), { headers })
    expect(toPortal.status).toBe(302)
    const toProvider = await client.send(toPortal.headers.location ?? '', { headers })
    expect(toProvider.status).toBe(303)
    const asked = new URL(toProvider.headers.location ?? '')
    expect(asked.origin).toBe(idp.issuer)
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      hd: 'example.com',
      redirect_uri: example.url('auth.localhost/callback/google'),
    })
  })

  test('one sign-in is for every service, each on a host of its own', async () => {
    const { client, answer } = await arrive('alice', `${PGWEB}tables?x=1`)
    expect([answer.status, answer.url]).toEqual([200, example.url(`${PGWEB}tables?x=1`)])
    expect(answer.body).toMatch(/^Remote-Email: alice@example\.com\r?$/m)
    const logins = idp.logins
    const ci = await open(client, CI)
    expect(ci.body).toContain('<title>Concourse</title>')
    expect(idp.logins).toBe(logins)
  })

  test('an account of no domain is not admitted, whatever its address', async () => {
    const { client, answer } = await arrive('mallory', PGWEB)
    expect(answer.status).toBe(403)
    expect(answer.body).toContain('Not admitted')
    expect((await client.send(example.url(PGWEB), { headers: { Accept: 'application/json' } })).status).toBe(401)
  })

  test('a program is told to sign in, by a status and not by a page', async () => {
    for (const target of [PGWEB, CI]) {
      const answer = await new Client().send(example.url(target), { headers: { Accept: 'application/json' } })
      expect(answer.status).toBe(401)
      expect(answer.body).not.toMatch(/Hostname|Concourse/)
    }
  })

  test('fly goes on with the token of Concourse, and without one Concourse itself says no', async () => {
    const api = (headers: Record<string, string>) => new Client().send(example.url(`${CI}api/v1/teams`), { headers })
    expect((await api({ Authorization: TOKEN })).body).toContain('main')
    expect(await api({})).toMatchObject({ status: 401, body: expect.stringContaining('not authorized') })
    const page = await new Client().send(example.url(CI), { headers: { Authorization: TOKEN, Accept: '*/*' } })
    expect(page.status).toBe(401)
    expect(page.body).not.toContain('pipelines')
  })
})
