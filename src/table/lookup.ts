import { isUnder, type CanonicalPath } from '../syntax/path.ts'
import type { Claim, Table } from './table.ts'

/** Who has this host and path: an exact host before a wildcard, then the longest path. Two map look-ups. */
export function lookup(table: Table, host: string, path: CanonicalPath): Claim | undefined {
  const exact = table.hosts.get(host)
  const claim = exact === undefined ? undefined : covering(exact, path.text)
  if (claim !== undefined || table.wildcards.size === 0) return claim
  const wildcard = table.wildcards.get(parentOf(host))
  return wildcard === undefined ? undefined : covering(wildcard, path.text)
}

/** Everybody who has some path of this host. */
export function claimsAt(table: Table, host: string): readonly Claim[] {
  return [...(table.hosts.get(host) ?? []), ...(table.wildcards.get(parentOf(host)) ?? [])]
}

/** Everybody who claims exactly this host, spelled as labels do: `*.` and all. */
export function claimsOn(table: Table, host: string): readonly Claim[] {
  return (host.startsWith('*.') ? table.wildcards.get(host.slice(2)) : table.hosts.get(host)) ?? []
}

/** Is any app at this host, whatever the path? */
export function hasHost(table: Table, host: string): boolean {
  return table.hosts.has(host) || table.wildcards.has(parentOf(host))
}

/** A wildcard covers exactly one label. A host without a dot has no parent. */
function parentOf(host: string): string {
  const dot = host.indexOf('.')
  return dot < 1 ? '' : host.slice(dot + 1)
}

// The path as the proxy routes it, case and all: another app's prefix in capitals is not that app.
function covering(claims: readonly Claim[], path: string): Claim | undefined {
  for (const claim of claims) if (isUnder(claim.path, path)) return claim
  return undefined
}
