/** What Traefik is shown of a container: never its environment, commands, mounts, or what its health checks say. */

type Fields = Readonly<Record<string, unknown>>
type Labels = Readonly<Record<string, string>>

const ROW = ['Id', 'Names', 'Image', 'Created', 'State', 'Status', 'Ports']
const CONTAINER = ['Id', 'Name', 'Created']
const STATE = ['Status', 'Running', 'Paused', 'Restarting', 'Dead', 'StartedAt', 'FinishedAt']
const NETWORK = ['NetworkID', 'EndpointID', 'Gateway', 'IPAddress', 'IPPrefixLen', 'IPv6Gateway', 'GlobalIPv6Address']
const VERSION = ['Version', 'ApiVersion', 'MinAPIVersion', 'Os', 'Arch']

/** One row of `GET /containers/json`. */
export function trimRow(row: Fields, labels: Labels): object {
  return { ...pick(row, ROW), Labels: labels, HostConfig: hostConfig(row), NetworkSettings: networks(row) }
}

/** `GET /containers/{id}/json`. */
export function trimContainer(container: Fields, labels: Labels): object {
  const state = fields(container['State'])
  const health = state['Health'] === undefined ? {} : { Health: pick(fields(state['Health']), ['Status']) }
  const settings = fields(container['NetworkSettings'])
  return {
    ...pick(container, CONTAINER),
    State: { ...pick(state, STATE), ...health },
    Config: { ...pick(fields(container['Config']), ['ExposedPorts']), Labels: labels },
    HostConfig: hostConfig(container),
    NetworkSettings: { ...pick(settings, ['Ports', 'IPAddress', 'GlobalIPv6Address']), ...networks(container) },
  }
}

/** `GET /version`. */
export function trimVersion(version: unknown): object {
  return pick(fields(version), VERSION)
}

/** One line of `GET /events`; undefined for what is none, or not one of these actions. */
export function trimEvent(line: string, actions: readonly string[]): string | undefined {
  const event = fields(JSON.parse(line))
  const action = String(event['Action'])
  if (event['Type'] !== 'container' || !actions.includes(action.replace(/:.*/s, ''))) return undefined
  const actor = fields(event['Actor'])
  return JSON.stringify({
    ...pick(event, ['status', 'id', 'Type', 'Action', 'scope', 'time', 'timeNano']),
    Actor: { ID: actor['ID'], Attributes: pick(fields(actor['Attributes']), ['name']) },
  })
}

function hostConfig(of: Fields): object {
  return pick(fields(of['HostConfig']), ['NetworkMode'])
}

function networks(of: Fields): object {
  const all = Object.entries(fields(fields(of['NetworkSettings'])['Networks']))
  return { Networks: Object.fromEntries(all.map(([name, network]) => [name, pick(fields(network), NETWORK)])) }
}

export function pick(from: Fields, names: readonly string[]): object {
  const picked: Record<string, unknown> = {}
  for (const name of names) if (name in from) picked[name] = from[name]
  return picked
}

export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}
