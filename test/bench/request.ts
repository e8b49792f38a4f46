/** The CPU time of an authorised request, against a bare `node:http` server that answers the same in the same run. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadOf, type Load } from './load.ts'
import { median, type Row } from './row.ts'
import { ServerProcess, type Answered } from './server-process.ts'

const APPS = [10, 1000, 10_000]
const NOISE = 0.1

/** Per server, microseconds of CPU a request, one for each round. */
type Rounds = readonly (readonly number[])[]

/** @param quick one short round at 10 and 1,000 apps */
export async function requestRows(quick: boolean): Promise<Row[]> {
  const sizes = quick ? APPS.slice(0, 2) : APPS
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-bench-'))
  await using started = new AsyncDisposableStack()
  started.defer(() => rm(folder, { recursive: true }))
  const gates: ServerProcess[] = []
  for (const apps of sizes) gates.push(started.use(await ServerProcess.gate(apps)))
  const bare = started.use(await ServerProcess.bare(gates[0]?.lines ?? []))
  const loads = await Promise.all(gates.map((gate, i) => loadOf(gate.requests, join(folder, `${i}.lua`))))
  const rounds: number[][] = [[], ...sizes.map(() => [])]
  const servers = [bare, ...gates]
  for (let round = quick ? 0 : -1; round < (quick ? 1 : 7); round++) {
    // turn and turn about, so that nobody is always measured first after a pause
    for (const k of turned(servers.length, round)) {
      const cost = await measure(servers[k] as ServerProcess, loads[Math.max(0, k - 1)] as Load, quick ? 1000 : 3000)
      if (round >= 0) rounds[k]?.push(cost)
    }
  }
  return rowsOf(sizes, rounds, loads[0]?.by ?? '')
}

export function turned(length: number, by: number): number[] {
  return Array.from({ length }, (_, i) => (i + by + length) % length)
}

/** Microseconds a request, user and system. Throws where one of them was not let in. */
export async function measure(server: ServerProcess, load: Load, ms: number): Promise<number> {
  const before = await server.answered()
  await load.run(server.port, ms)
  const after = await server.answered()
  const [yes, no] = [since('yes', before, after), since('no', before, after)]
  if (yes < 100 || no > 0) throw new Error(`${yes} requests were let in, ${no} were refused`)
  return since('cpu', before, after) / yes
}

function since(field: keyof Answered, before: Answered, after: Answered): number {
  return after[field] - before[field]
}

function rowsOf(sizes: readonly number[], [bare = [], ...gates]: Rounds, by: string): Row[] {
  const ratios = gates.map((costs) => median(costs.map((cost, round) => cost / (bare[round] ?? Number.NaN))))
  const least = ratios[0] ?? Number.NaN
  return [
    { name: 'CPU of a request, bare node:http', value: median(bare), unit: 'µs', note: `load by ${by}` },
    ...gates.map((costs, i) => ({
      name: `CPU of an authorised request, ${count(sizes[i])} apps`,
      value: median(costs),
      unit: 'µs',
    })),
    ...ratios.map((value, i) => ({
      name: `the same against bare, ${count(sizes[i])} apps`,
      value,
      unit: '×',
      limit: 1.25,
    })),
    ...ratios.slice(1).map((ratio, i) => ({
      name: `${count(sizes[i + 1])} apps against ${sizes[0]}`,
      value: ratio / least,
      unit: '×',
      limit: 1 + NOISE,
    })),
  ]
}

function count(apps = 0): string {
  return apps.toLocaleString('en')
}
