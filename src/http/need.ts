/** What an app demands of a further sign-in, on the way from the app's host to the portal: `mfa`, `fresh:600`, or both. */
import type { Authentication } from '../identity/identity.ts'
import type { Demand } from '../identity/provider.ts'
import type { Requirement } from '../labels/spec.ts'

/** Undefined where none of them asks for another sign-in. */
export function needOf(requirements: readonly Requirement[]): string | undefined {
  const ages = requirements.flatMap((item) => (item.kind === 'fresh' ? [item.seconds] : []))
  const mfa = requirements.some((item) => item.kind === 'mfa')
  return needText({ mfa, ...(ages.length > 0 && { fresh: Math.min(...ages) }) })
}

export function needText({ mfa, fresh }: Demand): string | undefined {
  const parts = [...(mfa ? ['mfa'] : []), ...(fresh === undefined ? [] : [`fresh:${fresh}`])]
  return parts.length === 0 ? undefined : parts.join(',')
}

/** Whoever changes it in the address changes only what is asked for: the app's policy decides by what was brought. */
export function readNeed(text: string | undefined): Demand | undefined {
  const [whole, mfa, fresh] = /^(mfa)?(?:(?:^|(?<=mfa),)fresh:(\d{1,9}))?$/.exec(text ?? '') ?? []
  if (whole === undefined || whole === '') return undefined
  return { mfa: mfa !== undefined, ...(fresh !== undefined && { fresh: Number(fresh) }) }
}

export function meets({ mfa, fresh }: Demand, { at, amr }: Authentication, now: number): boolean {
  return (!mfa || amr.includes('mfa')) && (fresh === undefined || now - at <= fresh * 1000)
}
