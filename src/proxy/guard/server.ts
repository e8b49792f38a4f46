import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { http, https } from '../../node-http.ts'
import { inNetworks, type Networks } from '../../syntax/networks.ts'
import { parseVersion } from '../../syntax/version.ts'
import { readCall, type Call } from './api.ts'
import { type Asker, type Guard, NotReadyError } from './guard.ts'
import { NoManagerError } from './swarm.ts'
import { trimEvent, trimVersion } from './trim.ts'

export interface ServerOptions {
  readonly guard: Guard
  readonly daemon: {
    one(path: string): Promise<unknown>
    events(query: object, signal: AbortSignal): Promise<AsyncIterable<string>>
  }
  /** From where it may be asked. */
  readonly networks: Networks
  /** PEM texts. With `clientCa`, who has no certificate of that authority is nobody. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string } | undefined
  /** Told of what is refused: something asks for more than Traefik does, or from elsewhere. */
  readonly refused: (peer: string | undefined, asked: string) => void
  /** The daemon could not be asked, or a fault of ours. */
  readonly failed: (error: unknown) => void
  /** A Traefik hears events from now on: it listed before, and knows nothing of what happened between. */
  readonly following?: () => void
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** Docker's reference calls it nothing: the API is spoken by this version where the daemon says no other. */
const OLDEST_API = '1.24'

/**
 * Docker's API as Traefik needs it, read-only: everything else is refused. `node:http` alone, since events are to be
 * passed on as they come, and no router is to read an address otherwise than `readCall` does.
 */
export class GuardServer {
  readonly server: Server
  readonly #options: ServerOptions
  readonly #streams = new Map<ServerResponse, { readonly address: string; readonly end: () => void }>()

  constructor(options: ServerOptions) {
    this.#options = options
    const listener: RequestListener = (req, res) => void this.#answer(req, res)
    const { tls } = options
    this.server =
      tls === undefined
        ? http.createServer(LIMITS, listener)
        : https.createServer({ ...LIMITS, ...certified(tls), minVersion: 'TLSv1.2' }, listener)
  }

  /**
   * Makes Traefik list again. It does so upon a container's start, end or health alone, and knows no other sign; the
   * view also changes without any of them: a label of another container, the operator's file, a table that was late.
   */
  nudge(): void {
    const now = this.#options.now()
    const action = 'health_status: labelgate'
    const about = { status: action, Type: 'container', Action: action, Actor: { ID: '', Attributes: {} } }
    const event = JSON.stringify({ ...about, scope: 'local', time: Math.floor(now / 1000), timeNano: now * 1e6 })
    for (const stream of this.#streams.keys()) tell(stream, event)
  }

  /** Ends streams too, which would last for ever. */
  async close(): Promise<void> {
    for (const stream of this.#streams.keys()) stream.destroy()
    if (!this.server.listening) return
    const closed = new Promise((resolve) => this.server.once('close', resolve))
    this.server.close()
    this.server.closeAllConnections()
    await closed
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { networks, refused, failed } = this.#options
    const peer = req.socket.remoteAddress
    // a body is nobody's business here, and is not waited for
    if (req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined)
      res.setHeader('Connection', 'close')
    const known = peer !== undefined && inNetworks(networks, peer)
    const call = known ? readCall(req.method ?? '', req.url ?? '') : undefined
    if (call === undefined) {
      refused(peer, `${req.method} ${(req.url ?? '').slice(0, 200)}`)
      return say(res, 403, known ? NOT_PASSED_ON : NOT_FROM_THERE)
    }
    try {
      await this.#serve(call, res, askerOf(req))
    } catch (error) {
      if (statusOf(error) === 404) return say(res, 404, { message: 'No such container' })
      if (error instanceof NoManagerError) return say(res, 503, { message: error.message })
      if (error instanceof NotReadyError) return say(res, 503, { message: 'labelgate has no table of apps yet' })
      failed(error)
      if (call.kind === 'list' || (call.kind === 'inspect' && statusOf(error) === undefined)) this.#startOver()
      if (res.headersSent) res.destroy()
      else say(res, 502, { message: 'labelgate cannot ask the Docker daemon' })
    }
  }

  /**
   * What Traefik could not read it does not ask for again before the next event. Where its stream ends it does: it
   * connects anew, and lists everything.
   */
  #startOver(): void {
    for (const { end } of this.#streams.values()) end()
  }

  async #serve(call: Call, res: ServerResponse, asker: Asker): Promise<void> {
    const { guard, daemon } = this.#options
    switch (call.kind) {
      case 'ping': {
        const { ApiVersion = OLDEST_API } = trimVersion(await daemon.one('/version')) as { ApiVersion?: string }
        res.setHeader('Api-Version', ApiVersion)
        res.writeHead(200, { 'Content-Type': 'text/plain', Ostype: 'linux' }).end('OK')
        return
      }
      case 'version':
        return say(res, 200, trimVersion(await daemon.one('/version')))
      case 'list':
        return say(res, 200, await guard.list(call.all, asker))
      case 'inspect':
        return say(res, 200, await guard.inspect(call.id, asker))
      case 'events':
        return this.#stream(call, res, asker)
      case 'services':
      case 'tasks':
      case 'networks':
      case 'node':
        return say(res, 200, await guard.swarm(call, asker))
    }
  }

  async #stream(
    { actions, since, until }: Extract<Call, { kind: 'events' }>,
    res: ServerResponse,
    { address }: Asker,
  ): Promise<void> {
    const gone = new AbortController()
    res.once('close', () => gone.abort())
    const filters = JSON.stringify({ type: ['container'], event: actions })
    const query = { filters, ...(since !== '' && { since }), ...(until !== '' && { until }) }
    const lines = await this.#options.daemon.events(query, gone.signal).catch((error: unknown) => {
      if (!gone.signal.aborted) throw error
    })
    if (lines === undefined) return
    res.writeHead(200, { 'Content-Type': 'application/json' })
    res.flushHeaders()
    if (actions.includes('health_status')) {
      this.#streams.set(res, { address, end: () => gone.abort() })
      this.#options.following?.()
    }
    try {
      for await (const line of lines) {
        const event = line.trim() === '' ? undefined : trimEvent(line, actions)
        if (event !== undefined) tell(res, event)
      }
    } catch (error) {
      if (!gone.signal.aborted) throw error
    } finally {
      this.#streams.delete(res)
      if (![...this.#streams.values()].some((other) => other.address === address)) this.#options.guard.forget(address)
      res.end()
    }
  }
}

const LIMITS = { maxHeaderSize: 16 * 1024, keepAliveTimeout: 95_000, headersTimeout: 100_000 }
const MOST_UNREAD = 4 * 1024 * 1024
const NOT_PASSED_ON = { message: 'labelgate passes on to Docker what Traefik reads, and nothing else' }
const NOT_FROM_THERE = { message: 'not from there: LABELGATE_GUARD_NETWORKS' }

/** Who does not read is let go, rather than remembered for. */
function tell(stream: ServerResponse, event: string): void {
  if (!stream.write(`${event}\n`) && stream.writableLength > MOST_UNREAD) stream.destroy()
}

/** Traefik says its version in its User-Agent. */
function askerOf({ socket, headers }: IncomingMessage): Asker {
  const [, said = ''] = /^Traefik (\S+)$/.exec(headers['user-agent'] ?? '') ?? []
  const version = parseVersion(said)
  return { address: socket.remoteAddress ?? '', ...(version !== undefined && { version }) }
}

function certified({ cert, key, clientCa }: NonNullable<ServerOptions['tls']>) {
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }
  return { cert, key, ...mutual }
}

function say(res: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  res.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }).end(text)
}

function statusOf(error: unknown): unknown {
  return error instanceof Error && 'status' in error ? error.status : undefined
}
