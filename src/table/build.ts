import type { Container, ContainerState } from '../docker/container.ts'
import type { Problem } from '../labels/problem.ts'
import type { Reading } from '../labels/spec.ts'
import { compare, groupKey, resolveGroup, type Group, type Member } from './group.ts'
import { claimsOf, type HostClaims } from './claims.ts'
import { exposureOf } from './exposure.ts'
import type { App, Table } from './table.ts'
import { routedBy, uncovered, type Routed } from './uncovered.ts'
import type { Networking } from './upstream.ts'

/** A container and what its labels say. */
export interface Entry {
  readonly container: Container
  readonly reading: Reading
}

// A stopped container claims nothing: its host is unknown, and so denied. A created one already claims.
const CLAIMING: ReadonlySet<ContainerState> = new Set(['created', 'running', 'paused', 'restarting'])

/** The table of these containers, from nothing. @param entryPoint as `TableBuilder` takes it */
export function build(entries: Iterable<Entry>, networking: Networking, entryPoint = false): Table {
  const builder = new TableBuilder(networking, entryPoint)
  for (const entry of entries) builder.set(entry.container.id, entry)
  return builder.table()
}

/**
 * Builds tables one after the other, doing again only what a change touches. Whatever the order of changes that led
 * to a set of containers, the table is the one `build` makes of that set.
 */
export class TableBuilder {
  readonly #networking: Networking
  readonly #entries = new Map<string, Entry>()
  readonly #members = new Map<string, Map<string, Member>>()
  readonly #groups = new Map<string, Group>()
  /** Keys of the groups, sorted, and the app of each. */
  readonly #order: string[] = []
  readonly #apps: App[] = []
  readonly #claimants = new Map<string, Set<string>>()
  readonly #claims = new Map<string, HostClaims>()
  readonly #contested = new Set<string>()
  readonly #problems = new Map<string, readonly Problem[]>()
  readonly #entryPoint: boolean
  readonly #routed = new Map<string, Routed>()
  readonly #dirtyGroups = new Set<string>()
  readonly #dirtyHosts = new Set<string>()

  /** @param entryPoint our middleware stands before all routers: those that no app covers are named as problems */
  constructor(networking: Networking, entryPoint = false) {
    this.#networking = networking
    this.#entryPoint = entryPoint
  }

  /** Puts a container in, in place of what was known of it; undefined takes it out. */
  set(id: string, entry: Entry | undefined): void {
    const before = this.#entries.get(id)
    if (before !== undefined) this.#leave(id, before)
    this.#problems.delete(`container ${id}`)
    this.#routed.delete(id)
    if (entry === undefined || !CLAIMING.has(entry.container.state)) return void this.#entries.delete(id)
    this.#entries.set(id, entry)
    this.#join(id, entry)
    const found = [...entry.reading.problems, ...exposureOf(entry.container, entry.reading)]
    if (found.length > 0) this.#problems.set(`container ${id}`, found)
    const routed = this.#entryPoint ? routedBy(entry.container, entry.reading.apps.length > 0) : undefined
    if (routed !== undefined) this.#routed.set(id, routed)
  }

  /** The table of what is in now. */
  table(): Table {
    for (const key of this.#dirtyGroups) this.#regroup(key)
    this.#dirtyGroups.clear()
    for (const host of this.#dirtyHosts) this.#reclaim(host)
    this.#dirtyHosts.clear()
    const said = { found: [...this.#problems.values()], routed: [...this.#routed.values()] }
    return freeze(this.#apps, this.#claims, { ...said, contested: new Set(this.#contested) })
  }

  #leave(id: string, entry: Entry): void {
    for (const spec of entry.reading.apps) {
      const key = groupKey(spec)
      this.#members.get(key)?.delete(id + spec.key)
      this.#dirtyGroups.add(key)
    }
  }

  #join(id: string, entry: Entry): void {
    for (const spec of entry.reading.apps) {
      const key = groupKey(spec)
      let members = this.#members.get(key)
      if (members === undefined) this.#members.set(key, (members = new Map()))
      members.set(id + spec.key, { container: entry.container, spec })
      this.#dirtyGroups.add(key)
    }
  }

  #regroup(key: string): void {
    for (const host of this.#groups.get(key)?.app.spec.hosts ?? []) this.#unclaim(host, key)
    const members = [...(this.#members.get(key)?.values() ?? [])]
    if (members.length === 0) return this.#forget(key)
    const known = this.#groups.has(key)
    const group = resolveGroup(members, this.#networking)
    this.#groups.set(key, group)
    const at = position(this.#order, key)
    this.#order.splice(at, known ? 1 : 0, key)
    this.#apps.splice(at, known ? 1 : 0, group.app)
    for (const host of group.app.spec.hosts) this.#claim(host, key)
    this.#note(`group ${key}`, group.problems)
  }

  #forget(key: string): void {
    this.#members.delete(key)
    this.#problems.delete(`group ${key}`)
    if (!this.#groups.delete(key)) return
    const at = position(this.#order, key)
    this.#order.splice(at, 1)
    this.#apps.splice(at, 1)
  }

  #claim(host: string, key: string): void {
    let claimants = this.#claimants.get(host)
    if (claimants === undefined) this.#claimants.set(host, (claimants = new Set()))
    claimants.add(key)
    this.#dirtyHosts.add(host)
  }

  #unclaim(host: string, key: string): void {
    this.#claimants.get(host)?.delete(key)
    this.#dirtyHosts.add(host)
  }

  #reclaim(host: string): void {
    const keys = [...(this.#claimants.get(host) ?? [])].toSorted(compare)
    const apps = keys.flatMap((key) => this.#groups.get(key)?.app ?? [])
    if (apps.length === 0) {
      this.#claimants.delete(host)
      this.#claims.delete(host)
      this.#contested.delete(host)
      return void this.#problems.delete(`host ${host}`)
    }
    const claims = claimsOf(host, apps)
    this.#claims.set(host, claims)
    if (claims.claims.some(({ conflict }) => conflict)) this.#contested.add(host)
    else this.#contested.delete(host)
    this.#note(`host ${host}`, claims.problems)
  }

  #note(subject: string, problems: readonly Problem[]): void {
    if (problems.length > 0) this.#problems.set(subject, problems)
    else this.#problems.delete(subject)
  }
}

/** Where the key stands, or would stand, in the sorted list. */
function position(order: readonly string[], key: string): number {
  let low = 0
  let high = order.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(order[middle] ?? '', key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

interface Said extends Pick<Table, 'contested'> {
  readonly found: readonly (readonly Problem[])[]
  readonly routed: readonly Routed[]
}

function freeze(
  sorted: readonly App[],
  claims: ReadonlyMap<string, HostClaims>,
  { contested, found, routed }: Said,
): Table {
  const apps = new Map<string, App>()
  for (const app of sorted) apps.set(app.spec.key, app)
  const hosts = new Map<string, HostClaims['claims']>()
  const wildcards = new Map<string, HostClaims['claims']>()
  for (const [host, claim] of claims) {
    if (host.startsWith('*.')) wildcards.set(host.slice(2), claim.claims)
    else hosts.set(host, claim.claims)
  }
  let problems: readonly Problem[] | undefined
  return {
    apps,
    hosts,
    wildcards,
    contested,
    // sorted when somebody looks, which no request does
    get problems() {
      return (problems ??= [...found.flat(), ...uncovered(routed, { hosts, wildcards })].toSorted(byPlace))
    },
  }
}

function byPlace(a: Problem, b: Problem): number {
  return (
    compare(a.container, b.container) ||
    compare(a.key ?? '', b.key ?? '') ||
    compare(a.reason, b.reason) ||
    compare(a.value ?? '', b.value ?? '')
  )
}
