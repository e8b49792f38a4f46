import type { AppSpec } from '../../src/labels/spec.ts'
import type { RenderOptions } from '../../src/proxy/traefik/context.ts'
import { claimsOf } from '../../src/table/claims.ts'
import type { App, Claim, Table } from '../../src/table/table.ts'

export const KEY = 'KeyKeyKeyKeyKeyKeyKeyKeyKeyKeyKeyKeyKeyKey0'

/** What a container says, as far as a test cares: the rest is what the labels' defaults give. */
export type Said = Partial<Pick<AppSpec, 'id' | 'key' | 'hosts' | 'path' | 'headers' | 'broken'>> &
  Partial<AppSpec['route']> & {
    /** Origins of running containers; one by default. */
    readonly upstreams?: readonly string[]
  }

export function app(said: Said = {}): App {
  const id = said.id ?? 'whoami'
  const { key = `container/${id}`, hosts = [`${id}.example.com`], path = '/', broken = false } = said
  const { upstreams = ['http://172.18.0.3:80'], headers = DEFAULT_HEADERS } = said
  const { scheme = 'http', entrypoints = [], tls = false, middlewares = [], certresolver } = said
  const route = { scheme, entrypoints, tls, middlewares, ...(certresolver !== undefined && { certresolver }) }
  const policy = { allow: [], deny: [], require: [], public: [], accept: [], words: {} }
  const card = { title: id, hidden: false }
  const spec = {
    id,
    key,
    hosts,
    path,
    headers,
    assertion: false,
    route,
    policy,
    card,
    broken,
    rules: [],
    fingerprint: id,
  }
  return { spec, containers: [id], upstreams: upstreams.map((url) => ({ container: id, url })) }
}

/** The table of these apps, made as table/ makes it, with maps filled in the order of `apps`. */
export function tableOf(...apps: readonly App[]): Table {
  const hosts = new Map<string, readonly Claim[]>()
  const wildcards = new Map<string, readonly Claim[]>()
  const contested = new Set<string>()
  const byKey = apps.toSorted((a, b) => (a.spec.key < b.spec.key ? -1 : 1))
  for (const host of new Set(apps.flatMap(({ spec }) => spec.hosts))) {
    const { claims } = claimsOf(
      host,
      byKey.filter(({ spec }) => spec.hosts.includes(host)),
    )
    if (claims.some(({ conflict }) => conflict)) contested.add(host)
    if (host.startsWith('*.')) wildcards.set(host.slice(2), claims)
    else hosts.set(host, claims)
  }
  return { apps: new Map(byKey.map((app) => [app.spec.key, app])), hosts, wildcards, contested, problems: [] }
}

const DEFAULT_HEADERS: AppSpec['headers'] = [
  { name: 'Remote-User', value: { kind: 'user' } },
  { name: 'Remote-Email', value: { kind: 'email' } },
  { name: 'Remote-Name', value: { kind: 'name' } },
  { name: 'Remote-Groups', value: { kind: 'groups' } },
]

export function optionsWith(change: Partial<RenderOptions['operator']> & { readonly internalUrl?: string } = {}) {
  const { internalUrl = 'http://labelgate:4180', ...operator } = change
  return {
    internalUrl,
    proxyKey: KEY,
    operator: {
      portalHost: 'auth.example.com',
      entrypoints: [],
      tls: false,
      defaultHeaders: DEFAULT_HEADERS,
      ...operator,
    },
  } satisfies RenderOptions
}
