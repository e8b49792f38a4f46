/** The promise, end to end: label a container, and Traefik asks for sign-in before it. Everything here is real. */
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeWith } from '../parts.ts'
import type { Client, Headers } from './client.ts'
import { clear, Deployment } from './deployment.ts'

/** Fetch metadata of what a page’s script asks for. No browser then opens a password window of its own. */
const SCRIPT: Headers = { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' }
const SOON = { timeout: 10_000, interval: 20 }
/** Within which a right that was taken away is gone. */
const AT_ONCE = { timeout: 1000, interval: 20 }

let place: Deployment
let password: string
let signedIn: Client

const url = (target: string) => place.url(target)

/** What the app received, a line each. */
async function received(client: Client, target: string, headers: Headers = {}): Promise<string[]> {
  const { status, body } = await client.send(url(target), { headers })
  expect(status, body).toBe(200)
  return body.split('\n').map((line) => line.trimEnd())
}

const status = async (client: Client, target: string) => (await client.send(url(target))).status

/** Opens the app as a person does: with the session of the portal, where there is one. */
const opened = async (client: Client, target: string) => (await client.open(url(target))).status

async function signIn(name: string, password: string): Promise<Client> {
  const client = place.client()
  const form = await client.open(url('auth.journey.test/login'))
  const home = await client.submit(form, { username: name, password })
  expect([home.status, home.url]).toEqual([200, url('auth.journey.test/')])
  return client
}

/** Waits until the app behind this host answers whoever is signed in so. What hangs is asked again. */
async function expectOpened(target: string, expected: number): Promise<void> {
  await expect.poll(() => opened(signedIn, target).catch(String), SOON).toBe(expected)
}

const docker = (...args: string[]) => execa('docker', args)

/** The first line of the log about this, a problem or a conflict. */
function problem(about: string): unknown {
  const lines = place.log.split('\n').filter((line) => /"level":"(warn|error)"/.test(line))
  return JSON.parse(lines.find((line) => line.includes(about)) ?? '{}')
}

function suite(mark: string, environment: Headers, body: () => void): void {
  beforeAll(async () => {
    place = await Deployment.start(mark, environment)
    password = await place.account('alice', 'staff')
    await vi.waitUntil(
      async () => (await status(place.client(), 'auth.journey.test/login').catch(() => 0)) === 200,
      SOON,
    )
    signedIn = await signIn('alice', password)
  }, 300_000)
  afterAll(() => clear(mark))
  body()
}

describeWith(['docker', 'traefik', 'whoami', 'node-image'], 'a visitor', () => {
  suite('labelgate-journey-visitor', {}, () => {
    beforeAll(async () => {
      await place.app('notes', { labels: { 'labelgate.host': 'notes.journey.test', 'labelgate.public': '/open' } })
      await place.app('wiki', { labels: { 'labelgate.host': 'wiki.elsewhere.test' } })
      await place.app('vault', {
        labels: { 'labelgate.host': 'vault.journey.test', 'labelgate.allow': 'group:admins' },
      })
      for (const host of ['notes.journey.test', 'wiki.elsewhere.test', 'vault.journey.test'])
        await vi.waitUntil(async () => (await status(place.client(), `${host}/`)) === 401, SOON)
    })

    test('an address is opened, sign-in comes between, and the very address is reached', async () => {
      const client = place.client()
      const address = url('notes.journey.test/a%2Fb/%C3%BC%F0%9F%94%91?q=1%262%2F3&name=%C3%A9%20x&&u=https://x/?y')
      const form = await client.open(address)
      expect(new URL(form.url).host).toBe(`auth.journey.test:${place.port}`)
      const app = await client.submit(form, { username: 'alice', password })
      expect(app.url).toBe(address)
      expect(app.body).toContain('GET /a%2Fb/%C3%BC%F0%9F%94%91?q=1%262%2F3&name=%C3%A9%20x&&u=https://x/?y HTTP/1.1')
    })

    test('a second app on another domain is entered without a second sign-in', async () => {
      const client = await signIn('alice', password)
      const first = await client.open(url('notes.journey.test/one'))
      const second = await client.open(url('wiki.elsewhere.test/two?x=y'))
      expect([first.url, second.url]).toEqual([url('notes.journey.test/one'), url('wiki.elsewhere.test/two?x=y')])
      expect(second.body).toContain('Remote-User: alice')
    })

    const programs: { kind: string; method?: string; headers?: Headers }[] = [
      { kind: 'fetch', headers: { Accept: '*/*', ...SCRIPT } },
      { kind: 'a form sent by a script', method: 'POST', headers: { 'X-Requested-With': 'XMLHttpRequest', ...SCRIPT } },
      { kind: 'an event stream', headers: { Accept: 'text/event-stream', ...SCRIPT } },
      {
        kind: 'a preflight',
        method: 'OPTIONS',
        headers: { 'Access-Control-Request-Method': 'PUT', Origin: 'https://x.test' },
      },
      {
        kind: 'a WebSocket',
        headers: {
          Connection: 'Upgrade',
          Upgrade: 'websocket',
          'Sec-Fetch-Mode': 'websocket',
          'Sec-Fetch-Dest': 'websocket',
          'Sec-WebSocket-Version': '13',
          'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        },
      },
    ]
    test.for(programs)(
      '$kind of nobody gets 401, and is told where people sign in',
      async ({ method = 'GET', headers = {} }) => {
        const answer = await place.client().send(url('notes.journey.test/echo'), { method, headers })
        expect(answer.status).toBe(401)
        expect(answer.headers).toMatchObject({ 'www-authenticate': 'Bearer realm="labelgate"' })
        expect(JSON.parse(answer.body)).toMatchObject({
          error: 'sign-in',
          sign_in: expect.stringContaining(url('auth.journey.test/login')),
        })
      },
    )

    test('a program of nobody gets 401, with what it may bring', async () => {
      const answer = await place.client().send(url('notes.journey.test/'), { headers: { Accept: 'application/json' } })
      expect(answer.status).toBe(401)
      expect(answer.headers['www-authenticate']).toContain('Bearer realm="labelgate"')
    })

    test('the app is told who is there, and sees its own cookies and none of ours', async () => {
      await signedIn.open(url('notes.journey.test/'))
      signedIn.cookies.get('notes.journey.test')?.set('theme', 'dark')
      const lines = await received(signedIn, 'notes.journey.test/')
      expect(lines).toEqual(expect.arrayContaining(['Remote-User: alice', 'Remote-Groups: staff', 'Remote-Email:']))
      expect(lines.filter((line) => line.startsWith('Cookie:'))).toEqual(['Cookie: theme=dark'])
      expect(signedIn.cookies.get('notes.journey.test')?.has('__Host-labelgate')).toBe(true)
      expect(lines.join('\n')).not.toMatch(/labelgate/i)
    })

    const spellings = ['Remote-User', 'remote_user', 'Remote.User', 'REMOTE-GROUPS', 'Remote_Groups', 'Remote-Email']
    test.for(spellings)('nobody is somebody by sending %s', async (name) => {
      await signedIn.open(url('notes.journey.test/'))
      for (const client of [signedIn, place.client()]) {
        const lines = await received(client, 'notes.journey.test/open', { [name]: 'mallory', 'X-Kept': 'yes' })
        expect(lines).toContain('X-Kept: yes')
        expect(lines.join('\n')).not.toContain('mallory')
      }
    })

    test('a public path is open to nobody in particular, and the app is told so', async () => {
      const lines = await received(place.client(), 'notes.journey.test/open')
      expect(lines).toEqual(expect.arrayContaining(['Remote-User:', 'Remote-Groups:', 'Remote-Email:', 'Remote-Name:']))
      expect(await status(place.client(), 'notes.journey.test/open/er')).toBe(401)
      expect(await status(place.client(), 'notes.journey.test/open%2F..%2Fsecret')).toBe(401)
    })

    test('whoever may not open an app is told by which account, and signs in by another', async () => {
      const other = await place.account('root', 'admins')
      const client = await signIn('alice', password)
      const refused = await client.open(url('vault.journey.test/safe?x=1'))
      expect(refused.status).toBe(403)
      expect(refused.body).toContain('alice')
      const [, link = ''] = /href="([^"]*\/logout[^"]*)"/.exec(refused.body) ?? []
      const form = await client.submit(await client.open(link.replaceAll('&amp;', '&')))
      const app = await client.submit(form, { username: 'root', password: other })
      expect([app.status, app.url]).toEqual([200, url('vault.journey.test/safe?x=1')])
    })

    test('a WebSocket passes once somebody is signed in', async () => {
      await signedIn.open(url('notes.journey.test/'))
      const headers = { Origin: url('notes.journey.test/').slice(0, -1) }
      expect(await signedIn.say(url('notes.journey.test/echo'), 'hello', headers)).toBe('hello')
      const foreign = signedIn.say(url('notes.journey.test/echo'), 'hello', { Origin: 'https://evil.test' })
      await expect(foreign).rejects.toThrow('403')
    })

    const exits = {
      'the portal’s own form': async (client: Client) =>
        client.submit(await client.open(url('auth.journey.test/logout'))),
      'a form of an app': (client: Client) =>
        client.open(url('notes.journey.test/.labelgate/logout'), {
          method: 'POST',
          headers: { Origin: url('notes.journey.test/').slice(0, -1), 'Sec-Fetch-Site': 'same-origin' },
        }),
    }
    test.for(Object.entries(exits))('signing out by %s closes every app within a second', async ([, leave]) => {
      const client = await signIn('alice', password)
      for (const host of ['notes.journey.test', 'wiki.elsewhere.test']) {
        expect(await opened(client, `${host}/`)).toBe(200)
        expect(await status(client, `${host}/`)).toBe(200)
      }
      const stolen = new Map([...client.cookies].map(([host, cookies]) => [host, new Map(cookies)]))
      const left = await leave(client)
      expect(left.url).toBe(url('auth.journey.test/signed-out'))
      for (const [host, cookies] of stolen) client.cookies.set(host, cookies)
      for (const host of ['notes.journey.test', 'wiki.elsewhere.test'])
        await expect.poll(() => status(client, `${host}/`), AT_ONCE).toBe(401)
      expect((await client.open(url('notes.journey.test/'))).url).toContain('/login')
    })

    test('an account that is disabled at the command line is out within a second', async () => {
      const client = await signIn('carol', await place.account('carol', 'staff'))
      expect(await opened(client, 'notes.journey.test/')).toBe(200)
      await place.command('user', 'disable', 'carol')
      await expect.poll(() => status(client, 'notes.journey.test/'), AT_ONCE).toBe(401)
      expect((await client.open(url('auth.journey.test/'))).url).toContain('/login')
    })

    test('a session outlives a restart of labelgate', async () => {
      const client = await signIn('alice', password)
      expect(await opened(client, 'notes.journey.test/')).toBe(200)
      await place.labelgate.restart()
      await expect.poll(() => status(client, 'notes.journey.test/'), SOON).toBe(200)
      expect((await client.open(url('auth.journey.test/'))).body).toContain('alice')
    })
  })
})

describeWith(['docker', 'traefik', 'whoami', 'node-image'], 'what becomes of containers', () => {
  suite('labelgate-journey-containers', {}, () => {
    /** Every answer that somebody without a session gets here, until disposed of: none of them is the app's. */
    function watchFor(target: string) {
      const seen = new Set<number>()
      const stop = new AbortController()
      const loop = async () => {
        while (!stop.signal.aborted) seen.add(await status(place.client(), target))
      }
      const done = loop()
      return {
        seen,
        async [Symbol.asyncDispose]() {
          stop.abort()
          await done
        },
      }
    }

    test('started it is protected from the first moment, stopped and removed it has no route', async () => {
      const host = 'life.journey.test/'
      await using watched = watchFor(host)
      const app = await place.app('life', { labels: { 'labelgate.host': 'life.journey.test' } })
      await expectOpened(host, 200)
      await docker('stop', '-t', '1', app.getId())
      await expectOpened(host, 404)
      await docker('start', app.getId())
      await expectOpened(host, 200)
      await app.stop()
      await expectOpened(host, 404)
      // 403: labelgate has forgotten the host a moment before Traefik does
      expect([401, 403, 404]).toEqual(expect.arrayContaining([...watched.seen]))
      expect(watched.seen).toContain(401)
    })

    test('paused, it is said not to run; nobody waits for it', async () => {
      const app = await place.app('paused', { labels: { 'labelgate.host': 'paused.journey.test' } })
      await expectOpened('paused.journey.test/', 200)
      await docker('pause', app.getId())
      await expectOpened('paused.journey.test/', 503)
      await docker('unpause', app.getId())
      await expectOpened('paused.journey.test/', 200)
    })

    test('recreated with stricter labels it shuts out who could open it before, and nobody slips through', async () => {
      const host = 'strict.journey.test/'
      const before = await place.app('strict', { labels: { 'labelgate.host': 'strict.journey.test' } })
      await expectOpened(host, 200)
      await before.stop()
      await using watched = watchFor(host)
      const labels = { 'labelgate.host': 'strict.journey.test', 'labelgate.allow': 'group:admins' }
      await place.app('strict', { labels })
      await expectOpened(host, 403)
      expect(watched.seen).not.toContain(200)
    })

    test('of three replicas each answers, and of the two that are left each does', async () => {
      const options = { labels: { 'labelgate.host': 'shop.journey.test' }, service: 'shop/web' }
      const replicas = []
      for (const name of ['shop-1', 'shop-2', 'shop-3']) replicas.push(await place.app(name, options))
      await expectOpened('shop.journey.test/', 200)
      const names = async () => {
        const answers = Array.from({ length: 12 }, () => received(signedIn, 'shop.journey.test/'))
        return new Set((await Promise.all(answers)).map(([line]) => line)).size
      }
      await expect.poll(names, SOON).toBe(3)
      await replicas[0]?.stop()
      await expect.poll(names, SOON).toBe(2)
    })

    test('of two generations of a service the newest one’s labels hold', async () => {
      const labels = { 'labelgate.host': 'rolling.journey.test' }
      const old = await place.app('rolling-1', { labels, service: 'rolling/web' })
      await expectOpened('rolling.journey.test/', 200)
      // Docker lists the second in which a container was created
      const born = Math.ceil(Date.now() / 1000) * 1000
      await vi.waitUntil(() => Date.now() >= born, SOON)
      await place.app('rolling-2', { labels: { ...labels, 'labelgate.allow': 'group:admins' }, service: 'rolling/web' })
      await expectOpened('rolling.journey.test/', 403)
      expect(place.log).toContain('containers of one service carry different labels; those of the newest hold')
      await old.stop()
      await expectOpened('rolling.journey.test/', 403)
    })

    test('a misspelt label shuts everybody out, and the log says what to write', async () => {
      const labels = { 'labelgate.host': 'typo.journey.test', 'labelgate.alow': 'group:staff' }
      const app = await place.app('typo', { labels })
      await expectOpened('typo.journey.test/', 403)
      expect(await status(place.client(), 'typo.journey.test/')).toBe(403)
      const line = problem('labelgate.alow')
      expect(line).toMatchObject({ level: 'error', container: app.getName().slice(1) })
      expect(JSON.stringify(line)).toContain('did you mean labelgate.allow?')
    })

    test('two that claim one host are both denied and both named, until one is gone', async () => {
      const host = 'both.journey.test'
      await place.app('first', { labels: { 'labelgate.host': host } })
      await expectOpened(`${host}/`, 200)
      const second = await place.app('second', { labels: { 'labelgate.host': host, 'labelgate.allow': 'user:alice' } })
      await expectOpened(`${host}/`, 403)
      const line = JSON.stringify(problem(host))
      for (const name of ['first', 'second']) expect(line).toContain(`labelgate-journey-containers-${name}`)
      await second.stop()
      await expectOpened(`${host}/`, 200)
    })

    test('a container that Traefik’s own labels would publish past sign-in is named', async () => {
      const host = 'twice.journey.test'
      const rule = { 'traefik.http.routers.twice.rule': `Host(\`${host}\`)` }
      await place.app('twice', { labels: { 'labelgate.enable': 'true', ...rule } })
      await expectOpened(`${host}/`, 200)
      expect(problem('traefik.http.routers.twice.rule')).toMatchObject({
        level: 'warn',
        reason: expect.stringContaining('without sign-in'),
        mend: expect.stringContaining('traefik.enable=false'),
      })
    })

    test('a container without labels is none of ours', async () => {
      const app = await place.app('plain')
      await place.app('after', { labels: { 'labelgate.host': 'after.journey.test' } })
      await expectOpened('after.journey.test/', 200)
      // other apps here have labels that are wrong, which its exit code says
      const { stdout } = await execa('docker', ['exec', place.labelgate.getId(), 'labelgate', 'apps'], {
        reject: false,
      })
      expect(stdout).toContain('after.journey.test')
      expect(stdout).not.toContain(app.getName())
    })
  })
})

describeWith(['docker', 'traefik', 'whoami', 'node-image'], 'LABELGATE_PROTECT=all', () => {
  const environment = { LABELGATE_PROTECT: 'all', LABELGATE_DEFAULT_HOST: '{name}.journey.test' }
  suite('labelgate-journey-all', environment, () => {
    test('a container without labels is protected by the default policy, under its own name', async () => {
      await place.app('bare')
      const host = 'labelgate-journey-all-bare.journey.test/'
      await expectOpened(host, 200)
      expect(await status(place.client(), host)).toBe(401)
    })

    test('one that opts out gets no route', async () => {
      await place.app('out', { labels: { 'labelgate.enable': 'false' } })
      await place.app('in')
      await expectOpened('labelgate-journey-all-in.journey.test/', 200)
      expect(await status(signedIn, 'labelgate-journey-all-out.journey.test/')).toBe(404)
    })
  })
})
