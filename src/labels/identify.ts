import { type Fault, fault } from './parsed.ts'
import { quote } from './text.ts'

/** What labels are read of: a container, or a service of a compose file. */
export interface Labelled {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

/** What names the app of a container, and what its replicas share. */
export interface Named {
  readonly id: string
  readonly key: string
  readonly faults: readonly { readonly fault: Fault }[]
}

const PROJECT = 'com.docker.compose.project'
const SERVICE = 'com.docker.compose.service'
const SWARM_SERVICE = 'com.docker.swarm.service.name'
// What Docker and compose take for names. Anybody can put anything in a label, and ids go into generated files.
const NAME = /^[a-z0-9][\w.-]{0,127}$/i

/** The compose or Swarm service, else the container itself. */
export function identify({ name, labels }: Labelled): Named {
  const project = labels[PROJECT]
  const service = labels[SERVICE]
  const swarm = labels[SWARM_SERVICE]
  const wrong = [project, service, swarm, name].find((text) => text !== undefined && !NAME.test(text))
  if (wrong !== undefined) {
    const id =
      name
        .replaceAll(/[^a-z0-9]+/gi, '-')
        .replaceAll(/^-|-$/g, '')
        .slice(0, 63) || 'unnamed'
    const reason = `its container or service is called ${quote(wrong)}, which is no name Docker gives`
    return { id, key: `container/${id}`, faults: [{ fault: fault(reason) }] }
  }
  if (service !== undefined)
    return { id: service, key: project === undefined ? `container/${name}` : `${project}/${service}`, faults: [] }
  if (swarm !== undefined) return { id: swarm, key: `swarm/${swarm}`, faults: [] }
  return { id: name, key: `container/${name}`, faults: [] }
}
