import type { Identity } from '../identity/identity.ts'
import type { Policy, PolicyPart, Subject } from '../labels/spec.ts'
import type { LiveSession } from '../session/live.ts'
import { decide, possibleClaims, type Setting } from './decide.ts'
import type { CanonicalRequest, Decision, Judged } from './decision.ts'
import { everyPolicy, isPublic } from './judge.ts'
import { matches } from './subject.ts'

/** One line of an explanation: which words were looked at, and what they came to for this request. */
export interface Step {
  readonly part: 'app' | 'rule' | PolicyPart
  /** The label as it was written, or the default. */
  readonly words: string
  readonly outcome: string
}

export interface Explanation {
  readonly decision: Decision
  readonly steps: readonly Step[]
}

/** The same decision as a request gets, and the words that led to it, in the order in which they are asked. */
export function explain(setting: Setting, request: CanonicalRequest, session: LiveSession | undefined): Explanation {
  const decision = decide(setting, request, session)
  if (!('judged' in decision) || decision.judged === undefined) return { decision, steps: [] }
  const { judged } = decision
  const policies = request.path.ambiguous
    ? everyPolicy(possibleClaims(setting, judged.claim, request.host))
    : [judged.policy]
  return {
    decision,
    steps: [
      ...whose(judged, request),
      ...policies.flatMap((policy) => policySteps(policy, request, session?.identity)),
    ],
  }
}

function whose({ claim, rule }: Judged, request: CanonicalRequest): Step[] {
  const { spec, containers } = claim.app
  const ambiguous = request.path.ambiguous
    ? ', and since the path can be read in more than one way every policy it could come under must allow'
    : ''
  const steps: Step[] = [
    {
      part: 'app',
      words: `${spec.id} (${containers.join(', ')})`,
      outcome: `has ${claim.host}${claim.path}${ambiguous}`,
    },
  ]
  const found = spec.rules.find((candidate) => candidate.name === rule)
  if (found !== undefined) {
    steps.push({
      part: 'rule',
      words: `labelgate.rules.${found.name}.path=${found.path}`,
      outcome: 'is the narrowest that covers it',
    })
  }
  return steps
}

function policySteps(policy: Policy, request: CanonicalRequest, identity: Identity | undefined): Step[] {
  const who = identity?.user ?? 'nobody'
  const step = (part: PolicyPart, outcome: string): Step => ({ part, words: policy.words[part] ?? 'default', outcome })
  const steps: Step[] = []
  if (policy.public.length > 0) {
    const open = isPublic(policy.public, request.method, request.path)
    steps.push(step('public', open ? 'covers it: no sign-in is needed' : 'does not cover it'))
  }
  if (policy.publicFrom !== undefined) steps.push(step('public-from', 'decides by the client address'))
  if (policy.deny.length > 0) steps.push(step('deny', `${naming(policy.deny, identity) ?? 'does not name'} ${who}`))
  const allowed = naming(policy.allow, identity)
  steps.push(step('allow', allowed === undefined ? `does not name ${who}` : `${allowed} ${who}`))
  if (policy.require.length > 0) steps.push(step('require', policy.require.map((item) => item.kind).join(', ')))
  return steps
}

function naming(subjects: readonly Subject[], identity: Identity | undefined): string | undefined {
  return identity !== undefined && subjects.some((subject) => matches(subject, identity)) ? 'names' : undefined
}
