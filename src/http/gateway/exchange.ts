import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Upstream } from '../../table/table.ts'
import type { Reply } from '../forward/reply.ts'
import { isSecond, type Arrival } from './arrival.ts'
import { answerLines, byName } from './headers.ts'
import { linger, respond, writeHead } from './respond.ts'
import { stay, type Stays } from './stays.ts'
import {
  UpstreamError,
  type Answered,
  type Head,
  type Listener,
  type Outgoing,
  type Running,
  type Upstreams,
} from './upstreams.ts'

export interface Exchange {
  readonly arrival: Arrival
  readonly outgoing: Outgoing
  readonly upstreams: Upstreams
  /** The replicas still to be tried, in turn. */
  readonly left: readonly Upstream[]
  /** What the client is told where no app answers. */
  readonly failed: (status: 502 | 504, error: UpstreamError) => Reply
  /** Of a WebSocket or a stream, which outlive the question about them. */
  readonly stays: Stays
  /** The client's connection, where it wants a WebSocket. */
  readonly tunnel?: { readonly socket: Duplex; readonly head: Buffer }
}

/**
 * One request to the app and its answer back, both as they come, by Node's own clients. undici 8.13 takes an app's
 * `100 Continue` for an error, holds the head of an upload back until its first octet, and joins repeated lines by
 * HTTP/2; httpxy, http-proxy-3 and @fastify/reply-from join them by HTTP/1.1 too. `upstreams.test.ts` asks for all that.
 */
export function exchange(x: Exchange): void {
  const [upstream, ...others] = x.left
  if (upstream === undefined) throw new Error('an app without replicas reached the proxy')
  const { req, res, body } = x.arrival
  let started = false
  let running: Running | undefined
  let left = false
  const gone = () => {
    left = true
    running?.cancel()
  }
  const listener: Listener = {
    connected() {
      started = true
      if (body === undefined) running?.body.end()
      else if (running !== undefined) req.pipe(running.body)
    },
    answered: (answer) => relay(x, answer, running),
    upgraded: (answer, socket, head) => join(x, answer, socket, head),
    failed(error) {
      if (left) return
      res.removeListener('close', gone)
      req.unpipe()
      if (again(x, { error, started, others })) return exchange({ ...x, left: others.length > 0 ? others : [upstream] })
      fail(x, error)
    },
  }
  res.once('close', gone)
  try {
    running = x.upstreams.ask(upstream, x.outgoing, listener)
  } catch (cause) {
    listener.failed(new UpstreamError('broken', { cause }))
  }
}

/** May it be asked again? Only where the app cannot have acted on it. */
function again(
  { arrival }: Exchange,
  { error, started, others }: { error: UpstreamError; started: boolean; others: readonly Upstream[] },
): boolean {
  if (error.failure === 'unreached' || error.failure === 'silent') return !started && others.length > 0
  return error.failure === 'stale' && arrival.body === undefined && /^(?:GET|HEAD|OPTIONS)$/.test(arrival.method)
}

function fail({ arrival, failed }: Exchange, error: UpstreamError): void {
  const { res } = arrival
  if (res.destroyed || res.headersSent) return cut(arrival)
  respond(arrival, failed(error.failure === 'slow' || error.failure === 'silent' ? 504 : 502, error))
}

function relay(x: Exchange, answer: Answered, running: Running | undefined): void {
  const { arrival } = x
  const { req } = arrival
  const res = arrival.res as ServerResponse
  try {
    writeHead(arrival, { ...answer, lines: answerLines(answer.lines) })
  } catch (cause) {
    running?.cancel()
    return fail(x, new UpstreamError('broken', { cause }))
  }
  if (isStream(answer.lines)) {
    running?.patient()
    answer.body.once(
      'close',
      stay(x.stays, () => running?.cancel()),
    )
  }
  // the head of a stream of events comes long before its first event
  res.flushHeaders()
  let ended = false
  answer.body.once('end', () => {
    if (answer.broken()) return cut(arrival)
    ended = true
    const trailers = answerLines(answer.trailers())
    if (trailers.length > 0) res.addTrailers(isSecond(req) ? byName(trailers) : pairs(trailers))
    res.end()
    if (req.readableEnded) return
    req.unpipe()
    linger(req)
  })
  // an answer that breaks off must not look like a whole one
  answer.body.once('close', () => {
    if (!ended) cut(arrival)
  })
  answer.body.on('error', () => cut(arrival))
  answer.body.pipe(res, { end: false })
}

function cut({ req, res }: Arrival): void {
  if (isSecond(req)) req.stream.close(INTERNAL_ERROR)
  else (res as ServerResponse).destroy()
}

/** RFC 9113 section 7. */
const INTERNAL_ERROR = 2

/** An app that may say nothing for as long as it likes: events, or calls of gRPC. */
function isStream(lines: readonly string[]): boolean {
  for (let i = 0; i + 1 < lines.length; i += 2)
    if (/^content-type$/i.test(lines[i] as string))
      return /^(?:text\/event-stream|application\/grpc)\b/i.test(lines[i + 1] as string)
  return false
}

function pairs(lines: readonly string[]): [string, string][] {
  return Array.from({ length: lines.length / 2 }, (_, i) => [lines[2 * i] as string, lines[2 * i + 1] as string])
}

/** From here on the two connections are one. */
function join({ tunnel, stays }: Exchange, answer: Head, app: Duplex, head: Buffer): void {
  if (tunnel === undefined) return void app.destroy()
  const { socket } = tunnel
  const lines = [...answerLines(answer.lines), 'Connection', 'Upgrade', 'Upgrade', 'websocket']
  const text = pairs(lines).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${text.join('')}\r\n`, 'latin1')
  if (head.length > 0) socket.write(head)
  if (tunnel.head.length > 0) app.write(tunnel.head)
  for (const [one, other] of [
    [socket, app],
    [app, socket],
  ] as const) {
    one.on('error', () => other.destroy())
    one.once('close', () => other.destroy())
  }
  app.once(
    'close',
    stay(stays, () => app.destroy()),
  )
  socket.pipe(app).pipe(socket)
}
