import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Store } from '../store/store.ts'
import type { LiveSession } from './live.ts'
import type { Payload, Seal } from './seal.ts'
import type { Sessions } from './sessions.ts'

const PURPOSE = 'handover'
const LIFE = 60_000
// Sealed for longer than it is good, so that one that came late can be told from one that is none of ours.
const SEALED_FOR = 600_000
/** Characters; the code has to pass through a request target (syntax/path.ts, MAX_TARGET). */
const LONGEST_RETURN = 4000

export interface Grant {
  readonly portal: LiveSession
  /** Canonical host of the app. */
  readonly host: string
  /** Where the browser wanted to go. Beyond 4000 characters it goes to `/` instead. */
  readonly returnTo: string
  /** SHA-256 (base64url) of the nonce that the app's host set in this browser. */
  readonly nonceHash: string
}

export type Redeemed =
  | { readonly kind: 'ok'; readonly cookie: string; readonly returnTo: string }
  | {
      readonly kind: 'refused'
      readonly reason: 'malformed' | 'expired' | 'other-host' | 'other-browser' | 'used' | 'no-session'
    }

/**
 * Takes a sign-in from the portal to the host of an app: a code that is good for a minute, once, for one host and in
 * the one browser that asked (threats D-27, E-20).
 */
export class Handover {
  readonly #seal: Seal
  readonly #sessions: Pick<Sessions, 'portal' | 'startApp'>
  readonly #store: Pick<Store, 'once'>

  constructor(seal: Seal, sessions: Pick<Sessions, 'portal' | 'startApp'>, store: Pick<Store, 'once'>) {
    this.#seal = seal
    this.#sessions = sessions
    this.#store = store
  }

  issue({ portal, host, returnTo, nonceHash }: Grant, now: number): Promise<string> {
    const id = randomBytes(16).toString('base64url')
    const to = returnTo.length > LONGEST_RETURN ? '/' : returnTo
    const payload = { id, portal: portal.root.id, host, to, nonce: nonceHash, until: now + LIFE }
    return this.#seal.seal(PURPOSE, payload, now + SEALED_FOR)
  }

  /** @param arrival the host that was asked, and the nonce its cookie holds */
  async redeem(code: string, arrival: { host: string; nonce: string }, now: number): Promise<Redeemed> {
    const claims = readClaims(await this.#seal.open(PURPOSE, code, now))
    if (claims === undefined) return refused('malformed')
    if (!(now < claims.until)) return refused('expired')
    if (claims.host !== arrival.host) return refused('other-host')
    if (!sameHash(claims.nonce, arrival.nonce)) return refused('other-browser')
    const portal = this.#sessions.portal(claims.portal, now)
    if (portal === undefined) return refused('no-session')
    // Last, so that nobody but the right browser can use it up.
    if (!(await this.#store.once(`handover ${claims.id}`, now + SEALED_FOR))) return refused('used')
    const cookie = await this.#sessions.startApp(portal, claims.host, now)
    return cookie === undefined ? refused('no-session') : { kind: 'ok', cookie, returnTo: claims.to }
  }
}

interface Claims {
  readonly id: string
  readonly portal: string
  readonly host: string
  readonly to: string
  readonly nonce: string
  readonly until: number
}

function readClaims(payload: Payload | undefined): Claims | undefined {
  const { id, portal, host, to, nonce, until } = (payload ?? {}) as Partial<Record<keyof Claims, unknown>>
  const texts = [id, portal, host, to, nonce]
  if (typeof until !== 'number' || !texts.every((text) => typeof text === 'string')) return undefined
  return { id, portal, host, to, nonce, until } as Claims
}

function sameHash(nonceHash: string, nonce: string): boolean {
  const [wanted, given] = [Buffer.from(nonceHash, 'base64url'), hash('sha256', nonce, 'buffer')]
  return wanted.length === given.length && timingSafeEqual(wanted, given)
}

function refused(reason: (Redeemed & { kind: 'refused' })['reason']): Redeemed {
  return { kind: 'refused', reason }
}
