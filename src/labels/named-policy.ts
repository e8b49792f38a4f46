import { draftOf } from './draft.ts'
import type { KeyName } from './key.ts'
import type { Operator } from './operator.ts'
import type { Fault } from './parsed.ts'
import { appPolicy, idle } from './policy.ts'
import type { Policy } from './spec.ts'

/** What a policy of the operator's file is made of: the words of labels. */
export const POLICY_KEYS = [
  'allow',
  'deny',
  'require',
  'public',
  'public-from',
  'accept',
  'bearer',
  'login',
] as const satisfies readonly KeyName[]

export interface NamedPolicy {
  readonly policy: Policy
  readonly faults: readonly { readonly key: string; readonly fault: Fault }[]
}

/**
 * A policy that labels may name, read by the parsers of the labels themselves. What labels may not say the operator may.
 * @param said values by key, as a label would write them
 */
export function namedPolicy(name: string, said: ReadonlyMap<string, string>, operator: Operator): NamedPolicy {
  const placed = POLICY_KEYS.flatMap((key) => {
    const value = said.get(key)
    return value === undefined ? [] : [{ label: { written: key, name: key, value }, key, parameter: '' }]
  })
  const mighty = { ...operator, publicLabels: true }
  const draft = draftOf(placed, mighty)
  const policy = appPolicy(draft, mighty)
  const words = Object.fromEntries([...said].map(([key, value]) => [key, `policy ${name}: ${key}=${value}`]))
  return {
    policy: { ...policy, words: { ...policy.words, ...words } },
    faults: [...draft.faults, ...idle(draft, policy)].map(({ label, fault }) => ({ key: label?.name ?? '', fault })),
  }
}
