import type { Settings } from '../config/settings.ts'
import type { Docker } from '../docker/client.ts'
import { watch, type WatchOptions } from '../docker/watch.ts'
import type { LiveTable } from '../table/live.ts'
import type { Table } from '../table/table.ts'
import { selfFinder } from './self.ts'
import { Tables } from './tables.ts'

export interface FollowOptions extends Pick<WatchOptions, 'signal' | 'log'> {
  readonly settings: Pick<Settings, 'operator' | 'network'>
  readonly live: LiveTable
  /** Told of each new table, after requests are judged by it: a host the proxy knows is a host we can judge. */
  readonly changed: (table: Table) => void
}

/** Keeps the live table in step with the daemon, until the signal. */
export async function follow(docker: Docker, options: FollowOptions): Promise<void> {
  const { settings, live, signal, log } = options
  const tables = new Tables({ ...settings, self: selfFinder() })
  for await (const sight of watch(docker, { signal, ...(log !== undefined && { log }), now: monotonic })) {
    if (sight.changed !== 'all' && sight.changed.size === 0) live.confirm(sight.syncedAt)
    else {
      const table = tables.of(sight)
      live.replace(table, sight.syncedAt)
      options.changed(table)
    }
  }
}

/** The age of a table is counted on the clock that no one sets. Milliseconds. */
export function monotonic(): number {
  return performance.now()
}
