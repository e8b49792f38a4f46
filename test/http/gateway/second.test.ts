/** Clients by HTTP/2 before apps of every kind: the same goes through as by HTTP/1.1, each stream by itself. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  connect,
  createServer as createSecondServer,
  type ClientHttp2Session,
  type Http2ServerRequest,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import { expect, onTestFinished, test } from 'vitest'
import { makeCertificate } from '../../e2e/certificate.ts'
import { listening, openCertificates, openGateway } from './fixture.ts'

const KINDS = ['http', 'https', 'h2c'] as const
type Kind = (typeof KINDS)[number]
type Handler = (req: IncomingMessage, res: ServerResponse) => void

/** An app of that kind, the gateway before it, and a connection to that. */
async function open(kind: Kind, handler: Handler) {
  const { certificate: cert, key } = await makeCertificate(['elsewhere.test'])
  const server = {
    http: () => createServer(handler),
    https: () => createTlsServer({ cert, key }, handler),
    // the two are alike in all that is used here
    h2c: () => createSecondServer(handler as never),
  }[kind as 'http']()
  const { made, certificates } = await openCertificates(['app.localhost'])
  const ports = [await listening(server)]
  const gateway = await openGateway({ ports, labels: `scheme=${kind}`, certificates })
  const client = connect(`https://127.0.0.1:${gateway.port}`, { ca: made.certificate, servername: 'app.localhost' })
  onTestFinished(() => client.destroy())
  return { client, gateway }
}

function begin(client: ClientHttp2Session, head: OutgoingHttpHeaders = {}) {
  return client.request({ ':authority': 'app.localhost', ':path': '/', ...head }, { endStream: false })
}

async function headOf(stream: ReturnType<typeof begin>): Promise<IncomingHttpHeaders & IncomingHttpStatusHeader> {
  const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders & IncomingHttpStatusHeader]
  return head
}

test.for(KINDS)('an app by %s: method, path, body, header lines and trailers go through', async (kind) => {
  const heard: string[] = []
  const { client } = await open(kind, (req, res) => {
    heard.push(`HTTP/${req.httpVersion} ${req.method} ${req.url} ${String(req.headers['x-forwarded-proto'])}`)
    res.setHeader('Trailer', 'x-sum')
    res.setHeader('Set-Cookie', ['a=1', 'b=2'])
    req.on('data', (part) => void res.write(part))
    req.on('end', () => {
      res.addTrailers({ 'x-sum': 'abc' })
      res.end()
    })
  })
  const stream = begin(client, { ':method': 'PROPFIND', ':path': '/a%20b?x=%7E&&y' })
  let trailers: IncomingHttpHeaders = {}
  stream.on('trailers', (lines: IncomingHttpHeaders) => (trailers = lines))
  stream.end('hello')
  const head = await headOf(stream)
  expect([head[':status'], head['set-cookie']]).toEqual([200, ['a=1', 'b=2']])
  expect(String(Buffer.concat((await stream.toArray()) as Buffer[]))).toBe('hello')
  expect(trailers['x-sum']).toBe('abc')
  expect(heard).toEqual([`HTTP/${kind === 'h2c' ? '2.0' : '1.1'} PROPFIND /a%20b?x=%7E&&y https`])
})

test.for(KINDS)('an app by %s is asked again on the connection that is kept', async (kind) => {
  const sockets = new Set<unknown>()
  const { client } = await open(kind, (req, res) => {
    sockets.add((req as { stream?: { session?: unknown } }).stream?.session ?? req.socket)
    req.pipe(res)
  })
  for (const word of ['one', 'two', 'three']) {
    const stream = begin(client, { ':method': 'POST' })
    stream.end(word)
    expect((await headOf(stream))[':status']).toBe(200)
    expect(String(Buffer.concat((await stream.toArray()) as Buffer[]))).toBe(word)
  }
  expect(sockets.size).toBe(1)
})

test.for(KINDS)('an app by %s may speak before its client does, and they take turns', async (kind) => {
  const { client } = await open(kind, (req, res) => {
    res.write('first')
    req.pipe(res)
  })
  const stream = begin(client, { ':method': 'POST', te: 'trailers', 'content-type': 'application/grpc' })
  expect(String((await once(stream, 'data'))[0])).toBe('first')
  stream.write('second')
  expect(String((await once(stream, 'data'))[0])).toBe('second')
  stream.end()
  await once(stream, 'end')
})

test.for(KINDS)('an app by %s that breaks off resets its stream alone', async (kind) => {
  const { client } = await open(kind, (req, res) => {
    if (req.url === '/whole') return void res.end('whole')
    const session = 'stream' in req ? (req as unknown as Http2ServerRequest).stream.session : undefined
    res.write('half', () => (session ?? res).destroy())
  })
  const broken = begin(client, { ':path': '/half' })
  broken.end()
  await expect(broken.toArray()).rejects.toThrow('NGHTTP2_INTERNAL_ERROR')
  const whole = begin(client, { ':path': '/whole' })
  whole.end()
  expect(String((await whole.toArray())[0])).toBe('whole')
})

test.for(KINDS)('an app by %s is told that its client has gone', async (kind) => {
  const asked = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  const { client, gateway } = await open(kind, (_, res) => {
    res.on('close', () => closed.resolve())
    asked.resolve()
  })
  const stream = begin(client)
  stream.end()
  await asked.promise
  stream.close(8)
  await closed.promise
  expect(gateway.faults).toEqual([])
})
