/** The gate with what `serve` puts around it, and a table of so many apps. Started by server-process.ts. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type * as AuditModule from '../../src/audit.ts'
import type * as FollowModule from '../../src/cli/follow.ts'
import type * as GateModule from '../../src/cli/gate.ts'
import type * as SettingsModule from '../../src/cli/settings.ts'
import type * as AccountModule from '../../src/identity/local/account.ts'
import type * as TokensModule from '../../src/session/tokens.ts'
import type * as SqliteModule from '../../src/store/sqlite.ts'
import type * as LogModule from '../../src/log.ts'
import type * as MetricsModule from '../../src/metrics.ts'
import type * as LiveModule from '../../src/table/live.ts'
import { exchange } from '../http/forward/wire.ts'
import { compiled } from './compiled.ts'
import { hostOf, sightOf, tablesOf } from './containers.ts'
import { questionFrom } from './question.ts'
import { serveParent } from './server-process.ts'

/** App sessions of one portal session, whose requests come in turn: as many whatever the number of apps. */
const ASKED = 100

const { createAudit } = await compiled<typeof AuditModule>('audit.js')
const { monotonic } = await compiled<typeof FollowModule>('cli/follow.js')
const { openGate } = await compiled<typeof GateModule>('cli/gate.js')
const { settingsOf } = await compiled<typeof SettingsModule>('cli/settings.js')
const { identityOf } = await compiled<typeof AccountModule>('identity/local/account.js')
const { createLog } = await compiled<typeof LogModule>('log.js')
const { createMetrics } = await compiled<typeof MetricsModule>('metrics.js')
const { LiveTable } = await compiled<typeof LiveModule>('table/live.js')

const [, , count = '', by = 'session', folder = ''] = process.argv
const apps = Number(count)
const issuer = await startIssuer()
const settings = settingsOf({
  LABELGATE_PORTAL_URL: 'https://auth.example.com',
  ...(folder === '' ? { LABELGATE_STORE: 'memory' } : { LABELGATE_DATA_DIR: folder }),
  ...(folder !== '' && { LABELGATE_CONFIG: await fileOf(issuer.origin) }),
})
const live = new LiveTable(settings.tableMaxAge)
const accepting = folder === '' ? {} : { 'labelgate.accept': 'session, token, basic, bearer' }
live.replace((await tablesOf(settings)).of(await sightOf(apps, accepting)), monotonic())
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

const PASSWORD = randomBytes(16).toString('base64url')

async function signIn(hosts: readonly string[]): Promise<string[]> {
  const now = Date.now()
  const added = await gate.accounts.add(
    { name: 'alice', password: PASSWORD, email: 'alice@example.com', displayName: 'Alice', groups: ['staff', 'wiki'] },
    now,
  )
  if (added.kind !== 'ok') throw new Error(added.kind)
  const how = { provider: 'local', at: now, amr: ['pwd'] }
  const portal = gate.sessions.find(await gate.sessions.startPortal(identityOf(added.account), how, now), now)
  if (portal === undefined) throw new Error('nobody could sign in')
  return Promise.all(hosts.map(async (host) => (await gate.sessions.startApp(portal, host, now)) ?? ''))
}

/** What a program shows that does not sign in. */
async function authorization(): Promise<string | undefined> {
  if (by === 'basic') return `Basic ${btoa(`alice:${PASSWORD}`)}`
  if (by === 'bearer') return `Bearer ${await issuer.token()}`
  if (by !== 'token') return undefined
  const { SqliteStore } = await compiled<typeof SqliteModule>('store/sqlite.js')
  const { issueToken } = await compiled<typeof TokensModule>('session/tokens.js')
  const store = await SqliteStore.open(join(folder, 'labelgate.db'))
  const account = (await store.account('alice'))?.id ?? ''
  const { text } = await issueToken(store, { account, name: 'bench', apps: null, expiresAt: null }, Date.now())
  await store.close()
  // the gate hears of it within a second
  await setTimeout(1000)
  return `Bearer ${text}`
}

/** Signs for everybody who is here, and answers with its key. */
async function startIssuer() {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256' }
  const server = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })))
  await once(server.listen(0, '127.0.0.1').unref(), 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const token = () =>
    new SignJWT({ preferred_username: 'alice', name: 'Alice', groups: ['staff', 'wiki'] })
      .setProtectedHeader({ alg: 'ES256', kid: 'bench', typ: 'at+jwt' })
      .setIssuer(origin)
      .setAudience('bench')
      .setSubject('alice')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey)
  return { origin, token }
}

async function fileOf(origin: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'labelgate.yaml')
  const bench = `{ issuer: "${origin}", jwks-uri: "${origin}/keys", audience: bench, admit: "*" }`
  await writeFile(path, `bearer:\n  bench: ${bench}\n`)
  return path
}

// spread over the whole table
const asked = Array.from({ length: ASKED }, (_, i) => Math.floor((i * apps) / ASKED))
const cookies = await signIn(asked.map(hostOf))
const shown = await authorization()
await gate.frontDoor.listen({ host: '127.0.0.1', port: 0 })
const { port } = gate.frontDoor.server.address() as AddressInfo
const requests = asked.map((n, i) => {
  const credential = shown === undefined ? { cookie: cookies[i] ?? '' } : { authorization: shown }
  return questionFrom({ key: gate.proxyKey, n, port, ...credential })
})
const lines = await linesOf(requests[0] ?? '')
serveParent({ port, lines, requests }, () => ({ ...answered }))

/** Header lines of the answer but for those that Node adds by itself. */
async function linesOf(request: string): Promise<string[]> {
  const answer = await exchange(port, request)
  if (answer?.status !== 200) throw new Error(`not let in: ${answer?.status}`)
  const own = [...answer.headers].filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name))
  return own.flatMap(([name, values]) => values.flatMap((value) => [name, value]))
}
