import type { Container } from './container.ts'
import { fieldsOf, text, type Fields } from './fields.ts'
import { linesOf } from './lines.ts'

/** Something happened to a container, or to a Swarm service: look at it again. */
export interface Event {
  /** Full id, of either. */
  readonly container: string
  /** `start`, `health_status`, `connect` … */
  readonly action: string
  /** Of one that was just created: what the event tells of it, which is its labels. */
  readonly created?: Container
}

const CONTAINER: ReadonlySet<string> = new Set([
  'create',
  'start',
  'restart',
  'die',
  'stop',
  'kill',
  'destroy',
  'rename',
  'pause',
  'unpause',
  'update',
  'health_status',
])
const SERVICE: ReadonlySet<string> = new Set(['create', 'update', 'remove'])
const NETWORK: ReadonlySet<string> = new Set(['connect', 'disconnect'])
const ID = /^[0-9a-f]{64}$/
// An event repeats every label of its container, and one label may be a megabyte.
const LONGEST_EVENT = 16 * 1024 * 1024

/** What `GET /events` is asked for, so that the events of each health check's `exec` stay where they are. */
export const EVENT_FILTERS = {
  type: ['container', 'network', 'service'],
  event: [...new Set([...CONTAINER, ...NETWORK, ...SERVICE])],
}

/**
 * The events of `GET /events`, one JSON text a line.
 *
 * @param longest bytes of a line
 * @throws Error where a line is no event: whoever wrote it may have swallowed others
 */
export async function* parseEvents(chunks: AsyncIterable<Uint8Array>, longest = LONGEST_EVENT): AsyncGenerator<Event> {
  for await (const line of linesOf(chunks, longest)) {
    const event = line.trim() === '' ? undefined : parseEvent(line)
    if (event !== undefined) yield event
  }
}

/** Undefined where the event is of no consequence to us. */
function parseEvent(line: string): Event | undefined {
  const fields = fieldsOf(JSON.parse(line), 'the event')
  const type = text(fields, 'Type')
  // `health_status: healthy`
  const action = text(fields, 'Action').replace(/:.*/s, '')
  const container = containerOf(type, action, fields)
  if (container === undefined) return undefined
  const created = type === 'container' && action === 'create' ? newcomer(container, fields) : undefined
  return { container, action, ...(created !== undefined && { created }) }
}

/** The labels stand among the attributes, beside the name and the image. Undefined where there is no name: a look tells. */
function newcomer(id: string, { Actor, time }: Fields): Container | undefined {
  const { image: _, name, ...labels } = fieldsOf(fieldsOf(Actor, 'Actor')['Attributes'] ?? {}, 'Actor.Attributes')
  if (typeof name !== 'string' || !Number.isSafeInteger(time)) return undefined
  for (const key of Object.keys(labels)) text(labels, key, `Actor.Attributes[${JSON.stringify(key)}]`)
  return {
    id,
    name,
    created: time as number,
    state: 'created',
    health: 'none',
    labels: labels as Readonly<Record<string, string>>,
    networks: [],
    ports: [],
    published: [],
    networkMode: 'bridge',
  }
}

function containerOf(type: string, action: string, fields: Fields): string | undefined {
  if (type === 'container' && CONTAINER.has(action)) return text(fieldsOf(fields['Actor'], 'Actor'), 'ID', 'Actor.ID')
  if (type === 'service' && SERVICE.has(action)) return text(fieldsOf(fields['Actor'], 'Actor'), 'ID', 'Actor.ID')
  if (type !== 'network' || !NETWORK.has(action)) return undefined
  const attributes = fieldsOf(fieldsOf(fields['Actor'], 'Actor')['Attributes'], 'Actor.Attributes')
  const container = attributes['container']
  // Swarm connects things that are no containers, such as `ingress-sbox`.
  return typeof container === 'string' && ID.test(container) ? container : undefined
}
