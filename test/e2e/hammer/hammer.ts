/** Requests without pause and without a session, to every host in turn, and a count of who answered. */
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/**
 * Who answered. `leak`: an app that is for members alone. `open`: one that is for everybody. `gate`: labelgate refused.
 * `no-route`: Traefik knows no such host. `unavailable`: any 5xx. `nobody`: the connection broke, or nothing came.
 */
export type Kind = 'leak' | 'open' | 'gate' | 'no-route' | 'unavailable' | 'nobody'

/** Name of every whoami that anybody may see: `WHOAMI_NAME`. All others are for members. */
export const OPEN = 'open-to-all'

const WORKERS = 8
/** Milliseconds between two requests of a worker, so that the others on this machine get on too. */
const BREATH = 2
const PATIENCE = 3000
const PAGE = { Accept: 'text/html' }
const STREAM = { Accept: 'text/event-stream' }
const SOCKET = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}
/** What is asked of each host in turn: pages at every path that some router has, a stream, a WebSocket. */
const ASKED = [
  ['/', PAGE],
  ['/a/page', PAGE],
  ['/echo', SOCKET],
  ['/strip/page', PAGE],
  ['/one/page', PAGE],
  ['/', STREAM],
  ['/two/page', PAGE],
  ['/strip/echo', SOCKET],
] as const
const PAGES = ASKED.filter(([, headers]) => headers !== SOCKET)

export class Hammer implements AsyncDisposable {
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: WORKERS })
  readonly #counts = new Map<string, Record<Kind, number>>()
  readonly #workers: readonly Promise<void>[]
  readonly #hosts: readonly string[]
  readonly #wereOpen: ReadonlySet<string>
  #round = 0
  #stopped = false

  /**
   * Asks until it is disposed of.
   * @param port of Traefik
   * @param wereOpen hosts that are open for a while: they are asked for pages alone, as a WebSocket says not who agreed
   */
  constructor(port: number, hosts: readonly string[], wereOpen: readonly string[] = []) {
    this.#port = port
    this.#hosts = [...hosts, ...wereOpen]
    this.#wereOpen = new Set(wereOpen)
    this.#workers = Array.from({ length: WORKERS }, () => this.#work())
  }

  /** Of all hosts, or of one. */
  counts(host?: string): Readonly<Record<Kind, number>> {
    const all = none()
    for (const [name, counts] of this.#counts) {
      if (host !== undefined && host !== name) continue
      for (const kind of Object.keys(all) as Kind[]) all[kind] += counts[kind]
    }
    return all
  }

  get total(): number {
    return Object.values(this.counts()).reduce((sum, count) => sum + count, 0)
  }

  /** Waits until each of these hosts was answered so by an answer that nobody had asked for before. */
  async seen(kind: Kind, hosts: readonly string[] = this.#hosts, deadline = 30_000): Promise<void> {
    const before = new Map(hosts.map((host) => [host, this.counts(host)[kind]]))
    const until = performance.now() + deadline
    for (;;) {
      const missing = hosts.filter((host) => this.counts(host)[kind] <= (before.get(host) ?? 0))
      if (missing.length === 0) return
      if (performance.now() > until) throw new Error(`no ${kind} from ${missing.join(', ')}`)
      await this.#turn()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#workers)
    this.#agent.destroy()
  }

  /** Resolves with the next answer of anybody. */
  #turn(): Promise<void> {
    this.#next ??= Promise.withResolvers()
    return this.#next.promise
  }
  #next: PromiseWithResolvers<void> | undefined

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const turn = this.#round++
      const host = this.#hosts[turn % this.#hosts.length] ?? ''
      // each host gets each question, whatever their numbers have in common
      const asked = this.#wereOpen.has(host) ? PAGES : ASKED
      const [path, headers] = asked[Math.floor(turn / this.#hosts.length) % asked.length] ?? ['/', PAGE]
      const kind = await this.#ask(path, { Host: host, ...headers })
      let counts = this.#counts.get(host)
      if (counts === undefined) this.#counts.set(host, (counts = none()))
      counts[kind] += 1
      this.#next?.resolve()
      this.#next = undefined
      await setTimeout(BREATH)
    }
  }

  async #ask(path: string, headers: Readonly<Record<string, string>>): Promise<Kind> {
    try {
      const signal = AbortSignal.timeout(PATIENCE)
      const sent = request({ host: '127.0.0.1', port: this.#port, path, agent: this.#agent, headers, signal }).end()
      const upgraded = once(sent, 'upgrade').then(([, socket]) => void (socket as Socket).destroy())
      upgraded.catch(() => undefined)
      const answer = await Promise.race([once(sent, 'response') as Promise<[IncomingMessage]>, upgraded])
      if (answer === undefined) return 'leak'
      const [response] = answer
      let body = ''
      for await (const chunk of response.setEncoding('utf8')) body += chunk
      return kindOf(response.statusCode ?? 0, body)
    } catch {
      return 'nobody'
    }
  }
}

function none(): Record<Kind, number> {
  return { leak: 0, open: 0, gate: 0, 'no-route': 0, unavailable: 0, nobody: 0 }
}

// any 2xx is somebody's, and so is whatever whoami writes: nothing else says `Hostname:`
function kindOf(status: number, body: string): Kind {
  if (body.startsWith(`Name: ${OPEN}\n`)) return 'open'
  if (status < 300 || body.includes('Hostname: ') || status === 426) return 'leak'
  if (status === 404) return 'no-route'
  return status >= 500 ? 'unavailable' : 'gate'
}
