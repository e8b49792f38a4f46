import type { Authentication, Identity } from '../identity/identity.ts'

/** A session in memory, as the forward-auth path reads it. Replaced when its person changes. */
export interface LiveSession {
  readonly id: string
  /** The portal session it hangs on; itself where it is one. Idle time is counted on the root. */
  readonly root: LiveSession
  /** The one app host it opens; null for the portal's own. */
  readonly host: string | null
  readonly identity: Identity
  readonly authentication: Authentication
  readonly createdAt: number
  lastSeen: number
}
