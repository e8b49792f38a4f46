import { fold, isUnder } from '../syntax/path.ts'
import { type Draft, draftOf } from './draft.ts'
import type { Operator } from './operator.ts'
import { type Fault, fault } from './parsed.ts'
import type { LabelFault, Placed } from './place.ts'
import { idle, rulePolicy, widenings } from './policy.ts'
import type { Method, Policy, PublicPattern, Rule } from './spec.ts'

/** What the rules of one app come to. */
export interface Rules {
  readonly rules: readonly Rule[]
  readonly faults: readonly LabelFault[]
}

/** The app whose rules are read. */
export interface Around {
  readonly draft: Draft
  readonly policy: Policy
  readonly path: string
  readonly operator: Operator
}

export function readRules(labels: ReadonlyMap<string, readonly Placed[]>, around: Around): Rules {
  const rules: Rule[] = []
  const faults: LabelFault[] = []
  for (const [name, placed] of [...labels].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const draft = draftOf(placed, around.operator)
    const [rule, found] = readRule(name, draft, around)
    const [first] = placed
    faults.push(
      ...draft.faults,
      ...found.map((found) => (first === undefined ? found : { label: first.label, ...found })),
    )
    if (rule !== undefined) rules.push(rule)
  }
  return { rules, faults: [...faults, ...rivals(rules)] }
}

function readRule(name: string, draft: Draft, around: Around): [Rule | undefined, readonly LabelFault[]] {
  const { path, methods, public: patterns } = draft.values
  const faults = [...widenings(draft, around.draft), ...outside(patterns, path?.value ?? around.path)]
  if (path === undefined) {
    const said = draft.faults.some(({ label }) => label?.name.endsWith(`rules.${name}.path`))
    if (!said) faults.push({ fault: fault(`belongs to the rule ${name}, which has no path`, `add rules.${name}.path`) })
    return [undefined, faults]
  }
  if (!isUnder(fold(around.path), fold(path.value)))
    faults.push({ label: path.label, fault: fault(`is not below the app's own path ${around.path}`) })
  const policy = rulePolicy(draft, around.draft, around.policy)
  faults.push(...idle(draft, policy))
  const rule: Rule = {
    name,
    path: path.value,
    folded: fold(path.value),
    ...(methods === undefined ? {} : { methods: methods.value }),
    policy,
  }
  return [rule, faults]
}

/** Public patterns that could never match, since their path is another app's or another rule's. */
export function outside(patterns: Draft['values']['public'], path: string): readonly LabelFault[] {
  if (patterns === undefined) return []
  return patterns.value
    .filter((pattern) => !reaches(pattern, path))
    .map(({ path: own }) => ({
      label: patterns.label,
      fault: fault(`${own} is not below ${path}`, 'public paths are whole paths, as in the address'),
    }))
}

function reaches({ path: own, subtree }: PublicPattern, path: string): boolean {
  return isUnder(path, own) || (subtree && isUnder(own, path))
}

/** Two rules that would both be the narrowest for one request: neither is picked. */
function rivals(rules: readonly Rule[]): readonly LabelFault[] {
  const faults: Fault[] = []
  for (const [index, rule] of rules.entries())
    for (const other of rules.slice(index + 1))
      if (other.folded === rule.folded && overlap(rule.methods, other.methods))
        faults.push(
          fault(`the rules ${rule.name} and ${other.name} are both for ${rule.path}`, 'give them different methods'),
        )
  return faults.map((fault) => ({ fault }))
}

/** A rule that names methods is narrower than one that names none; `GET` is `HEAD` too (see authz/judge.ts). */
function overlap(a: readonly Method[] | undefined, b: readonly Method[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const covered = new Set(a.flatMap(withHead))
  return b.flatMap(withHead).some((method) => covered.has(method))
}

function withHead(method: Method): readonly Method[] {
  return method === 'GET' ? ['GET', 'HEAD'] : [method]
}
