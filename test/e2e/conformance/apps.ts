/** Apps that say what they received, byte for byte as far as HTTP lets them. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
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

export async function echoApp(name: string, labels: Labels, words: ContainerWords = {}): Promise<EchoApp> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => (bytes += chunk.length))
    request.on('end', () => {
      const one = receivedOf(name, request, bytes)
      received.push(one)
      response.setHeader('X-App', name).end(JSON.stringify(one))
    })
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, request) => {
    received.push(receivedOf(name, request, 0))
    socket.on('message', (data: Buffer) => socket.send(`${name}: ${data.toString()}`))
  })
  // anything but WebSocket: an app that took up h2c would speak past every proxy
  server.prependListener('upgrade', (request, socket) => {
    if (request.headers.upgrade?.toLowerCase() === 'websocket') return
    received.push(receivedOf(name, request, 0))
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const networks = [{ name: 'proxy', address: '127.0.0.1' }]
  return {
    container: container(name, labels, { networks, ports: [port], ...words }),
    received,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function receivedOf(app: string, request: IncomingMessage, bytes: number): Received {
  const { method = '', url = '', rawHeaders, rawTrailers } = request
  return { app, method, url, lines: pairs(rawHeaders), bytes, trailers: pairs(rawTrailers) }
}

function pairs(raw: readonly string[]): (readonly [string, string])[] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ''] as const] : []))
}
