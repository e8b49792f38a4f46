/**
 * What becomes of a request by somebody else's rules, in the words of labels. Everything here errs to one side: where two
 * rules cannot be said together, what is said lets through nobody whom the rules would not.
 */

/** Some people, or with an empty `allow` nobody. */
export interface People {
  readonly kind: 'people'
  /** Subjects as a label says them; `signed-in` stands alone. */
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  readonly mfa: boolean
  /** Where they have to come from; undefined: anywhere. */
  readonly networks?: readonly string[]
  /** Where everybody may come from. */
  readonly publicFrom: readonly string[]
}
export type Verdict = { readonly kind: 'everybody' } | People

const SIGNED_IN = 'signed-in'
export const EVERYBODY: Verdict = { kind: 'everybody' }
export const NOBODY: People = people([])

export function people(allow: readonly string[], more: Partial<Omit<People, 'kind' | 'allow'>> = {}): People {
  return { kind: 'people', allow: widest(allow), deny: [], mfa: false, publicFrom: [], ...more }
}

export const signedIn = (mfa = false): People => people([SIGNED_IN], { mfa })

/** A verdict, and whether it is just what was meant rather than less. */
export interface Outcome {
  readonly verdict: Verdict
  readonly exact: boolean
}

/** To whom, and from where, a rule speaks; what it says. */
export interface Clause {
  readonly verdict: Verdict
  /** Any of these networks; undefined: from anywhere. */
  readonly networks?: readonly string[]
  /** Any of these; undefined: whoever it is. */
  readonly subjects?: readonly string[]
}

/** Those whom both let through. */
export function meet(a: Verdict, b: Verdict): Verdict {
  if (a.kind === 'everybody') return b
  if (b.kind === 'everybody') return a
  const networks = narrower(a.networks, b.networks)
  const allow = a.allow.includes(SIGNED_IN) ? b.allow : b.allow.includes(SIGNED_IN) ? a.allow : common(a.allow, b.allow)
  return people(networks?.length === 0 ? [] : allow, {
    deny: union(a.deny, b.deny),
    mfa: a.mfa || b.mfa,
    publicFrom: common(a.publicFrom, b.publicFrom),
    ...(networks !== undefined && networks.length > 0 && { networks }),
  })
}

export function same(a: Verdict, b: Verdict): boolean {
  return canonical(a) === canonical(b)
}

/** What holds where `clause` is asked first, and `rest` for whom it does not speak of. */
export function first(clause: Clause, rest: Verdict): Outcome {
  const { verdict, networks, subjects } = clause
  const inside = subjects === undefined ? { verdict, exact: true } : bySubject(verdict, subjects, rest)
  if (networks === undefined) return inside
  const all = byNetwork(inside.verdict, networks, rest)
  return { verdict: all.verdict, exact: inside.exact && all.exact }
}

/**
 * Somebody who is not known yet is asked to sign in where a rule may concern them, so what would be open to everybody
 * behind it is not.
 */
function bySubject(verdict: Verdict, subjects: readonly string[], rest: Verdict): Outcome {
  if (verdict.kind === 'everybody') return { verdict: rest, exact: false }
  const behind = rest.kind === 'everybody' ? signedIn() : rest
  const shut = { ...behind, publicFrom: [] }
  const exact = behind.publicFrom.length === 0
  if (verdict.allow.length === 0) return { verdict: { ...shut, deny: union(behind.deny, subjects) }, exact }
  if (subjects.length === 0) return { verdict: meet(verdict, shut), exact: false }
  if (behind.allow.length === 0) return { verdict: people(subjects, { mfa: verdict.mfa }), exact }
  return {
    verdict: { ...shut, allow: widest([...subjects, ...behind.allow]), mfa: verdict.mfa || behind.mfa },
    exact: exact && verdict.mfa === behind.mfa && behind.deny.length === 0 && behind.networks === undefined,
  }
}

function byNetwork(inside: Verdict, networks: readonly string[], outside: Verdict): Outcome {
  if (same(inside, outside)) return { verdict: outside, exact: true }
  if (outside.kind === 'everybody') return { verdict: meet(inside, outside), exact: false }
  if (inside.kind === 'everybody')
    return { verdict: { ...outside, publicFrom: union(outside.publicFrom, networks) }, exact: true }
  if (same(outside, NOBODY) && inside.networks === undefined && inside.publicFrom.length === 0)
    return { verdict: { ...inside, networks: union([], networks) }, exact: true }
  return { verdict: meet(inside, outside), exact: false }
}

function narrower(a: readonly string[] | undefined, b: readonly string[] | undefined): readonly string[] | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return common(a, b)
}

function common(a: readonly string[], b: readonly string[]): readonly string[] {
  return a.filter((item) => b.includes(item))
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])]
}

function widest(allow: readonly string[]): readonly string[] {
  return allow.includes(SIGNED_IN) ? [SIGNED_IN] : union([], allow)
}

function canonical(verdict: Verdict): string {
  if (verdict.kind === 'everybody') return 'everybody'
  const { allow, deny, mfa, networks, publicFrom } = verdict
  const nobody = allow.length === 0
  return JSON.stringify([
    allow.toSorted(),
    nobody ? [] : deny.toSorted(),
    !nobody && mfa,
    nobody ? undefined : networks?.toSorted(),
    publicFrom.toSorted(),
  ])
}
