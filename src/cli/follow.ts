import type { Current } from '../config/current.ts'
import type { Configured } from '../config/settings.ts'
import type { Docker } from '../docker/client.ts'
import type { Containers } from '../docker/container.ts'
import { watch, type Sight, type WatchOptions } from '../docker/watch.ts'
import type { LiveTable } from '../table/live.ts'
import type { Table } from '../table/table.ts'
import { selfFinder } from './self.ts'
import { Tables } from './tables.ts'

export interface FollowOptions extends Pick<WatchOptions, 'signal' | 'log'> {
  /** Network on which the proxy reaches apps where a label names none. */
  readonly network: string | undefined
  /** By which labels are read; anew, when it changes. */
  readonly config: Current<Pick<Configured, 'operator'>>
  readonly live: LiveTable
  /** Told of each new table, after requests are judged by it: a host the proxy knows is a host we can judge. */
  readonly changed: (table: Table, containers: Containers) => void
}

/** Keeps the live table in step with the daemon, until the signal. */
export async function follow(docker: Docker, options: FollowOptions): Promise<void> {
  const { config, network, live, signal, log } = options
  const tables = new Tables({ operator: config.current().operator, network, self: selfFinder() })
  let last: Sight | undefined
  const show = (sight: Sight) => {
    const table = tables.of(sight)
    live.replace(table, sight.syncedAt)
    options.changed(table, sight.containers)
  }
  const unsubscribe = config.subscribe(({ operator }) => {
    tables.obey(operator)
    if (last !== undefined) show({ ...last, changed: 'all' })
  })
  try {
    for await (const sight of watch(docker, { signal, ...(log !== undefined && { log }), now: monotonic })) {
      last = sight
      if (sight.changed !== 'all' && sight.changed.size === 0) live.confirm(sight.syncedAt)
      else show(sight)
    }
  } finally {
    unsubscribe()
  }
}

/** The age of a table is counted on the clock that no one sets. Milliseconds. */
export function monotonic(): number {
  return performance.now()
}
