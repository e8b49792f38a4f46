/** A table by hand: what the portal reads of one, without Docker and without labels. */
import type { AppSpec, Card } from '../../../src/labels/spec.ts'
import type { App, Claim, Table } from '../../../src/table/table.ts'

export interface Declared {
  readonly id: string
  /** `*.example.com` for a wildcard. */
  readonly hosts: readonly string[]
  readonly path?: string
  readonly card?: Partial<Card>
  readonly broken?: boolean
  readonly conflict?: boolean
  readonly login?: readonly string[]
}

export function tableOf(...declared: readonly Declared[]): Table {
  const hosts = new Map<string, Claim[]>()
  const wildcards = new Map<string, Claim[]>()
  const apps = new Map<string, App>()
  for (const item of declared) {
    const app = { spec: specOf(item), containers: [item.id], upstreams: [] }
    apps.set(item.id, app)
    for (const host of item.hosts) {
      const map = host.startsWith('*.') ? wildcards : hosts
      const key = host.replace('*.', '')
      const claim = { host, path: item.path ?? '/', app, conflict: item.conflict ?? false }
      map.set(
        key,
        [...(map.get(key) ?? []), claim].toSorted((a, b) => b.path.length - a.path.length),
      )
    }
  }
  const claims = [...hosts.values(), ...wildcards.values()].flat()
  const contested = new Set(claims.filter(({ conflict }) => conflict).map(({ host }) => host))
  return { apps, hosts, wildcards, contested, problems: [] }
}

function specOf({ id, hosts, path = '/', card = {}, broken = false, login }: Declared): AppSpec {
  return {
    id,
    key: id,
    hosts,
    path,
    policy: {
      allow: [{ kind: 'signed-in' }],
      deny: [],
      require: [],
      public: [],
      accept: ['session'],
      ...(login !== undefined && { login }),
      words: {},
    },
    rules: [],
    headers: [],
    assertion: false,
    route: { scheme: 'http', entrypoints: [], tls: false, middlewares: [] },
    card: { title: id, hidden: false, ...card },
    broken,
    fingerprint: id,
  }
}
