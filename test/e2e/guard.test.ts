/**
 * Traefik without a socket: it asks labelgate, and makes the routes of the labels that containers have for it.
 * Everything is real: the daemon, Traefik, the image.
 */
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeWith } from '../parts.ts'
import type { Answer, Client } from './client.ts'
import { Deployment } from './deployment.ts'
import { IMAGE } from './image.ts'

const PATIENCE = { timeout: 30_000, interval: 100 }
/** Within which a right that was taken away is gone. */
const AT_ONCE = { timeout: 1000, interval: 20 }
const MARK = 'lg-guard'
/** TLS, and no `aliasHeadersStrategy`: what takes `Remote_User` out here is ours. */
const ENTRY_POINT = ['--entryPoints.websecure.address=:443', '--entryPoints.websecure.http.tls=true']

const routed = (name: string, more: Readonly<Record<string, string>> = {}) => ({
  'traefik.enable': 'true',
  [`traefik.http.routers.${name}.rule`]: `Host(\`${name}.journey.test\`)`,
  ...more,
})
const reachedAnApp = ({ body }: Pick<Answer, 'body'>) => body.includes('Hostname:')
/** Lines of what the app received. */
const lines = ({ body }: Answer) => body.split(/\r?\n/)

let it: Deployment
let password: string
let alice: Client
const url = (target: string) => it.url(target)

/** Once it has a route; 404 is Traefik's word for none. */
function routedAnswer(target: string): Promise<Answer> {
  return vi.waitUntil(async () => {
    const answer = await it
      .client()
      .send(url(target))
      .catch(() => undefined)
    return answer === undefined || answer.status === 404 ? undefined : answer
  }, PATIENCE)
}

interface Said {
  readonly status: number
  readonly body: string
}

/** What the guard says to a program on the network that Traefik is on. */
async function guard(method: string, path: string, body?: object): Promise<Said> {
  const sent = { method, ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }) }
  const program = `const answer = await fetch('http://labelgate:2375${path}', ${JSON.stringify(sent)})
    console.log(JSON.stringify({ status: answer.status, body: await answer.text() }))`
  const words = ['--input-type=module', '-e', program]
  const run = ['run', '--rm', '--network', `${MARK}-network`, '--entrypoint', 'node', IMAGE, ...words]
  return JSON.parse((await execa('docker', run)).stdout) as Said
}

/** Lines of labelgate's log that hold this text. */
const logged = (text: string) =>
  it.log.split('\n').flatMap((line) => (line.includes(text) ? [JSON.parse(line) as Record<string, unknown>] : []))

async function signIn(target: string): Promise<{ client: Client; app: Answer }> {
  const client = it.client()
  const form = await client.open(url(target))
  expect(new URL(form.url).host).toBe(`auth.journey.test:${it.port}`)
  return { client, app: await client.submit(form, { username: 'alice', password }) }
}

describeWith(['docker', 'traefik', 'whoami', 'node-image'], 'the guard, between Traefik and Docker', () => {
  beforeAll(async () => {
    it = await Deployment.start(MARK, {}, { guard: true, options: ENTRY_POINT })
    password = await it.account('alice', 'staff')
    await it.app('notes', { labels: routed('notes', { 'labelgate.allow': 'user:alice' }) })
    await it.app('open', { labels: routed('open') })
    await it.app('typo', { labels: routed('typo', { 'labelgate.alow': 'user:alice' }) })
    const option = 'traefik.http.middlewares.mine'
    const chain = {
      'traefik.http.routers.chain.rule': 'Host(`chain.journey.test`) && PathPrefix(`/strip`)',
      'traefik.http.routers.chain.middlewares': 'mine-strip, mine-mark',
      [`${option}-strip.stripprefix.prefixes`]: '/strip',
      [`${option}-mark.headers.customrequestheaders.X-Mark`]: 'of the chain',
      [`${option}-mark.headers.customresponseheaders.X-Answered`]: 'by the chain',
    }
    await it.app('chain', { labels: { ...routed('chain'), ...chain, 'labelgate.allow': 'signed-in' } })
    for (const name of ['notes', 'open']) await routedAnswer(`${name}.journey.test/`)
    await routedAnswer('chain.journey.test/strip/')
    await routedAnswer('auth.journey.test/login')
    alice = (await signIn('notes.journey.test/')).client
  }, 300_000)

  afterAll(async () => it[Symbol.asyncDispose]())

  test('somebody opens an address, signs in, and is at that address', async () => {
    const { client, app } = await signIn('notes.journey.test/a%2Fb/page?x=1&&u=https://x/?y')
    expect([app.status, app.url]).toEqual([200, url('notes.journey.test/a%2Fb/page?x=1&&u=https://x/?y')])
    const chain = await client.open(url('chain.journey.test/strip/two'))
    expect([chain.url, reachedAnApp(chain)]).toEqual([url('chain.journey.test/strip/two'), true])
  })

  test('the app is told who that is, and sees the cookies of its own and none of ours', async () => {
    await alice.open(url('notes.journey.test/'))
    alice.cookies.get('notes.journey.test')?.set('theme', 'dark')
    const received = lines(await alice.send(url('notes.journey.test/')))
    expect(received).toEqual(expect.arrayContaining(['Remote-User: alice', 'Remote-Groups: staff']))
    expect(received.filter((line) => line.startsWith('Cookie:'))).toEqual(['Cookie: theme=dark'])
    expect(alice.cookies.get('notes.journey.test')?.has('__Host-labelgate')).toBe(true)
    expect(received.join('\n')).not.toMatch(/labelgate/i)
  })

  test.for(['Remote-User', 'Remote_User', 'remote.user', 'remote_groups'])('nobody is eve by %s', async (name) => {
    const answer = await alice.send(url('notes.journey.test/'), { headers: { [name]: 'eve', 'X-Kept': 'yes' } })
    expect([answer.status, lines(answer).includes('X-Kept: yes')]).toEqual([200, true])
    expect(answer.body).not.toContain('eve')
  })

  test('an app without a label of ours is as it was', async () => {
    const answer = await it.client().send(url('open.journey.test/any'))
    expect([answer.status, reachedAnApp(answer)]).toEqual([200, true])
  })

  test('a misspelt label: no route, and the log names container, key and what to write', async () => {
    for (const client of [it.client(), alice]) expect((await client.send(url('typo.journey.test/'))).status).toBe(404)
    const [line] = logged('labelgate.alow')
    expect(line).toMatchObject({ level: 'error', container: `${MARK}-typo`, label: 'labelgate.alow' })
    expect(JSON.stringify(line)).toContain('did you mean labelgate.allow?')
    const withheld = logged('is not shown to Traefik, because its labels are wrong')
    expect(withheld).toContainEqual(expect.objectContaining({ level: 'error', container: `${MARK}-typo` }))
  })

  test('the chain an app has of its own still does its work, behind ours', async () => {
    const refused = await it.client().send(url('chain.journey.test/strip/page'))
    expect([refused.status, reachedAnApp(refused), refused.headers['x-answered']]).toEqual([401, false, undefined])
    const answer = await alice.open(url('chain.journey.test/strip/page?x=1'))
    const received = lines(answer)
    expect(received).toEqual(expect.arrayContaining(['GET /page?x=1 HTTP/1.1', 'X-Mark: of the chain']))
    expect(received).toContain('Remote-User: alice')
    expect(answer.headers['x-answered']).toBe('by the chain')
  })

  const calls: readonly (readonly [method: string, path: string, body?: object])[] = [
    ['POST', '/v1.41/containers/create', { Image: 'traefik/whoami', HostConfig: { Binds: ['/:/host'] } }],
    ['POST', `/v1.41/containers/${MARK}-notes/exec`, { Cmd: ['cat', '/etc/shadow'] }],
    ['GET', '/v1.41/images/json'],
    ['GET', `/v1.41/containers/${MARK}-notes/logs?stdout=1`],
    ['DELETE', `/v1.41/containers/${MARK}-notes`],
  ]
  test.for(calls)('%s %s is not passed on, and stands in the audit log', async ([method, path, body]) => {
    const said = await guard(method, path, body)
    expect(said).toEqual({ status: 403, body: expect.stringContaining('what Traefik reads, and nothing else') })
    // queries are never written down
    const asked = `"${method} ${path.replace(/\?.*/, '')}`
    await vi.waitUntil(() => logged(asked).length > 0, PATIENCE)
    expect(logged(asked)).toContainEqual(expect.objectContaining({ audit: 'refusal', verdict: 'guard' }))
  })

  test('the environment of a container, its command and its mounts are not to be seen', async () => {
    const words = ['--label', `test.labelgate=${MARK}`, '--env', 'PASSWORD=hunter2-env', '--volume', '/hunter2-mount']
    const name = `${MARK}-secretive`
    const run = ['run', '-d', '--name', name, '--network', `${MARK}-network`, ...words, 'traefik/whoami']
    const { stdout: id } = await execa('docker', [...run, '--name', 'hunter2-argument'])
    const { stdout: whole } = await execa('docker', ['inspect', name])
    for (const secret of ['hunter2-env', 'hunter2-mount', 'hunter2-argument']) expect(whole).toContain(secret)
    const [list, one] = [
      await guard('GET', '/containers/json?all=1'),
      await guard('GET', `/v1.41/containers/${id}/json`),
    ]
    expect([list.status, one.status]).toEqual([200, 200])
    for (const { body } of [list, one]) {
      expect(body).toContain(name)
      expect(body).not.toContain('hunter2')
    }
  })

  test('labelgate is killed and comes back: nobody slips through meanwhile, and who was signed in still is', async () => {
    const seen = new Set<string>()
    const stop = new AbortController()
    const knock = async () => {
      while (!stop.signal.aborted) {
        const answer = await it
          .client()
          .send(url('notes.journey.test/'))
          .catch(() => undefined)
        if (answer !== undefined) seen.add(reachedAnApp(answer) ? 'the app' : String(answer.status))
      }
    }
    const knocking = knock()
    const id = it.labelgate.getId()
    await execa('docker', ['kill', id])
    await vi.waitUntil(() => [...seen].some((answer) => answer.startsWith('5')), PATIENCE)
    await execa('docker', ['start', id])
    await expect.poll(async () => (await alice.send(url('notes.journey.test/'))).status, PATIENCE).toBe(200)
    await routedAnswer('auth.journey.test/login')
    // the guard itself is followed again
    await it.app('later', { labels: routed('later', { 'labelgate.allow': 'signed-in' }) })
    const later = await routedAnswer('later.journey.test/')
    stop.abort()
    await knocking
    expect([later.status, reachedAnApp(later)]).toEqual([401, false])
    expect(seen).toContain('401')
    expect(seen).not.toContain('the app')
  })

  test('signing out closes every app within a second', async () => {
    const { client } = await signIn('notes.journey.test/')
    expect((await client.open(url('chain.journey.test/strip/'))).status).toBe(200)
    const stolen = new Map([...client.cookies].map(([host, cookies]) => [host, new Map(cookies)]))
    const left = await client.submit(await client.open(url('auth.journey.test/logout')))
    expect(left.url).toBe(url('auth.journey.test/signed-out'))
    for (const [host, cookies] of stolen) client.cookies.set(host, cookies)
    for (const target of ['notes.journey.test/', 'chain.journey.test/strip/'])
      await expect.poll(async () => (await client.send(url(target))).status, AT_ONCE).toBe(401)
    expect((await client.open(url('notes.journey.test/'))).url).toContain('/login')
  })
})
