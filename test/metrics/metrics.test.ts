import { expect, test } from 'vitest'
import type { Decision } from '../../src/authz/decision.ts'
import type { Docker } from '../../src/docker/client.ts'
import type { Event } from '../../src/docker/events.ts'
import type { PortalEvent } from '../../src/http/portal/deps.ts'
import { createMetrics, type MetricSources } from '../../src/metrics.ts'
import { container } from '../build/container.ts'
import { tableOf } from '../build/table.ts'

const identity = { issuer: 'local', subject: 's', user: 'mallory', email: '', name: '', groups: [], claims: {} }
const someone = { identity, address: '203.0.113.9' }

function counting(sources: Partial<MetricSources> = {}) {
  const metrics = createMetrics({ table: () => undefined, tableAge: () => 0, sessions: () => 0, ...sources })
  const lines = async () => (await metrics.registry.metrics()).split('\n')
  return { metrics, lines }
}

test.for([
  'allow',
  'anonymous',
  'sign-in',
  'step-up',
  'forbid',
  'unknown-host',
  'too-large',
  'not-ready',
  'bad-request',
] as const satisfies readonly Decision['verdict'][])(
  'answers of %s are counted, none from the start',
  async (verdict) => {
    const { metrics, lines } = counting()
    expect(await lines()).toContain(`labelgate_decisions_total{verdict="${verdict}"} 0`)
    for (const _ of Array.from({ length: 3 })) metrics.decided({ verdict })
    expect(await lines()).toContain(`labelgate_decisions_total{verdict="${verdict}"} 3`)
    // what was read is not counted again, and nothing is lost by reading
    metrics.decided({ verdict })
    const after = await lines()
    expect(after).toContain(`labelgate_decisions_total{verdict="${verdict}"} 4`)
    const all = after.filter((line) => line.startsWith('labelgate_decisions_total{'))
    expect(all).toHaveLength(9)
    expect(all.filter((line) => !line.endsWith(' 0'))).toHaveLength(1)
  },
)

test.for<[PortalEvent, string]>([
  [{ kind: 'sign-in', ...someone }, 'labelgate_sign_ins_total{outcome="ok"}'],
  [{ kind: 'set-up', ...someone }, 'labelgate_sign_ins_total{outcome="set-up"}'],
  [{ kind: 'sign-in-refused', why: 'refused', address: '' }, 'labelgate_sign_ins_total{outcome="refused"}'],
  [{ kind: 'sign-in-refused', why: 'throttled', address: '' }, 'labelgate_sign_ins_total{outcome="throttled"}'],
  [{ kind: 'sign-in-refused', why: 'busy', address: '' }, 'labelgate_sign_ins_total{outcome="busy"}'],
  [{ kind: 'form-refused', why: 'cross-site', address: '' }, 'labelgate_forms_refused_total{why="cross-site"}'],
  [{ kind: 'form-refused', why: 'no-token', address: '' }, 'labelgate_forms_refused_total{why="no-token"}'],
  [{ kind: 'sign-out', ...someone }, 'labelgate_sign_outs_total'],
])('%j is counted as %s', async ([event, name]) => {
  const { metrics, lines } = counting()
  expect(await lines()).toContain(`${name} 0`)
  metrics.observe(event)
  metrics.observe(event)
  expect(await lines()).toContain(`${name} 2`)
})

test('the Traefik file, strangers and faults are counted', async () => {
  const { metrics, lines } = counting()
  for (const outcome of ['written', 'unchanged', 'failing', 'failing'] as const) metrics.filePublished(outcome)
  metrics.stranger()
  metrics.failed()
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'labelgate_traefik_file_total{outcome="written"} 1',
      'labelgate_traefik_file_total{outcome="unchanged"} 1',
      'labelgate_traefik_file_total{outcome="failing"} 2',
      'labelgate_strangers_total 1',
      'labelgate_faults_total 1',
    ]),
  )
})

const started: Event = { container: 'a'.repeat(64), action: 'start' }
/** A daemon of two containers that tells of three events, and then fails. */
const daemon: Docker = {
  ping: async () => {},
  list: async (ids) => (ids === undefined ? [container('a', ''), container('b', '')] : [container('a', '')]),
  events: async () =>
    (async function* () {
      yield* [started, started, started]
      throw new Error('the stream broke')
    })(),
}

test('what is asked of Docker is counted, and answered as Docker does', async () => {
  const { metrics, lines } = counting()
  const docker = metrics.docker(daemon)
  const { signal } = new AbortController()
  await docker.ping()
  expect(await docker.list(undefined)).toHaveLength(2)
  expect(await docker.list(['a'.repeat(64)])).toHaveLength(1)
  const seen: Event[] = []
  const listening = (async () => {
    for await (const event of await docker.events(signal)) seen.push(event)
  })()
  await expect(listening).rejects.toThrow('the stream broke')
  expect(seen).toEqual([started, started, started])
  await docker.events(signal)
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'labelgate_docker_events_total 3',
      'labelgate_docker_streams_total 2',
      'labelgate_docker_list_seconds_count 1',
    ]),
  )
})

test('a list and a stream that fail are none', async () => {
  const { metrics, lines } = counting()
  const gone = () => Promise.reject(new Error('gone'))
  const docker = metrics.docker({ ping: gone, list: gone, events: gone })
  await expect(docker.list(undefined)).rejects.toThrow('gone')
  await expect(docker.events(new AbortController().signal)).rejects.toThrow('gone')
  await expect(docker.ping()).rejects.toThrow('gone')
  expect(await lines()).toContain('labelgate_docker_streams_total 0')
  expect(await lines()).toContain('labelgate_docker_list_seconds_count 0')
})

test('the table is looked at when somebody reads', async () => {
  let table: ReturnType<typeof tableOf> | undefined
  let age = Infinity
  const { lines } = counting({ table: () => table, tableAge: () => age, sessions: () => 7 })
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'labelgate_table_apps 0',
      'labelgate_table_conflicts 0',
      'labelgate_table_problems{severity="error"} 0',
      'labelgate_table_age_seconds +Inf',
      'labelgate_sessions 7',
    ]),
  )
  age = 1500
  table = tableOf([
    container('one', 'host=a.example.com, *.b.example.com', { service: 'p/one' }),
    container('two', 'host=a.example.com, *.b.example.com\nallow=user:bob', { service: 'p/two' }),
    container('misspelt', 'host=c.example.com\nalow=user:bob', { service: 'p/three' }),
    container('open', 'host=d.example.com', { published: [{ address: '0.0.0.0', hostPort: 8080, containerPort: 80 }] }),
  ])
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'labelgate_table_apps 4',
      'labelgate_table_conflicts 2',
      'labelgate_table_problems{severity="error"} 5',
      'labelgate_table_problems{severity="warning"} 1',
      'labelgate_table_age_seconds 1.5',
    ]),
  )
})

// threat I-30
test('no host, no app, no user and no address is to be read, whatever went on', async () => {
  const table = tableOf([container('vault', 'host=vault.example.com\nallow=user:mallory\nalow=x')])
  const { metrics, lines } = counting({ table: () => table })
  metrics.observe({ kind: 'sign-in', ...someone })
  metrics.observe({ kind: 'sign-in-refused', why: 'refused', address: '203.0.113.9' })
  const text = (await lines()).join('\n')
  for (const word of ['vault', 'example', 'mallory', '203.0.113.9', '127.0.0.1']) expect(text).not.toContain(word)
})

test('the process and its event loop are measured', async () => {
  const text = (await counting().lines()).join('\n')
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds'])
    expect(text).toMatch(new RegExp(`^${name} [\\d.e+-]+$`, 'm'))
})

test('two of them do not get in each other’s way', async () => {
  const [one, two] = [counting(), counting()]
  one.metrics.stranger()
  expect(await one.lines()).toContain('labelgate_strangers_total 1')
  expect(await two.lines()).toContain('labelgate_strangers_total 0')
})

test('a wrong file of the operator is a 0 until it is good again', async () => {
  const { metrics, lines } = counting()
  expect(await lines()).toContain('labelgate_config_valid 1')
  metrics.configured(false)
  expect(await lines()).toContain('labelgate_config_valid 0')
  metrics.configured(true)
  expect(await lines()).toContain('labelgate_config_valid 1')
})
