import type { Container, ContainerNetwork, ContainerState, Health, PublishedPort } from './container.ts'
import { fieldsOf, list, map, text, whole, wrong, type Fields } from './fields.ts'
import { rowsOf } from './rows.ts'

const LARGEST_LIST = 64 * 1024 * 1024
const ID = /^[0-9a-f]{64}$/
const STATES: ReadonlySet<string> = new Set<ContainerState>([
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
])
// `Up 3 minutes (healthy)`, `Up 2 seconds (health: starting)`; the list has no other field for it on most daemons.
const HEALTH = / \((?:health: )?(starting|healthy|unhealthy)\)$/

/**
 * The answer to `GET /containers/json`. All or nothing: a list with one row that cannot be read is no list, as a
 * container left out is one whose policy is forgotten.
 *
 * @param limit bytes of the answer that are read at most
 * @throws Error that names the row and the field
 */
export async function parseContainers(chunks: AsyncIterable<Uint8Array>, limit = LARGEST_LIST): Promise<Container[]> {
  const found: Container[] = []
  for await (const row of rowsOf(chunks, limit)) found.push(parseRow(row, found.length))
  return found
}

function parseRow(row: unknown, index: number): Container {
  try {
    return parseContainer(row)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`container ${index} of Docker's list: ${reason}`, { cause })
  }
}

/** One row of the list. */
export function parseContainer(row: unknown): Container {
  const fields = fieldsOf(row, 'the row')
  const id = text(fields, 'Id')
  if (!ID.test(id)) throw wrong('Id', '64 hex digits')
  const ports = list(fields, 'Ports').map((port) => fieldsOf(port, 'Ports[]'))
  const tcp = ports.filter((port) => text(port, 'Type', 'Ports[].Type') === 'tcp')
  return {
    id,
    name: nameOf(list(fields, 'Names'), id),
    created: whole(fields, 'Created'),
    state: stateOf(text(fields, 'State')),
    health: (HEALTH.exec(text(fields, 'Status'))?.[1] ?? 'none') as Health,
    labels: labelsOf(map(fields, 'Labels')),
    networks: networksOf(fieldsOf(fields['NetworkSettings'], 'NetworkSettings')),
    ports: [...new Set(tcp.map((port) => whole(port, 'PrivatePort', 'Ports[].PrivatePort')))].toSorted((a, b) => a - b),
    published: tcp.flatMap(publishedOf).toSorted(byPort),
    networkMode: networkModeOf(fieldsOf(fields['HostConfig'], 'HostConfig')),
  }
}

/**
 * `/app`; the list also has the names under which others link to it, `/other/app`, in no order. A container that is
 * being removed may have lost its name already.
 */
function nameOf(names: readonly unknown[], id: string): string {
  const texts = names.map((name) => {
    if (typeof name !== 'string') throw wrong('Names', 'a list of texts')
    return name.replace(/^\//, '')
  })
  return texts.find((name) => !name.includes('/')) ?? texts[0] ?? id.slice(0, 12)
}

function stateOf(state: string): ContainerState {
  if (!STATES.has(state)) throw wrong('State', `one of ${[...STATES].join(', ')}`)
  return state as ContainerState
}

function labelsOf(labels: Fields): Readonly<Record<string, string>> {
  for (const key of Object.keys(labels)) text(labels, key, `Labels[${JSON.stringify(key)}]`)
  return labels as Readonly<Record<string, string>>
}

function networksOf(settings: Fields): readonly ContainerNetwork[] {
  const networks = map(settings, 'Networks', 'NetworkSettings.Networks')
  return Object.keys(networks)
    .toSorted()
    .map((name) => {
      const place = `NetworkSettings.Networks[${JSON.stringify(name)}]`
      const network = fieldsOf(networks[name], place)
      const four = text(network, 'IPAddress', `${place}.IPAddress`)
      return { name, address: four || text(network, 'GlobalIPv6Address', `${place}.GlobalIPv6Address`) }
    })
}

function publishedOf(port: Fields): readonly PublishedPort[] {
  if (port['PublicPort'] === undefined) return []
  return [
    {
      address: text(port, 'IP', 'Ports[].IP'),
      hostPort: whole(port, 'PublicPort', 'Ports[].PublicPort'),
      containerPort: whole(port, 'PrivatePort', 'Ports[].PrivatePort'),
    },
  ]
}

function byPort(a: PublishedPort, b: PublishedPort): number {
  return a.containerPort - b.containerPort || a.hostPort - b.hostPort || (a.address < b.address ? -1 : 1)
}

/** Absent, empty and `default` all mean the network that is called `bridge`. */
function networkModeOf(config: Fields): string {
  const mode = config['NetworkMode'] === undefined ? '' : text(config, 'NetworkMode', 'HostConfig.NetworkMode')
  return mode === '' || mode === 'default' ? 'bridge' : mode
}
