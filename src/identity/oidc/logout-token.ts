import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import type { OidcConfig } from '../../config/operator-file.ts'
import { boundedFetch, UnreachableError, type BoundedFetch } from '../fetch.ts'
import type { LoggedOut } from '../provider.ts'
import { ALGORITHMS } from '../../syntax/algorithms.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
/** Seconds. A token is remembered for longer than it is good, so that it is good once. */
const GOOD_FOR = 300
const SKEW = 60
/** Milliseconds: how long a `jti` has to be remembered. */
export const LOGOUT_TOKEN_LIFE = (GOOD_FOR + 2 * SKEW) * 1000

/** Logout tokens of one provider (OpenID Connect Back-Channel Logout 1.0 section 2.6). */
export class LogoutTokens {
  readonly #config: Pick<OidcConfig, 'clientId'>
  readonly #fetch: BoundedFetch
  #keys: { readonly address: string; readonly find: JWTVerifyGetKey } | undefined

  constructor(config: Pick<OidcConfig, 'clientId' | 'ca'>) {
    this.#config = config
    this.#fetch = boundedFetch(config.ca === undefined ? {} : { ca: config.ca })
  }

  /** Rejects where the token is not one, or the keys cannot be had. */
  async read(
    token: string,
    { issuer, keys }: { issuer: string; keys: string | undefined },
    now: number,
  ): Promise<LoggedOut> {
    if (keys === undefined) throw new UnreachableError('the provider names no keys')
    const { payload, protectedHeader } = await jwtVerify(token, this.#find(keys), {
      issuer,
      audience: this.#config.clientId,
      algorithms: [...ALGORITHMS],
      clockTolerance: SKEW,
      maxTokenAge: GOOD_FOR,
      requiredClaims: ['jti', 'events'],
      currentDate: new Date(now),
    })
    // Section 2.6 leaves `typ` to older providers; another type is another kind of token (threat E-29).
    if (!['LOGOUT+JWT', 'JWT', undefined].includes(protectedHeader.typ?.toUpperCase())) throw wrong('typ')
    return whose(payload, issuer)
  }

  #find(address: string): JWTVerifyGetKey {
    if (this.#keys?.address !== address) {
      const find = createRemoteJWKSet(new URL(address), {
        [customFetch]: (url, { headers }) => this.#fetch(url, { headers: Object.fromEntries(headers.entries()) }),
      })
      this.#keys = { address, find }
    }
    return this.#keys.find
  }
}

function whose(payload: JWTPayload, issuer: string): LoggedOut {
  const { jti, sub, sid, events, nonce } = payload as JWTPayload & { sid?: unknown; events?: unknown; nonce?: unknown }
  const event = isObject(events) && Object.hasOwn(events, EVENT) ? events[EVENT] : undefined
  if (!isObject(event)) throw wrong('events')
  // an ID token, which has one, must never pass for a logout token
  if (nonce !== undefined) throw wrong('nonce')
  if (typeof jti !== 'string' || jti === '' || jti.length > 255) throw wrong('jti')
  const named = [sub, sid].filter((value) => value !== undefined)
  if (named.length === 0 || !named.every((value) => typeof value === 'string' && value !== '')) throw wrong('sub')
  return {
    kind: 'ok',
    issuer,
    jti,
    ...(typeof sid === 'string' && { sid }),
    ...(sub !== undefined && { subject: sub }),
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(claim: string): Error {
  return new errors.JWTClaimValidationFailed('the logout token does not do', {}, claim)
}
