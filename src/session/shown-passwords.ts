import { hash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Identity } from '../identity/identity.ts'
import { LOCAL } from '../identity/local/account.ts'
import type { SignIn, SignInAttempt } from '../identity/local/sign-in.ts'
import type { LiveAccount } from './live-accounts.ts'
import { standing, type LiveSession, type Proven } from './live.ts'

export interface ShownPasswordsDeps {
  /** The sign-in of the form: the same throttle, the same bound on hashing, the same audit lines. */
  signIn(attempt: SignInAttempt, now: number): Promise<SignIn>
  /** The local account of this id as it is now; undefined where there is none, or it is disabled. */
  account(id: string): LiveAccount | undefined
}

export interface ShownPassword {
  /** User name and password as the request has them, of whatever spelling. */
  readonly text: string
  readonly user: string
  readonly password: string
  readonly address: string
}

interface Remembered {
  session: LiveSession
  /** When the password was looked at: epoch milliseconds. */
  readonly since: number
  /** Of a local account: what the password was compared with. */
  readonly passwordHash: string | undefined
  /** A known device's mark: who showed it before is not held up by strangers that guess at the account. */
  readonly device: string
}

const GOOD_FOR = 300_000
const REMEMBERED = 10_000

/**
 * Passwords that stand in every request (HTTP Basic). One that was right is remembered for five minutes as a digest
 * whose key is lost with the process, so that only the first request pays for argon2; it is forgotten at once when its
 * account changes. Wrong ones are never remembered, and are throttled as in the form (threats G-01, G-14).
 */
export class ShownPasswords {
  readonly #deps: ShownPasswordsDeps
  readonly #key = randomBytes(32).toString('base64url')
  readonly #known = new LRUCache<string, Remembered>({ max: REMEMBERED })
  /** Of many requests with one password one asks, and the others wait for it. */
  readonly #asked = new Map<string, Promise<Proven>>()

  constructor(deps: ShownPasswordsDeps) {
    this.#deps = deps
  }

  /** Somebody who showed this text before. On the path of every request: a hash and a look-up. `now`: epoch ms */
  recall(text: string, now: number): LiveSession | undefined {
    const known = this.#known.get(this.#digest(text))
    return known && this.#still(known, now)
  }

  /** @param now epoch milliseconds */
  prove({ text, user, password, address }: ShownPassword, now: number): Promise<Proven> {
    const digest = this.#digest(text)
    const known = this.#known.get(digest)
    const asked = this.#asked.get(digest)
    if (asked !== undefined) return asked
    const attempt = { name: user, password, address, device: known?.device }
    const asking = this.#ask(attempt, digest, now).finally(() => this.#asked.delete(digest))
    this.#asked.set(digest, asking)
    return asking
  }

  #digest(text: string): string {
    return hash('sha256', this.#key + text, 'base64url')
  }

  /** As its account is now. */
  #still(known: Remembered, now: number): LiveSession | undefined {
    if (!(now >= known.since && now < known.since + GOOD_FOR)) return undefined
    if (known.passwordHash === undefined) return known.session
    const owner = this.#deps.account(known.session.identity.subject)
    if (owner?.account.passwordHash !== known.passwordHash) return undefined
    if (owner.identity !== known.session.identity) known.session = withIdentity(known.session, owner.identity)
    return known.session
  }

  async #ask(attempt: SignInAttempt, digest: string, now: number): Promise<Proven> {
    const result = await this.#deps.signIn(attempt, now)
    switch (result.kind) {
      case 'ok': {
        const { identity, authentication, account, device } = result
        const session = standing({ id: digest, identity, authentication, credential: 'basic', createdAt: now })
        const passwordHash = identity.issuer === LOCAL ? (account?.passwordHash ?? '') : undefined
        this.#known.set(digest, { session, since: now, passwordHash, device })
        return session
      }
      case 'throttled':
      case 'busy':
      case 'unavailable':
        return result.kind
      case 'refused':
      case 'not-admitted':
        this.#known.delete(digest)
        return 'invalid'
    }
  }
}

function withIdentity({ id, authentication, credential, createdAt }: LiveSession, identity: Identity): LiveSession {
  return standing({ id, identity, authentication, credential, createdAt })
}
