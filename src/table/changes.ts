import type { Problem } from '../labels/problem.ts'
import type { AppSpec, Policy } from '../labels/spec.ts'
import { claimsOn } from './lookup.ts'
import type { App, Table } from './table.ts'

/** What a table says otherwise than the one before it. Replicas that come and go are no change. */
export interface TableChanges {
  readonly apps: readonly AppChange[]
  readonly conflicts: readonly ConflictChange[]
  readonly appeared: readonly Problem[]
  readonly mended: readonly Problem[]
}

/** `before` and `after` as `policyWords` has them; undefined where the app was not, or is no more. */
export interface AppChange {
  /** The app's `spec.key`. */
  readonly app: string
  readonly before: readonly string[] | undefined
  readonly after: readonly string[] | undefined
}

/** One host and path that two apps claim, or no longer do. */
export interface ConflictChange {
  readonly host: string
  readonly path: string
  /** Keys of the apps that claim it, or did. */
  readonly apps: readonly string[]
  readonly ended: boolean
}

/**
 * Tables of one `TableBuilder` share what did not change between them, so all but a few apps are passed over by one
 * comparison of references. Tables of two builders give the same, more slowly.
 */
export function tableChanges(before: Table, after: Table): TableChanges {
  const touched = touchedApps(before, after)
  const hosts = new Set(touched.flatMap(([old, now]) => [...(old?.spec.hosts ?? []), ...(now?.spec.hosts ?? [])]))
  const disputed = [...hosts].filter((host) => before.contested.has(host) || after.contested.has(host))
  return {
    apps: touched.flatMap(([old, now]) => appChange(old?.spec, now?.spec) ?? []),
    conflicts: disputed.toSorted().flatMap((host) => conflictChanges(host, before, after)),
    appeared: missingFrom(before.problems, after.problems),
    mended: missingFrom(after.problems, before.problems),
  }
}

/** Where an app is reached and who may, for a person: labels as they were written, or the default that stands in. */
export function policyWords({ hosts, path, policy, rules, broken }: AppSpec): readonly string[] {
  const places = hosts.map((host) => `${host}${path}`)
  if (broken) return [...places, 'denied to everybody, since a label is wrong']
  const narrower = rules.flatMap((rule) => {
    const methods = rule.methods === undefined ? '' : `${rule.methods.join('|')} `
    return partsOf(rule.policy).map((words) => `rule ${rule.name} (${methods}${rule.path}): ${words}`)
  })
  return [...places, ...partsOf(policy), ...narrower]
}

function partsOf({ words }: Policy): string[] {
  return Object.entries(words).map(([part, text]) => (text.includes('=') ? text : `${part}: ${text}`))
}

type Pair = readonly [before: App | undefined, after: App | undefined]

// Both are in the same order, so that walking them side by side spares a look-up for each app that is still the same.
function touchedApps(before: Table, after: Table): readonly Pair[] {
  const touched: Pair[] = []
  const olds = before.apps.values()
  let kept = 0
  let old = olds.next().value
  for (const [key, app] of after.apps) {
    if (old !== app) {
      const known = before.apps.get(key)
      if (known !== app) touched.push([known, app])
      if (known === undefined) continue
      while (old !== undefined && old !== known) old = olds.next().value
    }
    kept += 1
    old = olds.next().value
  }
  if (kept === before.apps.size) return touched
  for (const [key, app] of before.apps) if (!after.apps.has(key)) touched.push([app, undefined])
  return touched
}

function appChange(before: AppSpec | undefined, after: AppSpec | undefined): AppChange | undefined {
  if (before === after) return undefined
  const change = {
    app: (after ?? before)?.key ?? '',
    before: before && policyWords(before),
    after: after && policyWords(after),
  }
  return change.before?.join('\n') === change.after?.join('\n') ? undefined : change
}

function conflictChanges(host: string, before: Table, after: Table): readonly ConflictChange[] {
  const [old, now] = [conflictsAt(before, host), conflictsAt(after, host)]
  const change = (ended: boolean, from: typeof now, path: string) => ({ host, path, apps: from.get(path) ?? [], ended })
  return [
    ...[...now.keys()].filter((path) => !old.has(path)).map((path) => change(false, now, path)),
    ...[...old.keys()].filter((path) => !now.has(path)).map((path) => change(true, old, path)),
  ]
}

/** Keys of those who claim each path that more than one claims. */
function conflictsAt(table: Table, host: string): ReadonlyMap<string, readonly string[]> {
  const byPath = Map.groupBy(
    claimsOn(table, host).filter(({ conflict }) => conflict),
    ({ path }) => path,
  )
  return new Map([...byPath].map(([path, claims]) => [path, claims.map(({ app }) => app.spec.key)]))
}

/** Those of `list` that say something none of `others` says. A container that is made again has its problems again. */
function missingFrom(others: readonly Problem[], list: readonly Problem[]): readonly Problem[] {
  if (list === others) return []
  const same = new Set(others)
  const unknown = list.filter((problem) => !same.has(problem))
  if (unknown.length === 0) return unknown
  const said = new Set(others.map(textOf))
  return unknown.filter((problem) => !said.has(textOf(problem)))
}

function textOf({ severity, container, key, value, reason }: Problem): string {
  return JSON.stringify([severity, container, key, value, reason])
}
