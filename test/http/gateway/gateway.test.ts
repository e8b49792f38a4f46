/** The built-in gateway between a browser and an app, both on real connections: nothing passes that was not asked about. */
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { questioner } from '../../../src/http/forward/question.ts'
import { createGateway } from '../../../src/http/gateway/gateway.ts'
import { identityHeaderNames } from '../../../src/table/header-names.ts'
import { issueToken } from '../../../src/session/tokens.ts'
import { noAssertions, noCredentials } from '../../build/credentials.ts'
import { container } from '../../build/container.ts'
import { tableOf } from '../../build/table.ts'
import { account } from '../../store/samples.ts'
import { alice, header, openDoor } from '../forward/door.ts'
import { exchange } from '../forward/wire.ts'
import { portalFixture } from '../portal/fixture.ts'

const PORTAL = { origin: 'http://auth.localhost:8080', host: 'auth.localhost', secure: false }
const HANDSHAKE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

/** An app that tells what it was asked, and takes any WebSocket. */
async function openApp() {
  const asked: { method: string; url: string; headers: IncomingHttpHeaders; body: string }[] = []
  const server = createServer((req, res) => {
    let body = ''
    req.on('data', (bytes) => (body += String(bytes)))
    req.on('end', () => {
      asked.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers, body })
      res.setHeader('Content-Length', 5).end('hello')
    })
  })
  server.on('upgrade', (req, socket) => {
    asked.push({ method: 'upgrade', url: req.url ?? '', headers: req.headers, body: '' })
    // RFC 6455 section 4.2.2
    const accept = hash('sha1', `${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    socket.write(Buffer.from([0x81, 2, 0x68, 0x69])) // a text frame, `hi`
    onTestFinished(() => void socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { asked, port: (server.address() as AddressInfo).port }
}

async function openGateway() {
  const app = await openApp()
  const here = (name: string, labels: string) =>
    container(name, labels, { networks: [{ name: 'proxy', address: '127.0.0.1' }], ports: [app.port] })
  const table = tableOf([
    here('notes', 'host=notes.localhost'),
    here('open', 'host=open.localhost\npublic=/**'),
    container('stopped', 'host=stopped.localhost\npublic=/**', { networks: [], ports: [] }),
  ])
  const door = await openDoor({ portal: PORTAL })
  const { sessions, handover, clock } = door
  const faults: unknown[] = []
  const site = portalFixture(PORTAL).deps.site
  const gateway = createGateway({
    portal: PORTAL,
    ask: questioner({
      table: () => table,
      now: () => clock.now,
      portal: PORTAL,
      site,
      sessions,
      handover,
      sessionMax: 60,
      credentials: { ...noCredentials, tokens: door.tokens, tokenHeader: () => 'x-api-key' },
      assertions: noAssertions,
      observer: { decided: () => undefined },
    }),
    portalHandler: (_, res) => void res.setHeader('Content-Length', 6).end('portal'),
    identityHeaderNames: () => [...identityHeaderNames(table), 'x-api-key'],
    fault: (error) => void faults.push(error),
  })
  await gateway.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => gateway.close())
  const { port } = gateway.server.address() as AddressInfo
  const ask = async (line: string, host: string, lines = '', body = '') => {
    const answer = await exchange(port, `${line} HTTP/1.1\r\nHost: ${host}:8080\r\n${lines}\r\n${body}`)
    if (answer === undefined) throw new Error('no answer')
    return answer
  }
  const { app: cookie } = await door.signIn(alice, 'notes.localhost')
  await door.store.putAccount(account('alice'))
  const { text: token } = await issueToken(
    door.store,
    { account: 'id-of-alice', name: 'x', apps: null, expiresAt: null },
    0,
  )
  await expect.poll(() => door.tokens.find(token, 0)).toBeDefined()
  return { ask, app, port, faults, token, signedIn: `Cookie: theme=dark; labelgate=${cookie}\r\n` }
}

test('who is not signed in is sent to the portal, and the app hears nothing of it', async () => {
  const { ask, app } = await openGateway()
  const answer = await ask('GET /x', 'notes.localhost', 'Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n')
  expect(answer.status).toBe(302)
  expect(header(answer, 'location')).toMatch(
    /^http:\/\/auth\.localhost:8080\/login\?rd=http%3A%2F%2Fnotes\.localhost%3A8080%2Fx&n=/,
  )
  expect((await ask('POST /x', 'notes.localhost', 'Content-Length: 5\r\n', 'hello')).status).toBe(401)
  expect((await ask('GET /', 'unknown.localhost')).status).toBe(403)
  expect(app.asked).toEqual([])
})

test('who is signed in gets through, with body, query and method, and the app is told who it is', async () => {
  const { ask, app, signedIn } = await openGateway()
  const answer = await ask(
    'PUT /a%20b?c=d',
    'notes.localhost',
    `${signedIn}Content-Type: text/x\r\nContent-Length: 4\r\n`,
    'body',
  )
  expect([answer.status, answer.body]).toEqual([200, 'hello'])
  expect(app.asked).toMatchObject([
    {
      method: 'PUT',
      url: '/a%20b?c=d',
      body: 'body',
      headers: {
        host: 'notes.localhost:8080',
        cookie: 'theme=dark',
        'remote-user': 'alice',
        'remote-groups': 'users',
        'x-forwarded-proto': 'http',
      },
    },
  ])
})

test('a token lets a program in, the app never sees it, and keeps its own Authorization', async () => {
  const { ask, app, token } = await openGateway()
  for (const line of [`Authorization: Bearer ${token}`, `X-Api-Key: ${token}\r\nAuthorization: Token of-the-app`])
    expect((await ask('GET /', 'notes.localhost', `${line}\r\n`)).status).toBe(200)
  expect(app.asked.map(({ headers }) => [headers['remote-user'], headers.authorization, headers['x-api-key']])).toEqual(
    [
      ['alice', undefined, undefined],
      ['alice', 'Token of-the-app', undefined],
    ],
  )
})

test('what a client says of who it is, in any spelling, does not reach the app', async () => {
  const { ask, app } = await openGateway()
  const lies =
    'Remote-User: bob\r\nREMOTE_USER: bob\r\nRemote.Groups: admins\r\nX-Forwarded-For: 10.0.0.1\r\nX_Forwarded_Host: x\r\nForwarded: for=x\r\n'
  expect((await ask('GET /', 'open.localhost', lies)).status).toBe(200)
  const headers = app.asked[0]?.headers
  expect(headers).toMatchObject({
    'remote-user': '',
    'remote-groups': '',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': 'open.localhost:8080',
  })
  expect(JSON.stringify(headers ?? 'none')).not.toMatch(/bob|admins|10\.0\.0\.1|for=x/)
})

test('a path that is not one is refused before anything is proxied', async () => {
  const { ask, app } = await openGateway()
  for (const path of ['/../x', '//evil/x', '/a/%2e%2e/b', '/%00', 'http://other/x'])
    expect((await ask(`GET ${path}`, 'open.localhost')).status).toBeGreaterThanOrEqual(400)
  expect(app.asked).toEqual([])
})

test('a WebSocket opens for who is signed in, and for nobody else', async () => {
  const { ask, app, port, signedIn } = await openGateway()
  expect((await ask('GET /ws', 'notes.localhost', HANDSHAKE)).status).toBe(401)
  expect(
    (await ask('GET /ws', 'notes.localhost', `${HANDSHAKE}${signedIn}Origin: http://evil.localhost\r\n`)).status,
  ).toBe(403)
  expect(app.asked).toEqual([])
  const cookie = signedIn.replace('Cookie: ', '').trim()
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, {
    headers: { Host: 'notes.localhost:8080', Cookie: cookie, 'Remote-User': 'bob' },
  })
  const [message] = (await once(socket, 'message')) as [Buffer]
  socket.terminate()
  expect(String(message)).toBe('hi')
  expect(app.asked).toMatchObject([
    { method: 'upgrade', url: '/ws', headers: { 'remote-user': 'alice', cookie: 'theme=dark' } },
  ])
})

test('an app that is known but does not run is said to be so', async () => {
  const { ask, app } = await openGateway()
  expect((await ask('GET /', 'stopped.localhost')).status).toBe(503)
  expect(app.asked).toEqual([])
})

test('the portal’s own host is the portal’s', async () => {
  const { ask } = await openGateway()
  expect((await ask('GET /login', 'auth.localhost')).body).toBe('portal')
})
