import type { Operator } from './operator.ts'
import { fault, type Fault } from './parsed.ts'
import { compare } from './text.ts'
import { distinct, MAX_HOSTS, parseHost } from './hosts.ts'
import { namedHosts, prefixOf, type Term, termsOf } from './traefik-area.ts'
import { isFault, parseRouterRule } from './traefik-rule.ts'

/** A router that Traefik's own labels declare; what is not about its rule is left out. */
export interface Router {
  readonly name: string
  /** Key of the rule's label as written. */
  readonly key: string
  readonly rule: string
  /** `v2` is another grammar. */
  readonly syntax: string
}

/** A fault, and the label it is about. */
export interface RouterFault extends Fault {
  readonly key: string
  readonly value: string
}

/** What the routers of an app come to. */
export interface Routed {
  /** Sorted; as far as they can be told, where there are faults. */
  readonly hosts: readonly string[]
  readonly path: string
  readonly faults: readonly RouterFault[]
  readonly warnings: readonly RouterFault[]
}

const MAX_ROUTERS = 32

/** Routers by name. Traefik merges keys whatever their case, and so do we. */
export function routersOf(labels: Readonly<Record<string, string>>): readonly Router[] {
  const rules: Omit<Router, 'syntax'>[] = []
  const syntaxes = new Map<string, string>()
  for (const [key, value] of Object.entries(labels).toSorted(([a], [b]) => compare(a, b))) {
    const [root, http, routers, name, option, ...more] = key.toLowerCase().split('.', 7)
    if (root !== 'traefik' || http !== 'http' || routers !== 'routers' || name === undefined || more.length > 0)
      continue
    if (option === 'rule') rules.push({ name, key, rule: value })
    if (option === 'rulesyntax') syntaxes.set(name, value)
  }
  return rules.map((rule) => ({ ...rule, syntax: syntaxes.get(rule.name) ?? '' }))
}

/**
 * Hosts and path of an app that names no host itself. Where we write the route, what the rule says must be something
 * we can write: a part we would have to drop (`ClientIP`, `Method` …) would publish more than the rule did. Where Traefik
 * keeps its own rule, such a part narrows what Traefik sends us, and the whole host is claimed.
 *
 * A path prefix of ours ends at a segment boundary, Traefik's does not: `PathPrefix(/api)` also takes `/apix`. It is read
 * as `/api`. What Traefik sends beyond that is outside the app, and so refused by the app's own middleware; a wider
 * claim would judge by this app what Traefik sends to another.
 */
export function readRouters(routers: readonly Router[], operator: Operator): Routed {
  const faults: RouterFault[] = []
  const hosts: string[] = []
  const terms: Term[] = []
  for (const router of routers.slice(0, MAX_ROUTERS)) {
    const read = readRouter(router, operator)
    hosts.push(...read.hosts)
    terms.push(...read.terms)
    faults.push(...read.faults.map((fault) => at(router, fault)))
  }
  const [first] = routers
  if (first === undefined) return { hosts: [], path: '/', faults, warnings: [] }
  if (routers.length > MAX_ROUTERS) faults.push(at(first, fault(`is one of more than ${MAX_ROUTERS} routers`)))
  const claimed = distinct(hosts)
  if (claimed.length > MAX_HOSTS) faults.push(at(first, fault(`makes more than ${MAX_HOSTS} hosts`)))
  const { path, fit } = commonPrefix(terms)
  const warnings: RouterFault[] = []
  if (fit === 'partial' && operator.ownsRoutes) faults.push(at(first, NOT_WRITABLE))
  if (fit === 'wider' && !operator.ownsRoutes) warnings.push(at(first, edge(path)))
  return { hosts: claimed.slice(0, MAX_HOSTS), path, faults, warnings }
}

const NOT_WRITABLE = fault(
  'is more than hosts and one path prefix, so a route that says the same cannot be written',
  'say labelgate.host, and labelgate.path where it is not the whole host',
)

function edge(path: string): Fault {
  return fault(
    `also matches ${path}x in Traefik, which is outside this app's path and is not let through to it`,
    `write (Path('${path}') || PathPrefix('${path}/')) with backticks`,
  )
}

interface Read {
  readonly hosts: readonly string[]
  readonly terms: readonly Term[]
  readonly faults: readonly Fault[]
}

function readRouter(router: Router, operator: Operator): Read {
  if (!/^(?:v3)?$/i.test(router.syntax)) return unread([], fault('is in the old v2 syntax', 'write labelgate.host'))
  const rule = parseRouterRule(router.rule)
  if (isFault(rule)) return unread([], rule)
  const named = namedHosts(rule).map((host) => parseHost(host.replace(/\.$/, ''), operator))
  const hosts = named.flatMap((host) => host.value ?? [])
  const terms = termsOf(rule)
  if (isFault(terms)) return unread(hosts, terms)
  if (terms.some((term) => term.host === undefined))
    return unread(hosts, fault('matches whatever the host is', 'add Host(…) to it, or write labelgate.host'))
  return { hosts, terms, faults: named.flatMap((host) => host.faults) }
}

function unread(hosts: readonly string[], fault: Fault): Read {
  return { hosts, terms: [], faults: [fault] }
}

/** One path for all hosts: an app has one. */
function commonPrefix(terms: readonly Term[]): ReturnType<typeof prefixOf> {
  const [first, ...more] = [...Map.groupBy(terms, (term) => term.host).values()].map(prefixOf)
  if (first === undefined) return { path: '/', fit: 'exact' }
  if (more.some(({ path }) => path !== first.path)) return { path: '/', fit: 'partial' }
  const fits = new Set([first, ...more].map(({ fit }) => fit))
  return { path: first.path, fit: (['partial', 'wider'] as const).find((fit) => fits.has(fit)) ?? 'exact' }
}

function at(router: Router, { reason, mend }: Fault): RouterFault {
  return { ...fault(reason, mend), key: router.key, value: router.rule }
}
