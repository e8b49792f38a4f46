/** Swarm's services, tasks, networks and nodes, cut to what Traefik's Swarm provider reads (pswarm.go, v3.7). */
import type { Problem } from '../../labels/problem.ts'
import { excerpt } from '../../labels/text.ts'
import type { Overview } from './overview.ts'
import type { Row } from './rows.ts'
import type { Seen } from './seen.ts'
import { fields, pick } from './trim.ts'

export type SwarmCall =
  | { readonly kind: 'services' | 'networks' }
  | { readonly kind: 'tasks'; readonly service: string }
  | { readonly kind: 'node'; readonly id: string }

/** What is asked of the daemon beside containers. */
export interface SwarmDaemon {
  rows(path: string, query: object): Promise<unknown[]>
  one(path: string): Promise<unknown>
  /** Undefined where the daemon is no manager of a swarm. */
  services?(): Promise<unknown[] | undefined>
}

/** Somebody asks for services of a daemon that has none to tell of. */
export class NoManagerError extends Error {
  override readonly message = 'This node is not a swarm manager'
}

const [OF_ID, OF_NAME] = ['com.docker.swarm.service.id', 'com.docker.swarm.service.name']
const ID = /^[0-9a-z]{25}$/
const SERVICE = ['ID', 'Version', 'CreatedAt', 'UpdatedAt']
const NETWORK = ['Name', 'Id', 'Scope', 'Driver']
const TASK = ['ID', 'ServiceID', 'Slot', 'NodeID', 'DesiredState']
const MODES: ReadonlySet<string> = new Set(['Replicated', 'Global', 'ReplicatedJob', 'GlobalJob'])

/** @param path without the version. Undefined: not one of these, or asked for otherwise than Traefik does. */
export function readSwarmCall(path: string, query: URLSearchParams): SwarmCall | undefined {
  const filters = filtersOf(query)
  if (filters === undefined) return undefined
  const [, node] = /^nodes\/([0-9a-z]{25})$/.exec(path) ?? []
  if (node !== undefined) return filters.size === 0 ? { kind: 'node', id: node } : undefined
  if (path === 'services') return filters.size === 0 ? { kind: 'services' } : undefined
  const said = [...filters].map(([name, values]) => `${name}=${values.join()}`).toSorted()
  if (path === 'networks') return said.join() === 'scope=swarm' ? { kind: 'networks' } : undefined
  const [service = ''] = filters.get('service') ?? []
  if (path !== 'tasks' || !ID.test(service)) return undefined
  return said.join() === `desired-state=running,service=${service}` ? { kind: 'tasks', service } : undefined
}

/** Either way to write them: `{"scope":["swarm"]}`, `{"scope":{"swarm":true}}`. */
function filtersOf(query: URLSearchParams): ReadonlyMap<string, readonly string[]> | undefined {
  if (query.size === 0) return new Map()
  const text = query.get('filters')
  if (text === null || query.size > 1) return undefined
  try {
    const entries = Object.entries(fields(JSON.parse(text)))
    return new Map(
      entries.map(([name, said]) => [name, Array.isArray(said) ? said.map(String) : Object.keys(fields(said))]),
    )
  } catch {
    return undefined
  }
}

/** A service as a row beside the containers, by which it is judged as one of them. */
export interface ServiceRow extends Row {
  readonly service: Row
}

/** Undefined where the daemon is no manager. */
export async function serviceRows(daemon: SwarmDaemon): Promise<readonly ServiceRow[] | undefined> {
  const services = await daemon.services?.()
  return services?.map((given) => {
    const service = fields(given)
    const { Name, Labels } = fields(service['Spec'])
    const [id, name] = [String(service['ID']), String(Name)]
    return { Id: id, Names: [`/${name}`], Labels: { ...fields(Labels), [OF_ID]: id, [OF_NAME]: name }, service }
  })
}

export function isService(row: Row): row is ServiceRow {
  return 'service' in row
}

/** Id of the service whose container, or which itself, has these labels. */
export function serviceOf(labels: Seen['labels'] | undefined): string | undefined {
  return labels?.[OF_ID]
}

/**
 * A container of a protected service, without labels of ours, has a route past that by the Docker provider: undefined
 * where it is none, else what is to be said of it. That is nothing where it has no label of Traefik's either.
 */
export function besideService({ id, name, labels }: Seen, { views }: Overview): readonly Problem[] | undefined {
  const service = serviceOf(labels)
  const view = service === undefined || service === id ? undefined : views.get(service)
  if (view?.owner === undefined) return undefined
  const key = Object.keys(labels).find((label) => label.toLowerCase().startsWith('traefik.'))
  if (key === undefined) return []
  const reason = `is not shown to Traefik, because its service ${excerpt(view.seen.name)} is protected by labels of its own`
  const mend = 'write the labels of both under deploy.labels, for the service'
  return [
    { severity: 'error', container: excerpt(name), key: excerpt(key), value: excerpt(labels[key] ?? ''), reason, mend },
  ]
}

/** A service as Traefik is shown it: how to reach it, and never what its containers are made of. */
export function trimService({ service }: ServiceRow, labels: Seen['labels']): object {
  const spec = fields(service['Spec'])
  const mode = Object.keys(fields(spec['Mode'])).filter((name) => MODES.has(name))
  return {
    ...pick(service, SERVICE),
    Spec: {
      ...pick(spec, ['Name']),
      Labels: labels,
      TaskTemplate: {},
      Mode: Object.fromEntries(mode.map((name) => [name, {}])),
      ...('EndpointSpec' in spec && { EndpointSpec: pick(fields(spec['EndpointSpec']), ['Mode', 'Ports']) }),
    },
    Endpoint: pick(fields(service['Endpoint']), ['Ports', 'VirtualIPs']),
  }
}

/** Tasks, networks, or a node. Rejects where the daemon cannot be asked, or is no manager. */
export async function answerSwarm(call: Exclude<SwarmCall, { kind: 'services' }>, daemon: SwarmDaemon) {
  if (call.kind === 'node') return trimNode(fields(await daemon.one(`/nodes/${call.id}`)))
  if (call.kind === 'tasks') {
    const filters = JSON.stringify({ service: [call.service], 'desired-state': ['running'] })
    return (await daemon.rows('/tasks', { filters })).map((task) => trimTask(fields(task)))
  }
  const networks = await daemon.rows('/networks', { filters: JSON.stringify({ scope: ['swarm'] }) })
  return networks.map((network) => pick(fields(network), NETWORK))
}

function trimTask(task: Row): object {
  const attachments = task['NetworksAttachments']
  const networks = (Array.isArray(attachments) ? attachments : []).map((given) => {
    const attachment = fields(given)
    const network = { ...pick(fields(attachment['Network']), ['ID']), Spec: {} }
    return { Network: network, ...pick(attachment, ['Addresses']) }
  })
  return {
    ...pick(task, TASK),
    Status: pick(fields(task['Status']), ['Timestamp', 'State']),
    ...(attachments !== undefined && { NetworksAttachments: networks }),
  }
}

function trimNode(node: Row): object {
  return { ...pick(node, ['ID']), Status: pick(fields(node['Status']), ['State', 'Addr']) }
}
