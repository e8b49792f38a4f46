import type { HeaderSpec } from '../labels/spec.ts'
import type { Table } from './table.ts'

/** Carries a signed statement of who is there, for apps that ask for one. */
export const ASSERTION = 'X-Labelgate-Assertion'

const known = new WeakMap<Table, readonly string[]>()

/**
 * Every header in which some app of the table expects an identity, sorted. A client's own are taken out of each
 * request whatever the app, and each answer carries all of them: an app must never see one that we did not say.
 */
export function identityHeaderNames(table: Table): readonly string[] {
  let names = known.get(table)
  if (names === undefined) known.set(table, (names = collect(table)))
  return names
}

function collect(table: Table): readonly string[] {
  // most apps share the operator's defaults, one array
  const lists = new Set<readonly HeaderSpec[]>()
  for (const app of table.apps.values()) lists.add(app.spec.headers)
  const names = new Set<string>()
  for (const list of lists) for (const header of list) names.add(header.name)
  for (const app of table.apps.values()) {
    if (!app.spec.assertion) continue
    names.add(ASSERTION)
    break
  }
  const sorted = [...names].toSorted()
  // the same array for the same names, so that what is planned by it outlives a table
  if (sorted.join() !== latest.join()) latest = sorted
  return latest
}

let latest: readonly string[] = []
