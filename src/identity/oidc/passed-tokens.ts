/** What of a provider's answer apps may be handed on. */
import { decodeJwt } from 'jose'
import type { OidcConfig } from '../../config/operator-file.ts'
import type { PassedToken, PassedTokens } from '../provider.ts'

/** Characters. Servers take lines of 8000 at most, and a request carries other headers too. */
export const LONGEST_TOKEN = 5000

// RFC 6749 appendix A.12, without the blank: as it stands in a header.
const SHAPE = /^[\x21-\x7e]+$/

/** As much of a token endpoint's answer (RFC 6749 section 5.1) as is asked here. */
export interface Answered {
  readonly access_token: string
  /** Seconds. */
  readonly expires_in?: number | undefined
  readonly id_token?: string | undefined
}

/** @param warn told of a token that no header can carry, in a sentence without it */
export function passedTokens(
  { access_token: access, expires_in: seconds, id_token: id }: Answered,
  { upstreamTokens, refresh }: Pick<OidcConfig, 'upstreamTokens' | 'refresh'>,
  now: number,
  warn: (sentence: string) => void,
): PassedTokens | undefined {
  if (upstreamTokens === undefined) return undefined
  const asked = (kind: keyof PassedTokens, text: string) => {
    if (!upstreamTokens.tokens.includes(kind)) return false
    const fits = text.length <= LONGEST_TOKEN && SHAPE.test(text)
    if (!fits) warn(`its ${kind} token is of ${text.length} characters, or none a header can carry: no app is given it`)
    return fits
  }
  // one that does not say how long it lives is made anew with the next question
  const until = now + (seconds === undefined ? refresh : seconds * 1000)
  return {
    ...(asked('access', access) && { access: { text: access, until } }),
    ...(id !== undefined && asked('id', id) && { id: expiring(id) }),
  }
}

/** OpenID Connect Core section 2: it says when it expires. */
function expiring(idToken: string): PassedToken {
  return { text: idToken, until: (decodeJwt(idToken).exp ?? 0) * 1000 }
}
