import type { HeaderSpec } from '../../labels/spec.ts'
import { familyPatterns } from '../../syntax/header-family.ts'
import { ASSERTION } from '../../table/header-names.ts'
import type { Table } from '../../table/table.ts'

// What apps trust out of the box, whatever the operator's own names are.
const USUAL = ['Remote-User', 'Remote-Email', 'Remote-Name', 'Remote-Groups', ASSERTION]
// 3 to the power of 5 spellings: longer names than any in use would otherwise make lists without end.
const MOST_DASHES = 5

/**
 * Every header by which any app is told who asks, sorted. All of them are taken from every request before it reaches
 * an app, so that nobody can bring their own: an app may well trust a header that was meant for its neighbour.
 */
export function identityHeaders(table: Table, defaults: readonly HeaderSpec[]): string[] {
  const names = new Set(USUAL)
  // most apps have the operator's list itself: look at it once
  let last: readonly HeaderSpec[] | undefined
  const add = (list: readonly HeaderSpec[]): void => {
    if (list !== last) for (const header of list) names.add(header.name)
    last = list
  }
  add(defaults)
  for (const app of table.apps.values()) add(app.spec.headers)
  return [...names].toSorted()
}

// What else may stand in a header's name (RFC 9110 section 5.6.2) and is read as an underscore by somebody.
const SIGNS = "!#$%&'*+.^_`|~".split('')

/**
 * Other spellings that CGI, WSGI, PHP and the like take for the same header (CVE-2026-54763, CVE-2026-88011):
 * `Remote_User`, `Remote.User` … Case is no matter: Traefik compares names without it.
 */
export function aliases(names: readonly string[]): string[] {
  const found = new Set(names.flatMap((name) => [...mixed(name), ...SIGNS.map((sign) => name.replaceAll('-', sign))]))
  return [...found].filter((spelling) => !names.includes(spelling)).toSorted()
}

/** Each dash a dash, an underscore or a dot: what is in use, in every combination. */
function mixed(name: string): string[] {
  const [first = '', ...rest] = name.split('-')
  if (rest.length > MOST_DASHES) return []
  return rest.reduce((all, part) => all.flatMap((start) => ['-', '_', '.'].map((sign) => start + sign + part)), [first])
}

/**
 * Go's regular expression for the same names with whichever sign stands in place of each dash; Traefik deletes from a
 * request every header that it matches.
 * @param names tokens (RFC 9110 section 5.6.2)
 * @param families beginnings of further ones
 */
export function aliasPattern(names: readonly string[], families: readonly string[] = []): string {
  const exact = names.map((name) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '[^a-z0-9]'))
  const patterns = [...exact, ...familyPatterns(families).map((pattern) => `${pattern}.*`)]
  return `(?i)^(?:${[...new Set(patterns)].toSorted().join('|')})$`
}
