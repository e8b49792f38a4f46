import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import type { Duplex, Readable, Writable } from 'node:stream'
import { http, https } from '../../node-http.ts'
import type { Upstream } from '../../table/table.ts'
import { byName } from './headers.ts'

/** What is asked of an app. */
export interface Outgoing {
  readonly method: string
  readonly target: string
  readonly lines: readonly string[]
  /** A WebSocket is wanted. */
  readonly upgrade: boolean
  /** As the client asked for it; the name an app's own certificate would be for. */
  readonly host: string
}

export interface Head {
  readonly status: number
  readonly message: string
  readonly lines: readonly string[]
}

/** What an app answered. */
export interface Answered extends Head {
  readonly body: Readable
  /** Known once the body has ended. */
  trailers(): readonly string[]
  /** Known once the body has ended: did the connection break, so that nobody knows whether that was all? */
  broken(): boolean
}

/** What becomes of a request; each is told later than `ask` returns. */
export interface Listener {
  /** From here on what is written to it is on its way, and may not be asked a second time. */
  connected(): void
  answered(answer: Answered): void
  /** In place of `answered`: the app takes the WebSocket. */
  upgraded(answer: Head, socket: Duplex, head: Buffer): void
  /** At most once. */
  failed(error: UpstreamError): void
}

/**
 * `unreached`, `silent`: it takes no connection, or not in time, and never had the request. `stale`: a connection that
 * was kept ended in the same moment. `slow`: no answer in time. `broken`: anything else.
 */
export type Failure = 'unreached' | 'silent' | 'stale' | 'slow' | 'broken'

export class UpstreamError extends Error {
  readonly failure: Failure
  constructor(failure: Failure, options?: ErrorOptions) {
    super(`the app did not answer: ${failure}`, options)
    this.failure = failure
  }
}

/** An app's request under way: the body is written to it. */
export interface Running {
  readonly body: Writable
  /** The app is silent for as long as it likes. */
  patient(): void
  cancel(): void
}

/** Milliseconds in which an app must take a connection. */
const CONNECT = 5000
/** Milliseconds a connection that nobody uses is kept. */
const KEPT = 60_000
const PROBE = 30_000

/** Connections to apps, kept from one request to the next. */
export class Upstreams implements Disposable {
  readonly #idle: number
  // Without looking at certificates: an app on a network of containers is trusted as far as that network is.
  readonly #agents: { readonly 'http:': Agent; readonly 'https:': Agent }
  readonly #sessions = new Map<string, ClientHttp2Session>()
  readonly #turns = new WeakMap<readonly Upstream[], number>()

  /** @param idle milliseconds an app may be silent in the middle of a request */
  constructor(idle: number) {
    this.#idle = idle
    const kept = { keepAlive: true, maxFreeSockets: 64, timeout: KEPT, scheduling: 'lifo' as const }
    this.#agents = {
      'http:': new http.Agent(kept),
      'https:': new https.Agent({ ...kept, rejectUnauthorized: false }),
    }
  }

  /** All of them, beginning with the one whose turn it is. */
  inTurn(upstreams: readonly Upstream[]): readonly Upstream[] {
    if (upstreams.length < 2) return upstreams
    const turn = (this.#turns.get(upstreams) ?? -1) + 1
    this.#turns.set(upstreams, turn)
    const first = turn % upstreams.length
    return [...upstreams.slice(first), ...upstreams.slice(0, first)]
  }

  /** @throws Error where the request is one that cannot be written */
  ask(upstream: Upstream, outgoing: Outgoing, listener: Listener): Running {
    const url = new URL(upstream.url)
    // an app that speaks HTTP/2 takes a WebSocket by HTTP/1.1, if at all
    if (url.protocol === 'h2c:' && !outgoing.upgrade) return this.#second(url, outgoing, listener)
    return this.#first(url, outgoing, listener)
  }

  [Symbol.dispose](): void {
    for (const agent of Object.values(this.#agents)) agent.destroy()
    for (const session of this.#sessions.values()) session.destroy()
  }

  #first(url: URL, { method, target, lines, host }: Outgoing, listener: Listener): Running {
    const secure = url.protocol === 'https:'
    const name = host.replace(/:\d+$/, '')
    const request = (secure ? https : http).request({
      host: url.hostname.replaceAll(/[[\]]/g, ''),
      port: url.port,
      method,
      path: target,
      headers: lines as string[],
      setHost: false,
      agent: this.#agents[secure ? 'https:' : 'http:'],
      // an address is no name for it (RFC 6066 section 3)
      ...(secure && { servername: /^[\d.]+$|^\[/.test(name) ? '' : name }),
    })
    const fail = once(listener, request)
    let timer: NodeJS.Timeout | undefined
    const connected = () => {
      listener.connected()
      // the app may answer before there is any of the body
      if (!request.writableEnded) setImmediate(() => request.flushHeaders())
    }
    request.once('socket', (socket) => {
      if (!socket.connecting) return connected()
      socket.setKeepAlive(true, PROBE)
      timer = setTimeout(() => fail('silent'), CONNECT)
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer)
        connected()
      })
    })
    request.setTimeout(this.#idle, () => fail('slow'))
    request.once('response', (answer) => {
      fail.over()
      listener.answered(answeredBy(answer))
    })
    request.once('upgrade', (answer, socket, head) => {
      fail.over()
      socket.setTimeout(0)
      listener.upgraded(headOf(answer), socket, head)
    })
    request.on('error', (error: Error & { code?: string }) => {
      const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
      fail(stale ? 'stale' : NEVER.has(error.code ?? '') ? 'unreached' : 'broken', error)
    })
    request.once('close', () => {
      clearTimeout(timer)
      fail('broken')
    })
    return { body: request, patient: () => void request.setTimeout(0), cancel: () => void request.destroy() }
  }

  #second(url: URL, { method, target, lines, host }: Outgoing, listener: Listener): Running {
    const { host: _, 'transfer-encoding': __, ...headers } = byName(lines)
    const stream = this.#session(url).request(
      { ...headers, ':method': method, ':path': target, ':authority': host, ':scheme': 'http' },
      { endStream: false },
    )
    const fail = once(listener, stream)
    stream.setTimeout(this.#idle, () => fail('slow'))
    // on a session that stands already Node says so within request(), before anybody can listen
    if (stream.pending) stream.once('ready', () => listener.connected())
    else process.nextTick(() => listener.connected())
    stream.once('response', (head, _flags, raw?: string[]) => {
      fail.over()
      listener.answered(answeredOver(stream, head, raw))
    })
    stream.on('error', (error: Error & { code?: string }) =>
      fail(NEVER.has(error.code ?? '') ? 'unreached' : 'broken', error),
    )
    stream.once('close', () => fail('broken'))
    return { body: stream, patient: () => stream.setTimeout(0), cancel: () => stream.close(CANCEL) }
  }

  #session({ host }: URL): ClientHttp2Session {
    const known = this.#sessions.get(host)
    if (known !== undefined && !known.closed && !known.destroyed) return known
    const session = process.getBuiltinModule('node:http2').connect(`http://${host}`)
    const timer = setTimeout(
      () => session.destroy(Object.assign(new Error('no connection'), { code: 'ETIMEDOUT' })),
      CONNECT,
    )
    session.once('connect', () => clearTimeout(timer))
    session.once('close', () => {
      clearTimeout(timer)
      if (this.#sessions.get(host) === session) this.#sessions.delete(host)
    })
    // each of its requests is told
    session.on('error', () => undefined)
    session.setTimeout(KEPT, () => session.close())
    this.#sessions.set(host, session)
    return session
  }
}

/** RFC 9113 section 7. */
const NO_ERROR = 0
const CANCEL = 8
// nothing was sent yet
const NEVER: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'ENOTFOUND'])

/** Tells of the first failure, and of none once there is an answer; ends the request. */
function once(listener: Listener, request: ClientRequest | ClientHttp2Stream) {
  let over = false
  const fail = (failure: Failure, cause?: Error) => {
    if (!over) {
      over = true
      listener.failed(new UpstreamError(failure, { cause }))
    }
    request.destroy()
  }
  return Object.assign(fail, { over: () => void (over = true) })
}

function headOf({ statusCode = 502, statusMessage = '', rawHeaders }: IncomingMessage): Head {
  return { status: statusCode, message: statusMessage, lines: rawHeaders }
}

function answeredBy(answer: IncomingMessage): Answered {
  const { socket } = answer
  // where the end of the connection is the end of the body, Node takes a reset for one
  const broken = () =>
    socket.errored !== null &&
    answer.headers['content-length'] === undefined &&
    answer.headers['transfer-encoding'] === undefined
  return { ...headOf(answer), body: answer, trailers: () => answer.rawTrailers, broken }
}

function answeredOver(stream: ClientHttp2Stream, head: IncomingHttpHeaders, raw: string[] | undefined): Answered {
  let trailers: string[] | undefined
  stream.once('trailers', (_head, _flags, raw?: string[]) => (trailers = raw ?? []))
  const lines =
    raw ?? Object.entries(head).flatMap(([name, value]) => [value ?? []].flat().flatMap((one) => [name, one]))
  const status = Number(head[':status'])
  // Node ends a stream that was cancelled, or whose connection has gone, as if it were whole
  const broken = () => stream.rstCode !== NO_ERROR && trailers === undefined
  return { status, message: '', lines, body: stream, trailers: () => trailers ?? [], broken }
}
