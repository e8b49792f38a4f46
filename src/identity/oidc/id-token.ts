/** What of an ID token openid-client leaves to its user (OpenID Connect Core section 3.1.3.7). */
import { hash } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { OidcConfig } from '../../config/operator-file.ts'
import type { Authentication } from '../identity.ts'
import type { Claims } from './claims.ts'

/** Seconds by which clocks may differ. */
const SKEW = 60

/** A token that is none of what was asked for. Says which part, never its value. */
export class TokenError extends Error {
  constructor(part: string) {
    super(`the ID token's ${part} does not do`)
    this.name = 'TokenError'
  }
}

/**
 * Throws a TokenError where it is another kind of token (threat E-29), from the future (E-26), or of another access
 * token. Signature, issuer, audience, nonce and expiry were checked before.
 */
export function checkIdToken(idToken: string, claims: Claims, accessToken: string, now: number): void {
  const { alg = '', typ } = decodeProtectedHeader(idToken)
  if (typ !== undefined && typ.toUpperCase() !== 'JWT') throw new TokenError('typ')
  if (claims['events'] !== undefined) throw new TokenError('events')
  if (!(typeof claims['iat'] === 'number' && claims['iat'] <= now / 1000 + SKEW)) throw new TokenError('iat')
  const bound = claims['at_hash']
  if (bound !== undefined && bound !== leftHalf(alg, accessToken)) throw new TokenError('at_hash')
}

/** Section 3.1.3.6: the left half of the hash that goes with the signature's algorithm. */
function leftHalf(alg: string, text: string): string {
  const bits = alg.startsWith('Ed') ? 512 : Number(alg.slice(-3))
  const digest = hash(`sha${bits}`, text, 'buffer')
  return digest.subarray(0, digest.length / 2).toString('base64url')
}

/**
 * How and when, as the signed token says it. `mfa` stands in `amr` exactly where a value that the operator named does.
 * A provider that does not say when counts as long ago: nobody is fresh by its silence.
 */
export function authenticationOf(claims: Claims, { name, mfa }: Pick<OidcConfig, 'name' | 'mfa'>): Authentication {
  const { acr, amr, auth_time: time } = claims
  const methods = (Array.isArray(amr) ? amr : []).filter(isMethod)
  const second =
    (typeof acr === 'string' && mfa.acr.includes(acr)) || methods.some((method) => mfa.amr.includes(method))
  const said = methods.filter((method) => method !== 'mfa').slice(0, 16)
  const at = typeof time === 'number' && time > 0 && time * 1000 <= MAX_TIME ? time * 1000 : 0
  return { provider: name, at, amr: second ? [...said, 'mfa'] : said }
}

/** RFC 8176: a short word. */
function isMethod(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.:/-]{1,64}$/.test(value)
}

/** The last moment that is a date (ECMA-262, Time Values). */
const MAX_TIME = 8.64e15

/** The payload of a JWT that came over TLS from whom it is about; undefined where the text is none, or another's. */
export function payloadOf(text: string, issuer: string, subject: string): Claims | undefined {
  try {
    const payload = decodeJwt(text)
    return payload.iss === issuer && payload.sub === subject ? payload : undefined
  } catch {
    return undefined
  }
}
