import { decodeJwt, errors, jwtVerify, type JWTPayload, type JWTVerifyResult } from 'jose'
import type { BearerIssuer } from '../../config/operator-file.ts'
import { isUnreachable } from '../fetch.ts'
import type { Authentication, Identity } from '../identity.ts'
import { identityFrom, own } from '../oidc/claims.ts'
import { ALGORITHMS } from '../../syntax/algorithms.ts'
import { IssuerKeys, type KeysDeps } from './keys.ts'

/** Seconds by which clocks may differ. */
const SKEW = 60

export interface VerifierDeps extends KeysDeps {
  /** Does `admit` name this person? */
  readonly admits: (identity: Identity) => boolean
}

export type Verdict =
  | {
      readonly kind: 'ok'
      readonly identity: Identity
      readonly authentication: Authentication
      /** Epoch milliseconds. */
      readonly expiresAt: number
    }
  | { readonly kind: 'refused' }
  /** Its keys cannot be had. */
  | { readonly kind: 'unavailable' }

/** Tells the JWTs of one issuer, signed for us (RFC 7519, RFC 8725, RFC 9068). */
export class BearerVerifier {
  readonly #config: BearerIssuer
  readonly #deps: VerifierDeps
  readonly #keys: IssuerKeys

  /**
   * A secret that both sides share could be empty, or be a public key; there are none (threats F-01, F-04).
   * @throws TypeError for a configuration under which anybody's token would do
   */
  constructor(config: BearerIssuer, deps: VerifierDeps) {
    const { name, audience, algorithms, types, issuer } = config
    const asymmetric = algorithms.length > 0 && algorithms.every((alg) => ALGORITHMS.includes(alg))
    if (!asymmetric) throw new TypeError(`bearer issuer ${name}: algorithms are some of ${ALGORITHMS.join(', ')}`)
    // without an audience jose takes a token for anybody (threat F-15)
    if (audience.length === 0 || audience.includes('') || types.length === 0 || issuer === '')
      throw new TypeError(`bearer issuer ${name}: issuer, audience and types must be said`)
    this.#config = config
    this.#deps = deps
    this.#keys = new IssuerKeys(config, deps)
  }

  get name(): string {
    return this.#config.name
  }

  get cookie(): string | undefined {
    return this.#config.cookie
  }

  get generation(): number {
    return this.#keys.generation
  }

  isAddressed(jwt: string): boolean {
    try {
      return decodeJwt(jwt).iss === this.#config.issuer
    } catch {
      return false
    }
  }

  /** Rejects never. @param now epoch milliseconds */
  async verify(jwt: string, now: number): Promise<Verdict> {
    try {
      return this.#judge(await this.#checked(jwt, now), now)
    } catch (error) {
      if (isUnreachable(error)) return { kind: 'unavailable' }
      if (!(error instanceof errors.JOSEError)) this.#deps.fault(error)
      return { kind: 'refused' }
    }
  }

  /** `crit` that it does not know, `b64=false` and JWE jose refuses by itself (threats F-10, F-11, F-23). */
  #checked(jwt: string, now: number): Promise<JWTVerifyResult> {
    const { issuer, audience, algorithms, required } = this.#config
    return jwtVerify(jwt, (header) => this.#keys.find(header, now), {
      issuer,
      audience: [...audience],
      algorithms: [...algorithms],
      clockTolerance: SKEW,
      currentDate: new Date(now),
      requiredClaims: ['exp', 'iat', 'sub', ...Object.keys(required)],
    })
  }

  #judge({ payload, protectedHeader }: JWTVerifyResult, now: number): Verdict {
    const { types, issuer, claims, required, name } = this.#config
    const { exp, iat } = payload
    if (!types.some((type) => mediaType(type) === mediaType(protectedHeader.typ))) return { kind: 'refused' }
    // the tolerance is for clocks that are behind; nobody gains a minute by it at the end (threat F-28)
    if (!(exp !== undefined && now < exp * 1000)) return { kind: 'refused' }
    if (!(iat !== undefined && iat <= now / 1000 + SKEW)) return { kind: 'refused' }
    if (!Object.entries(required).every(([claim, value]) => hasClaim(payload, claim, value))) return { kind: 'refused' }
    const read = identityFrom(issuer, payload, { claims, trustEmail: false })
    if ('wrong' in read || !this.#deps.admits(read.identity)) return { kind: 'refused' }
    const authentication = { provider: name, at: signedInAt(payload), amr: methods(payload) }
    return { kind: 'ok', identity: read.identity, authentication, expiresAt: exp * 1000 }
  }
}

/** RFC 7515 section 4.1.9: in any case, and `application/` may be left out. Of none there is only the empty text. */
function mediaType(typ: unknown): string {
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : ''
}

function hasClaim(payload: JWTPayload, name: string, value: string | true): boolean {
  const claim = own(payload, [name])
  return value === true ? claim !== undefined && claim !== null : claim === value
}

/** A token that does not say when somebody signed in counts as long ago: nobody is fresh by its silence. */
function signedInAt({ auth_time: time }: JWTPayload): number {
  return typeof time === 'number' && time > 0 && time * 1000 <= 8.64e15 ? time * 1000 : 0
}

/** Without `mfa`, which stands for what the operator has said to be a second factor: of this issuer nothing is. */
function methods({ amr }: JWTPayload): readonly string[] {
  const said = (Array.isArray(amr) ? amr : []).filter((method): method is string => typeof method === 'string')
  return said.filter((method) => method !== 'mfa').slice(0, 16)
}
