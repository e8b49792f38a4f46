import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import type { Authentication, Identity } from '../../src/identity/identity.ts'
import { identityOf, type Account } from '../../src/identity/local/account.ts'
import { Sessions } from '../../src/session/sessions.ts'
import type { LiveSession } from '../../src/session/live.ts'
import type { Store } from '../../src/store/store.ts'
import { Hand } from '../store/bench.ts'
import { account, identity, NOON } from '../store/samples.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
export const LIMITS = { idle: 8 * HOUR, max: 7 * DAY }

/** Sessions over a store, with the hand for retries in the test's own. */
export class SessionBench {
  readonly store: Store
  readonly sessions: Sessions
  readonly hand: Hand
  readonly errors: unknown[]

  private constructor(store: Store, sessions: Sessions, hand: Hand, errors: unknown[]) {
    this.store = store
    this.sessions = sessions
    this.hand = hand
    this.errors = errors
  }

  static async open(store: Store): Promise<SessionBench> {
    const hand = new Hand()
    const errors: unknown[] = []
    const options = { every: hand.every, onError: (error: unknown) => errors.push(error) }
    return new SessionBench(store, await Sessions.open(store, LIMITS, options), hand, errors)
  }

  /** Somebody signed in by an issuer elsewhere. */
  portal(user: string, now = NOON, more: Partial<Identity> = {}): Promise<string> {
    return this.sessions.startPortal(identity(user, more), { ...byPassword(now), provider: 'keycloak' }, now)
  }

  /** A local account, and its session. */
  async local(name: string, more: Partial<Account> = {}): Promise<{ account: Account; cookie: string }> {
    const made = account(name, more)
    await this.store.putAccount(made)
    return { account: made, cookie: await this.sessions.startPortal(identityOf(made), byPassword(NOON), NOON) }
  }

  /** The cookie of one app's host. */
  async app(portalCookie: string, host: string, now = NOON): Promise<string> {
    const portal = this.find(portalCookie, now)
    return (await this.sessions.startApp(portal, host, now)) ?? expect.fail('the portal session has ended')
  }

  /** A session that has to be there. */
  find(cookie: string, now = NOON): LiveSession {
    return this.sessions.find(cookie, now) ?? expect.fail('no session')
  }

  holds(cookie: string, now = NOON): boolean {
    return this.sessions.find(cookie, now) !== undefined
  }
}

export function byPassword(at: number): Authentication {
  return { provider: 'local', at, amr: ['pwd'] }
}

export function randomCookie(): string {
  return randomBytes(32).toString('base64url')
}
