import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { http } from '../../node-http.ts'
import { answerKind } from '../../authz/answer-kind.ts'
import type { Address, Portal } from '../../config/settings.ts'
import { canonicalHost } from '../../syntax/host.ts'
import type { Asked } from '../forward/address.ts'
import type { Answer, Pass } from '../forward/question.ts'
import { badRequest, page } from '../forward/refusal.ts'
import { json, type Reply } from '../forward/reply.ts'
import { noAnswerPage, notReadyPage } from '../pages/app-pages.ts'
import type { Page } from '../pages/page.ts'
import type { Site } from '../pages/site.ts'
import { arrive, isSecond, type Arrival } from './arrival.ts'
import type { Certificates } from './certificates.ts'
import { exchange, type Exchange } from './exchange.ts'
import { questionLines, upstreamLines } from './headers.ts'
import { respond } from './respond.ts'
import { createGatewayServer, type GatewayServer } from './server.ts'
import { Upstreams } from './upstreams.ts'

type Ask = (asked: Asked, lines: readonly string[]) => Answer | Promise<Answer>

export interface GatewayDeps {
  readonly portal: Portal
  /** How pages look; undefined: there are none, and browsers are told what programs are. */
  readonly site?: Site
  /** The same answers as every other proxy gets. */
  readonly ask: Ask
  /** The same, and nobody is told: for what was let in, and stands open. Default: `ask`. */
  readonly askQuietly?: Ask
  /** Takes what is meant for the portal's own host. */
  readonly portalHandler: (req: IncomingMessage, res: ServerResponse) => void
  /** Every header that tells an app who is there, and the one in which tokens are taken. */
  identityHeaderNames(): readonly string[]
  /** Beginnings of further ones that nobody may bring. Default: none. */
  readonly reservedHeaders?: () => readonly string[]
  fault(error: unknown): void
  /** Undefined: plain HTTP/1.1. */
  readonly certificates?: Certificates | undefined
  /** Milliseconds an app may be silent in the middle of a request. Default: a minute. */
  readonly timeout?: number
  /** Milliseconds after which is asked again about what stands open. Default: half a minute. */
  readonly again?: number
}

/** By the host and path alone, as they came; there is no proxy before us whose word we could take. */
const ASKED: Asked = { dialect: 'forward', app: undefined, keyed: true }
/** Milliseconds that requests under way have when it closes. */
const GRACE = 3000

type Tunnel = Exchange['tunnel']

/** The built-in gateway: asks the same question as a proxy would, and proxies what passes. Not listening yet. */
export function createGateway(deps: GatewayDeps): Gateway {
  return new Gateway(deps)
}

export class Gateway {
  readonly #deps: GatewayDeps
  readonly #upstreams: Upstreams
  readonly #server: GatewayServer
  readonly #sockets = new Set<Duplex>()
  #underWay = 0
  #whenIdle: (() => void) | undefined

  constructor(deps: GatewayDeps) {
    this.#deps = deps
    this.#upstreams = new Upstreams(deps.timeout ?? 60_000)
    this.#server = createGatewayServer(
      {
        request: (req, res) => void this.#take(req, res),
        upgrade: (req, socket, head) => this.#upgrade(req, socket, head),
      },
      deps.certificates,
    )
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  /** The port it got. Rejects as `net.Server` does. */
  listen({ host, port }: Address): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port }, () => {
        this.#server.removeListener('error', reject)
        resolve((this.#server.address() as AddressInfo).port)
      })
    })
  }

  get server(): GatewayServer {
    return this.#server
  }

  /** Requests under way are given a moment to end. */
  async close(): Promise<void> {
    this.#server.close()
    if (this.#underWay > 0) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#whenIdle = resolve
      const timer = setTimeout(resolve, GRACE)
      await promise
      clearTimeout(timer)
    }
    for (const socket of this.#sockets) socket.destroy()
    this.#upstreams[Symbol.dispose]()
  }

  #upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    // what is not a WebSocket in the end is answered as any request
    const res = new http.ServerResponse(req)
    res.assignSocket(socket as Socket)
    res.shouldKeepAlive = false
    res.once('finish', () => socket.end())
    void this.#take(req, res, { socket, head })
  }

  async #take(req: Arrival['req'], res: Arrival['res'], tunnel?: Tunnel): Promise<void> {
    this.#begin(res)
    // told of it by the end of the connection
    req.on('error', () => undefined)
    res.on('error', () => undefined)
    try {
      const arrival = arrive(req, res, this.#deps.certificates === undefined ? 'http' : 'https')
      if (arrival === undefined) return respond({ req, res }, badRequest())
      const host = canonicalHost(arrival.authority)
      if (host === this.#deps.portal.host) return this.#portal(arrival, tunnel)
      const lines = questionLines(arrival)
      const answer = await this.#deps.ask(ASKED, lines)
      if (res.destroyed) return
      if (!('pass' in answer)) return respond(arrival, answer.reply)
      this.#pass(arrival, answer, { lines, tunnel })
    } catch (error) {
      this.#deps.fault(error)
      if (res.headersSent) res.destroy()
      else respond({ req, res }, json(503, { error: 'not-ready', reason: 'internal' }))
    }
  }

  #begin(res: Arrival['res']): void {
    this.#underWay += 1
    res.once('close', () => {
      this.#underWay -= 1
      if (this.#underWay === 0) this.#whenIdle?.()
    })
  }

  #portal({ req, res, authority }: Arrival, tunnel: Tunnel): void {
    if (tunnel !== undefined) return respond({ req, res }, json(404, { error: 'not-found' }))
    // Fastify and the portal read the host where HTTP/1 has it
    if (isSecond(req)) req.headers.host = authority
    if (/100-continue/i.test(String(req.headers.expect))) res.writeContinue()
    this.#deps.portalHandler(req as IncomingMessage, res as ServerResponse)
  }

  #pass(arrival: Arrival, passed: Pass, { lines: asked, tunnel }: Came): void {
    const { site } = this.#deps
    const { pass, app } = passed
    const words = (status: number, made: (site: Site) => Page, error: string, lines: readonly string[] = []) =>
      site !== undefined && wantsPage(arrival) ? page(status, made(site), lines) : json(status, { error }, lines)
    const host = canonicalHost(arrival.authority) ?? ''
    if (app.upstreams.length === 0)
      return respond(
        arrival,
        words(503, (site) => notReadyPage(site, 'app', host), 'not-running', ['Retry-After', '5']),
      )
    if (/100-continue/i.test(String(arrival.req.headers.expect))) arrival.res.writeContinue()
    const failed = (status: 502 | 504, error: unknown): Reply => {
      this.#deps.fault(error)
      const word = status === 504 ? 'app-timeout' : 'app-unreachable'
      return words(status, (site) => noAnswerPage(site, status, host), word)
    }
    const lines = upstreamLines(arrival, {
      pass,
      names: this.#deps.identityHeaderNames(),
      reserved: this.#deps.reservedHeaders?.() ?? [],
    })
    const upgrade = tunnel !== undefined
    if (upgrade) lines.push('Connection', 'Upgrade', 'Upgrade', 'websocket')
    exchange({
      arrival,
      outgoing: { method: arrival.method, target: arrival.target, lines, upgrade, host: arrival.authority },
      upstreams: this.#upstreams,
      left: this.#upstreams.inTurn(app.upstreams),
      failed,
      stays: { may: () => this.#still(asked, passed), every: this.#deps.again ?? 30_000 },
      ...(upgrade && { tunnel }),
    })
  }

  /** Would it be let in to this app now, and as the same person? */
  async #still(asked: readonly string[], { app, who }: Pass): Promise<boolean> {
    const { ask, askQuietly = ask } = this.#deps
    const answer = await askQuietly(ASKED, asked)
    if (!('pass' in answer) || answer.app.spec.key !== app.spec.key) return false
    return answer.who?.issuer === who?.issuer && answer.who?.subject === who?.subject
  }
}

interface Came {
  /** Of the question. */
  readonly lines: readonly string[]
  readonly tunnel: Tunnel
}

function wantsPage({ method, req: { headers } }: Arrival): boolean {
  const text = (name: string) => String(headers[name] ?? '')
  const fields = {
    socketKey: text('sec-websocket-key'),
    upgrade: text('upgrade'),
    fetchMode: text('sec-fetch-mode'),
    requestedWith: text('x-requested-with'),
    authorization: text('authorization'),
    accept: text('accept'),
  }
  return (
    answerKind(method as Parameters<typeof answerKind>[0], fields as Parameters<typeof answerKind>[1]) === 'navigation'
  )
}
