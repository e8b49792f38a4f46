import type { Container, PublishedPort } from './container.ts'
import { DockerError } from './docker-error.ts'
import { fieldsOf, list, map, text, whole, wrong, type Fields } from './fields.ts'

/** Swarm's ids: 25 of base 36, where a container has 64 hex digits. */
export const SERVICE_ID = /^[0-9a-z]{25}$/
/** By these Swarm marks each container of a service. */
const [OF_ID, OF_NAME] = ['com.docker.swarm.service.id', 'com.docker.swarm.service.name']
// 503 has many meanings; this one says that there is no swarm, or that a worker is asked.
const NO_MANAGER = /not a swarm manager/i
// No such call: Podman, or something between that does not pass it on.
const NO_SWARM: ReadonlySet<number> = new Set([403, 404, 405, 406, 501])

/** Does this answer say that services are none of this daemon's business? What else goes wrong is no empty list. */
export function isNoManager(status: number, complaint: string): boolean {
  return NO_SWARM.has(status) || (status === 503 && NO_MANAGER.test(complaint))
}

/** Swarm's services in the shape of containers, as a daemon's list has them. */
export class Services {
  readonly #rows: (ids: readonly string[] | undefined, signal: AbortSignal) => Promise<unknown[] | undefined>
  #last = new Map<string, Container>()

  /** @param rows of these, or of all; undefined where the daemon is no manager */
  constructor(rows: (ids: readonly string[] | undefined, signal: AbortSignal) => Promise<unknown[] | undefined>) {
    this.#rows = rows
  }

  /**
   * These, or all; none where the daemon is no manager. Where the swarm says no, as it does without a leader, what was
   * seen last: nobody can change a service then, and the containers of this daemon are to be followed all the same.
   */
  async list(ids: readonly string[] | undefined, signal: AbortSignal): Promise<readonly Container[]> {
    try {
      const seen = ((await this.#rows(ids, signal)) ?? []).map(parseService)
      for (const id of ids ?? this.#last.keys()) this.#last.delete(id)
      for (const service of seen) this.#last.set(service.id, service)
      return seen
    } catch (error) {
      if (!(error instanceof DockerError)) throw error
      return [...this.#last.values()].filter(({ id }) => ids === undefined || ids.includes(id))
    }
  }
}

/**
 * A row of `GET /services`, in the shape of a container, for it is labelled as one is. It is reached through the proxy's
 * own Swarm provider alone, so it has no networks here.
 *
 * @throws Error that names the field
 */
function parseService(row: unknown): Container {
  const fields = fieldsOf(row, 'the row')
  const id = text(fields, 'ID')
  if (!SERVICE_ID.test(id)) throw wrong('ID', 'an id of Swarm')
  const { name, labels } = specOf(fields)
  return {
    id,
    name,
    // what it says holds over what its containers say, whenever they were made: the newest is believed
    created: Number.MAX_SAFE_INTEGER,
    state: 'running',
    health: 'none',
    labels: { ...labels, [OF_ID]: id, [OF_NAME]: name },
    networks: [],
    ports: [],
    published: publishedOf(fields),
    networkMode: '',
    swarmService: true,
  }
}

function specOf(fields: Fields): { name: string; labels: Readonly<Record<string, string>> } {
  const spec = fieldsOf(fields['Spec'], 'Spec')
  const labels = spec['Labels'] === undefined ? {} : map(spec, 'Labels', 'Spec.Labels')
  for (const key of Object.keys(labels)) text(labels, key, `Spec.Labels[${JSON.stringify(key)}]`)
  return { name: text(spec, 'Name', 'Spec.Name'), labels: labels as Readonly<Record<string, string>> }
}

function publishedOf(fields: Fields): readonly PublishedPort[] {
  const endpoint = fieldsOf(fields['Endpoint'] ?? {}, 'Endpoint')
  const ports = endpoint['Ports'] === undefined ? [] : list(endpoint, 'Ports').map((port) => fieldsOf(port, 'Ports[]'))
  return ports.flatMap((port) => {
    if (port['Protocol'] !== 'tcp' || port['PublishedPort'] === undefined) return []
    const [hostPort, containerPort] = [whole(port, 'PublishedPort'), whole(port, 'TargetPort')]
    return [{ address: '0.0.0.0', hostPort, containerPort }]
  })
}
