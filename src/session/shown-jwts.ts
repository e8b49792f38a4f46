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

interface Issuer {
  readonly verifier: JwtVerifier
  readonly known: LRUCache<string, Remembered>
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
  #issuers: readonly Issuer[] = []
  #cookies: readonly string[] = []
  readonly #asked = new Map<string, Promise<Proven>>()

  constructor(verifiers: readonly JwtVerifier[]) {
    this.use(verifiers)
  }

  /** In place of those before; nothing is remembered of them. */
  use(verifiers: readonly JwtVerifier[]): void {
    this.#issuers = verifiers.map((verifier) => ({ verifier, known: new LRUCache({ max: REMEMBERED }) }))
    this.#cookies = [...new Set(verifiers.flatMap(({ cookie }) => cookie ?? []))]
    this.#asked.clear()
  }

  get cookies(): readonly string[] {
    return this.#cookies
  }

  /** At once where it is remembered. @param now epoch milliseconds */
  prove(jwt: string, by: ShownIn, now: number): Proven | Promise<Proven> {
    if (jwt.length > LONGEST) return 'invalid'
    const digest = hash('sha256', jwt, 'base64url')
    for (const { verifier, known } of this.#issuers) {
      const remembered = takes(verifier, by) ? known.get(digest) : undefined
      if (remembered !== undefined && holds(remembered, verifier, now)) return remembered.session
    }
    if (!JWS.test(jwt)) return 'invalid'
    const issuers = this.#issuers.filter(({ verifier }) => takes(verifier, by) && verifier.isAddressed(jwt))
    return issuers.length === 0 ? 'invalid' : this.#ask(issuers, jwt, digest, now)
  }

  async #ask(issuers: readonly Issuer[], jwt: string, digest: string, now: number): Promise<Proven> {
    let worst: Proven = 'invalid'
    for (const issuer of issuers) {
      const proven = await this.#askOnce(issuer, jwt, digest, now)
      if (typeof proven !== 'string') return proven
      if (proven === 'unavailable') worst = proven
    }
    return worst
  }

  /** Of many requests with one token one asks, and the others wait for it. */
  #askOnce(issuer: Issuer, jwt: string, digest: string, now: number): Promise<Proven> {
    const name = `${issuer.verifier.name} ${digest}`
    const known = this.#asked.get(name)
    if (known !== undefined) return known
    const asking = verify(issuer, jwt, digest, now).finally(() => {
      if (this.#asked.get(name) === asking) this.#asked.delete(name)
    })
    this.#asked.set(name, asking)
    return asking
  }
}

/** What was verified by a file that is gone is remembered with what is gone. */
async function verify({ verifier, known }: Issuer, jwt: string, digest: string, now: number): Promise<Proven> {
  const verdict = await verifier.verify(jwt, now)
  if (verdict.kind === 'refused') return 'invalid'
  if (verdict.kind === 'unavailable') return 'unavailable'
  const { identity, authentication, expiresAt } = verdict
  const session = standing({ id: digest, identity, authentication, credential: 'bearer', createdAt: now })
  const until = Math.min(expiresAt, now + GOOD_FOR)
  known.set(digest, { session, until, since: now, generation: verifier.generation })
  return session
}

function takes({ name, cookie }: JwtVerifier, by: ShownIn): boolean {
  return (by.issuers?.includes(name) ?? true) && (by.cookie === undefined || by.cookie === cookie)
}

/** A clock that was set back proves nothing (threat I-29). */
function holds({ until, since, generation }: Remembered, verifier: JwtVerifier, now: number): boolean {
  return now < until && now >= since && generation === verifier.generation
}
