/** CPU time of the table of 10,000 containers, and of one event in a table that size. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as AuditModule from '../../src/audit.ts'
import type * as SettingsModule from '../../src/cli/settings.ts'
import type { Settings } from '../../src/config/settings.ts'
import type { Container } from '../../src/docker/container.ts'
import type * as LogModule from '../../src/log.ts'
import type * as DocumentModule from '../../src/proxy/traefik/document.ts'
import type * as RenderModule from '../../src/proxy/traefik/render.ts'
import type * as WriteModule from '../../src/proxy/traefik/write.ts'
import type * as LiveModule from '../../src/table/live.ts'
import type { Table } from '../../src/table/table.ts'
import { compiled } from './compiled.ts'
import { sightOf, tablesOf } from './containers.ts'
import { median, type Row } from './row.ts'

const APPS = 10_000
/** Milliseconds of CPU for one event. */
const MOST = 5

export async function tableRows(quick: boolean): Promise<Row[]> {
  const { settingsOf } = await compiled<typeof SettingsModule>('cli/settings.js')
  const settings = settingsOf({ LABELGATE_PORTAL_URL: 'https://auth.example.com' })
  const events = quick ? 20 : 200
  const size = APPS.toLocaleString('en')
  const rows: Row[] = [
    { name: `table of ${size} containers, from nothing`, value: await fromNothing(settings, quick), unit: 'ms' },
  ]
  for (const [name, told] of await listeners(settings)) {
    const value = await oneEvent(settings, told, events)
    rows.push({ name: `one event among ${size} apps: ${name}`, value, unit: 'ms', limit: MOST, note: 'CPU' })
  }
  const value = await written(settings, events)
  // nearly all of it the kernel's, which copies and flushes: no request waits for it
  const name = `Traefik's file of ${size} apps, compared with what is there and written`
  return [...rows, { name, value, unit: 'ms', note: 'CPU, beside the event loop' }]
}

/** Milliseconds of CPU. */
function timed(run: () => void): number {
  const start = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

async function fromNothing(settings: Settings, quick: boolean): Promise<number> {
  const costs: number[] = []
  for (let i = 0; i < (quick ? 1 : 5); i++) {
    const [sight, tables] = [await sightOf(APPS), await tablesOf(settings)]
    costs.push(timed(() => void tables.of(sight)))
  }
  return median(costs)
}

/** Who is told of a new table, one more at a time. */
async function listeners(settings: Settings): Promise<[string, (table: Table) => void][]> {
  const { render } = await compiled<typeof RenderModule>('proxy/traefik/render.js')
  const { Document } = await compiled<typeof DocumentModule>('proxy/traefik/document.js')
  const { createAudit } = await compiled<typeof AuditModule>('audit.js')
  const { createLog } = await compiled<typeof LogModule>('log.js')
  const audit = createAudit({ log: createLog({ level: 'silent' }), now: Date.now, repeat: () => () => undefined })
  const file = (table: Table) => render(table, { ...settings, proxyKey: 'k'.repeat(43) })
  let last = new Document([])
  const bytes = (table: Table) => {
    const now = file(table)
    if (!now.sameAs(last)) last = now
  }
  return [
    ['the table', () => undefined],
    ["and Traefik's file", (table) => void file(table)],
    ['and the bytes of it, ready to be written', bytes],
    ['and what the audit log says of it', (table) => (bytes(table), audit.tableReplaced(table))],
  ]
}

/** Milliseconds of CPU to bring another document to the disk. */
async function written(settings: Settings, times: number): Promise<number> {
  const { render } = await compiled<typeof RenderModule>('proxy/traefik/render.js')
  const { DynamicFile } = await compiled<typeof WriteModule>('proxy/traefik/write.js')
  const sight = await sightOf(APPS)
  const tables = [sight, { ...sight, containers: new Map([...sight.containers].slice(1)) }]
  const documents = []
  for (const one of tables) {
    const table = (await tablesOf(settings)).of(one)
    documents.push(render(table, { ...settings, proxyKey: 'k'.repeat(43) }))
  }
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-bench-'))
  try {
    await using file = await DynamicFile.open(join(folder, 'labelgate.yml'))
    const start = process.cpuUsage()
    for (let i = 0; i < times; i++) for (const document of documents) await file.publish(document)
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000 / (2 * times)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** By turns a container stops and runs again: one app leaves the table, and comes back. */
async function oneEvent(settings: Settings, told: (table: Table) => void, events: number): Promise<number> {
  const { LiveTable } = await compiled<typeof LiveModule>('table/live.js')
  const [tables, live, sight] = [await tablesOf(settings), new LiveTable(0), await sightOf(APPS)]
  const containers = new Map(sight.containers)
  told(tables.of({ ...sight, containers }))
  const ids = [...containers.keys()]
  const look = (event: number) => {
    const id = ids[(event >> 1) * 37] ?? ''
    const container = containers.get(id) as Container
    containers.set(id, { ...container, state: event % 2 === 0 ? 'exited' : 'running' })
    const table = tables.of({ containers, changed: new Set([id]), syncedAt: event })
    live.replace(table, event)
    told(table)
  }
  for (let event = 0; event < 20; event++) look(event)
  // the mean, so that collecting the garbage is counted
  return timed(() => range(20, 20 + events).forEach(look)) / events
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
