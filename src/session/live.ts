import type { Authentication, Identity } from '../identity/identity.ts'

/** What a request showed: a cookie of ours, an API token, an account's password, a JWT of an issuer elsewhere. */
export type Credential = 'session' | 'token' | 'basic' | 'bearer'

/**
 * Somebody who is known, in memory, as the forward-auth path reads it. Replaced when its person changes. A token, a
 * password and a JWT make one too, without host and hanging on nothing.
 */
export interface LiveSession {
  readonly id: string
  /** The portal session it hangs on; itself where it is one. Idle time is counted on the root. */
  readonly root: LiveSession
  /** The one app host it opens; null for the portal's own. */
  readonly host: string | null
  readonly identity: Identity
  readonly authentication: Authentication
  readonly credential: Credential
  /** Ids of the apps a token opens; undefined: any. */
  readonly apps?: ReadonlySet<string>
  readonly createdAt: number
  lastSeen: number
}

/** Somebody known by what each of their requests shows, rather than by a cookie. */
export function standing(
  known: Pick<LiveSession, 'id' | 'identity' | 'authentication' | 'credential' | 'createdAt' | 'apps'>,
): LiveSession {
  const session = { ...known, host: null, lastSeen: known.createdAt } as { root?: LiveSession } & Omit<
    LiveSession,
    'root'
  >
  session.root = session as LiveSession
  return session as LiveSession
}

/** What came of looking at a credential that stands in the request itself; `unavailable`: whoever knows it is not there. */
export type Proven = LiveSession | 'unavailable' | 'invalid' | 'throttled' | 'busy'
