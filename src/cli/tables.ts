import type { Container, Containers } from '../docker/container.ts'
import type { Sight } from '../docker/watch.ts'
import type { Operator } from '../labels/operator.ts'
import { readLabels } from '../labels/read.ts'
import type { Reading } from '../labels/spec.ts'
import { TableBuilder, type Entry } from '../table/build.ts'
import type { Table } from '../table/table.ts'

export interface TableOptions {
  readonly operator: Operator
  /** Network on which the proxy reaches apps where a label names none. */
  readonly network?: string | undefined
  /** The container we run in, if we do: it is no app, and apps are reached on its networks. */
  readonly self: (containers: Containers) => Container | undefined
}

/** From what the daemon shows to the table of apps. Labels of a container are read once: they never change in its life. */
export class Tables {
  readonly #options: TableOptions
  #operator: Operator
  #entries = new Map<string, Entry>()
  #networks: string | undefined
  #builder: TableBuilder

  constructor(options: TableOptions) {
    this.#options = options
    this.#operator = options.operator
    this.#builder = this.#newBuilder([])
  }

  /** From the next table on labels are read by what this operator says. */
  obey(operator: Operator): void {
    this.#operator = operator
    this.#entries = new Map()
    this.#networks = undefined
  }

  /** The table of this sight; what has not changed since the last one is not done again. */
  of({ containers, changed }: Sight): Table {
    const self = this.#options.self(containers)
    const own =
      self === undefined || self.networkMode === 'host' ? [] : self.networks.map(({ name }) => name).toSorted()
    const moved = own.join() !== this.#networks
    if (moved) {
      this.#networks = own.join()
      this.#builder = this.#newBuilder(own)
    }
    const ids = moved || changed === 'all' ? new Set([...this.#entries.keys(), ...containers.keys()]) : changed
    for (const id of ids) {
      const container = containers.get(id)
      this.#set(id, id === self?.id ? undefined : container, moved)
    }
    return this.#builder.table()
  }

  #set(id: string, container: Container | undefined, anew: boolean): void {
    const before = this.#entries.get(id)
    if (container === undefined) this.#entries.delete(id)
    else if (before?.container !== container) this.#entries.set(id, this.#read(container, before))
    const entry = this.#entries.get(id)
    if (anew || entry !== before) this.#builder.set(id, entry)
  }

  #read(container: Container, before: Entry | undefined): Entry {
    // a name may change, and an app without a service is called by it; so may the labels of Swarm's services
    const same = before !== undefined && before.container.name === container.name && container.swarmService !== true
    const reading = same ? before.reading : readLabels(container, this.#operator)
    return {
      container,
      reading: container.swarmService === true ? withoutRoute(reading, container, this.#operator) : reading,
    }
  }

  #newBuilder(own: readonly string[]): TableBuilder {
    const { network } = this.#options
    return new TableBuilder({ own, ...(network !== undefined && { network }) }, this.#operator.entryPoint)
  }
}

/** Traefik's own Swarm provider alone finds the way to a service. */
function withoutRoute(reading: Reading, { name }: Container, { ownsRoutes }: Operator): Reading {
  if (!ownsRoutes || reading.apps.length === 0) return reading
  const reason = 'is a Swarm service, to which labelgate writes no route'
  const mend = 'let Traefik ask labelgate for it (LABELGATE_GUARD_LISTEN), or label its containers as well'
  return { ...reading, problems: [...reading.problems, { severity: 'warning', container: name, reason, mend }] }
}
