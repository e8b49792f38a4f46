/** Who is there, told by nginx out of its cache: never somebody else, and nobody for longer than is said. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { openGate, type Gate } from '../../src/cli/gate.ts'
import { settingsOf } from '../../src/cli/settings.ts'
import { Held } from '../../src/config/current.ts'
import { container } from '../build/container.ts'
import { tableOf } from '../build/table.ts'
import { freePort } from '../free-port.ts'
import { describeWith } from '../parts.ts'
import { recipe } from '../recipes.ts'
import { makeCertificate } from './certificate.ts'
import { Client } from './client.ts'

const PASSWORD = 'correct horse battery'
const opened = new AsyncDisposableStack()
let port: number
let ca: string
let gate: Gate
let asked = 0

const url = (target: string) => `https://${target.replace('/', `:${port}/`)}`
const SHOP = 'shop.example.com'

/** What the app is told of whoever asks. */
async function told(headers: Readonly<Record<string, string>> = {}, client = new Client(ca)): Promise<string> {
  const { status, body } = await client.send(url(`${SHOP}/`), { headers })
  return status === 200 ? body : `refused: ${status}`
}

async function signIn(name: string): Promise<{ client: Client; cookie: string }> {
  const client = new Client(ca)
  const form = await client.open(url(`${SHOP}/.labelgate/login?rd=/page`))
  const page = await client.submit(form, { username: name, password: PASSWORD })
  expect([page.url, page.status]).toEqual([url(`${SHOP}/page`), 200])
  const cookie = [...(client.cookies.get(SHOP) ?? [])].map((pair) => pair.join('=')).join('; ')
  return { client, cookie }
}

/** The configuration of the page, with addresses of the test, and the portal beside it. */
async function startNginx(folder: string, labelgate: number, app: number): Promise<void> {
  const page = await readFile(join(import.meta.dirname, '../../deploy/resolver.md'), 'utf8')
  let text = /^```nginx\n([^]*?)^```/m.exec(page)?.[1] ?? expect.fail('the page has no configuration of nginx')
  for (const [from, to] of Object.entries({
    '/var/cache/nginx/labelgate': join(folder, 'cache'),
    'listen 443': `listen 127.0.0.1:${port}`,
    '/etc/nginx/tls/': `${folder}/`,
    'http://labelgate:4180': `http://127.0.0.1:${labelgate}`,
    '/KEY;': `/${gate.proxyKey};`,
    'http://shop:80': `http://127.0.0.1:${app}`,
  })) {
    expect(text).toContain(from)
    text = text.replaceAll(from, to)
  }
  const portal = `server {
    listen 127.0.0.1:${port} ssl;
    server_name auth.example.com;
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    location / { proxy_set_header Host $http_host; proxy_pass http://127.0.0.1:${labelgate}; }
  }`
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  const whole = `${process.geteuid?.() === 0 ? 'user root;' : ''} daemon off; pid ${folder}/pid; error_log stderr; worker_processes 2;
    events {} http { access_log off; ${paths.join(' ')} ${text} ${portal} }`
  await writeFile(join(folder, 'nginx.conf'), whole)
  let log = ''
  const child: ChildProcess = spawn('/usr/sbin/nginx', ['-c', join(folder, 'nginx.conf'), '-e', 'stderr'])
  child.stderr?.on('data', (part) => (log += String(part)))
  opened.defer(async () => {
    const end = once(child, 'exit')
    if (child.kill()) await end
  })
  const answers = async () => {
    const words = await told().catch(String)
    if (!words.startsWith('undefined')) throw new Error(`${words}\n${log}`)
  }
  await vi.waitFor(answers, { timeout: 10_000, interval: 50 })
}

describeWith(['nginx'], 'the resolver behind nginx with its cache', () => {
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'labelgate-resolver-'))
    opened.defer(() => rm(folder, { recursive: true, force: true }))
    port = await freePort()
    const made = await makeCertificate(['*.example.com'])
    ca = made.certificate
    await writeFile(join(folder, 'cert.pem'), made.certificate)
    await writeFile(join(folder, 'key.pem'), made.key)
    const app = createServer(({ headers }, res) => {
      res.end(
        `${String(headers['x-authgear-session-valid'])} ${String(headers['x-authgear-user-id'])} ${String(headers.cookie)}`,
      )
    }).listen(0, '127.0.0.1')
    await once(app, 'listening')
    opened.defer(() => void app.close())
    const { services } = parse(recipe('resolver.md#Kept by nginx')) as {
      services: Record<string, { labels: Record<string, string> }>
    }
    const settings = settingsOf({
      LABELGATE_PORTAL_URL: `https://auth.example.com:${port}`,
      LABELGATE_DATA_DIR: join(folder, 'data'),
    })
    const table = tableOf([container('shop', services['shop']?.labels ?? {})], settings.operator)
    const fault = (error: unknown) => expect.fail(String(error))
    const nothing = () => undefined
    const observer = { decided: () => void (asked += 1), stranger: nothing, failed: fault }
    const options = { settings, config: new Held(settings), now: Date.now, table: () => table, observer }
    gate = opened.use(await openGate({ ...options, observe: nothing, fault }))
    for (const name of ['alice', 'bob']) await gate.accounts.add({ name, password: PASSWORD }, Date.now())
    await gate.frontDoor.listen({ host: '127.0.0.1', port: 0 })
    const { port: labelgate } = gate.frontDoor.server.address() as AddressInfo
    await startNginx(folder, labelgate, (app.address() as AddressInfo).port)
  }, 60_000)
  afterAll(() => opened[Symbol.asyncDispose]())

  test('nobody is refused, and nobody is somebody by saying so', async () => {
    expect(await told()).toBe('undefined undefined undefined')
    const lies = { 'X-Authgear-Session-Valid': 'true', 'X-Authgear-User-Id': 'bob', X_Authgear_User_Id: 'bob' }
    expect(await told({ ...lies, 'X.Authgear.User.Id': 'bob' })).toBe('undefined undefined undefined')
    expect(await told({ Cookie: `__Host-labelgate=${'x'.repeat(43)}` })).toMatch(/^false undefined /)
  })

  test('who signs in is known, without labelgate being asked each time', async () => {
    const { client } = await signIn('alice')
    const id = await told({}, client)
    expect(id).toMatch(/^true \S+ undefined$/)
    const before = asked
    for (let i = 0; i < 100; i++) expect(await told({}, client)).toBe(id)
    console.info(`100 requests, labelgate was asked ${asked - before} times`)
    expect(asked - before).toBeLessThan(10)
  })

  test('nobody gets the identity of somebody else, however they mix', { timeout: 30_000 }, async () => {
    const [alice, bob] = [await signIn('alice'), await signIn('bob')]
    const own = [await told({}, alice.client), await told({}, bob.client), 'undefined undefined undefined']
    expect(new Set(own).size).toBe(3)
    const clients = [alice.client, bob.client, new Client(ca)]
    const all = Array.from({ length: 600 }, (_, i) => i % 3)
    for (let i = 0; i < all.length; i += 30) {
      const seen = await Promise.all(
        all.slice(i, i + 30).map(async (who) => [who, await told({}, clients[who])] as const),
      )
      for (const [who, words] of seen) expect(words).toBe(own[who])
    }
  })

  test('a session that has ended is told as valid for five seconds at most', { timeout: 60_000 }, async () => {
    const longest: number[] = []
    for (let i = 0; i < 3; i++) {
      const { client, cookie } = await signIn('alice')
      const page = await client.open(url(`${SHOP}/.labelgate/logout`))
      // kept in the last moment before the end
      expect(await told({ Cookie: cookie })).toMatch(/^true /)
      await client.submit(page)
      const ended = performance.now()
      // asked for all the time, so that a kept answer is as fresh as it can be
      let last = ended
      while (performance.now() - ended < 6500) {
        const answer = await told({ Cookie: cookie })
        if (answer.startsWith('true ')) last = performance.now()
      }
      expect(await told({ Cookie: cookie })).toMatch(/^false /)
      longest.push(Math.round(last - ended))
    }
    console.info(`told as valid for so many milliseconds after the end: ${longest.join(', ')}`)
    expect(Math.max(...longest)).toBeLessThanOrEqual(5000)
    expect(Math.max(...longest)).toBeGreaterThan(0)
  })
})
