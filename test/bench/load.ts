/** Requests without pause over kept connections: by wrk where it is installed, else by sockets of our own. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'

const CONNECTIONS = 16

export interface Load {
  /** What makes it: `wrk`, or our own sockets. */
  readonly by: string
  /** Sends the requests in turn for so many milliseconds. Rejects where a connection fails or an answer is no 200. */
  run(port: number, ms: number): Promise<void>
}

/** @param requests whole HTTP requests without a body, sent in turn; @param script where wrk's script may lie */
export async function loadOf(requests: readonly string[], script: string): Promise<Load> {
  if (!hasWrk())
    return { by: 'sockets of our own (wrk is not installed)', run: (port, ms) => flood(requests, port, ms) }
  await writeFile(script, wrkScript(requests))
  return { by: 'wrk', run: (port, ms) => wrk(script, port, ms) }
}

function hasWrk(): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v wrk'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

// Whole requests, since `wrk -H` can give only one set of headers. JSON strings of ASCII are Lua strings too.
function wrkScript(requests: readonly string[]): string {
  const list = requests.map((request) => JSON.stringify(request)).join(',\n')
  return `local requests = {${list}}\nlocal i = 0\nfunction request() i = i % #requests + 1 return requests[i] end\n`
}

async function wrk(script: string, port: number, ms: number): Promise<void> {
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${Math.max(1, Math.round(ms / 1000))}s`, '-s', script]
  const child = spawn('wrk', [...args, `http://127.0.0.1:${port}/`], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>])
  if (code !== 0 || /Non-2xx|Socket errors/.test(said)) throw new Error(`not every answer was a yes: ${said}`)
}

async function flood(requests: readonly string[], port: number, ms: number): Promise<void> {
  const over = new AbortController()
  const asking = Array.from({ length: CONNECTIONS }, (_, i) => keepAsking(requests, i, port, over.signal))
  await Promise.race([setTimeout(ms), ...asking])
  over.abort()
  await Promise.all(asking)
}

/** One connection, one request at a time; ends with the answer after the signal. */
async function keepAsking(requests: readonly string[], first: number, port: number, over: AbortSignal): Promise<void> {
  const socket: Socket = connect(port, '127.0.0.1').setNoDelay()
  let [next, received] = [first, '']
  const ask = () => socket.write(requests[next++ % requests.length] ?? '')
  ask()
  for await (const chunk of socket.setEncoding('latin1')) {
    received += chunk as string
    if (!received.endsWith('\r\n\r\n')) continue
    if (!received.startsWith('HTTP/1.1 200')) throw new Error(`an answer was no yes: ${received}`)
    received = ''
    if (over.aborted) return void socket.destroy()
    ask()
  }
  throw new Error('the server ended a connection')
}
