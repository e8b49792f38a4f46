/** The real program: how soon it is ready, and what it holds in memory. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout } from 'node:timers/promises'
import type { SessionRecord } from '../../src/store/store.ts'
import type * as SqliteModule from '../../src/store/sqlite.ts'
import { FakeDocker } from '../docker/fake-docker.ts'
import { id } from '../docker/rows.ts'
import { freePort } from '../free-port.ts'
import { compiled, DIST } from './compiled.ts'
import { hostOf, rowOf } from './containers.ts'
import { median, type Row } from './row.ts'

const MEBI = 1024 * 1024
const APPS = 10_000
const SESSIONS = 100_000
/** Sessions of one person: the portal's, and one for each of nine apps. */
const EACH = 10

/** @param quick once, and a tenth of the apps and sessions */
export async function programRows(quick: boolean): Promise<Row[]> {
  const [apps, sessions] = quick ? [APPS / 10, SESSIONS / 10] : [APPS, SESSIONS]
  const settle = quick ? 500 : 5000
  const starts: number[] = []
  for (let i = 0; i < (quick ? 1 : 7); i++) starts.push((await measured({ apps: 10, sessions: 0, settle: 0 })).ready)
  const idle = await measured({ apps: 10, sessions: 0, settle })
  const many = await measured({ apps, sessions: 0, settle })
  const crowd = await measured({ apps: 10, sessions, settle })
  return [
    { name: 'cold start to ready', value: median(starts) / 1000, unit: 's', limit: 0.6 },
    { name: 'resident memory, idle', value: idle.resident / MEBI, unit: 'MiB', limit: 90 },
    { name: `resident memory, ${apps.toLocaleString('en')} apps`, value: many.resident / MEBI, unit: 'MiB' },
    { name: `resident memory, ${sessions.toLocaleString('en')} sessions`, value: crowd.resident / MEBI, unit: 'MiB' },
  ]
}

interface World {
  readonly apps: number
  readonly sessions: number
  /** Milliseconds from ready until memory is looked at. */
  readonly settle: number
}

/** `ready` in milliseconds from the start, `resident` in bytes. */
async function measured({ apps, sessions, settle }: World): Promise<{ ready: number; resident: number }> {
  await using world = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-bench-'))
  world.defer(() => rm(folder, { recursive: true }))
  const docker = world.use(await FakeDocker.start())
  docker.rows = Array.from({ length: apps }, (_, n) => rowOf(n))
  if (sessions > 0) await fill(join(folder, 'data'), sessions)
  const status = await freePort()
  const env = {
    PATH: process.env['PATH'],
    LABELGATE_PORTAL_URL: 'https://auth.example.com',
    LABELGATE_LISTEN: '127.0.0.1:0',
    LABELGATE_STATUS_LISTEN: `127.0.0.1:${status}`,
    LABELGATE_DATA_DIR: join(folder, 'data'),
    LABELGATE_TRAEFIK_FILE: join(folder, 'labelgate.yml'),
    DOCKER_HOST: docker.host,
  }
  const start = performance.now()
  const program = spawn(process.execPath, [fileURLToPath(new URL('main.js', DIST))], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  world.defer(() => ended(program))
  await readyAt(status, program)
  const ready = performance.now() - start
  await setTimeout(settle)
  const metrics = await (await fetch(`http://127.0.0.1:${status}/metrics`)).text()
  if (!metrics.includes(`labelgate_table_apps ${apps}\n`) || !metrics.includes(`labelgate_sessions ${sessions}\n`))
    throw new Error(`it does not hold ${apps} apps and ${sessions} sessions:\n${metrics}`)
  return { ready, resident: Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1]) }
}

async function readyAt(port: number, program: ChildProcess): Promise<void> {
  while (program.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    await answer?.text()
    if (answer?.status === 200) return
    await setTimeout(5)
  }
  throw new Error(`the program ended with ${program.exitCode}`)
}

async function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null) return
  const exit = once(program, 'exit')
  program.kill()
  await exit
}

/** People from elsewhere, so that no account has to stand in the store. */
async function fill(folder: string, sessions: number): Promise<void> {
  const { SqliteStore } = await compiled<typeof SqliteModule>('store/sqlite.js')
  await mkdir(folder, { mode: 0o700 })
  const store = await SqliteStore.open(join(folder, 'labelgate.db'))
  for (let n = 0; n < sessions; n++) await store.putSession(session(n))
  await store.close()
}

function session(n: number): SessionRecord {
  const [person, app] = [Math.floor(n / EACH), n % EACH]
  const at = Date.now()
  return {
    id: sessionId(n),
    parent: app === 0 ? null : sessionId(n - app),
    host: app === 0 ? null : hostOf(app),
    identity: {
      issuer: 'https://idp.example.com',
      subject: id(person),
      user: `person-${person}`,
      email: `person-${person}@example.com`,
      name: `Person ${person}`,
      groups: ['staff', `team-${person % 100}`],
      claims: {},
    },
    authentication: { provider: 'keycloak', at, amr: ['pwd'] },
    createdAt: at,
    lastSeen: at,
  }
}

function sessionId(n: number): string {
  return String(n).padStart(43, 's')
}
