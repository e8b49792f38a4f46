/** So many apps, one container each, as the Docker API lists them. */
import type * as TablesModule from '../../src/cli/tables.ts'
import type { Settings } from '../../src/config/settings.ts'
import type * as ParseModule from '../../src/docker/parse.ts'
import type { Container } from '../../src/docker/container.ts'
import type { Sight } from '../../src/docker/watch.ts'
import { id, row, type Row } from '../docker/rows.ts'
import { compiled } from './compiled.ts'

export function idOf(n: number): string {
  return `app-${n}`
}

export function hostOf(n: number): string {
  return `app-${n}.example.com`
}

/** As compose starts them: a few labels of its own beside ours. */
export function rowOf(n: number, words: Row = {}): Row {
  return row(n, {
    Labels: {
      'com.docker.compose.project': `stack-${Math.floor(n / 10)}`,
      'com.docker.compose.service': idOf(n),
      'com.docker.compose.config-hash': id(n),
      'com.docker.compose.container-number': '1',
      'labelgate.host': hostOf(n),
      'labelgate.allow': 'group:staff, user:alice',
      'labelgate.public': 'GET /status, /assets/**',
    },
    NetworkSettings: { Networks: { proxy: { IPAddress: `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}` } } },
    ...words,
  })
}

/** Everything a daemon with so many apps runs, seen for the first time; each with these labels too. */
export async function sightOf(apps: number, more: Readonly<Record<string, string>> = {}): Promise<Sight> {
  const { parseContainer } = await compiled<typeof ParseModule>('docker/parse.js')
  const containers = new Map<string, Container>()
  for (let n = 0; n < apps; n++) {
    // from text, so that no string is shared that would not be
    const { labels, ...container } = parseContainer(JSON.parse(JSON.stringify(rowOf(n))))
    containers.set(container.id, { ...container, labels: { ...labels, ...more } })
  }
  return { containers, changed: 'all', syncedAt: 0 }
}

export async function tablesOf({ operator, network }: Settings): Promise<TablesModule.Tables> {
  const { Tables } = await compiled<typeof TablesModule>('cli/tables.js')
  return new Tables({ operator, network, self: () => undefined })
}
