/** The gate with what `serve` puts around it, and a table of so many apps. Started by server-process.ts. */
import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type * as AuditModule from '../../src/audit.ts'
import type * as FollowModule from '../../src/cli/follow.ts'
import type * as GateModule from '../../src/cli/gate.ts'
import type * as SettingsModule from '../../src/cli/settings.ts'
import type * as AccountModule from '../../src/identity/local/account.ts'
import type * as LogModule from '../../src/log.ts'
import type * as MetricsModule from '../../src/metrics.ts'
import type * as LiveModule from '../../src/table/live.ts'
import { exchange } from '../http/forward/wire.ts'
import { compiled } from './compiled.ts'
import { hostOf, sightOf, tablesOf } from './containers.ts'
import { questionFrom } from './question.ts'
import { serveParent } from './server-process.ts'

/** Apps of one portal session, whose requests come in turn. */
const ASKED = 100

const { createAudit } = await compiled<typeof AuditModule>('audit.js')
const { monotonic } = await compiled<typeof FollowModule>('cli/follow.js')
const { openGate } = await compiled<typeof GateModule>('cli/gate.js')
const { settingsOf } = await compiled<typeof SettingsModule>('cli/settings.js')
const { identityOf } = await compiled<typeof AccountModule>('identity/local/account.js')
const { createLog } = await compiled<typeof LogModule>('log.js')
const { createMetrics } = await compiled<typeof MetricsModule>('metrics.js')
const { LiveTable } = await compiled<typeof LiveModule>('table/live.js')

const apps = Number(process.argv[2])
const settings = settingsOf({ LABELGATE_PORTAL_URL: 'https://auth.example.com', LABELGATE_STORE: 'memory' })
const live = new LiveTable(settings.tableMaxAge)
live.replace((await tablesOf(settings)).of(await sightOf(apps)), monotonic())
const table = () => live.current(monotonic)

const log = createLog({ level: settings.logLevel })
const audit = createAudit({ log, now: Date.now })
const metrics = createMetrics({ table, tableAge: () => 0, sessions: () => 0 })
const fault = (error: unknown) => audit.failed(error)
const answered = { yes: 0, no: 0 }
const gate = await openGate({
  settings,
  config: { current: () => settings, subscribe: () => () => undefined },
  now: Date.now,
  table,
  observer: {
    decided: (decision, forwarded) => {
      answered[decision.verdict === 'allow' ? 'yes' : 'no'] += 1
      metrics.decided(decision)
      audit.decided(decision, forwarded)
    },
    stranger: () => void (answered.no += 1),
    failed: fault,
  },
  observe: () => undefined,
  fault,
})

async function signIn(hosts: readonly string[]): Promise<string[]> {
  const now = Date.now()
  const password = randomBytes(16).toString('base64url')
  const added = await gate.accounts.add(
    { name: 'alice', password, email: 'alice@example.com', displayName: 'Alice', groups: ['staff', 'wiki'] },
    now,
  )
  if (added.kind !== 'ok') throw new Error(added.kind)
  const how = { provider: 'local', at: now, amr: ['pwd'] }
  const portal = gate.sessions.find(await gate.sessions.startPortal(identityOf(added.account), how, now), now)
  if (portal === undefined) throw new Error('nobody could sign in')
  return Promise.all(hosts.map(async (host) => (await gate.sessions.startApp(portal, host, now)) ?? ''))
}

// spread over the whole table
const asked = Array.from({ length: Math.min(apps, ASKED) }, (_, i) => Math.floor((i * apps) / Math.min(apps, ASKED)))
const cookies = await signIn(asked.map(hostOf))
await gate.frontDoor.listen({ host: '127.0.0.1', port: 0 })
const { port } = gate.frontDoor.server.address() as AddressInfo
const requests = asked.map((n, i) => questionFrom({ key: gate.proxyKey, n, cookie: cookies[i] ?? '', port }))
const lines = await linesOf(requests[0] ?? '')
serveParent({ port, lines, requests }, () => ({ ...answered }))

/** Header lines of the answer but for those that Node adds by itself. */
async function linesOf(request: string): Promise<string[]> {
  const answer = await exchange(port, request)
  if (answer?.status !== 200) throw new Error(`not let in: ${answer?.status}`)
  const own = [...answer.headers].filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name))
  return own.flatMap(([name, values]) => values.flatMap((value) => [name, value]))
}
