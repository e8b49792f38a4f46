import { createAudit, type Audit } from '../audit.ts'
import { Held, type Current } from '../config/current.ts'
import type { Environment } from '../config/reader.ts'
import type { Configured, Settings } from '../config/settings.ts'
import { connect, relay, type Connection } from '../docker/client.ts'
import { runFreely } from '../engine.ts'
import { createStatus } from '../http/status/server.ts'
import { readiness } from '../http/status/ready.ts'
import { createLog, type Log } from '../log.ts'
import { createMetrics, type Metrics } from '../metrics.ts'
import { FileInUseError } from '../proxy/traefik/lock.ts'
import { DynamicFile, type FileEvent } from '../proxy/traefik/write.ts'
import { ShownOnPurpose } from '../redact.ts'
import type { Version } from '../syntax/version.ts'
import { LiveTable } from '../table/live.ts'
import { hasHost as hostIn } from '../table/lookup.ts'
import type { Table } from '../table/table.ts'
import { unreachable } from './accounts.ts'
import { CommandError, EXIT, type ExitCode } from './exit.ts'
import { follow, monotonic } from './follow.ts'
import { openGate, type Gate } from './gate.ts'
import { openGateway } from './gateway.ts'
import { openGuard } from './guard.ts'
import { listen } from './listen.ts'
import { providerLog } from './provider-log.ts'
import { Publisher } from './publisher.ts'
import { Reloader } from './reload.ts'
import { loadFrom, settingsOf } from './settings.ts'
import { onHangup, stopSignal } from './stop.ts'

/** `labelgate`: watch and gate in one process, until a signal. Stopping leaves the Traefik file as it is. */
export async function serve(env: Environment): Promise<ExitCode> {
  const settings = settingsOf(env)
  const config = new Held<Configured>(settings)
  const signal = stopSignal()
  const secrets = new Set(secretsOf(settings))
  config.subscribe((next) => secretsOf(next).forEach((secret) => secrets.add(secret)))
  const log = createLog({ level: settings.logLevel, secrets })
  await using running = new AsyncDisposableStack()
  const live = new LiveTable(settings.tableMaxAge)
  const table = () => live.current(monotonic)
  const audit = running.use(createAudit({ log, now: Date.now }))
  const held: Later = { sessions: () => 0, publisher: undefined }
  const metrics = createMetrics({ table, tableAge: () => live.age(monotonic()), sessions: () => held.sessions() })
  const note = providerLog(log, monotonic)
  const document = settings.traefikHttp ? () => held.publisher?.text : undefined
  const gate = running.use(
    await openGate({ settings, config, now: Date.now, table, note, document, ...observers(audit, metrics) }).catch(
      refuse,
    ),
  )
  held.sessions = () => gate.sessions.size
  secrets.add(gate.proxyKey)
  const file = await openFile(settings, log)
  if (file !== undefined) running.use(file)
  const status = createStatus({ ready: () => readyNow(settings, live, gate, file), metrics: metrics.registry })
  running.defer(() => status.close())
  await listen(status, settings.statusListen, 'LABELGATE_STATUS_LISTEN')
  await listen(gate.frontDoor, settings.listen, 'LABELGATE_LISTEN')
  running.use(await gatewayFor(gate, { settings, table, log, audit }))
  announce(settings, gate, log)
  runFreely()

  const reloader = running.use(reloading(env, config, { metrics, audit }))
  running.defer(onHangup(() => reloader.reload()))
  const traefik = await watchTraefik(settings, { log, table, changed: () => held.publisher?.again() })
  if (traefik !== undefined) running.use(traefik)
  const version = () => settings.traefikVersion ?? traefik?.version
  const publisher = publisherFor(file, { settings, config, gate, metrics, audit, version })
  held.publisher = publisher
  const docker = metrics.docker(daemonOf(settings, connect))
  const guarding = { settings, config, proxyKey: gate.proxyKey, version, log, audit, metrics }
  const guard =
    settings.guard && running.use(await openGuard(settings.guard, { ...guarding, relay: daemonOf(settings, relay) }))
  await follow(docker, {
    network: settings.network,
    config,
    live,
    signal,
    log: dockerNotes(log),
    changed: (table, containers) => {
      publisher?.publish(table)
      guard?.changed(table, containers)
      audit.tableReplaced(table)
    },
  })
  log.info({ signal: String(signal.reason) }, 'stopping')
  return EXIT.ok
}

/** Undefined: labelgate serves no apps itself. */
async function gatewayFor(
  gate: Gate,
  { settings, table, log, audit }: { settings: Settings; table: () => Table | undefined; log: Log; audit: Audit },
) {
  if (settings.gateway === undefined) return undefined
  const door = { settings: settings.gateway, option: 'LABELGATE_GATEWAY_LISTEN', table, log }
  return openGateway(gate, { ...door, fault: (error) => audit.failed(error) })
}

function dockerNotes(log: Log): NonNullable<Parameters<typeof follow>[1]['log']> {
  return (note) => {
    if (note.kind === 'following') log.info({}, 'following the Docker daemon')
    else log.error({ err: note.error, wait: note.wait }, 'the Docker daemon cannot be followed; the last table stays')
  }
}

function observers(audit: Audit, metrics: Metrics) {
  return {
    observer: {
      decided: (decision, forwarded) => {
        metrics.decided(decision)
        audit.decided(decision, forwarded)
      },
      stranger: (peer) => {
        metrics.stranger()
        audit.stranger(peer)
      },
      failed: (error) => {
        metrics.failed()
        audit.failed(error)
      },
    } satisfies Parameters<typeof openGate>[0]['observer'],
    observe: (event) => {
      metrics.observe(event)
      audit.observe(event)
    },
    fault: (error) => {
      metrics.failed()
      audit.failed(error)
    },
  } satisfies Pick<Parameters<typeof openGate>[0], 'observer' | 'observe' | 'fault'>
}

/** What keeps the gate from opening: the store, the keys, the operator's logo. */
function refuse(error: unknown): never {
  const isOption = error instanceof Error && error.message.startsWith('LABELGATE_')
  if (isOption) throw new CommandError(EXIT.usage, error.message, { cause: error })
  return unreachable(error)
}

async function openFile({ traefikFile }: Settings, log: Log): Promise<DynamicFile | undefined> {
  if (traefikFile === undefined) return undefined
  const report = (event: FileEvent) => {
    if (event.kind === 'failing')
      log.error({ file: traefikFile, reason: event.reason }, 'the Traefik file is not up to date')
    else log.warn({ file: traefikFile }, `the Traefik file was ${event.kind}`)
  }
  return DynamicFile.open(traefikFile, { report }).catch((error: unknown) => {
    if (error instanceof FileInUseError) throw new CommandError(EXIT.unreachable, error.message, { cause: error })
    throw error
  })
}

/** Of the operator's file: they are to stand in no line of the log. */
function secretsOf({ file }: Pick<Configured, 'file'>): string[] {
  return file.providers.flatMap((provider) => {
    const secret = provider.type === 'ldap' ? provider.bind?.password : provider.clientSecret
    return secret === undefined ? [] : [secret]
  })
}

/** Keeps what changes while we run in step with the operator's file. */
function reloading(
  env: Environment,
  held: Held<Configured>,
  { metrics, audit }: Pick<PublisherParts, 'metrics' | 'audit'>,
) {
  return new Reloader({
    held,
    load: (readFile) => loadFrom(env, readFile),
    heard: (reload) => {
      const problems = reload.kind === 'refused' ? reload.problems : []
      metrics.configured(problems.length === 0)
      audit.configured(problems)
    },
  })
}

/** What is there only once others are that ask for it. */
interface Later {
  sessions: () => number
  publisher: Publisher | undefined
}

interface PublisherParts {
  readonly settings: Settings
  readonly config: Current<Configured>
  readonly gate: Gate
  readonly metrics: Metrics
  readonly audit: Audit
  readonly version: () => Version | undefined
}

/** Undefined: Traefik is told nothing. */
function publisherFor(file: DynamicFile | undefined, parts: PublisherParts): Publisher | undefined {
  const { settings, config, gate, metrics, audit, version } = parts
  if (file === undefined && !settings.traefikHttp) return undefined
  const { proxyKey } = gate
  return new Publisher(file, {
    mode: settings.traefikMode,
    version,
    internalUrl: settings.internalUrl,
    config,
    proxyKey,
    published: (outcome) => metrics.filePublished(outcome),
    fault: (error) => audit.failed(error),
  })
}

/** Undefined: Traefik is not asked. */
async function watchTraefik(
  settings: Settings,
  { log, table, changed }: { log: Log; table: () => Table | undefined; changed: () => void },
) {
  const { traefikApi: api, portal, internalUrl } = settings
  if (api === undefined) return undefined
  const { TraefikWatch } = await import('./traefik-watch.ts')
  const told = settings.traefikFile !== undefined || settings.traefikHttp
  const ours = () => {
    const current = table()
    const hasHost = current === undefined ? undefined : (host: string) => hostIn(current, host)
    const mode = told ? settings.traefikMode : undefined
    return { mode, internalUrl, portalHost: portal.host, version: settings.traefikVersion, hasHost }
  }
  return new TraefikWatch({ api, ours, log, changed })
}

function readyNow({ tableMaxAge }: Settings, live: LiveTable, { sessions }: Gate, file: DynamicFile | undefined) {
  return readiness({
    tableAge: live.age(monotonic()),
    tableMaxAge,
    storeTrustworthy: sessions.trustworthy,
    fileCurrent: file === undefined || file.state.kind === 'current',
  })
}

/** @param how `connect`, or `relay` */
function daemonOf<T>({ dockerHost, dockerCertPath }: Settings, how: (connection: Connection) => T): T {
  try {
    return how({ host: dockerHost, ...(dockerCertPath !== undefined && { certPath: dockerCertPath }) })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandError(EXIT.usage, `DOCKER_HOST: ${why}`, { cause: error })
  }
}

function announce({ portal, listen }: Settings, { setup }: Gate, log: Log): void {
  log.info({ portal: portal.origin, listen: `${listen.host}:${listen.port}` }, 'labelgate is listening')
  if (setup === undefined) return
  const link = new ShownOnPurpose(portal.origin + setup)
  log.warn({ link }, 'there is no account yet: open the link within an hour to make the first one')
}
