/** The CPU time of an authorised request by what it shows: none is to cost more than a session. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadOf } from './load.ts'
import { measure, turned } from './request.ts'
import { median, type Row } from './row.ts'
import { ServerProcess } from './server-process.ts'

const KINDS = ['session', 'token', 'basic', 'bearer'] as const
const APPS = 1000
/** More than a session costs, as a part of it. */
const MORE = 0.05

/** @param quick one short round */
export async function credentialRows(quick: boolean): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-bench-'))
  await using started = new AsyncDisposableStack()
  started.defer(() => rm(folder, { recursive: true }))
  const measured = await Promise.all(
    KINDS.map(async (kind) => {
      const gate = started.use(await ServerProcess.gate(APPS, kind, join(folder, kind)))
      return { gate, load: await loadOf(gate.requests, join(folder, `${kind}.lua`)), costs: [] as number[] }
    }),
  )
  for (let round = quick ? 0 : -1; round < (quick ? 1 : 7); round++) {
    for (const k of turned(KINDS.length, round)) {
      const { gate, load, costs } = measured[k] as (typeof measured)[number]
      const cost = await measure(gate, load, quick ? 1000 : 3000)
      if (round >= 0) costs.push(cost)
    }
  }
  const sessions = measured[0]?.costs ?? []
  return KINDS.flatMap((kind, i): Row[] => {
    const costs = measured[i]?.costs ?? []
    const ratio = median(costs.map((cost, round) => cost / (sessions[round] ?? Number.NaN)))
    const row = { name: `CPU of a request by ${kind}`, value: median(costs), unit: 'µs' }
    return i === 0 ? [row] : [row, { name: `${kind} against session`, value: ratio, unit: '×', limit: 1 + MORE }]
  })
}
