import { hkdfSync } from 'node:crypto'

/** Loaded when something is first sealed: nothing at the start needs it, and it is not small. */
const jose = () => import('jose')

/** Characters. Longer texts are refused both ways; cookies must stay below 4096 with their name (RFC 6265bis 5.6). */
export const LONGEST_SEALED = 8000

// JWE compact, `dir`: the key part between the first two dots is empty (RFC 7516 section 3.1, RFC 7518 section 4.5).
const SHAPE = /^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/

export type Payload = Readonly<Record<string, unknown>>

export interface PreviousMaster {
  readonly master: Uint8Array
  /** Epoch milliseconds: from then on nothing it sealed is opened any more. */
  readonly until: number
}

/**
 * Values that travel through a browser which can neither read nor change them. Each purpose has a key of its own, so
 * that a value made for one is nothing to any other (threat D-14).
 */
export class Seal {
  readonly #master: Uint8Array
  readonly #previous: readonly PreviousMaster[]
  readonly #keys = new Map<string, Uint8Array>()

  private constructor(master: Uint8Array, previous: readonly PreviousMaster[]) {
    this.#master = master
    this.#previous = previous
  }

  /**
   * @param master 32 random bytes or more
   * @param previous those it took the place of, to be opened with until their time is over
   * @throws TypeError for a key that cannot have been drawn at random
   */
  static from(master: Uint8Array, previous: readonly PreviousMaster[] = []): Seal {
    for (const key of [master, ...previous.map((old) => old.master)]) {
      if (key.length < 32 || new Set(key).size < 16) throw new TypeError('a master key must be 32 random bytes or more')
    }
    return new Seal(master, previous)
  }

  /**
   * @param purpose a word of the code's, never of a request's
   * @param expiresAt epoch milliseconds
   * @throws RangeError where the text would be longer than LONGEST_SEALED
   */
  async seal(purpose: string, payload: Payload, expiresAt: number): Promise<string> {
    const { EncryptJWT } = await jose()
    const text = await new EncryptJWT({ p: payload, exp: expiresAt / 1000 })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(this.#key(this.#master, purpose))
    if (text.length > LONGEST_SEALED) throw new RangeError(`too much to seal for ${purpose}`)
    return text
  }

  /** @returns undefined for whatever is not a text sealed here, for this purpose, and still good at `now` (epoch ms) */
  async open(purpose: string, text: string, now: number): Promise<Payload | undefined> {
    if (text.length > LONGEST_SEALED || !SHAPE.test(text)) return undefined
    const previous = this.#previous.filter(({ until }) => now < until)
    for (const master of [this.#master, ...previous.map((old) => old.master)]) {
      const claims = await decrypt(text, this.#key(master, purpose))
      if (claims === undefined) continue
      const { p, exp } = claims
      // Our own look at the time: jose counts whole seconds, and takes a claim of 1e300 for good.
      const good = typeof exp === 'number' && exp * 1000 > now && exp * 1000 <= MAX_TIME
      return good && isRecord(p) ? p : undefined
    }
    return undefined
  }

  #key(master: Uint8Array, purpose: string): Uint8Array {
    const name = `${master === this.#master ? '' : Buffer.from(master).toString('base64url')} ${purpose}`
    const known = this.#keys.get(name)
    if (known !== undefined) return known
    // RFC 5869; no salt is needed for a key that is random already (section 3.1).
    const key = new Uint8Array(hkdfSync('sha256', master, '', `labelgate seal ${purpose}`, 32))
    this.#keys.set(name, key)
    return key
  }
}

/** The last moment that is a date (ECMA-262, Time Values). */
const MAX_TIME = 8.64e15

async function decrypt(text: string, key: Uint8Array): Promise<Payload | undefined> {
  const { errors, jwtDecrypt } = await jose()
  try {
    const options = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] }
    // The time is ours to judge: at the epoch nothing has expired yet.
    return (await jwtDecrypt(text, key, { ...options, currentDate: new Date(0) })).payload
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}

function isRecord(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
