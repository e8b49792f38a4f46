import type { Container } from '../docker/container.ts'
import type { Problem } from '../labels/problem.ts'
import { compare, excerpt } from '../labels/text.ts'
import { namedHosts, prefixOf, termsOf } from '../labels/traefik-area.ts'
import { routersOf, type Router } from '../labels/traefik-labels.ts'
import { isFault, parseRouterRule } from '../labels/traefik-rule.ts'
import { isUnder } from '../syntax/path.ts'
import type { Claim, Table } from './table.ts'

/** The routers that Traefik makes of a container's own labels. */
export interface Routed {
  readonly container: string
  /** Is there an app of ours in it? */
  readonly isApp: boolean
  /** It has `labelgate.enable`, and yet no app. */
  readonly optedOut: boolean
  readonly routers: readonly RoutedRouter[]
}

interface RoutedRouter {
  readonly key: string
  readonly value: string
  /** None: whatever the host, or one that is not known here. */
  readonly places: readonly Place[]
}

interface Place {
  readonly host: string
  /** What the rule says of it ends where a segment does. */
  readonly path: string
}

/** Undefined for a container of which Traefik makes none that its labels speak of. */
export function routedBy({ name, labels }: Container, isApp: boolean): Routed | undefined {
  const keys = Object.keys(labels).toSorted(compare)
  const enable = keys.find((key) => key.toLowerCase() === 'traefik.enable')
  const enabled = enable === undefined ? undefined : labels[enable]?.trim()
  // as Go's ParseBool takes it
  if (/^(?:0|f|false)$/i.test(enabled ?? '')) return undefined
  const routers = routersOf(labels).map(routed)
  // Traefik's own rule for a container whose labels have none
  if (routers.length === 0 && enable !== undefined && !isApp)
    routers.push({ key: enable, value: enabled ?? '', places: [] })
  if (routers.length === 0) return undefined
  const optedOut = !isApp && keys.some((key) => key.toLowerCase() === 'labelgate.enable')
  return { container: name, isApp, optedOut, routers }
}

function routed({ key, rule }: Router): RoutedRouter {
  const parsed = parseRouterRule(rule)
  if (isFault(parsed)) return { key, value: rule, places: [] }
  const terms = termsOf(parsed)
  const hosts = new Set(namedHosts(parsed).map((host) => host.toLowerCase().replace(/\.$/, '')))
  const places = [...hosts].toSorted(compare).map((host) => {
    const its = isFault(terms) ? [] : terms.filter((term) => term.host === host)
    return { host, path: its.length === 0 ? '/' : prefixOf(its).path }
  })
  return { key, value: rule, places }
}

/** Routers that our middleware stands before and that no app covers: who asks for them is denied. */
export function uncovered(all: Iterable<Routed>, table: Pick<Table, 'hosts' | 'wildcards'>): Problem[] {
  const problems: Problem[] = []
  for (const { container, isApp, optedOut, routers } of all) {
    for (const { key, value, places } of routers) {
      const denied = places.filter(({ host, path }) => !covers(table, host, path))
      // what an app's router is about where it cannot be told is for labelgate.host to say, and said there
      if (places.length === 0 ? isApp : denied.length === 0) continue
      const which =
        places.length === 0 ? 'hosts that no app has' : denied.map(({ host, path }) => host + path).join(', ')
      problems.push({
        severity: 'warning',
        container: excerpt(container),
        key: excerpt(key),
        value: excerpt(value),
        reason: excerpt(`is denied by the entry point, as no app has it: ${which}`, LONGEST),
        mend: isApp ? 'name the host in labelgate.host too' : optedOut ? OPTED_OUT : UNLABELLED,
      })
    }
  }
  return problems
}

const LONGEST = 400
const UNLABELLED = 'label it, for instance labelgate.allow=signed-in, or write all in LABELGATE_PROTECT'
const OPTED_OUT = 'take labelgate.enable=false away: what is open to everybody says labelgate.public=/**'

function covers({ hosts, wildcards }: Pick<Table, 'hosts' | 'wildcards'>, host: string, path: string): boolean {
  const has = (claims: readonly Claim[] | undefined) => claims?.some((claim) => isUnder(claim.path, path)) === true
  return has(hosts.get(host)) || has(wildcards.get(host.slice(host.indexOf('.') + 1)))
}
