/** From rules that are asked in turn to one verdict for each path and method, as labels judge: the longest path wins. */
import { METHODS, type Method } from '../../labels/spec.ts'
import { fold, isUnder } from '../../syntax/path.ts'
import type { Notes, Ref } from './notes.ts'
import type { Paths, Pattern } from './paths.ts'
import { type Clause, first, meet, NOBODY, same, type Verdict } from './verdict.ts'

/** One of somebody's rules, as far as it is about a certain host. */
export interface SourceRule extends Clause {
  readonly ref: Ref
  readonly paths: Paths
  /** Undefined: every method. */
  readonly methods?: readonly Method[]
  /** It asks something besides that cannot be told beforehand: it may hold, or not. */
  readonly uncertain?: string
}

/** Rules of one host. */
export interface Rules {
  /** `first`: the first that matches. `any`: whichever, where several match. */
  readonly order: 'first' | 'any'
  readonly rules: readonly SourceRule[]
  /** Where none matches. */
  readonly otherwise: Verdict
}

export type ByMethod = ReadonlyMap<Method, Verdict>

export interface Zone extends Pattern {
  readonly verdicts: ByMethod
}

/** The app's own path first, then others below it: what lies below none of them is its. */
export function zonesOf(rules: Rules, path: string, notes: Notes): readonly Zone[] {
  const nodes = nodesOf(rules, path)
  const zones = nodes.map((node): Zone => ({ ...node, verdicts: verdictsAt(rules, node, notes) }))
  const trees = zones.filter(({ subtree }) => subtree)
  if (new Set(trees.map((zone) => fold(zone.path))).size === trees.length) return zones
  for (const { ref } of rules.rules)
    notes.left(
      ref,
      'its paths differ from those of another rule in the case of letters alone, so the strictest holds everywhere',
    )
  return [{ path, subtree: true, verdicts: strictest(zones) }]
}

function nodesOf({ rules }: Rules, path: string): readonly Pattern[] {
  const known = new Map<string, Pattern>([[`${path} true`, { path, subtree: true }]])
  for (const { paths } of rules)
    for (const pattern of [...paths.under, ...paths.over])
      if (isUnder(path, pattern.path) && (pattern.path !== '/' || path === '/'))
        known.set(`${pattern.path} ${pattern.subtree}`, pattern)
  return [...known.values()].toSorted((a, b) => a.path.length - b.path.length)
}

function strictest(zones: readonly Zone[]): ByMethod {
  return new Map(
    METHODS.map((method) => [
      method,
      zones.reduce<Verdict>((all, zone) => meet(all, zone.verdicts.get(method) ?? NOBODY), { kind: 'everybody' }),
    ]),
  )
}

function verdictsAt(rules: Rules, node: Pattern, notes: Notes): ByMethod {
  return new Map(METHODS.map((method) => [method, verdictAt(rules, { node, method }, notes)]))
}

interface Cell {
  readonly node: Pattern
  readonly method: Method
}

function verdictAt({ order, rules, otherwise }: Rules, cell: Cell, notes: Notes): Verdict {
  const matching = rules.flatMap((rule) => {
    const how = matches(rule, cell)
    return how === 'never' ? [] : [{ rule, how }]
  })
  if (order === 'any') return whichever(matching, otherwise, notes)
  return matching.reduceRight<Verdict>((rest, { rule, how }) => {
    const { verdict, exact } = first(rule, rest)
    if (!exact)
      notes.left(rule.ref, 'what it says together with the rules after it has no words here: less is let through')
    return how === 'always' ? verdict : perhaps(rule, { verdict, rest }, notes)
  }, otherwise)
}

type Matching = { readonly rule: SourceRule; readonly how: 'always' | 'maybe' }

function whichever(matching: readonly Matching[], otherwise: Verdict, notes: Notes): Verdict {
  const sure = matching.filter(({ how }) => how === 'always')
  const [one, ...more] = sure
  if (one === undefined)
    return matching.reduce((rest, { rule }) => perhaps(rule, { verdict: rule.verdict, rest }, notes), otherwise)
  const verdict = [...more, ...matching.filter(({ how }) => how === 'maybe')].reduce((all, { rule }) => {
    const both = meet(all, rule.verdict)
    if (!same(all, rule.verdict))
      notes.left(
        rule.ref,
        'another rule matches the same requests, and which one holds is chance there: the stricter does here',
      )
    return both
  }, one.rule.verdict)
  return verdict
}

function perhaps(
  { ref, uncertain, paths }: SourceRule,
  { verdict, rest }: { verdict: Verdict; rest: Verdict },
  notes: Notes,
): Verdict {
  if (same(verdict, rest)) return rest
  notes.left(ref, `${uncertain ?? paths.hint ?? 'may match or not'}: the stricter holds`)
  return meet(verdict, rest)
}

function matches({ paths, methods, uncertain }: SourceRule, { node, method }: Cell): 'always' | 'maybe' | 'never' {
  if (methods !== undefined && !methods.includes(method)) return 'never'
  if (!paths.over.some((pattern) => covers(pattern, node))) return 'never'
  return uncertain === undefined && paths.under.some((pattern) => covers(pattern, node)) ? 'always' : 'maybe'
}

/** Patterns that lie below the node are nodes of their own. */
function covers(pattern: Pattern, node: Pattern): boolean {
  return pattern.subtree ? isUnder(pattern.path, node.path) : !node.subtree && pattern.path === node.path
}
