/** What could be read in two ways is read by nobody: neither the app nor the portal hears of it. */
import { once } from 'node:events'
import { connect as connectSecond, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { Certificates } from '../../../src/http/gateway/certificates.ts'
import { makeCertificate } from '../../e2e/certificate.ts'
import { Wire } from '../forward/wire.ts'
import { openApp, openGateway } from './fixture.ts'

/** An app that answers to everything, and what it heard. */
async function listeningApp() {
  const heard: string[] = []
  const headers: string[] = []
  const port = await openApp((req, res) => {
    heard.push(`${req.method} ${req.url}`)
    headers.push(req.rawHeaders.join())
    req.resume().on('end', () => res.end())
  })
  return { heard, headers, port }
}

const H = 'Host: app.localhost\r\n'
const FIRST: Readonly<Record<string, string>> = {
  'a length and a coding': `POST / HTTP/1.1\r\n${H}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'a coding and a length': `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
  'two lengths': `POST / HTTP/1.1\r\n${H}Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi`,
  'a list of lengths': `POST / HTTP/1.1\r\n${H}Content-Length: 2, 2\r\n\r\nhi`,
  'a length with a sign': `POST / HTTP/1.1\r\n${H}Content-Length: +2\r\n\r\nhi`,
  'a coding that is not the last': `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  'a coding we would have to undo': `POST / HTTP/1.1\r\n${H}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  'a coding spelt otherwise': `POST / HTTP/1.1\r\n${H}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  'a blank before the colon': `POST / HTTP/1.1\r\n${H}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
  'a folded line': `GET / HTTP/1.1\r\n${H}X-A: 1\r\n Remote-User: bob\r\n\r\n`,
  'a line that ends in LF alone': `GET / HTTP/1.1\r\n${H}X-A: 1\nRemote-User: bob\r\n\r\n`,
  'a NUL in a value': `GET / HTTP/1.1\r\n${H}X-A: 1\0\r\n\r\n`,
  'an absolute target': `GET http://app.localhost/ HTTP/1.1\r\n${H}\r\n`,
  'an absolute target of another host': `GET http://auth.localhost/ HTTP/1.1\r\n${H}\r\n`,
  'a target of the portal for an app': `GET http://app.localhost/ HTTP/1.1\r\nHost: auth.localhost\r\n\r\n`,
  'an authority for a target': `CONNECT app.localhost:80 HTTP/1.1\r\n${H}\r\n`,
  'a star for a target': `OPTIONS * HTTP/1.1\r\n${H}\r\n`,
  'no host': 'GET / HTTP/1.1\r\n\r\n',
  'no host in HTTP/1.0': 'GET / HTTP/1.0\r\n\r\n',
  'two hosts': `GET / HTTP/1.1\r\n${H}Host: closed.localhost\r\n\r\n`,
  'a host with a user name': 'GET / HTTP/1.1\r\nHost: x@app.localhost\r\n\r\n',
  'an alias of an identity header': `GET / HTTP/1.1\r\n${H}Remote~User: bob\r\n\r\n`,
  'more lines than are kept': `GET / HTTP/1.1\r\n${H}${'X-A: 1\r\n'.repeat(400)}\r\n`,
  'a head that is too long': `GET / HTTP/1.1\r\n${H}X-A: ${'x'.repeat(70_000)}\r\n\r\n`,
  'a chunk of no size': `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\nx\r\n\r\n`,
}

test.for(Object.entries(FIRST))('HTTP/1.1 with %s', async ([name, bytes]) => {
  const { heard, port } = await listeningApp()
  const gateway = await openGateway({ ports: [port] })
  const wire = await Wire.open(gateway.port)
  wire.send(bytes)
  const status = (await wire.next())?.status
  wire.end()
  // an end without an answer is as good
  if (status !== undefined) expect(status, name).toBeGreaterThanOrEqual(400)
  // the head of a request whose body breaks may have been passed on; its end never is
  expect(heard.filter((line) => !(name === 'a chunk of no size' && line === 'POST /'))).toEqual([])
})

test('what follows a request is the next one, not a part of it', async () => {
  const { heard, port } = await listeningApp()
  const gateway = await openGateway({ ports: [port] })
  const wire = await Wire.open(gateway.port)
  const inner = `GET /inner HTTP/1.1\r\n${H}\r\n`
  wire.send(`POST /outer HTTP/1.1\r\n${H}Content-Length: ${inner.length}\r\n\r\n${inner}GET /next HTTP/1.1\r\n${H}\r\n`)
  expect([(await wire.next())?.status, (await wire.next())?.status]).toEqual([200, 200])
  wire.end()
  expect(heard).toEqual(['POST /outer', 'GET /next'])
})

const SECOND: Readonly<Record<string, OutgoingHttpHeaders>> = {
  'an authority and another host': { ':authority': 'app.localhost', host: 'closed.localhost' },
  'the portal for an authority, and an app for a host': { ':authority': 'auth.localhost', host: 'app.localhost' },
  'no authority and no host': { ':authority': '' },
  'the other scheme': { ':authority': 'app.localhost', ':scheme': 'http' },
  'a target that is no path': { ':authority': 'app.localhost', ':path': 'http://app.localhost/' },
  'a star for a target': { ':authority': 'app.localhost', ':method': 'OPTIONS', ':path': '*' },
  'a user name in the authority': { ':authority': 'x@app.localhost' },
  'an alias of an identity header': { ':authority': 'app.localhost', 'remote~user': 'bob' },
  'too many lines': {
    ':authority': 'app.localhost',
    ...Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`x-${i}`, '1'])),
  },
}

async function openSecond() {
  const { heard, headers, port } = await listeningApp()
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-gateway-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  const made = await makeCertificate(['app.localhost', 'auth.localhost'])
  await writeFile(files.cert, made.certificate)
  await writeFile(files.key, made.key)
  const certificates = await Certificates.open({
    files: [files],
    heard: () => undefined,
    repeat: () => () => undefined,
  })
  const gateway = await openGateway({ ports: [port], certificates })
  const client = connectSecond(`https://127.0.0.1:${gateway.port}`, {
    ca: made.certificate,
    servername: 'app.localhost',
  })
  client.on('error', () => undefined)
  await once(client, 'connect')
  onTestFinished(() => client.destroy())
  return { heard, headers, client, gateway, ca: made.certificate }
}

/** Status, or `refused` where the stream or the connection ends instead. */
async function statusOf(client: ClientHttp2Session, headers: OutgoingHttpHeaders): Promise<number | 'refused'> {
  try {
    const stream = client.request(headers)
    const [head] = (await once(stream, 'response')) as [{ ':status': number }]
    stream.resume()
    return head[':status']
  } catch {
    return 'refused'
  }
}

test.for(Object.entries(SECOND))('HTTP/2 with %s', async ([name, headers]) => {
  const { heard, client } = await openSecond()
  const status = await statusOf(client, headers)
  if (typeof status === 'number') expect(status, name).toBeGreaterThanOrEqual(400)
  expect(heard).toEqual([])
})

test('HTTP/2 with an authority, or a host in its place, and a host that says the same, is one request', async () => {
  const { heard, client } = await openSecond()
  for (const headers of [{ ':authority': 'app.localhost' }, { ':authority': 'app.localhost', host: 'app.localhost' }])
    expect(await statusOf(client, headers)).toBe(200)
  expect(heard).toEqual(['GET /', 'GET /'])
})

/** HTTP/2 frame by frame (RFC 9113 section 4), since no client library writes what these hold. */
class Frames {
  readonly #socket: TLSSocket
  /** Status, or RST_STREAM or GOAWAY with its code, in the order they came. */
  readonly seen: string[] = []
  readonly ended: Promise<void>

  constructor(port: number, ca: string) {
    this.#socket = connectTls({ port, host: '127.0.0.1', ALPNProtocols: ['h2'], servername: 'app.localhost', ca })
    this.#socket.on('error', () => undefined)
    this.ended = new Promise((resolve) => void this.#socket.once('close', () => resolve()))
    let bytes: Buffer = Buffer.alloc(0)
    this.#socket.on('data', (more: Buffer) => {
      bytes = Buffer.concat([bytes, more])
      while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
        const payload = bytes.subarray(9, 9 + bytes.readUIntBE(0, 3))
        // HPACK: every status of ours is either in the static table, or spelt out
        if (bytes[3] === 1) this.seen.push(`answer ${payload[0] === 0x88 ? 200 : 'other'}`)
        if (bytes[3] === 3) this.seen.push(`reset ${payload.readUInt32BE(0)}`)
        if (bytes[3] === 7) this.seen.push(`goaway ${payload.readUInt32BE(4)}`)
        bytes = bytes.subarray(9 + payload.length)
      }
    })
    this.#socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]))
  }

  send(...frames: readonly Buffer[]): void {
    this.#socket.write(Buffer.concat(frames))
  }

  end(): void {
    this.#socket.destroy()
  }
}

function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** Literal fields without indexing (RFC 7541 section 6.2.2), in their order. */
function fields(...pairs: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value, 'latin1')])
  return Buffer.concat(pairs.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]))
}

const GET = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/'],
  [':authority', 'app.localhost'],
] as const
const END_BOTH = 5
const RAW: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'a coding': [...GET, ['transfer-encoding', 'chunked']],
  'a connection': [...GET, ['connection', 'remote-user']],
  'an upgrade': [...GET, ['upgrade', 'websocket']],
  'a name in capitals': [...GET, ['Remote-User', 'bob']],
  'two paths': [...GET, [':path', '/other']],
  'two authorities': [...GET, [':authority', 'closed.localhost']],
  'a pseudo-header after a header': [['x-a', '1'], ...GET],
  'a pseudo-header nobody knows': [...GET, [':labelgate', 'x']],
  'a line break in the path': [...GET.slice(0, 2), [':path', '/ HTTP/1.1\r\nX-A: 1'], ...GET.slice(3)],
  'a length that its body has not': [...GET, ['content-length', '5']],
  'two hosts': [...GET.slice(0, 3), ['host', 'app.localhost'], ['host', 'closed.localhost']],
  'a tunnel': [
    [':method', 'CONNECT'],
    [':authority', 'app.localhost'],
  ],
  'a tunnel with a protocol': [[':method', 'CONNECT'], [':protocol', 'websocket'], ...GET.slice(1)],
}

test.for(Object.entries(RAW))('HTTP/2, frame by frame, with %s', async ([, pairs]) => {
  const { heard, gateway, ca } = await openSecond()
  const wire = new Frames(gateway.port, ca)
  wire.send(frame(1, END_BOTH, 1, fields(...pairs)))
  await expect.poll(() => wire.seen.length).toBeGreaterThan(0)
  wire.end()
  expect(wire.seen[0]).not.toBe('answer 200')
  expect(heard).toEqual([])
})

test('a header that is none is left out of the request', async () => {
  const { headers, gateway, ca } = await openSecond()
  const wire = new Frames(gateway.port, ca)
  wire.send(frame(1, END_BOTH, 1, fields(...GET, ['remote-user:', 'bob'], ['x-a', '1\r\nRemote-User: bob'])))
  await expect.poll(() => wire.seen.length).toBeGreaterThan(0)
  wire.end()
  expect(headers.join()).not.toContain('bob')
})

test('the same frames with nothing wrong in them are a request', async () => {
  const { heard, gateway, ca } = await openSecond()
  const wire = new Frames(gateway.port, ca)
  wire.send(frame(1, END_BOTH, 1, fields(...GET)))
  await expect.poll(() => wire.seen).toEqual(['answer 200'])
  wire.end()
  expect(heard).toEqual(['GET /'])
})

test('whoever begins requests and takes them back at once loses the connection; others are served', async () => {
  const { client, gateway, ca } = await openSecond()
  const wire = new Frames(gateway.port, ca)
  const resets = Array.from({ length: 2000 }, (_, i) => [
    frame(1, END_BOTH, 2 * i + 1, fields(...GET)),
    frame(3, 0, 2 * i + 1, Buffer.from([0, 0, 0, 8])),
  ])
  wire.send(...resets.flat())
  await wire.ended
  expect(wire.seen.some((word) => word.startsWith('goaway'))).toBe(true)
  expect(await statusOf(client, { ':authority': 'app.localhost' })).toBe(200)
  expect(gateway.faults).toEqual([])
})

test('headers without an end lose the connection, and cost no memory', async () => {
  const { client, gateway, ca } = await openSecond()
  const wire = new Frames(gateway.port, ca)
  const more = fields(...Array.from({ length: 100 }, (_, i) => [`x-${i}`, 'x'.repeat(100)] as const))
  wire.send(frame(1, 1, 1, fields(...GET)), ...Array.from({ length: 2000 }, () => frame(9, 0, 1, more)))
  await wire.ended
  expect(wire.seen.filter((word) => word.startsWith('answer'))).toEqual([])
  expect(await statusOf(client, { ':authority': 'app.localhost' })).toBe(200)
})
