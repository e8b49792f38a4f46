/** What a later renewal or sign-out needs, as one text. It is sealed where it rests. */
import type { Claims } from './claims.ts'

export interface OidcGrant {
  readonly subject: string
  readonly refreshToken?: string
  /** A hint for signing out, and the claims that UserInfo does not repeat. */
  readonly idToken?: string
}

/** Characters; more cannot be sealed. The hint is left out first. */
const LONGEST = 5000

/** Throws a RangeError for a refresh token that no store would take. */
export function grantText({ idToken, ...grant }: OidcGrant): string {
  const whole = JSON.stringify({ ...grant, idToken })
  if (whole.length <= LONGEST) return whole
  const least = JSON.stringify(grant)
  if (least.length > LONGEST) throw new RangeError('the refresh token is too long to be kept')
  return least
}

export function readGrant(text: string): OidcGrant {
  const { subject, refreshToken, idToken } = JSON.parse(text) as Claims
  return {
    subject: typeof subject === 'string' ? subject : '',
    ...(typeof refreshToken === 'string' && { refreshToken }),
    ...(typeof idToken === 'string' && { idToken }),
  }
}
