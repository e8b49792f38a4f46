/** The program itself in a process of its own, which a test may kill and start again; what it keeps outlives it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { execa } from 'execa'
import { vi } from 'vitest'
import { freePort } from '../../free-port.ts'

const MAIN = join(import.meta.dirname, '../../../src/main.ts')

/** Modes of files say nothing to root; so they do, as to the user the image runs as. */
const WITHOUT_RIGHTS = process.geteuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : []

export interface Surroundings {
  readonly dockerHost: string
  /** Of Traefik's file provider. */
  readonly traefikFolder: string
  readonly dataFolder: string
  /** Port at which people reach Traefik. */
  readonly web: number
  /** Options beside those, or in their place; empty: as if it were not said. */
  readonly env?: Readonly<Record<string, string>>
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export class Labelgate implements AsyncDisposable {
  readonly file: string
  readonly port: number
  readonly #statusPort: number
  readonly #env: Readonly<Record<string, string>>
  #process: ChildProcess | undefined
  #output = ''

  private constructor(port: number, statusPort: number, surroundings: Surroundings) {
    const { dockerHost, traefikFolder, dataFolder, web, env = {} } = surroundings
    this.port = port
    this.#statusPort = statusPort
    this.file = join(traefikFolder, 'labelgate.yml')
    const said = {
      PATH: process.env['PATH'] ?? '',
      DOCKER_HOST: dockerHost,
      LABELGATE_PORTAL_URL: `http://${PORTAL}:${web}`,
      LABELGATE_LISTEN: `127.0.0.1:${port}`,
      LABELGATE_STATUS_LISTEN: `127.0.0.1:${statusPort}`,
      LABELGATE_INTERNAL_URL: `http://127.0.0.1:${port}`,
      LABELGATE_DATA_DIR: dataFolder,
      LABELGATE_TRAEFIK_FILE: this.file,
      LABELGATE_PROXY_KEY: KEY,
      ...env,
    }
    this.#env = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== ''))
  }

  /** Not running yet. */
  static async in(surroundings: Surroundings): Promise<Labelgate> {
    return new Labelgate(await freePort(), await freePort(), surroundings)
  }

  /** Makes an account, as an operator does. */
  async addAccount(name: string, password: string): Promise<void> {
    await execa(process.execPath, [MAIN, 'user', 'add', name], { env: this.#env, extendEnv: false, input: password })
  }

  /** Does not wait for anything. */
  launch(): void {
    const [command, ...words] = [...WITHOUT_RIGHTS, process.execPath, MAIN]
    const child = spawn(command, words, { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (this.#output += chunk))
    this.#process = child
  }

  /** Resolves when it listens, whatever it knows by then. */
  async start(): Promise<void> {
    this.launch()
    await vi.waitUntil(() => this.status('/healthz').catch(() => undefined), { timeout: 20_000, interval: 20 })
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal)
  }

  /** Sends the signal, if any, and waits for the end. */
  async end(signal?: NodeJS.Signals): Promise<Ended> {
    const child = this.#process
    if (child === undefined) throw new Error('labelgate does not run')
    const gone = once(child, 'exit')
    if (signal !== undefined) child.kill(signal)
    if (child.exitCode === null && child.signalCode === null) await gone
    this.#process = undefined
    return { code: child.exitCode, signal: child.signalCode }
  }

  get running(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null
  }

  /** Everything it wrote so far, to either stream. */
  get output(): string {
    return this.#output
  }

  /** The answer of the status listener. */
  async status(path: '/healthz' | '/readyz' | '/metrics'): Promise<{ status: number; body: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.#statusPort}${path}`)
    return { status: answer.status, body: await answer.text() }
  }

  async metric(name: string): Promise<number> {
    return valueIn((await this.status('/metrics')).body, name)
  }

  /** Delay of its event loop since this was asked last, in milliseconds. */
  async lag(): Promise<{ max: number; p99: number }> {
    // read from one answer, since asking begins anew
    const { body } = await this.status('/metrics')
    const of = (name: string) => Math.round(valueIn(body, `nodejs_eventloop_lag_${name}_seconds`) * 1000)
    return { max: of('max'), p99: of('p99') }
  }

  /** What the proxy would be told about a request to this address, be the proxy there or not. */
  async forward(host: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
    const said = { 'X-Forwarded-Method': 'GET', 'X-Forwarded-Proto': 'http', 'X-Forwarded-For': '203.0.113.9' }
    const asked = { ...said, 'X-Forwarded-Host': host, 'X-Forwarded-Uri': '/', ...headers }
    const url = `http://127.0.0.1:${this.port}/auth/forward/${KEY}`
    return (await fetch(url, { headers: asked, redirect: 'manual' })).status
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process !== undefined) await this.end('SIGKILL')
  }
}

function valueIn(metrics: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1])
}

const PORTAL = 'auth.fire.test'
const KEY = randomBytes(32).toString('hex')
