import { LRUCache } from 'lru-cache'
import type { PassedTokens } from '../identity/provider.ts'
import type { Grants } from './grants.ts'
import type { LiveSession } from './live.ts'

type Kind = keyof PassedTokens

/** Tokens held in memory. */
const MOST = 5000
/**
 * Milliseconds: read from the store again then, since another process may have renewed it. Also how long it is
 * remembered that there is none.
 */
const HELD = 30_000

interface Held {
  readonly text: string | Promise<string>
  readonly from: number
  readonly until: number
}

/**
 * The tokens of providers that apps are handed on. Nothing is read or opened for a session before an app that may have
 * its token is asked for; then it is remembered for half a minute, and no longer than it is good.
 */
export class UpstreamTokens {
  readonly #grants: Pick<Grants, 'token'>
  readonly #may: (provider: string, app: string, kind: Kind) => boolean
  readonly #held = new LRUCache<string, Held>({ max: MOST })

  /** @param may does the operator let this app have such a token of this provider, as of now? */
  constructor(grants: Pick<Grants, 'token'>, may: (provider: string, app: string, kind: Kind) => boolean) {
    this.#grants = grants
    this.#may = may
  }

  /**
   * For somebody who is signed in; empty where there is none, or this app may not have it. Rejects with a StoreError.
   * @param app its id. `now`: epoch milliseconds
   */
  of(session: LiveSession, app: string, kind: Kind, now: number): string | Promise<string> {
    const { credential, authentication, root } = session
    // an API token, a password or a JWT of their own has none of a provider behind it
    if (credential !== 'session' || !this.#may(authentication.provider, app, kind)) return ''
    const key = keyOf(root.id, kind)
    const known = this.#held.get(key)
    // a clock that was set back reads anew
    if (known !== undefined && now < known.until && now >= known.from) return known.text
    const text = this.#read(root.id, kind, now).then(
      (read) => {
        if (this.#held.peek(key) === held) this.#held.set(key, read)
        return read.text
      },
      (error: unknown) => {
        if (this.#held.peek(key) === held) this.#held.delete(key)
        throw error
      },
    )
    // one reading for all that ask meanwhile
    const held: Held = { text, from: now, until: now + HELD }
    this.#held.set(key, held)
    return text
  }

  /** There may be others from now on. @param session id of a portal session */
  forget(session: string): void {
    this.#held.delete(keyOf(session, 'access'))
    this.#held.delete(keyOf(session, 'id'))
  }

  async #read(session: string, kind: Kind, now: number): Promise<Held & { readonly text: string }> {
    const token = await this.#grants.token(session, kind, now)
    return { text: token?.text ?? '', from: now, until: Math.min(token?.until ?? Infinity, now + HELD) }
  }
}

function keyOf(session: string, kind: Kind): string {
  return `${kind} ${session}`
}
