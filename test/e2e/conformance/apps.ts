/** Apps that say what they received, byte for byte as far as HTTP lets them. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecond, type Http2Server } from 'node:http2'
import { createServer as createTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Container } from '../../../src/docker/container.ts'
import { container, type ContainerWords, type Labels } from '../../build/container.ts'

/** One request as an app got it. */
export interface Received {
  readonly app: string
  readonly method: string
  readonly url: string
  /** Names and values as they came. */
  readonly lines: readonly (readonly [string, string])[]
  /** Bytes of the body. */
  readonly bytes: number
  /** What came after the body, as `lines`. */
  readonly trailers: Received['lines']
}

export interface EchoApp extends AsyncDisposable {
  readonly container: Container
  /** Requests that came, WebSocket handshakes too. */
  readonly received: Received[]
}

/** Where an app is, and how it speaks. */
export interface At {
  /** Default: 127.0.0.1. */
  readonly address?: string
  /** Its own certificate; of nobody that a proxy knows. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  /** HTTP/2 without TLS, and nothing else. */
  readonly second?: boolean
}

export async function echoApp(name: string, labels: Labels, words: ContainerWords = {}, at: At = {}): Promise<EchoApp> {
  const received: Received[] = []
  const server = serverOf(at, (request, response) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => (bytes += chunk.length))
    request.on('end', () => {
      const one = receivedOf(name, request, bytes)
      received.push(one)
      response.setHeader('X-App', name)
      // calls of gRPC say so after the answer how they went
      if (at.second === true) response.addTrailers({ 'x-status': 'fine' })
      response.end(JSON.stringify(one))
    })
  })
  const address = at.address ?? '127.0.0.1'
  const sockets = new WebSocketServer(at.second === true ? { noServer: true } : { server: server as Server })
  sockets.on('connection', (socket, request) => {
    received.push(receivedOf(name, request, 0))
    socket.on('message', (data: Buffer) => socket.send(`${name}: ${data.toString()}`))
  })
  // anything but WebSocket: an app that took up h2c would speak past every proxy
  server.prependListener('upgrade', (request: IncomingMessage, socket: Duplex) => {
    if (request.headers.upgrade?.toLowerCase() === 'websocket') return
    received.push(receivedOf(name, request, 0))
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n')
  })
  const open = new Set<Duplex>()
  server.on('connection', (socket: Duplex) => open.add(socket.once('close', () => open.delete(socket))))
  await once(server.listen(0, address), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    container: container(name, labels, { networks: [{ name: 'proxy', address }], ports: [port], ...words }),
    received,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate()
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

function serverOf({ tls, second }: At, listener: Listener): Server | Http2Server {
  // node:http2 has the same words for both
  if (second === true) return createSecond(listener as unknown as Parameters<typeof createSecond>[1])
  return tls === undefined ? createServer(listener) : createTls({ cert: tls.certificate, key: tls.key }, listener)
}

function receivedOf(app: string, request: IncomingMessage, bytes: number): Received {
  const { method = '', url = '', rawHeaders, rawTrailers } = request
  return { app, method, url, lines: plain(pairs(rawHeaders)), bytes, trailers: pairs(rawTrailers) }
}

/** As HTTP/1.1 would have it: of HTTP/2 the host, and all cookies in one line (RFC 9113 section 8.2.3). */
function plain(lines: Received['lines']): Received['lines'] {
  if (lines[0]?.[0].startsWith(':') !== true) return lines
  const cookies = lines.filter(([name]) => name === 'cookie').map(([, value]) => value)
  return [
    ...lines.filter(([name]) => !name.startsWith(':') && name !== 'cookie'),
    ...lines.flatMap(([name, value]) => (name === ':authority' ? [['host', value] as const] : [])),
    ...(cookies.length > 0 ? [['cookie', cookies.join('; ')] as const] : []),
  ]
}

function pairs(raw: readonly string[]): (readonly [string, string])[] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ''] as const] : []))
}
