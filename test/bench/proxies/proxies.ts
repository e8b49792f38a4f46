/** What protection costs at each proxy: the same proxy before the same app, without and with labelgate, turn and turn. */
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { doorFiles } from '../../e2e/doors/files.ts'
import { type DoorName, startDoor } from '../../e2e/doors/proxies.ts'
import { freePort } from '../../free-port.ts'
import { startTraefik } from '../../proxy/traefik.ts'
import { median, type Row } from '../row.ts'
import { ServerProcess } from '../server-process.ts'
import type { GateReady } from './gate.ts'
import { PLAIN, plainTraefik } from './plain.ts'

const PROXIES = ['traefik', 'nginx', 'caddy', 'envoy', 'haproxy'] as const
type Proxy = (typeof PROXIES)[number]

interface Figures {
  /** Milliseconds. */
  readonly median: number
  readonly p99: number
  /** Requests a second. */
  readonly rate: number
}

/** @param quick one short round */
export async function proxyRows(quick: boolean): Promise<Row[]> {
  await using started = new AsyncDisposableStack()
  const app = started.use(await ServerProcess.bare(['Content-Length', '0']))
  const gate = await startGate(app.port, started)
  const rows: Row[] = []
  for (const proxy of PROXIES) {
    try {
      rows.push(...(await rowsOf(proxy, gate, { app: app.port, quick })))
    } catch (error) {
      const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
      rows.push({ name: `${proxy}: requests kept`, value: undefined, unit: '%', note: why.slice(0, 100) })
    }
  }
  return rows
}

async function startGate(app: number, started: AsyncDisposableStack): Promise<GateReady> {
  const child = fork(fileURLToPath(new URL('gate.ts', import.meta.url)), [String(app)])
  started.defer(async () => {
    const gone = once(child, 'exit')
    child.kill()
    await gone
  })
  const [ready] = (await once(child, 'message')) as [GateReady]
  return ready
}

async function rowsOf(proxy: Proxy, gate: GateReady, words: { app: number; quick: boolean }): Promise<Row[]> {
  await using started = new AsyncDisposableStack()
  const plain = await startProxy(proxy, started, (port) => plainFiles(proxy, port, words.app))
  const asked = await startProxy(proxy, started, (port) => askingFiles(proxy, port, gate))
  const without: Figures[] = []
  const kept: Figures[] = []
  for (let round = words.quick ? 0 : -1; round < (words.quick ? 1 : 5); round++) {
    const [first, second] = [await load(plain, gate, words.quick), await load(asked, gate, words.quick)]
    if (round < 0) continue
    without.push(first)
    kept.push(second)
  }
  const added = (name: 'median' | 'p99') => median(kept.map((one, i) => one[name] - (without[i]?.[name] ?? Number.NaN)))
  const share = median(kept.map(({ rate }, i) => (100 * rate) / (without[i]?.rate ?? Number.NaN)))
  const of = (list: readonly Figures[]) => Math.round(median(list.map(({ rate }) => rate))).toLocaleString('en')
  const both = (name: 'median' | 'p99') =>
    [without, kept].map((list) => median(list.map((one) => one[name])).toFixed(2)).join(' ms became ')
  return [
    { name: `${proxy}: added latency, median`, value: added('median'), unit: 'ms', note: `${both('median')} ms` },
    { name: `${proxy}: added latency, p99`, value: added('p99'), unit: 'ms', note: `${both('p99')} ms` },
    { name: `${proxy}: requests kept`, value: share, unit: '%', note: `${of(kept)} of ${of(without)} a second` },
  ]
}

type Files = Readonly<Record<string, string>>

async function startProxy(
  proxy: Proxy,
  started: AsyncDisposableStack,
  files: (port: number) => Files,
): Promise<number> {
  const port = await freePort()
  if (proxy !== 'traefik') return started.use(await startDoor({ name: proxy, port, files: files(port) })).port
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-bench-'))
  started.defer(() => rm(folder, { recursive: true }))
  for (const [file, text] of Object.entries(files(port))) await writeFile(join(folder, file), text)
  return started.use(await startTraefik(folder)).web
}

function plainFiles(proxy: Proxy, port: number, app: number): Files {
  return proxy === 'traefik' ? { 'plain.yml': plainTraefik(app) } : PLAIN[proxy](port, app)
}

function askingFiles(proxy: Proxy, port: number, gate: GateReady): Files {
  if (proxy === 'traefik') return { 'labelgate.yml': gate.traefikFile }
  const portal = { origin: 'http://auth.example.com', host: 'auth.example.com', secure: false }
  return doorFiles(proxy satisfies DoorName, { ...gate, portal, listen: { host: '127.0.0.1', port } }).files
}

/** By somebody who may; rejects where not every answer is a yes. */
async function load(port: number, { cookie }: GateReady, quick: boolean): Promise<Figures> {
  const lines = ['-H', 'Host: app.example.com', '-H', `Cookie: labelgate=${cookie}`]
  const url = `http://127.0.0.1:${port}/`
  for (let tries = 0; tries < 100; tries++) {
    const { status } = await fetch(url, { headers: { Host: 'app.example.com' }, redirect: 'manual' }).catch(() => ({
      status: 0,
    }))
    if (status !== 0 && status !== 404) break
    await setTimeout(50)
  }
  // one connection tells how long a request takes, sixteen how many there can be
  const alone = await wrk(['-c1', quick ? '-d1s' : '-d2s', '--latency', ...lines, url])
  const many = await wrk(['-c16', quick ? '-d1s' : '-d3s', ...lines, url])
  const time = (name: string) => {
    const [, value = '', unit = ''] = new RegExp(`${name}%\\s+([\\d.]+)(us|ms|s)`).exec(alone) ?? []
    return Number(value) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? Number.NaN)
  }
  return { median: time('50'), p99: time('99'), rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(many)?.[1]) }
}

async function wrk(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('wrk', ['-t1', ...args])
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`not every answer was a yes: ${stdout.slice(-200)}`)
  return stdout
}
