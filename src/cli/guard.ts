import type { Audit } from '../audit.ts'
import type { Current } from '../config/current.ts'
import type { Configured, GuardSettings, Settings } from '../config/settings.ts'
import type { Relay } from '../docker/client.ts'
import type { Containers } from '../docker/container.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { Guard } from '../proxy/guard/guard.ts'
import type { GuardContext } from '../proxy/guard/labels.ts'
import { GuardServer } from '../proxy/guard/server.ts'
import { identityHeaders } from '../proxy/traefik/headers.ts'
import { knows, NEWEST } from '../proxy/traefik/version.ts'
import type { Version } from '../syntax/version.ts'
import type { Table } from '../table/table.ts'
import { Again } from './again.ts'
import { readTls } from './guard-tls.ts'
import { listen } from './listen.ts'
import { Said } from './said.ts'
import { selfFinder } from './self.ts'

export interface GuardDeps {
  readonly settings: Settings
  readonly config: Current<Configured>
  readonly proxyKey: string
  readonly relay: Relay
  readonly version: () => Version | undefined
  readonly log: Log
  readonly audit: Pick<Audit, 'failed' | 'refusedByGuard'>
  readonly metrics: Pick<Metrics, 'guardRefused' | 'failed' | 'withheld'>
}

/** The guard, listening, and kept in step with the table. */
export interface RunningGuard extends AsyncDisposable {
  /** To be told of every table in turn. */
  changed(table: Table, containers: Containers): void
}

export async function openGuard(given: GuardSettings, deps: GuardDeps): Promise<RunningGuard> {
  const { settings, config, relay, log, audit, metrics } = deps
  const find = selfFinder()
  const seen: { containers: Containers; table: Table | undefined } = { containers: new Map(), table: undefined }
  const said = new Said(log)
  const guard = new Guard({
    daemon: relay,
    context: (asking) =>
      contextOf({ ...deps, version: () => deps.version() ?? asking }, seen.table, find(seen.containers)?.id),
    ready: () => seen.table !== undefined,
    settled: (id) => seen.containers.has(id),
    port: settings.listen.port,
    found: (problems) => {
      said.say(problems)
      metrics.withheld(problems.filter(({ severity }) => severity === 'error').length)
    },
  })
  const failed = (error: unknown) => {
    metrics.failed()
    audit.failed(error)
  }
  const again = new Again(async () => {
    if (await guard.isStale()) server.nudge()
  }, failed)
  const server = new GuardServer({
    guard,
    daemon: relay,
    networks: given.networks,
    tls: given.tls && readTls(given.tls),
    refused: (peer, asked) => {
      metrics.guardRefused()
      audit.refusedByGuard(peer, asked)
    },
    failed,
    following: () => again.soon(),
    now: Date.now,
  })
  await listen({ listen: (at) => listening(server, at) }, given.listen, 'LABELGATE_GUARD_LISTEN')
  const unsubscribe = config.subscribe(() => again.soon())
  return {
    changed(table, containers) {
      if (seen.table === undefined && find(containers) === undefined) log.warn({}, NO_PORTAL)
      Object.assign(seen, { table, containers })
      again.soon()
    },
    async [Symbol.asyncDispose]() {
      unsubscribe()
      again.stop()
      await server.close()
    },
  }
}

const NO_PORTAL =
  'labelgate runs in no container of this daemon, so Traefik does not learn of the portal through the guard: give Traefik a router for the host of LABELGATE_PORTAL_URL'

function contextOf({ settings, config, proxyKey, version }: GuardDeps, table: Table | undefined, self?: string) {
  const { operator, file } = config.current()
  const { header } = file.tokens
  return {
    operator,
    internalUrl: settings.internalUrl,
    proxyKey,
    identityHeaders: table === undefined ? [] : identityHeaders(table, operator.defaultHeaders),
    maxResponseBody: knows(version() ?? NEWEST, 'forwardAuth.maxResponseBodySize'),
    ...(self !== undefined && { self }),
    ...(header !== undefined && { tokenHeader: header }),
  } satisfies GuardContext
}

function listening({ server }: GuardServer, address: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
