/**
 * Traefik makes the routes, of the labels that containers have for it; before its entry points stands our one
 * middleware. Everything is real: the daemon, Traefik, the image.
 */
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { describeWith } from '../parts.ts'
import { ask } from '../proxy/world.ts'
import type { Answer, Client } from './client.ts'
import { Deployment } from './deployment.ts'

const PATIENCE = { timeout: 30_000, interval: 100 }
const MARK = 'lg-entrypoint'

/** No `aliasHeadersStrategy`: what takes `Remote_User` out here is ours. */
const optionsOf = (provider: string) => [
  '--entryPoints.web.address=:80',
  `--entryPoints.web.http.middlewares=labelgate@${provider}`,
  '--entryPoints.web.http.redirections.entryPoint.to=websecure',
  '--entryPoints.websecure.address=:443',
  '--entryPoints.websecure.asDefault=true',
  '--entryPoints.websecure.http.tls=true',
  '--entryPoints.websecure.forwardedHeaders.insecure=true',
  `--entryPoints.websecure.http.middlewares=labelgate@${provider}`,
  '--certificatesResolvers.le.acme.storage=/tmp/acme.json',
  '--certificatesResolvers.le.acme.email=nobody@journey.test',
  '--certificatesResolvers.le.acme.httpChallenge.entryPoint=web',
  '--api.insecure=true',
]

const routed = (host: string, more: Readonly<Record<string, string>> = {}) => ({
  'traefik.enable': 'true',
  [`traefik.http.routers.${host.split('.')[0]}.rule`]: `Host(\`${host}\`)`,
  ...more,
})
const reachedAnApp = ({ body }: Pick<Answer, 'body'>) => body.includes('Hostname:')
const receivedBy = ({ body }: Answer, name: RegExp) =>
  body.split(/\r?\n/).filter((line) => name.test(line.split(':')[0] ?? ''))

function start(provider: 'file' | 'http', environment: Readonly<Record<string, string>> = {}) {
  const mode = { LABELGATE_TRAEFIK_MODE: 'entrypoint', LABELGATE_TRAEFIK_API: `http://${MARK}-traefik:8080` }
  const http = provider === 'http'
  return Deployment.start(MARK, { ...mode, ...environment }, { docker: true, http, options: optionsOf(provider) })
}

/** Once it has a route; 404 is Traefik's word for none. */
async function routedAnswer(deployment: Deployment, target: string, client = deployment.client()): Promise<Answer> {
  return vi.waitUntil(async () => {
    const answer = await client.send(deployment.url(target)).catch(() => undefined)
    return answer === undefined || answer.status === 404 ? undefined : answer
  }, PATIENCE)
}

async function signedIn(deployment: Deployment, host: string): Promise<Client> {
  const client = deployment.client()
  const form = await client.open(deployment.url(`${host}/`))
  expect(form.url).toContain('https://auth.journey.test')
  const [username, password] = ['alice', await deployment.account('alice', 'staff')]
  const app = await client.submit(form, { username, password })
  expect(app.url).toBe(deployment.url(`${host}/`))
  return client
}

describeWith(['docker', 'traefik', 'whoami', 'node-image'], 'our middleware before an entry point', () => {
  describe.each(['file', 'http'] as const)('told to Traefik by its %s provider', (provider) => {
    let it: Deployment
    let alice: Client

    beforeAll(async () => {
      it = await start(provider)
      await it.app('app', { labels: { ...routed('app.journey.test'), 'labelgate.allow': 'user:alice' } })
      await it.app('admin', { labels: { ...routed('admin.journey.test'), 'labelgate.allow': 'group:admins' } })
      await it.app('open', { labels: { ...routed('open.journey.test'), 'labelgate.public': '/**' } })
      await it.app('bare', { labels: routed('bare.journey.test') })
      const [every, thief] = ['traefik.http.routers.every', 'traefik.http.routers.thief']
      const labels = {
        'traefik.enable': 'true',
        [`${every}.rule`]: 'HostRegexp(`.+`)',
        [`${every}.priority`]: '1',
        [`${thief}.rule`]: 'Host(`auth.journey.test`)',
        [`${thief}.priority`]: '9000000000000000000',
      }
      await it.app('greedy', { labels })
      for (const name of ['app', 'admin', 'open', 'bare']) await routedAnswer(it, `${name}.journey.test/`)
      alice = await signedIn(it, 'app.journey.test')
    }, 300_000)

    afterAll(async () => it[Symbol.asyncDispose]())

    test('a labelled app is behind sign-in, by the host of the router that it has', async () => {
      const answer = await it.client().send(it.url('app.journey.test/page'), { headers: { Accept: 'text/html' } })
      expect([answer.status, reachedAnApp(answer)]).toEqual([302, false])
      expect(answer.headers.location).toMatch(/^https:\/\/auth\.journey\.test:\d+\/login\?/)
    })

    test('who is signed in and may reaches it, by name, and who may not does not', async () => {
      const app = await alice.open(it.url('app.journey.test/'))
      expect(receivedBy(app, /^remote-user$/i)).toEqual(['Remote-User: alice'])
      expect(app.body).not.toContain('__Host-labelgate')
      const admin = await alice.open(it.url('admin.journey.test/'))
      expect([admin.status, reachedAnApp(admin)]).toEqual([403, false])
    })

    test('no spelling of an identity header gets by: Remote_User, Remote.User, remote~user', async () => {
      const spoofed = { 'Remote-User': 'eve', Remote_User: 'eve', 'Remote.Groups': 'eve', remote_groups: 'eve' }
      for (const [client, target] of [
        [alice, 'app.journey.test/'],
        [it.client(), 'open.journey.test/'],
      ] as const) {
        const answer = await client.send(it.url(target), { headers: spoofed })
        expect([target, answer.status, reachedAnApp(answer)]).toEqual([target, 200, true])
        expect(answer.body).not.toContain('eve')
      }
      const tilde = await alice.send(it.url('app.journey.test/'), { headers: { 'remote~user': 'eve' } })
      expect(reachedAnApp(tilde) && tilde.body.includes('eve')).toBe(false)
    })

    test('an open app is open, to nobody in particular', async () => {
      const answer = await it.client().send(it.url('open.journey.test/any'))
      expect([answer.status, reachedAnApp(answer)]).toEqual([200, true])
      expect(receivedBy(answer, /^remote-/i)).toEqual(
        ['Email', 'Groups', 'Name', 'User'].map((name) => `Remote-${name}: `),
      )
    })

    test('a container without a label of ours is denied, and is a problem that says what to do', async () => {
      for (const client of [it.client(), alice]) {
        const answer = await client.send(it.url('bare.journey.test/'))
        expect([answer.status, reachedAnApp(answer)]).toEqual([403, false])
      }
      const line = it.log.split('\n').find((one) => one.includes('is denied by the entry point')) ?? ''
      expect(JSON.parse(line)).toMatchObject({
        container: `${MARK}-bare`,
        label: 'traefik.http.routers.bare.rule',
        reason: 'is denied by the entry point, as no app has it: bare.journey.test/',
        mend: expect.stringContaining('LABELGATE_PROTECT'),
      })
    })

    test('the portal is reached, and nobody else under its host: no router for every host, none of a high priority', async () => {
      const login = await it.client().open(it.url('auth.journey.test/login'))
      expect([login.status, login.body.includes('<form')]).toEqual([200, true])
      const asked = await it.client().send(it.url('auth.journey.test/auth/forward'))
      expect([asked.status, reachedAnApp(asked)]).toEqual([403, false])
    })

    test('plain http is answered by the same address in https, which the redirect router would not ask for', async () => {
      const { status, headers } = await ask(it.plainPort, 'app.journey.test/a?b=c')
      expect([status, headers.location]).toEqual([308, it.url('app.journey.test/a?b=c')])
      const portal = await ask(it.plainPort, 'auth.journey.test/login')
      expect([portal.status, portal.headers.location]).toEqual([308, it.url('auth.journey.test/login')])
      expect((await ask(it.plainPort, 'nobody.journey.test/')).status).toBe(403)
    })

    test('the challenge of a certificate authority reaches Traefik, which knows no such token; nothing beside it does', async () => {
      expect((await ask(it.plainPort, 'new.journey.test/.well-known/acme-challenge/a-Token_9')).status).toBe(404)
      expect((await ask(it.plainPort, 'new.journey.test/.well-known/acme-challenge/a/b')).status).toBe(403)
      expect((await ask(it.plainPort, 'new.journey.test/.well-known/acme-challenge/a?b')).status).toBe(403)
    })

    test('a WebSocket opens for who may, and for nobody else', async () => {
      expect(await alice.say(it.url('app.journey.test/echo'), 'hello')).toBe('hello')
      await expect(it.client().say(it.url('app.journey.test/echo'), 'hello')).rejects.toThrow('401')
    })

    test("Traefik's own settings are looked at: its version is known, and what is hollow is said", async () => {
      await expect.poll(() => it.log, PATIENCE).toContain('forwardedHeaders.insecure')
      expect(it.log).toContain('"msg":"Traefik answers"')
      expect(it.log).toContain('aliasHeadersStrategy')
      expect(it.log).toContain('takes the host of the portal')
      const check = await it.labelgate.exec(['labelgate', 'check', '--traefik', `http://${MARK}-traefik:8080`])
      expect([check.exitCode, check.stdout.split('\n')[0]]).toEqual([
        1,
        expect.stringMatching(/^error: router (?:websecure-)?thief@docker: takes the host of the portal/),
      ])
      expect(it.log + check.output).not.toMatch(/does not have the (middleware|router of the portal)/)
    })

    test('with labelgate gone nothing is answered, by no app and no portal', async () => {
      await execa('docker', ['kill', it.labelgate.getId()])
      for (const name of ['app', 'admin', 'open', 'bare', 'auth']) {
        const answer = await alice.send(it.url(`${name}.journey.test/`))
        expect([name, answer.status, reachedAnApp(answer)]).toEqual([name, 500, false])
      }
    })
  })

  describe('with LABELGATE_PROTECT=all', () => {
    let it: Deployment
    beforeAll(async () => {
      it = await start('file', { LABELGATE_PROTECT: 'all' })
      await it.app('bare', { labels: routed('bare.journey.test') })
      await it.app('out', { labels: { ...routed('out.journey.test'), 'labelgate.enable': 'false' } })
      for (const name of ['bare', 'out']) await routedAnswer(it, `${name}.journey.test/`)
    }, 300_000)
    afterAll(async () => it[Symbol.asyncDispose]())

    test('a container without a label of ours has the default policy: whoever is signed in', async () => {
      const answer = await it.client().send(it.url('bare.journey.test/'))
      expect([answer.status, reachedAnApp(answer)]).toEqual([401, false])
      const client = await signedIn(it, 'bare.journey.test')
      expect(reachedAnApp(await client.open(it.url('bare.journey.test/')))).toBe(true)
    })

    test('one that opts out is denied, since it is asked about all the same, and that is said', async () => {
      const answer = await it.client().send(it.url('out.journey.test/'))
      expect([answer.status, reachedAnApp(answer)]).toEqual([403, false])
      expect(it.log).toContain('take labelgate.enable=false away')
    })
  })
})
