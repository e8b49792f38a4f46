/** What is counted, for `/metrics`. No host, no app and no user is ever a label: anybody may read it (threat I-30). */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Decision } from './authz/decision.ts'
import type { Docker } from './docker/client.ts'
import type { Event } from './docker/events.ts'
import type { PortalEvent } from './http/portal/deps.ts'
import type { Table } from './table/table.ts'

/** What is asked when somebody reads the metrics. */
export interface MetricSources {
  /** Undefined before the first complete list of containers. */
  readonly table: () => Table | undefined
  /** Milliseconds since the daemon last confirmed the table; Infinity before the first time. */
  readonly tableAge: () => number
  /** Sessions held in memory. */
  readonly sessions: () => number
}

export interface Metrics {
  readonly registry: Registry
  /** On the path of every request: adds one to a number, and nothing else. */
  decided(decision: Pick<Decision, 'verdict'>): void
  /** Asked without the key, by a peer that is no trusted proxy. */
  stranger(): void
  /** A fault of ours. */
  failed(): void
  /** The guard was asked for what it does not pass on. */
  guardRefused(): void
  /** So many containers are withheld from Traefik now. */
  withheld(containers: number): void
  observe(event: PortalEvent): void
  /** The same daemon, whose events, streams and complete lists are counted. */
  docker(daemon: Docker): Docker
  /** What `DynamicFile.publish` gave. */
  filePublished(outcome: 'written' | 'unchanged' | 'failing'): void
  /** Was the operator's file good when it was read last? Until then: yes, as nothing starts without. */
  configured(valid: boolean): void
}

type Verdict = Decision['verdict']

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  gauges(sources, registry)
  return {
    registry,
    ...decisions(registry),
    ...guard(registry),
    ...people(registry),
    ...daemon(registry),
    filePublished: files(registry),
    configured: configuration(registry),
  }
}

function decisions(registry: Registry): Pick<Metrics, 'decided' | 'stranger' | 'failed'> {
  const counts: Record<Verdict, number> = {
    allow: 0,
    anonymous: 0,
    'sign-in': 0,
    'step-up': 0,
    forbid: 0,
    'unknown-host': 0,
    'too-large': 0,
    'not-ready': 0,
    'bad-request': 0,
  }
  // prom-client hashes labels at each inc(); a request only adds to a number, which is copied when somebody reads.
  const counter = new Counter({
    name: 'labelgate_decisions_total',
    help: 'Answers to forward-auth questions, by verdict',
    labelNames: ['verdict'],
    registers: [],
    collect() {
      this.reset()
      for (const [verdict, count] of Object.entries(counts)) this.inc({ verdict }, count)
    },
  })
  registry.registerMetric(counter)
  const strangers = count(registry, 'labelgate_strangers_total', 'Questions from peers that are no proxy of ours')
  const faults = count(registry, 'labelgate_faults_total', 'Faults of the program or its store while answering')
  return {
    decided: ({ verdict }) => void (counts[verdict] += 1),
    stranger: () => strangers.inc(),
    failed: () => faults.inc(),
  }
}

function guard(registry: Registry): Pick<Metrics, 'guardRefused' | 'withheld'> {
  const refused = count(registry, 'labelgate_guard_refused_total', 'Calls of the Docker API that are not passed on')
  const help = 'Faults for which the guard shows containers to Traefik without a route'
  const withheld = new Gauge({ name: 'labelgate_guard_withheld', help, registers: [registry] })
  return { guardRefused: () => refused.inc(), withheld: (containers) => withheld.set(containers) }
}

function people(registry: Registry): Pick<Metrics, 'observe'> {
  const signIns = by(registry, 'labelgate_sign_ins_total', 'Sign-ins at the portal', [
    'outcome',
    ['ok', 'set-up', 'refused', 'not-admitted', 'unavailable', 'throttled', 'busy'],
  ])
  const forms = by(registry, 'labelgate_forms_refused_total', 'Forms that no page of ours sent', [
    'why',
    ['cross-site', 'no-token'],
  ])
  const signOuts = count(registry, 'labelgate_sign_outs_total', 'Sign-outs at the portal')
  const observe = (event: PortalEvent): void => {
    switch (event.kind) {
      case 'sign-in':
        return signIns('ok')
      case 'set-up':
        return signIns('set-up')
      case 'sign-in-refused':
        return signIns(event.why)
      case 'form-refused':
        return forms(event.why)
      case 'sign-out':
        return signOuts.inc()
    }
  }
  return { observe }
}

function daemon(registry: Registry): Pick<Metrics, 'docker'> {
  const heard = count(registry, 'labelgate_docker_events_total', 'Docker events that made us look')
  const opened = count(registry, 'labelgate_docker_streams_total', 'Streams of Docker events, one after the other')
  const lists = new Histogram({
    name: 'labelgate_docker_list_seconds',
    help: 'Duration of a complete list of containers',
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  })
  async function* counted(events: AsyncIterable<Event>): AsyncGenerator<Event> {
    for await (const event of events) {
      heard.inc()
      yield event
    }
  }
  const docker = (daemon: Docker): Docker => ({
    ping: (signal) => daemon.ping(signal),
    async list(ids, signal) {
      if (ids !== undefined) return daemon.list(ids, signal)
      const stop = lists.startTimer()
      const found = await daemon.list(ids, signal)
      stop()
      return found
    },
    async events(signal) {
      const events = await daemon.events(signal)
      opened.inc()
      return counted(events)
    },
  })
  return { docker }
}

function files(registry: Registry): Metrics['filePublished'] {
  return by(registry, 'labelgate_traefik_file_total', 'Publications of the Traefik file', [
    'outcome',
    ['written', 'unchanged', 'failing'],
  ])
}

function configuration(registry: Registry): Metrics['configured'] {
  const help = "Is the operator's file good? 0: it is wrong, and what it said last holds"
  const valid = new Gauge({ name: 'labelgate_config_valid', help, registers: [registry] })
  valid.set(1)
  return (is) => valid.set(is ? 1 : 0)
}

function gauges({ table, tableAge, sessions }: MetricSources, registry: Registry): void {
  gauge(registry, 'labelgate_table_apps', 'Apps in the table', () => table()?.apps.size ?? 0)
  gauge(
    registry,
    'labelgate_table_conflicts',
    'Hosts with a path that two apps claim',
    () => table()?.contested.size ?? 0,
  )
  gauge(registry, 'labelgate_table_age_seconds', 'Since Docker last confirmed the table', () => tableAge() / 1000)
  gauge(registry, 'labelgate_sessions', 'Sessions held in memory', sessions)
  const problems = new Gauge({
    name: 'labelgate_table_problems',
    help: 'Problems of labels; an error denies its hosts to everybody',
    labelNames: ['severity'],
    registers: [],
    collect() {
      const found = table()?.problems ?? []
      const errors = found.filter(({ severity }) => severity === 'error').length
      this.set({ severity: 'error' }, errors)
      this.set({ severity: 'warning' }, found.length - errors)
    },
  })
  registry.registerMetric(problems)
}

function gauge(registry: Registry, name: string, help: string, value: () => number): void {
  const metric = new Gauge({
    name,
    help,
    registers: [],
    collect() {
      this.set(value())
    },
  })
  registry.registerMetric(metric)
}

function count(registry: Registry, name: string, help: string): Counter {
  return new Counter({ name, help, registers: [registry] })
}

/** A counter with one label of known values. Each stands there from the start: a rate of nothing is none, not absent. */
function by<V extends string>(
  registry: Registry,
  name: string,
  help: string,
  [label, values]: readonly [label: string, values: readonly V[]],
): (value: V) => void {
  const counter = new Counter({ name, help, labelNames: [label], registers: [registry] })
  for (const value of values) counter.inc({ [label]: value }, 0)
  return (value) => counter.inc({ [label]: value })
}
