import { identify } from '../../labels/identify.ts'
import { readLabels } from '../../labels/read.ts'
import type { Reading } from '../../labels/spec.ts'
import { compare } from '../../labels/text.ts'
import { readRouters, routersOf } from '../../labels/traefik-labels.ts'
import type { GuardContext, Seen } from './seen.ts'
import { type ServiceWord, type TraefikView, traefikView } from './traefik-view.ts'

/** One container, read for our labels and for Traefik's. */
export interface View {
  readonly seen: Seen
  /** What its apps and those of its replicas have in common; undefined: it declares none, so it is not protected. */
  readonly owner?: string
  readonly reading: Reading
  /** Of its apps, or of its routers where it declares none. */
  readonly hosts: readonly string[]
  readonly traefik: TraefikView
}

/** Whose a Traefik service is. */
export interface Owner {
  readonly owner: string
  /** The first of its containers, by name. */
  readonly container: string
}

/** What is true across all containers of one list. */
export interface Overview {
  /** By id. */
  readonly views: ReadonlyMap<string, View>
  /** Protected containers by the Traefik services they make: one, unless two apps do. */
  readonly owners: ReadonlyMap<string, readonly Owner[]>
  /** Every header by which an app of these containers is told who asks, sorted. */
  readonly headers: readonly string[]
  /** Hosts of protected containers, and the first container of each. */
  readonly hosts: ReadonlyMap<string, string>
  /** By what the views were read. */
  readonly reader: Reader
}

type Reader = Pick<GuardContext, 'operator' | 'self'>

const SELF: Reading = { apps: [], problems: [] }
/** No key of an app holds an @. */
const SELF_OWNER = '@labelgate'

/**
 * @param all the containers, and Swarm's services, that one look at Docker found
 * @param before the overview of an earlier look: what has not changed since is not read again
 */
export function overview(all: Iterable<Seen>, reader: Reader, before?: Overview): Overview {
  const known = sameReader(before, reader)
  const views = new Map<string, View>()
  const owners = new Map<string, Owner[]>()
  const headers = new Set<string>()
  const hosts = new Map<string, string>()
  for (const seen of [...all].toSorted((a, b) => compare(a.name, b.name) || compare(a.id, b.id))) {
    const found = known === undefined ? view(seen, reader) : viewOf(seen, known)
    views.set(seen.id, found)
    for (const app of found.reading.apps) for (const { name } of app.headers) headers.add(name)
    const { owner } = found
    if (owner === undefined) continue
    for (const host of found.hosts) if (!hosts.has(host)) hosts.set(host, seen.name)
    for (const { name } of found.traefik.services) {
      const others = owners.get(name) ?? []
      if (!others.some((one) => one.owner === owner)) owners.set(name, [...others, { owner, container: seen.name }])
    }
  }
  return { views, owners, headers: [...headers].toSorted(), hosts, reader }
}

/**
 * The overview of an earlier look, with these read anew: for reading many in several steps. Of it only the next
 * `overview` makes use.
 */
export function reread(some: Iterable<Seen>, reader: Reader, before?: Overview): Overview {
  const known = sameReader(before, reader)
  const views = new Map(known?.views)
  for (const seen of some) views.set(seen.id, known === undefined ? view(seen, reader) : viewOf(seen, known))
  return { views, owners: new Map(), headers: [], hosts: new Map(), reader }
}

function sameReader(before: Overview | undefined, { operator, self }: Reader): Overview | undefined {
  return before?.reader.operator === operator && before.reader.self === self ? before : undefined
}

/** What the overview knows of it, or what it says now: a Swarm service changes, a container may be newer. */
export function viewOf(seen: Seen, { views, reader }: Overview): View {
  const known = views.get(seen.id)
  return known !== undefined && isSame(known.seen, seen) ? known : view(seen, reader)
}

function view(seen: Seen, { operator, self }: Reader): View {
  const traefik = traefikView(seen)
  if (seen.id === self) return { seen, owner: SELF_OWNER, reading: SELF, hosts: [], traefik }
  const reading = readLabels(seen, operator)
  if (reading.apps.length === 0)
    return { seen, reading, hosts: readRouters(routersOf(seen.labels), operator).hosts, traefik }
  return { seen, owner: identify(seen).key, reading, hosts: reading.apps.flatMap(({ hosts }) => hosts), traefik }
}

function isSame(a: Seen, b: Seen): boolean {
  if (a.name !== b.name) return false
  if (a.labels === b.labels) return true
  const keys = Object.keys(a.labels)
  return keys.length === Object.keys(b.labels).length && keys.every((key) => b.labels[key] === a.labels[key])
}

/** A Traefik service that is another's, and whose. Traefik merges services of one name, whoever says it. */
export interface Trespass {
  readonly service: ServiceWord
  readonly owner: Owner
}

/** Where, if at all, this container would lead into what another protects, or be led into. */
export function trespass({ owner, traefik }: View, { owners }: Overview): Trespass | undefined {
  for (const service of [...traefik.services, ...traefik.leadsTo]) {
    const other = owners.get(service.name)?.find((one) => one.owner !== owner)
    if (other !== undefined) return { service, owner: other }
  }
  return undefined
}

/** Where a container that nobody is asked about serves the host of a protected one, and is sent its cookies. */
export function sharedHost(
  { owner, hosts, traefik }: View,
  all: Overview,
): { host: string; container: string } | undefined {
  if (owner !== undefined || traefik.routers.length === 0) return undefined
  for (const host of hosts) {
    const container = all.hosts.get(host) ?? all.hosts.get(host.replace(/^[^.]+/, '*'))
    if (container !== undefined) return { host, container }
  }
  return undefined
}
