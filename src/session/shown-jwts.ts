import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Verdict } from '../identity/bearer/verifier.ts'
import { standing, type LiveSession, type Proven } from './live.ts'

/** Whoever can tell whether a JWT is one of an issuer's. */
export interface JwtVerifier {
  readonly name: string
  /** A cookie that carries it too. */
  readonly cookie: string | undefined
  /** Changes whenever the issuer's keys do: what was verified before is verified again. */
  readonly generation: number
  /** Does it say that it comes from this issuer? Not checked yet. */
  isAddressed(jwt: string): boolean
  /** Rejects never. */
  verify(jwt: string, now: number): Promise<Verdict>
}

interface Remembered {
  readonly session: LiveSession
  readonly until: number
  readonly since: number
  readonly generation: number
}

export interface ShownIn {
  /** Names of those whose JWTs are taken; undefined: all. */
  readonly issuers: readonly string[] | undefined
  /** The cookie it came in, where it did. */
  readonly cookie?: string
}

const LONGEST = 8192
// JWS compact serialization; five parts would be encrypted, which proves nothing of who wrote it (threats F-21 to F-24)
const JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/
const GOOD_FOR = 300_000
const REMEMBERED = 10_000

/**
 * JWTs of issuers elsewhere. Which issuers count is said by the app's policy, never by the token (threat F-33). What
 * was verified is remembered by issuer and hash of the whole text, until it expires or five minutes have passed, and
 * never across a change of the issuer's keys or of the operator's file (threats F-28, F-29).
 */
export class ShownJwts {
  #verifiers: readonly JwtVerifier[] = []
  #cookies: readonly string[] = []
  #known = new LRUCache<string, Remembered>({ max: REMEMBERED })
  readonly #asked = new Map<string, Promise<Proven>>()

  constructor(verifiers: readonly JwtVerifier[]) {
    this.use(verifiers)
  }

  /** In place of those before; nothing is remembered of them. */
  use(verifiers: readonly JwtVerifier[]): void {
    this.#verifiers = verifiers
    this.#cookies = [...new Set(verifiers.flatMap(({ cookie }) => cookie ?? []))]
    this.#known = new LRUCache({ max: REMEMBERED })
    this.#asked.clear()
  }

  get cookies(): readonly string[] {
    return this.#cookies
  }

  /** At once where it is remembered. @param now epoch milliseconds */
  prove(jwt: string, by: ShownIn, now: number): Proven | Promise<Proven> {
    if (jwt.length > LONGEST || !JWS.test(jwt)) return 'invalid'
    const digest = hash('sha256', jwt, 'base64url')
    for (const verifier of this.#verifiers) {
      if (!takes(verifier, by)) continue
      const known = this.#known.get(key(verifier, digest))
      if (known !== undefined && holds(known, verifier, now)) return known.session
    }
    const candidates = this.#verifiers.filter((verifier) => takes(verifier, by) && verifier.isAddressed(jwt))
    return candidates.length === 0 ? 'invalid' : this.#ask(candidates, jwt, digest, now)
  }

  async #ask(candidates: readonly JwtVerifier[], jwt: string, digest: string, now: number): Promise<Proven> {
    let worst: Proven = 'invalid'
    for (const verifier of candidates) {
      const proven = await this.#askOnce(verifier, jwt, digest, now)
      if (typeof proven !== 'string') return proven
      if (proven === 'unavailable') worst = proven
    }
    return worst
  }

  /** Of many requests with one token one asks, and the others wait for it. */
  #askOnce(verifier: JwtVerifier, jwt: string, digest: string, now: number): Promise<Proven> {
    const name = key(verifier, digest)
    const known = this.#asked.get(name)
    if (known !== undefined) return known
    const asking = this.#verify(verifier, jwt, digest, now).finally(() => {
      if (this.#asked.get(name) === asking) this.#asked.delete(name)
    })
    this.#asked.set(name, asking)
    return asking
  }

  async #verify(verifier: JwtVerifier, jwt: string, digest: string, now: number): Promise<Proven> {
    const cache = this.#known
    const verdict = await verifier.verify(jwt, now)
    if (verdict.kind === 'refused') return 'invalid'
    if (verdict.kind === 'unavailable') return 'unavailable'
    const { identity, authentication, expiresAt } = verdict
    const session = standing({ id: digest, identity, authentication, credential: 'bearer', createdAt: now })
    const until = Math.min(expiresAt, now + GOOD_FOR)
    // into the cache of that time: what was verified by a file that is gone counts for nothing after
    cache.set(key(verifier, digest), { session, until, since: now, generation: verifier.generation })
    return session
  }
}

function takes({ name, cookie }: JwtVerifier, by: ShownIn): boolean {
  return (by.issuers?.includes(name) ?? true) && (by.cookie === undefined || by.cookie === cookie)
}

/** A clock that was set back proves nothing (threat I-29). */
function holds({ until, since, generation }: Remembered, verifier: JwtVerifier, now: number): boolean {
  return now < until && now >= since && generation === verifier.generation
}

function key({ name }: JwtVerifier, digest: string): string {
  return `${name} ${digest}`
}
