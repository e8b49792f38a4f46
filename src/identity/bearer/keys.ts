import { createLocalJWKSet, errors, type CryptoKey, type JWK, type JWSHeaderParameters } from 'jose'
import type { BearerIssuer } from '../../config/operator-file.ts'
import { boundedFetch, UnreachableError, type BoundedFetch } from '../fetch.ts'

/** Keys are read again so often; what an issuer has taken back is refused after it (threat F-29). */
const GOOD_FOR = 300_000
/** After a question another is asked no sooner, however many unknown key ids come. */
const COOL_DOWN = 10_000
const MOST_KEYS = 100

type KeySet = ReturnType<typeof createLocalJWKSet>

export interface KeysDeps {
  /** Default: over the network. */
  readonly fetch?: BoundedFetch
  /** Told why keys could not be read, or which are not used. */
  readonly fault: (error: unknown) => void
}

/** One issuer's public keys, read when first somebody needs them, and one question at a time. */
export class IssuerKeys {
  readonly #config: BearerIssuer
  readonly #fetch: BoundedFetch
  readonly #fault: (error: unknown) => void
  #set: KeySet | undefined
  #text = ''
  #readAt = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY
  #reading: Promise<KeySet> | undefined
  /** Counts changes. */
  generation = 0

  constructor(config: BearerIssuer, { fetch, fault }: KeysDeps) {
    this.#config = config
    this.#fetch = fetch ?? boundedFetch(config.ca === undefined ? {} : { ca: config.ca })
    this.#fault = fault
  }

  /**
   * The one key that a token's header asks for. Rejects with UnreachableError where keys are too old and cannot be read
   * again, with an error of jose where none of them is meant, or more than one.
   */
  async find(header: JWSHeaderParameters, now: number): Promise<CryptoKey> {
    const set = this.#isFresh(now) ? this.#set : undefined
    if (set === undefined) return (await this.#read(now))(header)
    try {
      return await set(header)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || this.#coolsDown(now)) throw error
      return (await this.#read(now))(header)
    }
  }

  #isFresh(now: number): boolean {
    return this.#set !== undefined && Math.abs(now - this.#readAt) < GOOD_FOR
  }

  #coolsDown(now: number): boolean {
    return Math.abs(now - this.#triedAt) < COOL_DOWN
  }

  #read(now: number): Promise<KeySet> {
    if (this.#reading !== undefined) return this.#reading
    if (this.#coolsDown(now)) return Promise.reject(new UnreachableError(`${this.#config.name}: asked a moment ago`))
    this.#triedAt = now
    this.#reading = this.#readNow(now).finally(() => (this.#reading = undefined))
    return this.#reading
  }

  async #readNow(now: number): Promise<KeySet> {
    try {
      const text = await this.#get(await this.#address())
      if (text !== this.#text || this.#set === undefined) {
        this.#set = createLocalJWKSet({ keys: this.#usable(text) })
        this.#text = text
        this.generation += 1
      }
      this.#readAt = now
      return this.#set
    } catch (cause) {
      const error = new UnreachableError(`bearer issuer ${this.#config.name}: its keys cannot be read`, { cause })
      this.#fault(error)
      throw error
    }
  }

  /** By OpenID Connect Discovery or RFC 8414 where the operator names none; the issuer must be the one asked for. */
  async #address(): Promise<string> {
    const { jwksUri, issuer } = this.#config
    if (jwksUri !== undefined) return jwksUri
    const found: unknown = JSON.parse(await this.#get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`))
    const { issuer: said, jwks_uri: uri } = found as { issuer?: unknown; jwks_uri?: unknown }
    if (said !== issuer || typeof uri !== 'string') throw new Error('its metadata is not of this issuer')
    if (issuer.startsWith('https:') && !uri.startsWith('https:')) throw new Error('its keys are not behind TLS')
    return uri
  }

  async #get(url: string): Promise<string> {
    const answer = await this.#fetch(url, { headers: { accept: 'application/json' } })
    if (answer.status !== 200) throw new Error(`it answered ${answer.status}`)
    return answer.text()
  }

  #usable(text: string): JWK[] {
    const { keys } = JSON.parse(text) as { keys?: unknown }
    if (!Array.isArray(keys)) throw new Error('there is no list of keys')
    if (keys.length > MOST_KEYS) throw new Error(`there are more than ${MOST_KEYS} keys`)
    const found = (keys as unknown[]).flatMap((key) => {
      const why = unusable(key)
      if (why !== undefined) this.#fault(new Error(`bearer issuer ${this.#config.name}: a key is not used, ${why}`))
      return why === undefined ? [key as JWK] : []
    })
    return found
  }
}

/** Why a key of a set can verify nothing here (threat F-30); undefined where it can. */
export function unusable(key: unknown): string | undefined {
  if (typeof key !== 'object' || key === null) return 'it is no object'
  const { kty, crv, use, key_ops: operations, d, n, e } = key as Record<string, unknown>
  // whoever publishes the private part has published it to everybody
  if (d !== undefined) return 'its private part is published'
  if (use !== undefined && use !== 'sig') return 'it is not for signatures'
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return 'it is not for verifying'
  if (kty === 'RSA') return bits(n) >= 2048 && odd(e) ? undefined : 'it is weaker than RSA 2048 with exponent 65537'
  if (kty === 'EC') return ['P-256', 'P-384', 'P-521'].includes(String(crv)) ? undefined : 'its curve is not accepted'
  if (kty === 'OKP') return crv === 'Ed25519' ? undefined : 'its curve is not accepted'
  return 'its kind is not accepted'
}

function bits(value: unknown): number {
  const hex = hexOf(value)
  return hex === '' ? 0 : BigInt(`0x${hex}`).toString(2).length
}

function odd(exponent: unknown): boolean {
  const hex = hexOf(exponent)
  if (hex === '' || hex.length > 16) return false
  const value = BigInt(`0x${hex}`)
  return value >= 65_537n && value % 2n === 1n
}

function hexOf(value: unknown): string {
  return typeof value === 'string' ? Buffer.from(value, 'base64url').toString('hex') : ''
}
