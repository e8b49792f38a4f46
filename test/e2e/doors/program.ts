/** labelgate itself, as a process, and its commands. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { vi } from 'vitest'
import { freePort } from '../../free-port.ts'

const MAIN = join(import.meta.dirname, '../../../src/main.ts')
/** 32 random bytes, in base64url. */
const KEY = 'nJ8vQ2xY5rT0aLmB3cDfGhKpSuWzE6i7o9N4eRtVyUI'

export interface Program extends AsyncDisposable {
  /** Where proxies ask. */
  readonly port: number
  /** What a command prints. */
  run(line: readonly string[], input?: string): Promise<string>
  /** Resolves when it listens and knows its containers. */
  start(): Promise<void>
  /** Sends the signal; for one that ends it, waits for the end. */
  signal(signal: NodeJS.Signals): Promise<void>
  log(): string
}

/** Not running yet. @param portal its origin */
export async function openProgram(portal: string): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-program-'))
  const [port, status] = [await freePort(), await freePort()]
  const env = {
    PATH: process.env['PATH'] ?? '',
    LABELGATE_PORTAL_URL: portal,
    LABELGATE_LISTEN: `127.0.0.1:${port}`,
    LABELGATE_STATUS_LISTEN: `127.0.0.1:${status}`,
    LABELGATE_INTERNAL_URL: `http://127.0.0.1:${port}`,
    LABELGATE_DATA_DIR: folder,
    LABELGATE_PROXY_KEY: KEY,
  }
  let child: ChildProcess | undefined
  let output = ''
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === undefined) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
    child = undefined
  }
  return {
    port,
    log: () => output,
    async run(line, input = '') {
      const { stdout } = await execa(process.execPath, [MAIN, ...line], { env, extendEnv: false, input })
      return `${stdout}\n`
    },
    async start() {
      child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] })
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (chunk: Buffer) => (output += String(chunk)))
      const ready = async () => {
        const answer = await fetch(`http://127.0.0.1:${status}/readyz`)
        if (answer.status !== 200) throw new Error(await answer.text())
      }
      await vi.waitFor(ready, { timeout: 20_000, interval: 50 }).catch((error: unknown) => {
        throw new Error(output, { cause: error })
      })
    },
    async signal(signal) {
      if (signal === 'SIGSTOP' || signal === 'SIGCONT') child?.kill(signal)
      else await end(signal)
    },
    async [Symbol.asyncDispose]() {
      await end('SIGKILL')
      await rm(folder, { recursive: true })
    },
  }
}
