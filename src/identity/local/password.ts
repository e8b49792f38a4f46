import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { Gate } from './gate.ts'
import { formatPhc, parsePhc, type Phc } from './phc.ts'

// OWASP Password Storage Cheat Sheet, argon2id with 19 MiB. `memory` in KiB, `salt` and `tag` in bytes.
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const
const SALT = 16
const TAG = 32

/** Characters, each code point one (NIST SP 800-63B-4, 3.1.1.2). */
export const SHORTEST_PASSWORD = 8
/** Bytes of UTF-8. */
export const LONGEST_PASSWORD = 1024

/** What argon2 is given. NFC, so that two keyboards agree; not NFKC, which would make different passwords one. */
function passwordBytes(text: unknown): Buffer | undefined {
  // Lone surrogates would all become U+FFFD: different passwords, one hash.
  if (typeof text !== 'string' || text.length > LONGEST_PASSWORD || !text.isWellFormed()) return undefined
  const bytes = Buffer.from(text.normalize('NFC'), 'utf8')
  return bytes.length <= LONGEST_PASSWORD ? bytes : undefined
}

/** Why a text cannot become a password, as the end of a sentence; undefined where it can. */
export function passwordProblem(text: unknown): string | undefined {
  const bytes = passwordBytes(text)
  if (bytes === undefined) return `is not a text of at most ${LONGEST_PASSWORD} bytes`
  if (Array.from(bytes.toString('utf8')).length < SHORTEST_PASSWORD)
    return `is shorter than ${SHORTEST_PASSWORD} characters`
  return undefined
}

const derive = promisify(argon2)
function argon2id(message: Buffer, { memory, passes, parallelism, salt, tag }: Phc): Promise<Buffer> {
  return derive('argon2id', { message, nonce: salt, memory, passes, parallelism, tagLength: tag.length })
}

/**
 * Argon2id, two at a time and 32 waiting: a flood of guesses is told `busy` and holds nobody else up. Passwords from
 * known devices wait in places of their own.
 */
export class PasswordHasher {
  readonly #gate = new Gate({ running: 2, waiting: 32, waitingFirst: 8 })
  // Guesses at accounts that are not there are compared with this, at the cost of real ones.
  readonly #nobody: Phc = { ...COST, salt: randomBytes(SALT), tag: randomBytes(TAG) }

  /**
   * @returns a PHC string, or undefined where too many wait already
   * @throws TypeError for what passwordProblem() refuses
   */
  async hash(password: string): Promise<string | undefined> {
    const message = passwordBytes(password)
    if (message === undefined || passwordProblem(password) !== undefined) throw new TypeError('not a password')
    const salt = randomBytes(SALT)
    const tag = await this.#gate.run(() => argon2id(message, { ...COST, salt, tag: Buffer.alloc(TAG) }))
    return tag === undefined ? undefined : formatPhc({ ...COST, salt, tag })
  }

  /**
   * Takes the same time whether there is an account, whether its hash can be read, and whatever the password is
   * (threats G-01, G-02).
   * @param stored undefined: there is no such account
   * @param first the attempt comes from a device that is known
   */
  async verify(password: unknown, stored: string | undefined, first = false): Promise<'right' | 'wrong' | 'busy'> {
    const known = stored === undefined ? undefined : parsePhc(stored)
    const message = passwordBytes(password)
    const wanted = known ?? this.#nobody
    const tag = await this.#gate.run(() => argon2id(message ?? Buffer.alloc(SHORTEST_PASSWORD), wanted), first)
    if (tag === undefined) return 'busy'
    const equal = timingSafeEqual(tag, wanted.tag)
    return equal && known !== undefined && message !== undefined ? 'right' : 'wrong'
  }
}
