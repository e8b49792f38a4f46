/** Makes policies of what labels say, with every default applied. */
import type { Draft, Entry } from './draft.ts'
import type { KeyName } from './key.ts'
import type { Operator } from './operator.ts'
import { fault } from './parsed.ts'
import type { LabelFault } from './place.ts'
import type { Policy, PolicyPart } from './spec.ts'

/** One for all that say nothing: a request of any app finds it in the processor's cache. */
export const NOTHING: readonly never[] = []

/** Nobody: what a broken app has. */
export const LOCKED: Policy = { allow: [], deny: [], require: [], public: [], accept: [], words: {} }

const DEFAULT_ALLOW = 'default (LABELGATE_DEFAULT_ALLOW)'
// What would widen a named policy, or leave it unclear which of the two holds.
const WIDENING = ['allow', 'public', 'public-from', 'accept', 'bearer', 'login'] as const satisfies readonly KeyName[]

export function appPolicy({ values }: Draft, operator: Operator): Policy {
  if (values.policy !== undefined) return narrowed(values.policy, values)
  return {
    allow: values.allow?.value ?? operator.defaultAllow,
    deny: values.deny?.value ?? NOTHING,
    require: values.require?.value ?? NOTHING,
    accept: values.accept?.value ?? operator.defaultAccept,
    ...offered(values),
    ...openings(values),
    words: words({
      ...saidBy(values),
      allow: values.allow?.words ?? DEFAULT_ALLOW,
      accept: values.accept?.words ?? 'default',
    }),
  }
}

/**
 * A rule has its app's `allow`, `require`, `accept`, `bearer` and `login` where it does not say its own, and always its app's `deny`. It
 * never inherits what is public: a rule protects unless it says otherwise itself. Below a named policy its `require` is
 * added to the app's, not put in its place.
 */
export function rulePolicy({ values }: Draft, app: Draft, appPolicy: Policy): Policy {
  if (values.policy !== undefined) {
    const own = narrowed(values.policy, values)
    return { ...own, deny: [...appPolicy.deny, ...own.deny], words: joint(own.words, 'deny', appPolicy.words.deny) }
  }
  const adds = app.values.policy !== undefined || values.require === undefined
  const { allow, accept, bearer, login, require, deny, policy } = appPolicy.words
  const own = words({
    ...saidBy(values),
    allow: values.allow?.words ?? allow,
    accept: values.accept?.words ?? accept,
    bearer: values.bearer?.words ?? bearer,
    login: values.login?.words ?? login,
    policy,
  })
  return {
    allow: values.allow?.value ?? appPolicy.allow,
    deny: [...appPolicy.deny, ...(values.deny?.value ?? [])],
    require: [...(adds ? appPolicy.require : []), ...(values.require?.value ?? [])],
    accept: values.accept?.value ?? appPolicy.accept,
    ...offered(values, appPolicy),
    ...openings(values),
    words: joint(adds ? joint(own, 'require', require) : own, 'deny', deny),
  }
}

/**
 * Keys that may not stand beside a named policy: the draft's own, or that of the app a rule belongs to. `login` may,
 * where the policy leaves it open: it lets nobody in.
 */
export function widenings({ values }: Draft, app?: Draft): readonly LabelFault[] {
  const named = values.policy ?? app?.values.policy
  if (named === undefined) return []
  // a rule below it says its own words: whatever they are, they let in fewer
  if (named.value.identify === true) return values.policy === undefined ? [] : narrowings(values)
  return WIDENING.flatMap((key) => {
    const label = values[key]?.label
    if (key === 'login' && named.value.login === undefined) return []
    const reason = `cannot stand with ${named.words}, which only deny and require may narrow`
    return label === undefined ? [] : [{ label, fault: fault(reason, 'take one of the two away') }]
  })
}

/** Nothing narrows what refuses nobody: the app would be told less than the label says, and nobody would know. */
function narrowings(values: Draft['values']): readonly LabelFault[] {
  return [...WIDENING, 'deny' as const, 'require' as const].flatMap((key) => {
    const label = values[key]?.label
    const mend = 'take it away, or let a rule with another policy refuse'
    return label === undefined
      ? []
      : [{ label, fault: fault('cannot stand with policy=identify, which refuses nobody', mend) }]
  })
}

function narrowed(named: Entry<Policy>, values: Draft['values']): Policy {
  const base = named.value
  const own = words({ ...base.words, login: values.login?.words ?? base.words.login, policy: named.words })
  return {
    ...base,
    ...offered(values, base),
    deny: [...base.deny, ...(values.deny?.value ?? [])],
    require: [...base.require, ...(values.require?.value ?? [])],
    words: joint(joint(own, 'deny', undefined, values.deny?.words), 'require', undefined, values.require?.words),
  }
}

/** A key that says whose tokens are taken where no token is. */
export function idle({ values }: Draft, { accept }: Policy): readonly LabelFault[] {
  if (values.bearer === undefined || values.policy !== undefined || accept.includes('bearer')) return []
  return [{ label: values.bearer.label, fault: fault('has no use without accept=bearer', 'add it, or take this away') }]
}

function offered(values: Draft['values'], above?: Policy): Pick<Policy, 'bearer' | 'login'> {
  const bearer = values.bearer?.value ?? above?.bearer
  const login = values.login?.value ?? above?.login
  return { ...(bearer !== undefined && { bearer }), ...(login !== undefined && { login }) }
}

function openings(values: Draft['values']): Pick<Policy, 'public' | 'publicFrom'> {
  const from = values['public-from']?.value
  return { public: values.public?.value ?? NOTHING, ...(from === undefined ? {} : { publicFrom: from }) }
}

type Words = Partial<Record<PolicyPart, string>>
type MaybeWords = { readonly [P in PolicyPart]?: string | undefined }

function saidBy(values: Draft['values']): MaybeWords {
  return {
    deny: values.deny?.words,
    require: values.require?.words,
    bearer: values.bearer?.words,
    login: values.login?.words,
    public: values.public?.words,
    'public-from': values['public-from']?.words,
  }
}

function words(said: MaybeWords): Words {
  const known: Words = {}
  for (const [part, text] of Object.entries(said) as [PolicyPart, string | undefined][])
    if (text !== undefined) known[part] = text
  return known
}

/** Several sources of one part: all are named. */
function joint(own: Words, part: PolicyPart, before: string | undefined, after?: string): Words {
  const all = [before, own[part], after].filter((text) => text !== undefined)
  return all.length === 0 ? own : { ...own, [part]: all.join('; ') }
}
