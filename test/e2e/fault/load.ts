/** Requests without pause, and a count of what came back. */
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout } from 'node:timers/promises'

/**
 * Who answered. `app`: somebody was let in. `gate`: labelgate refused, by a redirect, 401 or 403. `unavailable`: any
 * 5xx. `no-route`: Traefik knows no such host. `nobody`: the connection broke, or nothing came.
 */
export type Kind = 'app' | 'gate' | 'unavailable' | 'no-route' | 'nobody'
export type Counts = Readonly<Record<Kind, number>>

export interface Aim {
  /** Of Traefik. */
  readonly port: number
  /** Asked for in turn, each with its own headers. */
  readonly hosts: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** Requests under way at a time. */
const WORKERS = 4
/** Milliseconds between two requests of a worker, so that the others on this machine get on too. */
const BREATH = 5
/** Milliseconds. What was on its way into a container that was paused or killed would be waited for, for ever. */
const PATIENCE = 3000

export class Load implements AsyncDisposable {
  readonly #counts = none()
  readonly #last: Partial<Record<Kind, number>> = {}
  readonly #agent = new Agent({ keepAlive: true, maxSockets: WORKERS })
  readonly #aims: readonly (readonly [host: string, headers: Readonly<Record<string, string>>])[]
  readonly #port: number
  readonly #workers: readonly Promise<void>[]
  readonly #windows = new Set<Window>()
  #stopped = false

  /** Asks until it is disposed of. */
  constructor({ port, hosts }: Aim) {
    this.#port = port
    this.#aims = Object.entries(hosts)
    this.#workers = Array.from({ length: WORKERS }, (_, worker) => this.#work(worker))
  }

  /** All answers since the beginning. */
  get counts(): Counts {
    return { ...this.#counts }
  }

  get total(): number {
    return sum(this.#counts)
  }

  /** Epoch ms of the last answer of this kind; undefined where there was none. */
  last(kind: Kind): number | undefined {
    return this.#last[kind]
  }

  /** The answers to the next so many requests: none of them was asked before this is called. */
  next(wanted: number): Promise<Counts> {
    return new Promise((resolve) => this.#windows.add({ counts: none(), wanted, resolve }))
  }

  /** Waits until so many requests in a row, each host's in turn, were answered by this kind alone. */
  async settled(kind: Kind): Promise<void> {
    const wanted = 4 * this.#aims.length
    while ((await this.next(wanted))[kind] !== wanted);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#workers)
    this.#agent.destroy()
  }

  async #work(worker: number): Promise<void> {
    for (let turn = worker; !this.#stopped; turn++) {
      const [host = '', headers = {}] = this.#aims[turn % this.#aims.length] ?? []
      const windows = [...this.#windows]
      const kind = await kindOf(this.#port, { Host: host, Accept: 'text/html', ...headers }, this.#agent)
      this.#counts[kind] += 1
      this.#last[kind] = Date.now()
      for (const window of windows) this.#fill(window, kind)
      await setTimeout(BREATH)
    }
  }

  #fill(window: Window, kind: Kind): void {
    if (!this.#windows.has(window)) return
    window.counts[kind] += 1
    if (sum(window.counts) < window.wanted) return
    this.#windows.delete(window)
    window.resolve(window.counts)
  }
}

interface Window {
  readonly counts: Record<Kind, number>
  readonly wanted: number
  readonly resolve: (counts: Counts) => void
}

function none(): Record<Kind, number> {
  return { app: 0, gate: 0, unavailable: 0, 'no-route': 0, nobody: 0 }
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

async function kindOf(port: number, headers: Readonly<Record<string, string>>, agent: Agent): Promise<Kind> {
  try {
    const sent = request({ host: '127.0.0.1', port, agent, headers, signal: AbortSignal.timeout(PATIENCE) }).end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    let body = ''
    for await (const chunk of response.setEncoding('utf8')) body += chunk
    return kindOfAnswer(response.statusCode ?? 0, body)
  } catch {
    return 'nobody'
  }
}

// Any 2xx counts as let in, and so does any status over what whoami writes: nothing else says `Hostname:`.
function kindOfAnswer(status: number, body: string): Kind {
  if (status < 300 || body.startsWith('Hostname: ')) return 'app'
  if (status === 404) return 'no-route'
  return status >= 500 ? 'unavailable' : 'gate'
}
