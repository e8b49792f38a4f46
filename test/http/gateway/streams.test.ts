/** What passes goes through as it comes, in both directions, and ends where either side ends. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecondServer } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { makeCertificate } from '../../e2e/certificate.ts'
import { freePort } from '../../free-port.ts'
import { Wire } from '../forward/wire.ts'
import { answerOf, begin, listening, openApp, openGateway } from './fixture.ts'

const PAGE = 'Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n'

test('each part of an upload reaches the app before the next is sent', async () => {
  const parts: string[] = []
  const port = await openApp((req, res) => {
    req.on('data', (part) => void parts.push(String(part)))
    req.on('end', () => res.end(parts.join('+')))
  })
  const gateway = await openGateway({ ports: [port] })
  const sent = begin(gateway.port, { method: 'POST' })
  sent.write('one')
  await expect.poll(() => parts).toEqual(['one'])
  sent.write('two')
  await expect.poll(() => parts).toEqual(['one', 'two'])
  sent.end()
  const answer = await answerOf(sent)
  expect(String((await answer.toArray())[0])).toBe('one+two')
})

test.for(['text/event-stream', 'application/grpc+proto'])(
  'the head of a stream of %s comes before its first event, and each event as it is said; silence does not end it',
  async (type) => {
    const said: { stream?: ServerResponse } = {}
    const port = await openApp((_, res) => {
      res.writeHead(200, { 'Content-Type': type }).flushHeaders()
      said.stream = res
    })
    const gateway = await openGateway({ ports: [port], timeout: 50 })
    const sent = begin(gateway.port)
    sent.end()
    const answer = await answerOf(sent)
    await new Promise((resolve) => setTimeout(resolve, 200))
    said.stream?.write('data: 1\n\n')
    expect(String((await once(answer, 'data'))[0])).toBe('data: 1\n\n')
    said.stream?.end()
    await once(answer, 'end')
  },
)

test('a client that goes away before the answer takes its request to the app with it', async () => {
  const closed = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const port = await openApp((_, res) => {
    res.on('close', () => closed.resolve())
    asked.resolve()
  })
  const gateway = await openGateway({ ports: [port] })
  const sent = begin(gateway.port)
  sent.on('error', () => undefined)
  sent.end()
  await asked.promise
  sent.destroy()
  await closed.promise
  expect(gateway.faults).toEqual([])
})

test('an answer that breaks off is no whole answer', async () => {
  const port = await openApp((_, res) => {
    res.write('half')
    setImmediate(() => res.destroy())
  })
  const gateway = await openGateway({ ports: [port] })
  const sent = begin(gateway.port)
  sent.end()
  const answer = await answerOf(sent)
  await expect(answer.toArray()).rejects.toThrow('aborted')
})

test('an app that cannot be reached is 502, one that is too slow 504: a page for people, a word for programs', async () => {
  const dead = await openGateway({ ports: [await freePort()] })
  const page = await dead.ask('GET /', PAGE)
  expect([page.status, page.headers.get('cache-control'), page.body]).toEqual([
    502,
    ['no-store'],
    expect.stringContaining('cannot be reached just now'),
  ])
  expect(await dead.ask('POST /', 'Content-Length: 2\r\n', 'hi')).toMatchObject({
    status: 502,
    body: '{"error":"app-unreachable"}',
  })
  const slow = await openGateway({ ports: [await openApp(() => undefined)], timeout: 50 })
  expect((await slow.ask('GET /', PAGE)).body).toContain('took too long')
  expect(await slow.ask('GET /')).toMatchObject({ status: 504, body: '{"error":"app-timeout"}' })
})

test('an app that answers nonsense, or nothing, is 502', async () => {
  for (const bytes of ['nonsense\r\n\r\n', '', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx']) {
    const server = createServer()
    server.removeAllListeners('connection')
    server.on('connection', (socket: Socket) => void socket.once('data', () => socket.end(bytes)))
    const { ask } = await openGateway({ ports: [await listening(server)] })
    expect((await ask('GET /')).status, bytes).toBe(502)
  }
})

test('replicas take turns, and one that is dead is passed over, with the body of the request', async () => {
  const one = await openApp((req, res) => req.pipe(res.setHeader('X-Replica', 'one')))
  const two = await openApp((req, res) => req.pipe(res.setHeader('X-Replica', 'two')))
  const { ask } = await openGateway({ ports: [one, two] })
  const turns: string[] = []
  for (let i = 0; i < 4; i++) turns.push((await ask('GET /')).headers.get('x-replica')?.[0] ?? '')
  expect(turns.toSorted()).toEqual(['one', 'one', 'two', 'two'])
  expect(turns[0]).not.toBe(turns[1])
  const half = await openGateway({ ports: [one, await freePort()] })
  for (let i = 0; i < 4; i++) {
    const answer = await half.ask('POST /', 'Content-Length: 2\r\n', 'hi')
    expect([answer.status, answer.headers.get('x-replica')]).toEqual([200, ['one']])
  }
})

test('a connection to an app is kept; where it ends as the next request comes, that is asked again', async () => {
  const sockets = new Set<Socket>()
  const server = createServer((req, res) => {
    if (req.url === '/again' && sockets.has(req.socket)) return void req.socket.destroy()
    sockets.add(req.socket)
    res.end()
  })
  const { ask } = await openGateway({ ports: [await listening(server)] })
  for (const path of ['/', '/', '/']) expect((await ask(`GET ${path}`)).status).toBe(200)
  expect(sockets.size).toBe(1)
  expect((await ask('GET /again')).status).toBe(200)
  expect(sockets.size).toBe(2)
  // what may have been done is not done twice
  expect((await ask('POST /again', 'Content-Length: 0\r\n')).status).toBe(502)
})

test('what is of one connection goes no further, in either direction, and nobody can name ours away', async () => {
  const asked: IncomingMessage[] = []
  const port = await openApp((req, res) => {
    asked.push(req)
    res
      .setHeader('Connection', 'X-Private, keep-alive')
      .setHeader('X-Private', 'x')
      .setHeader('Keep-Alive', 'timeout=9')
    res.setHeader('X-Kept', 'y').setHeader('Set-Cookie', ['a=1', 'b=2']).end()
  })
  const { ask } = await openGateway({ ports: [port] })
  const hop =
    'Connection: close, X-Mine, Remote-User, X-Forwarded-For, Host\r\nX-Mine: 1\r\nTE: gzip\r\nProxy-Connection: close\r\nProxy-Authorization: x\r\n'
  const answer = await ask('GET /', `${hop}X-Other: 2\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n`)
  expect(answer.headers.get('x-private')).toBeUndefined()
  expect(answer.headers.get('keep-alive')).not.toEqual(['timeout=9'])
  expect([answer.headers.get('x-kept'), answer.headers.get('set-cookie')]).toEqual([['y'], ['a=1', 'b=2']])
  const headers = asked[0]?.headers
  expect(headers).toMatchObject({ host: 'app.localhost', 'remote-user': '', 'x-other': '2', connection: 'keep-alive' })
  expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' })
  for (const name of ['x-mine', 'te', 'proxy-connection', 'proxy-authorization', 'upgrade', 'http2-settings'])
    expect(headers, name).not.toHaveProperty(name)
})

test('methods, paths and bodies are the app’s business: as they came', async () => {
  const asked: string[] = []
  const port = await openApp((req, res) => {
    asked.push(`${req.method} ${req.url} ${req.headers['content-length'] ?? req.headers['transfer-encoding']}`)
    req.resume().on('end', () => res.end())
  })
  const { ask } = await openGateway({ ports: [port] })
  await ask('PROPFIND /dav/a%20b?x=%7E&&y', 'Depth: 1\r\nContent-Length: 2\r\n', 'hi')
  await ask('GET /with', 'Content-Length: 2\r\n', 'hi')
  await ask('GET /chunked', 'Transfer-Encoding: chunked\r\n', '2\r\nhi\r\n0\r\n\r\n')
  await ask('POST /nothing')
  await ask('HEAD /head')
  expect(asked).toEqual([
    'PROPFIND /dav/a%20b?x=%7E&&y 2',
    'GET /with 2',
    'GET /chunked chunked',
    'POST /nothing 0',
    'HEAD /head undefined',
  ])
})

test('nobody is told to go on with a body before it is known whether they may', async () => {
  const port = await openApp((req, res) => req.pipe(res))
  const { port: gateway } = await openGateway({ ports: [port] })
  const bytes: string[] = []
  for (const host of ['closed', 'app']) {
    const sent = begin(gateway, {
      method: 'POST',
      headers: { Host: `${host}.localhost`, Expect: '100-continue', 'Content-Length': 2 },
    })
    sent.on('continue', () => {
      bytes.push(`${host} goes on`)
      sent.end('hi')
    })
    sent.flushHeaders()
    bytes.push(`${host} ${(await answerOf(sent)).statusCode}`)
    sent.destroy()
  }
  expect(bytes).toEqual(['closed 401', 'app goes on', 'app 200'])
})

test('who may not is answered while the body still comes, and the connection can be used again', async () => {
  const { port } = await openGateway({ ports: [await freePort()] })
  const wire = await Wire.open(port)
  wire.send('POST / HTTP/1.1\r\nHost: closed.localhost\r\nContent-Length: 5\r\n\r\nhe')
  expect((await wire.next())?.status).toBe(401)
  wire.send('lloGET / HTTP/1.1\r\nHost: closed.localhost\r\n\r\n')
  expect((await wire.next())?.status).toBe(401)
  wire.end()
})

test('an app may speak HTTP/2 in the clear, with trailers, or TLS with a certificate of its own', async () => {
  const second = createSecondServer()
  second.on('stream', (stream, head) => {
    stream.respond({ ':status': 200, 'x-authority': head[':authority'], 'x-te': head['te'] }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.pipe(stream)
  })
  const h2c = await openGateway({ ports: [await listening(second)], labels: 'scheme=h2c' })
  const sent = begin(h2c.port, { method: 'POST', headers: { Host: 'app.localhost', TE: 'trailers' } })
  sent.end('hello')
  const answer = await answerOf(sent)
  expect([answer.headers['x-authority'], answer.headers['x-te']]).toEqual(['app.localhost', 'trailers'])
  expect(String((await answer.toArray())[0])).toBe('hello')
  expect(answer.trailers).toEqual({ 'grpc-status': '0' })

  const { certificate: cert, key } = await makeCertificate(['app.localhost'])
  const tls = createTlsServer({ cert, key }, (req, res) =>
    res.end((req.socket as unknown as { servername: string }).servername),
  )
  const https = await openGateway({ ports: [await listening(tls)], labels: 'scheme=https' })
  const over = begin(https.port)
  over.end()
  expect(String((await (await answerOf(over)).toArray())[0])).toBe('app.localhost')

  const gone = await openGateway({ ports: [await freePort()], labels: 'scheme=h2c' })
  expect((await gone.ask('GET /')).status).toBe(502)
})

test('an app that takes no WebSocket says so itself', async () => {
  const port = await openApp((_, res) => res.writeHead(403, { 'X-App': 'no' }).end('not here'))
  const gateway = await openGateway({ ports: [port] })
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/`, { headers: { Host: 'app.localhost' } })
  const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  expect([answer.statusCode, answer.headers['x-app']]).toEqual([403, 'no'])
  socket.on('error', () => undefined)
  socket.terminate()
})
