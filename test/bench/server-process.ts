import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** So far, by the server's own count. */
export interface Answered {
  /** Microseconds, user and system. */
  readonly cpu: number
  readonly yes: number
  readonly no: number
}

/** What a server says once it listens. */
export interface Ready {
  readonly port: number
  /** Header lines of its answer, names and values in turn. */
  readonly lines: readonly string[]
  /** Whole HTTP requests that it lets in. */
  readonly requests: readonly string[]
}

/** A server in a process of its own, whose CPU time is nobody else's. */
export class ServerProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #ready: Ready

  private constructor(child: ChildProcess, ready: Ready) {
    this.#child = child
    this.#ready = ready
  }

  /**
   * labelgate with so many apps.
   * @param by what the requests show: `session`, `token`, `basic`, `bearer`
   * @param folder for its store; without, everything is in memory, and there are sessions alone
   */
  static gate(apps: number, by = 'session', folder = ''): Promise<ServerProcess> {
    return ServerProcess.#start('gate-server.ts', [String(apps), by, folder])
  }

  /** `node:http` alone, answering these header lines. */
  static bare(lines: readonly string[]): Promise<ServerProcess> {
    return ServerProcess.#start('bare-server.ts', [JSON.stringify(lines)])
  }

  static async #start(script: string, args: readonly string[]): Promise<ServerProcess> {
    const child = fork(fileURLToPath(new URL(script, import.meta.url)), args)
    const failed = once(child, 'exit').then(() => Promise.reject(new Error(`${script} ended before it was ready`)))
    const [ready] = (await Promise.race([once(child, 'message'), failed])) as [Ready]
    failed.catch(() => undefined)
    return new ServerProcess(child, ready)
  }

  get port(): number {
    return this.#ready.port
  }

  get lines(): readonly string[] {
    return this.#ready.lines
  }

  get requests(): readonly string[] {
    return this.#ready.requests
  }

  async answered(): Promise<Answered> {
    const answer = once(this.#child, 'message')
    this.#child.send('answered')
    const [said] = (await answer) as [Answered]
    return said
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.kill()
    await exit
  }
}

/** For the other side: says that it is ready, and from then on what it has answered. */
export function serveParent(ready: Ready, counted: () => Omit<Answered, 'cpu'>): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: user + system, ...counted() } satisfies Answered)
  })
  process.once('disconnect', () => process.exit())
  process.send?.(ready)
}
