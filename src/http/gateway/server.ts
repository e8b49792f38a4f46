import type { IncomingMessage, Server } from 'node:http'
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2'
import type { Duplex } from 'node:stream'
import { http } from '../../node-http.ts'
import { MAX_HEADER_LINES } from '../forward/question.ts'
import type { Arrival } from './arrival.ts'
import type { Certificates } from './certificates.ts'

export interface Handlers {
  readonly request: (req: Arrival['req'], res: Arrival['res']) => void
  /** A WebSocket is wanted. */
  readonly upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void
}

export type GatewayServer = Server | Http2SecureServer

const MAX_HEADERS = 64 * 1024
/** Milliseconds for a handshake, for the head of a request, and between two requests. */
const HANDSHAKE = 10_000
const HEAD = 30_000
const KEPT = 75_000
/** Requests at a time on one connection; ended before their answer, so many at once and so many a second. */
const STREAMS = 128
const RESETS = { streamResetBurst: 256, streamResetRate: 64 }
/** Megabytes one connection may hold in memory. */
const SESSION_MEMORY = 8

// Upgrade to anything else, as curl asks for HTTP/2, is a wish that may be passed over (RFC 9110 section 7.8)
const socketsAlone = {
  shouldUpgradeCallback: ({ headers }: IncomingMessage) => /^websocket$/i.test(headers.upgrade ?? ''),
}

/** Plain HTTP/1.1, or with certificates TLS, HTTP/2 and HTTP/1.1. Not listening yet. */
export function createGatewayServer(handlers: Handlers, certificates: Certificates | undefined): GatewayServer {
  const server = certificates === undefined ? http.createServer(socketsAlone) : secure(certificates)
  server.on('request', handlers.request)
  // without a listener Node says "go on" before anybody has been asked whether they may
  server.on('checkContinue', handlers.request)
  server.on('upgrade', handlers.upgrade)
  // an upload takes as long as it takes, as long as it goes on
  const limits = { maxHeaderSize: MAX_HEADERS, maxHeadersCount: MAX_HEADER_LINES, headersTimeout: HEAD }
  Object.assign(server, limits, { requestTimeout: 0, keepAliveTimeout: KEPT })
  return server
}

function secure(certificates: Certificates): Http2SecureServer {
  const { createSecureServer } = process.getBuiltinModule('node:http2')
  const server = createSecureServer({
    ...certificates.pem,
    ...socketsAlone,
    ...RESETS,
    allowHTTP1: true,
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE,
    SNICallback: (name, give) => give(null, certificates.context(name)),
    maxHeaderListPairs: MAX_HEADER_LINES,
    maxSessionMemory: SESSION_MEMORY,
    settings: { enablePush: false, maxConcurrentStreams: STREAMS, maxHeaderListSize: MAX_HEADERS },
  })
  certificates.onChange(() => server.setSecureContext({ ...certificates.pem, minVersion: 'TLSv1.2' }))
  server.on('session', endWhenIdle)
  return server
}

/** Streams under way may be silent for long; a connection without any is not kept for ever. */
function endWhenIdle(session: ServerHttp2Session): void {
  let streams = 0
  session.on('stream', (stream) => {
    streams += 1
    stream.once('close', () => (streams -= 1))
  })
  session.setTimeout(KEPT, () => {
    if (streams === 0) session.close()
  })
}
