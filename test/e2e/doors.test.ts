/**
 * nginx, Caddy, Envoy and HAProxy by the recipes of deploy/, with TLS, over containers of the real daemon: somebody signs
 * in, apps come and go without a word to the proxy, and with labelgate gone, hung or replaced nobody gets anything.
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { freePort } from '../free-port.ts'
import { describeWith } from '../parts.ts'
import { type Certificate, makeCertificate } from './certificate.ts'
import { Client } from './client.ts'
import { IMPOSTORS, listenOn } from './doors/impostors.ts'
import { openProgram, type Program } from './doors/program.ts'
import { type DoorName, NGINX_AROUND, type RunningDoor, startDoor } from './doors/proxies.ts'
import { followed, rendersOf } from './doors/recipe.ts'
import { sendRaw } from './doors/wire.ts'

const PASSWORD = 'correct horse battery'
const MARK = 'test.labelgate=doors'
const IMAGE = 'node:24-bookworm-slim'

/** Says who asked, streams events one by one, counts the bytes of an upload and the requests that reached it. */
const APP = `
let reached = 0
require('node:http').createServer((request, response) => {
  if (request.url === '/reached') return response.end(String(reached))
  reached++
  if (request.url === '/events') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('data: first\\n\\n')
    return request.on('close', () => undefined)
  }
  let bytes = 0
  request.on('data', (chunk) => (bytes += chunk.length))
  request.on('end', () => response.end(JSON.stringify({ app: process.env.NAME, bytes, headers: request.headers })))
}).listen(80)`

const parts = new AsyncDisposableStack()
let certificate: Certificate
let folder: string

async function runApp(name: string, ...labels: readonly string[]): Promise<string> {
  const args = ['run', '-d', '--rm', '--name', `labelgate-doors-${name}`, '-e', `NAME=${name}`, '--label', MARK]
  const more = labels.flatMap((label) => ['--label', `labelgate.${label}`])
  await execa('docker', [...args, ...more, '--expose', '80', IMAGE, 'node', '-e', APP])
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
  const { stdout } = await execa('docker', ['inspect', '-f', format, `labelgate-doors-${name}`])
  return stdout.trim()
}

async function removeApps(): Promise<void> {
  const { stdout } = await execa('docker', ['ps', '-aq', '--filter', `label=${MARK}`])
  const ids = stdout.split('\n').filter((id) => id !== '')
  if (ids.length > 0) await execa('docker', ['rm', '-f', ...ids])
}

describeWith(['docker', 'node-image', 'nginx', 'caddy', 'envoy', 'haproxy'], 'proxies by their recipes', () => {
  let address: string
  const reached = async () => Number(await (await fetch(`http://${address}/reached`)).text())

  beforeAll(async () => {
    await removeApps()
    parts.defer(removeApps)
    certificate = await makeCertificate(['*.door.test'])
    folder = await mkdtemp(join(tmpdir(), 'labelgate-doors-'))
    parts.defer(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'cert.pem'), certificate.certificate)
    await writeFile(join(folder, 'key.pem'), certificate.key)
    await writeFile(join(folder, 'tls.pem'), certificate.certificate + certificate.key)
    address = await runApp('first', 'host=first.door.test')
  })
  afterAll(() => parts.disposeAsync())

  describe.for(['nginx', 'caddy', 'envoy', 'haproxy'] as const)('%s', (name) => {
    const running = new AsyncDisposableStack()
    let port: number
    let program: Program
    let door: RunningDoor
    let alice: Client
    const url = (target: string) => {
      const slash = target.indexOf('/')
      return `https://${target.slice(0, slash)}:${port}${target.slice(slash)}`
    }

    beforeAll(async () => {
      port = await freePort()
      program = running.use(await openProgram(`https://auth.door.test:${port}`))
      await program.run(['user', 'add', 'alice'], PASSWORD)
      await program.start()
      door = running.use(await startDoor({ name, port, files: await filesOf(name, program, port) }))
      alice = new Client(certificate.certificate)
    })
    afterAll(() => running.disposeAsync())

    test('somebody signs in, and the app knows who it is', async () => {
      const page = await alice.open(url('first.door.test/inbox?x=1'))
      expect(new URL(page.url).host).toBe(`auth.door.test:${port}`)
      const answer = await alice.submit(page, { username: 'alice', password: PASSWORD })
      expect([answer.status, answer.url]).toEqual([200, url('first.door.test/inbox?x=1')])
      const { headers } = JSON.parse(answer.body) as { headers: Record<string, string> }
      expect(headers).toMatchObject({ 'remote-user': 'alice', 'x-forwarded-proto': 'https' })
      expect(headers['cookie'] ?? '').toBe('')
    })

    test('whom it may not let in it tells by a page', async () => {
      const page = await alice.open(url('nobody.door.test/'))
      expect([page.status, page.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8'])
      expect(page.body).toContain('nobody.door.test')
    })

    test('an app that comes later is served at once, without a word to the proxy; and gone when it goes', async () => {
      const before = door.log().length
      const host = `${name}.door.test`
      await runApp(name, `host=${host}`)
      const stranger = new Client(certificate.certificate)
      await vi.waitFor(async () => expect((await stranger.open(url(`${host}/`))).url).toContain('/login'), 10_000)
      // its first answer comes once the program in it listens
      await vi.waitFor(async () => {
        const { body } = await alice.open(url(`${host}/`))
        expect(JSON.parse(body)).toMatchObject({ app: name, headers: { 'remote-user': 'alice' } })
      }, 10_000)
      await execa('docker', ['rm', '-f', `labelgate-doors-${name}`])
      await vi.waitFor(async () => expect((await alice.send(url(`${host}/`))).status).toBe(403), 10_000)
      expect(door.log().slice(before)).not.toMatch(/reload|signal process started/i)
    })

    test('an upload of 64 MiB passes', async () => {
      const body = Buffer.alloc(64 * 1_048_576, 'x')
      const answer = await send(url('first.door.test/upload'), alice, body)
      expect(JSON.parse(answer)).toMatchObject({ bytes: body.length })
    })

    test('an event arrives while the stream goes on', async () => {
      expect(await send(url('first.door.test/events'), alice)).toBe('data: first\n\n')
    })

    test('signing out ends it', async () => {
      const page = await alice.open(url('auth.door.test/logout'))
      await alice.submit(page)
      await vi.waitFor(async () => expect((await alice.open(url('first.door.test/'))).url).toContain('/login'), 3000)
    })

    describe('nothing reaches the app', () => {
      let cookie: string
      /** So many requests of somebody who is signed in: what they were told, and that none got through. */
      const expectRefused = async (times: number, ms = 5000): Promise<Record<number, number>> => {
        const before = await reached()
        const told: Record<number, number> = {}
        const ask = `GET / HTTP/1.1\r\nHost: first.door.test:${port}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`
        for (let done = 0; done < times; done += 100) {
          const answers = await Promise.all(
            Array.from({ length: Math.min(100, times - done) }, () => sendRaw(port, ask, { tls: true, ms })),
          )
          for (const { status, body } of answers) {
            expect(body).not.toContain('"app"')
            told[status] = (told[status] ?? 0) + 1
          }
        }
        expect(await reached()).toBe(before)
        expect(told[200]).toBeUndefined()
        return told
      }

      beforeAll(async () => {
        const client = new Client(certificate.certificate)
        await client.submit(await client.open(url('first.door.test/')), { username: 'alice', password: PASSWORD })
        cookie = [...(client.cookies.get('first.door.test') ?? [])].map(([key, value]) => `${key}=${value}`).join('; ')
      })

      test('H-30 with labelgate hung, until it goes on', async () => {
        await program.signal('SIGSTOP')
        const told = await expectRefused(40, 15_000)
        await program.signal('SIGCONT')
        console.info(`${name}: labelgate hung: ${JSON.stringify(told)}`)
        await vi.waitFor(async () => expect(await passes()).toBe(200), 5000)
      })

      test('H-30 with labelgate stopped, until it is back', async () => {
        await program.signal('SIGKILL')
        const told = await expectRefused(300)
        console.info(`${name}: labelgate stopped: ${JSON.stringify(told)}`)
        await program.start()
        await vi.waitFor(async () => expect(await passes()).toBe(200), 15_000)
      })

      test('I-13, H-30 with something else in its place', async () => {
        await program.signal('SIGKILL')
        for (const [what, listener] of Object.entries(IMPOSTORS)) {
          const impostor = await listenOn(program.port, listener)
          const told = await expectRefused(40)
          console.info(`${name}: in place of labelgate ${what}: ${JSON.stringify(told)}`)
          impostor.closeAllConnections()
          impostor.close()
          await once(impostor, 'close')
        }
      })

      const passes = async () => {
        const ask = `GET / HTTP/1.1\r\nHost: first.door.test:${port}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`
        return (await sendRaw(port, ask, { tls: true })).status
      }
    })
  })
})

describeWith(['docker', 'node-image', 'nginx'], 'nginx with server blocks of its own', () => {
  const running = new AsyncDisposableStack()
  let program: Program
  let port: number
  let portal: number

  beforeAll(async () => {
    await removeApps()
    running.defer(removeApps)
    port = await freePort()
    portal = await freePort()
    // the page leaves the portal to a server of its own; here labelgate itself is that
    program = running.use(await openProgram(`http://auth.door.test:${portal}`))
    await runApp('first', 'host=own.door.test', 'public=/open/**')
    await program.start()
    running.use(await startDoor({ name: 'nginx', port, files: await ownFiles(program, port) }))
  }, 60_000)
  afterAll(() => running.disposeAsync())

  const get = (path: string, line = 'X-Kept: yes') =>
    sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: own.door.test\r\nAccept: text/html\r\n${line}\r\n\r\n`)

  test('a location with both lines asks, and strips', async () => {
    const refused = await get('/private')
    expect([refused.status, refused.headers.get('location')?.[0]]).toEqual([
      302,
      expect.stringContaining(`http://auth.door.test:${portal}/login?rd=`),
    ])
    const open = await get('/open/x', 'Remote-User: mallory')
    expect(open.status).toBe(200)
    expect(JSON.parse(open.body)).toMatchObject({ headers: { 'x-forwarded-for': '127.0.0.1' } })
    expect(open.body).not.toContain('mallory')
  })

  test('one in which the second was forgotten asks and strips too', async () => {
    expect((await get('/forgotten/x')).status).toBe(302)
    const open = await get('/open/forgotten/x', 'Remote-User: mallory')
    expect([open.status, open.body.includes('mallory')]).toEqual([200, false])
  })
})

/** The page's block, over plain http and before a container; with a location that lacks the second include. */
async function ownFiles(program: Program, port: number): Promise<Record<string, string>> {
  const files: Record<string, string> = { 'nginx.conf': NGINX_AROUND }
  for (const { words, file } of rendersOf('nginx.md').filter((one) => one.words.includes('--include')))
    files[file.replace('/etc/nginx/', '')] = await program.run(words)
  const page = readFileSync(`${import.meta.dirname}/../../deploy/nginx.md`, 'utf8')
  const [, block = ''] = /^```nginx\n([^]*?)^```/m.exec(page) ?? []
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
  const { stdout: app } = await execa('docker', ['inspect', '-f', format, 'labelgate-doors-first'])
  const server = block
    .replace('listen 443 ssl http2;', `listen 127.0.0.1:${port};`)
    .replaceAll(/^ *ssl_.*\n/gm, '')
    .replace('app.example.com', 'own.door.test')
    .replaceAll('/etc/nginx/', 'FOLDER/')
    .replaceAll('127.0.0.1:8080', `${app.trim()}:80`)
  const forgotten = ['/forgotten/', '/open/forgotten/'].map(
    (path) => `    location ${path} { proxy_pass http://${app.trim()}:80; }\n`,
  )
  files['conf.d/own.conf'] = server.replace(/\}\n$/, `${forgotten.join('')}}\n`)
  return files
}

function filesOf(name: DoorName, program: Program, port: number): Promise<Record<string, string>> {
  const [cert, key, pem] = ['cert.pem', 'key.pem', 'tls.pem'].map((file) => join(folder, file)) as [
    string,
    string,
    string,
  ]
  return followed(name, program, { port, certificate: cert, key, pem })
}

/** The answer's body; of a stream, what comes first. */
async function send(url: string, { cookies }: Client, body?: Buffer): Promise<string> {
  const { hostname, host, port, pathname } = new URL(url)
  const cookie = [...(cookies.get(hostname) ?? [])].map(([key, value]) => `${key}=${value}`).join('; ')
  const sent = request({
    host: '127.0.0.1',
    port,
    servername: hostname,
    path: pathname,
    method: body === undefined ? 'GET' : 'PUT',
    headers: { Host: host, Cookie: cookie, ...(body !== undefined && { 'Content-Length': body.length }) },
    ca: certificate.certificate,
    agent: false,
    signal: AbortSignal.timeout(30_000),
  })
  const answered = new Promise<string>((resolve, reject) => {
    sent.on('error', reject)
    sent.on('response', (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`))
      response.setEncoding('utf8').once('data', (chunk: string) => resolve(chunk))
    })
  })
  sent.end(body)
  try {
    return await answered
  } finally {
    sent.destroy()
  }
}
