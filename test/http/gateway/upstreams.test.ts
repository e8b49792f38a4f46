/** The way to an app as it is on the wire: what is passed on goes octet by octet, where HTTP lets it. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createSecondServer } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import { expect, test } from 'vitest'
import { makeCertificate } from '../../e2e/certificate.ts'
import { Wire } from '../forward/wire.ts'
import { answerOf, begin, listening, openApp, openGateway, openRawApp } from './fixture.ts'

test('header lines keep their case, their order and their repetitions, in either direction', async () => {
  const heads: string[] = []
  const port = await openRawApp((head, socket) => {
    heads.push(head)
    socket.write('HTTP/1.1 200 Fine\r\nX-oNe: 1\r\nSet-Cookie: a=1\r\nX-two: 2\r\nset-cookie: b=2\r\nX-oNe: 3\r\n')
    socket.write('Content-Length: 0\r\n\r\n')
  })
  const gateway = await openGateway({ ports: [port] })
  const wire = await Wire.open(gateway.port)
  wire.send('GET /a HTTP/1.1\r\nHost: app.localhost\r\nX-b: 1\r\nx-A: 2\r\nX-b: 3\r\nACCEPT: x\xe9\r\n\r\n')
  const answer = await wire.next()
  wire.end()
  expect(heads[0]?.split('\r\n').filter((line) => /^(?:x-[ab]|accept):/i.test(line))).toEqual([
    'X-b: 1',
    'x-A: 2',
    'X-b: 3',
    'ACCEPT: x\xe9',
  ])
  expect([...(answer?.headers ?? [])].slice(0, 3)).toEqual([
    ['x-one', ['1', '3']],
    ['set-cookie', ['a=1', 'b=2']],
    ['x-two', ['2']],
  ])
})

test('by HTTP/2 in the clear, header lines are repeated as they were, in either direction', async () => {
  const heads: (readonly string[])[] = []
  const server = createSecondServer()
  server.on('stream', (stream, _, __, raw) => {
    heads.push(raw)
    stream.respond({ ':status': 200, 'x-a': ['1', '2'], 'set-cookie': ['a=1', 'b=2'] })
    stream.end('hi')
  })
  const gateway = await openGateway({ ports: [await listening(server)], labels: 'scheme=h2c' })
  const answer = await gateway.ask('GET /', 'X-B: 1\r\nx-b: 2\r\n')
  expect(heads[0]?.filter((_, i) => i % 2 === 1 && heads[0]?.[i - 1] === 'x-b')).toEqual(['1', '2'])
  expect([answer.headers.get('x-a'), answer.headers.get('set-cookie')]).toEqual([
    ['1', '2'],
    ['a=1', 'b=2'],
  ])
})

// whether the client waits for one or not (RFC 9110 section 15.2)
test.for(['100 Continue', '102 Processing', '103 Early Hints'])('%s is not the answer', async (interim) => {
  const port = await openRawApp((_, socket) => {
    socket.write(`HTTP/1.1 ${interim}\r\nX-Early: 1\r\n\r\n`)
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
  })
  const { ask } = await openGateway({ ports: [port] })
  for (const line of ['GET /', 'GET /']) expect(await ask(line)).toMatchObject({ status: 200, body: 'hi' })
  expect(await ask('POST /', 'Content-Length: 2\r\n', 'hi')).toMatchObject({ status: 200, body: 'hi' })
})

test('words beside a status may be of any bytes', async () => {
  const port = await openRawApp((_, socket) => {
    socket.write(Buffer.from('HTTP/1.1 201 Cr\xe9\xe9\r\nContent-Length: 0\r\n\r\n', 'latin1'))
  })
  const { ask } = await openGateway({ ports: [port] })
  expect((await ask('GET /')).status).toBe(201)
})

test('what an app says after its body comes through, by HTTP/1.1 too', async () => {
  const port = await openApp((_, res) => {
    res.writeHead(200, { Trailer: 'X-Sum' })
    res.write('body')
    res.addTrailers({ 'X-Sum': 'abc' })
    res.end()
  })
  const gateway = await openGateway({ ports: [port] })
  const sent = begin(gateway.port)
  sent.end()
  const answer = await answerOf(sent)
  expect(String((await answer.toArray())[0])).toBe('body')
  expect(answer.trailers).toEqual({ 'x-sum': 'abc' })
})

test('an app may answer an upload of which it has only the head', async () => {
  const port = await openApp((req, res) => {
    res.write('come on')
    req.pipe(res)
  })
  const gateway = await openGateway({ ports: [port] })
  const sent = begin(gateway.port, { method: 'POST' })
  sent.flushHeaders()
  const answer = await answerOf(sent)
  expect(String((await once(answer, 'data'))[0])).toBe('come on')
  sent.end(', now')
  expect(String((await once(answer, 'data'))[0])).toBe(', now')
})

test.for(['http', 'https', 'h2c'])('an app at an address of IPv6 is reached by %s', async (scheme) => {
  const heard: string[] = []
  const { certificate: cert, key } = await makeCertificate(['elsewhere.test'])
  const server = {
    http: () => createServer(),
    https: () => createTlsServer({ cert, key }),
    h2c: () => createSecondServer(),
  }[scheme as 'http']()
  server.on('request', (req, res) => {
    heard.push(`HTTP/${req.httpVersion} ${req.method} ${req.url} ${String(req.headers['x-forwarded-host'])}`)
    req.pipe(res)
  })
  const port = await listening(server, '::1')
  const gateway = await openGateway({ ports: [port], labels: `scheme=${scheme}`, address: '::1' })
  const sent = begin(gateway.port, { method: 'PATCH', path: '/a?b' })
  sent.end('hi')
  expect(String((await (await answerOf(sent)).toArray())[0])).toBe('hi')
  expect(heard).toEqual([`HTTP/${scheme === 'h2c' ? '2.0' : '1.1'} PATCH /a?b app.localhost`])
})
