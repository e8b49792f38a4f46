/** Which hosts, and which path prefix, a Traefik rule is about: exactly, or not at all. */
import { parsePath } from './paths.ts'
import { fault, type Fault } from './parsed.ts'
import type { RouterRule } from './traefik-rule.ts'
import { isFault } from './traefik-rule.ts'

/** One way of matching a rule: the parts that must all hold. */
export interface Term {
  /** As written; undefined: any host. */
  readonly host?: string
  /** PathPrefix and Path, as written. */
  readonly paths: readonly { readonly prefix: boolean; readonly text: string }[]
  /** Matchers that are about neither host nor path. */
  readonly others: readonly string[]
}

// A rule people write has a handful; `(a||b) && (c||d) && …` doubles with each pair.
const MAX_TERMS = 64

/** The rule as alternatives (disjunctive normal form), or why its hosts cannot be told. */
export function termsOf(rule: RouterRule): readonly Term[] | Fault {
  switch (rule.kind) {
    case 'or': {
      const left = termsOf(rule.left)
      const right = termsOf(rule.right)
      if (isFault(left)) return left
      return isFault(right) ? right : bounded([...left, ...right])
    }
    case 'and':
      return both(termsOf(rule.left), termsOf(rule.right))
    case 'not':
      return mentionsHost(rule.of)
        ? fault('excludes a host, so the hosts that are left cannot be told', 'list them in labelgate.host')
        : [{ paths: [], others: ['!'] }]
    case 'match':
      return matched(rule.matcher, rule.args[0] ?? '')
  }
}

/** Hosts that are named anywhere but under a `!`: claimed where the rule as a whole cannot be told. */
export function namedHosts(rule: RouterRule): readonly string[] {
  switch (rule.kind) {
    case 'or':
    case 'and':
      return [...namedHosts(rule.left), ...namedHosts(rule.right)]
    case 'not':
      return []
    case 'match':
      return rule.matcher === 'Host' ? rule.args : []
  }
}

function matched(matcher: string, text: string): readonly Term[] | Fault {
  switch (matcher) {
    case 'Host':
      return [{ host: text.toLowerCase().replace(/\.$/, ''), paths: [], others: [] }]
    case 'HostRegexp':
      return fault('has a HostRegexp, so its hosts cannot be told', 'list them in labelgate.host')
    case 'Path':
    case 'PathPrefix':
      return [{ paths: [{ prefix: matcher === 'PathPrefix', text }], others: [] }]
    default:
      return [{ paths: [], others: [matcher] }]
  }
}

function both(left: readonly Term[] | Fault, right: readonly Term[] | Fault): readonly Term[] | Fault {
  if (isFault(left)) return left
  if (isFault(right)) return right
  const terms: Term[] = []
  for (const a of left)
    for (const b of right) {
      if (a.host !== undefined && b.host !== undefined && a.host !== b.host)
        return fault(`asks for two hosts at once (${a.host} and ${b.host})`, 'write || between them')
      const host = a.host ?? b.host
      const rest = { paths: [...a.paths, ...b.paths], others: [...a.others, ...b.others] }
      terms.push(host === undefined ? rest : { host, ...rest })
      if (terms.length > MAX_TERMS) return bounded(terms)
    }
  return terms
}

function bounded(terms: readonly Term[]): readonly Term[] | Fault {
  return terms.length > MAX_TERMS ? fault('has too many alternatives', 'write labelgate.host') : terms
}

function mentionsHost(rule: RouterRule): boolean {
  switch (rule.kind) {
    case 'or':
    case 'and':
      return mentionsHost(rule.left) || mentionsHost(rule.right)
    case 'not':
      return mentionsHost(rule.of)
    case 'match':
      return rule.matcher === 'Host' || rule.matcher === 'HostRegexp'
  }
}

/** The path prefix of one host's terms, in our sense: it ends where a segment does. */
export interface Prefix {
  readonly path: string
  /**
   * `exact`: just what the terms match. `wider`: Traefik's rule matches more (`PathPrefix(/api)` takes `/apix`) or
   * less (`/api` itself is missing) at the edge. `partial`: the terms match only some of what lies below the path.
   */
  readonly fit: 'exact' | 'wider' | 'partial'
}

/** @param terms those of one host; at least one */
export function prefixOf(terms: readonly Term[]): Prefix {
  if (terms.some((term) => term.paths.length === 0 && term.others.length === 0)) return { path: '/', fit: 'exact' }
  const paths = terms.flatMap((term) => (term.others.length === 0 && term.paths.length === 1 ? term.paths : []))
  if (paths.length < terms.length) return { path: '/', fit: 'partial' }
  if (paths.some(({ prefix, text }) => prefix && text === '/')) return { path: '/', fit: 'exact' }
  const [path, ...more] = new Set(paths.map(({ text }) => parsePath(text).value))
  const prefixes = paths.filter(({ prefix }) => prefix)
  if (path === undefined || more.length > 0 || prefixes.length === 0) return { path: '/', fit: 'partial' }
  const whole = prefixes.every(({ text }) => text.endsWith('/')) && paths.some(({ prefix }) => !prefix)
  return { path, fit: whole ? 'exact' : 'wider' }
}
