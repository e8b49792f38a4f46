/**
 * The gateway by its recipe: labelgate as a process on the real Docker daemon, an app in a container, and clients that
 * are none of ours: curl, Chromium, Node.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { connect as connectSecond } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { freePort } from '../free-port.ts'
import { describeWith } from '../parts.ts'
import { recipe } from '../recipes.ts'
import { launchBrowser, quietNetwork } from './browser.ts'
import { type Certificate, makeCertificate } from './certificate.ts'
import { Client } from './client.ts'

const MAIN = join(import.meta.dirname, '../../src/main.ts')
const PASSWORD = 'four unrelated words here'
const MEGABYTE = 1024 * 1024

/** Says what it hears: headers, the size of a body, words of a WebSocket, and events one by one. */
const APP = `
const { createServer } = require('node:http'), { createHash } = require('node:crypto')
let left = 0
const server = createServer((req, res) => {
  if (req.url === '/left') return res.end(String(left))
  if (req.url === '/hang') return void res.on('close', () => left++)
  if (req.url === '/events') {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' })
    res.write('data: 1\\n\\n')
    return
  }
  let size = 0
  req.on('data', (part) => (size += part.length))
  req.on('end', () => res.end(JSON.stringify({ size, headers: req.headers, url: req.url })))
})
server.on('upgrade', (req, socket) => {
  const accept = createHash('sha1').update(req.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64')
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n')
  const word = Buffer.from(req.headers['remote-user'] || 'nobody')
  socket.write(Buffer.concat([Buffer.from([0x81, word.length]), word]))
  socket.on('error', () => {})
})
server.listen(8080)
`

interface Recipe {
  readonly services: Readonly<
    Record<string, { environment?: Record<string, string>; labels?: Record<string, string>; image: string }>
  >
}

interface Told {
  readonly size: number
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
}

const opened = new AsyncDisposableStack()
let port: number
let folder: string
let certificate: Certificate
let labelgate: ChildProcess
let env: Record<string, string>
let log = ''
let signedIn: string

const url = (target: string) => `https://${target.replace('/', `:${port}/`)}`
const file = (name: string) => join(folder, name)

async function curl(...words: string[]): Promise<string> {
  const names = ['notes', 'auth', 'gone'].flatMap((name) => ['--resolve', `${name}.gate.test:${port}:127.0.0.1`])
  const { stdout } = await execa('curl', ['-sS', '--cacert', file('fullchain.pem'), ...names, ...words])
  return stdout
}

async function told(...words: string[]): Promise<Told> {
  return JSON.parse(await curl('-H', `Cookie: ${signedIn}; theme=dark`, ...words)) as Told
}

async function startApp(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
  const said = Object.entries(labels).flatMap(([key, value]) => ['-l', `${key}=${value}`])
  const image = 'node:24-bookworm-slim'
  await execa('docker', ['run', '-d', '--name', name, ...said, '--expose', '8080', image, 'node', '-e', APP])
  opened.defer(async () => void (await execa('docker', ['rm', '-f', name], { reject: false })))
}

async function memory(): Promise<number> {
  const status = await readFile(`/proc/${labelgate.pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
}

describeWith(['docker', 'node-image', 'curl', 'chromium'], 'the built-in gateway', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'labelgate-gateway-'))
    opened.defer(() => rm(folder, { recursive: true }))
    const [own, status] = [await freePort(), await freePort()]
    port = await freePort()
    certificate = await makeCertificate(['*.gate.test'])
    await writeFile(file('fullchain.pem'), certificate.certificate)
    await writeFile(file('privkey.pem'), certificate.key)
    const said = recipe('gateway.md#On one machine', {
      'https://auth.example.com': `https://auth.gate.test:${port}`,
      '0.0.0.0:8443': `127.0.0.1:${port}`,
      '/tls/fullchain.pem': file('fullchain.pem'),
      '/tls/privkey.pem': file('privkey.pem'),
      'notes.example.com': 'notes.gate.test',
    })
    const { services } = parse(said) as Recipe
    env = {
      PATH: process.env['PATH'] ?? '',
      ...services['labelgate']?.environment,
      LABELGATE_DATA_DIR: folder,
      LABELGATE_LISTEN: `127.0.0.1:${own}`,
      LABELGATE_STATUS_LISTEN: `127.0.0.1:${status}`,
      LABELGATE_GATEWAY_TIMEOUT: '2s',
    }
    const command = { env, extendEnv: false, input: PASSWORD }
    await execa(process.execPath, [MAIN, 'user', 'add', 'root'], command)
    await startApp(`gate-notes-${port}`, services['notes']?.labels ?? {})
    await startApp(`gate-gone-${port}`, { 'labelgate.host': 'gone.gate.test', 'labelgate.port': '9' })
    labelgate = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    opened.defer(async () => {
      const end = once(labelgate, 'exit')
      if (labelgate.kill()) await end
    })
    for (const stream of [labelgate.stdout, labelgate.stderr]) stream?.on('data', (part) => (log += String(part)))
    const ready = async () => {
      if ((await curl('-o', '/dev/null', '-w', '%{http_code}', url('notes.gate.test/'))) !== '401') throw new Error(log)
    }
    await vi.waitFor(ready, { timeout: 20_000, interval: 100 })
    const client = new Client(certificate.certificate)
    const page = await client.submit(await client.open(url('notes.gate.test/')), {
      username: 'root',
      password: PASSWORD,
    })
    expect(page.status).toBe(200)
    await client.open(url('gone.gate.test/'))
    const cookies = (host: string) => [...(client.cookies.get(host) ?? [])].map((pair) => pair.join('=')).join('; ')
    signedIn = cookies('notes.gate.test')
    gone = cookies('gone.gate.test')
  }, 120_000)
  let gone: string

  afterAll(() => opened[Symbol.asyncDispose]())

  test.for(['--http1.1', '--http2'])('curl %s is told apart by its session alone', async (version) => {
    const codes = '%{http_code} %{http_version}'
    const asked = await curl(version, '-o', '/dev/null', '-w', codes, url('notes.gate.test/'))
    expect(asked).toBe(`401 ${version === '--http2' ? '2' : '1.1'}`)
    const { url: path, headers } = await told(version, url('notes.gate.test/a%20b?x=1'))
    expect(path).toBe('/a%20b?x=1')
    expect(headers).toMatchObject({ 'remote-user': 'root', cookie: 'theme=dark', host: `notes.gate.test:${port}` })
    expect(headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' })
  })

  test.for(['--http1.1', '--http2'])(
    '%s: what a client says of itself is not believed, in any spelling',
    async (version) => {
      const lies = ['Remote-User', 'Remote_User', 'remote.groups', 'X-Forwarded-For', 'X_Forwarded_Proto', 'Forwarded']
      const { headers } = await told(
        version,
        ...lies.flatMap((name) => ['-H', `${name}: mallory`]),
        url('notes.gate.test/'),
      )
      expect(JSON.stringify(headers)).not.toContain('mallory')
      const { headers: hop } = await told(
        '--http1.1',
        '-H',
        'Connection: Remote-User, X-Forwarded-For',
        url('notes.gate.test/'),
      )
      expect(hop).toMatchObject({ 'remote-user': 'root', 'x-forwarded-for': '127.0.0.1' })
    },
  )

  test.for(['--http1.1', '--http2'])(
    '%s: 200 MB go through, and little of them stays',
    { timeout: 60_000 },
    async (version) => {
      await writeFile(file('upload'), '')
      await truncate(file('upload'), 200 * MEGABYTE)
      const before = await memory()
      const { size } = await told(version, '-T', file('upload'), url('notes.gate.test/upload'))
      expect(size).toBe(200 * MEGABYTE)
      const grown = (await memory()) - before
      console.info(
        `${version}: 200 MB uploaded, peak memory grew by ${Math.round(grown)} MB from ${Math.round(before)}`,
      )
      expect(grown).toBeLessThan(100)
    },
  )

  test('events come one by one over HTTP/2, and a client that leaves is missed by the app', async () => {
    const client = connectSecond(url('notes.gate.test/').slice(0, -1), {
      ca: certificate.certificate,
      lookup: (_name, _options, give) => give(null, [{ address: '127.0.0.1', family: 4 }]),
    })
    const events = client.request({ ':path': '/events', cookie: signedIn })
    expect(String((await once(events, 'data'))[0])).toBe('data: 1\n\n')
    events.close(8)
    const hanging = client.request({ ':path': '/hang', cookie: signedIn })
    hanging.on('error', () => undefined)
    const left = async () => Number(await curl('-H', `Cookie: ${signedIn}`, url('notes.gate.test/left')))
    const before = await left()
    setTimeout(() => hanging.close(8), 200)
    await expect.poll(left, { timeout: 1500 }).toBe(before + 1)
    client.destroy()
  })

  test('an app that is too slow is 504, one that cannot be reached 502', async () => {
    const [slow, dead] = [url('notes.gate.test/hang'), url('gone.gate.test/')]
    const words = ['-H', 'Accept: text/html', '-w', '%{http_code}']
    expect(await curl('-H', `Cookie: ${signedIn}`, ...words, slow)).toMatch(/took too long[^]*504$/)
    expect(await curl('-H', `Cookie: ${gone}`, ...words, dead)).toMatch(/cannot be reached[^]*502$/)
  })

  test('a WebSocket opens for who is signed in, and for nobody else', async () => {
    const client = new Client(certificate.certificate)
    await expect(client.say(url('notes.gate.test/ws'), 'hello')).rejects.toThrow('401')
    expect(await client.say(url('notes.gate.test/ws'), 'hello', { Cookie: signedIn })).toBe('root')
  })

  test('a person signs in, is known, and signs out, in a browser', { timeout: 60_000 }, async () => {
    await quietNetwork()
    await using browser = await launchBrowser([`--ignore-certificate-errors-spki-list=${certificate.spki}`])
    const page = await (await browser.newContext()).newPage()
    page.setDefaultTimeout(10_000)
    await page.goto(url('notes.gate.test/page'))
    await page.getByLabel('User name', { exact: true }).fill('root')
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(url('notes.gate.test/page'))
    expect(await page.textContent('body')).toContain('"remote-user":"root"')
    const protocol = await page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol")
    expect(protocol).toBe('h2')
    await page.goto(url('notes.gate.test/.labelgate/logout'))
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Signed out' }).waitFor()
    await page.goto(url('notes.gate.test/page'))
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })

  test('certificates that are replaced are served, and a wrong one is not', { timeout: 30_000 }, async () => {
    const names = async () => {
      const socket = connect({ port, host: '127.0.0.1', servername: 'notes.gate.test', rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      const { subjectaltname } = socket.getPeerCertificate()
      socket.destroy()
      return subjectaltname
    }
    const next = await makeCertificate(['notes.gate.test', 'auth.gate.test'])
    await writeFile(file('fullchain.pem'), next.certificate)
    await expect.poll(() => log, { timeout: 10_000 }).toContain('is not the key of')
    expect(await names()).toBe('DNS:*.gate.test')
    await writeFile(file('privkey.pem'), next.key)
    await expect.poll(names, { timeout: 10_000 }).toBe('DNS:notes.gate.test, DNS:auth.gate.test')
  })

  test('with a key of another certificate it does not start, and says why', async () => {
    await writeFile(file('other.pem'), (await makeCertificate(['x.test'])).key)
    const free = {
      LABELGATE_LISTEN: `127.0.0.1:${await freePort()}`,
      LABELGATE_STATUS_LISTEN: `127.0.0.1:${await freePort()}`,
    }
    const options = {
      ...free,
      LABELGATE_GATEWAY_TLS_KEY: file('other.pem'),
      LABELGATE_DATA_DIR: file('none'),
      LABELGATE_STORE: 'memory',
    }
    const { exitCode, all } = await execa(process.execPath, [MAIN], {
      env: { ...env, ...options },
      extendEnv: false,
      reject: false,
      all: true,
    })
    expect([exitCode, all]).toEqual([
      2,
      expect.stringMatching(/LABELGATE_GATEWAY_TLS_KEY: .*is not the key of .*: give the key/),
    ])
  })
})
