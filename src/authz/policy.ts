import type { Policy, Requirement } from '../labels/spec.ts'
import type { LiveSession } from '../session/live.ts'
import { inNetworks } from '../syntax/networks.ts'
import type { Reason } from './decision.ts'
import { matches } from './subject.ts'

/** What a signed-in person's request is judged by, besides the policy. */
export interface Circumstances {
  readonly session: LiveSession
  readonly address: string
  readonly now: number
}

/**
 * What stands against it, or `allowed`. `deny` comes before everything else; what another sign-in would mend comes last,
 * since nobody is to type a password in vain.
 */
export function evaluate(policy: Policy, circumstances: Circumstances): Reason {
  const { identity, credential } = circumstances.session
  if (policy.deny.some((subject) => matches(subject, identity))) return 'denied'
  if (!policy.accept.includes(credential)) return 'credential-not-accepted'
  if (!policy.allow.some((subject) => matches(subject, identity))) return 'not-allowed'
  let mendable: Reason | undefined
  for (const requirement of policy.require) {
    const reason = unmet(requirement, circumstances)
    if (reason === 'not-fresh' || reason === 'no-mfa') mendable ??= reason
    else if (reason !== undefined) return reason
  }
  return mendable ?? 'allowed'
}

function unmet(requirement: Requirement, { session, address, now }: Circumstances): Reason | undefined {
  switch (requirement.kind) {
    case 'network':
      return inNetworks(requirement.networks, address) ? undefined : 'network'
    case 'provider':
      return session.authentication.provider === requirement.name ? undefined : 'provider'
    case 'fresh':
      return now - session.authentication.at <= requirement.seconds * 1000 ? undefined : 'not-fresh'
    case 'mfa':
      return session.authentication.amr.includes('mfa') ? undefined : 'no-mfa'
  }
}
