import type { LiveSession } from '../session/live.ts'
import type { Method, Policy } from '../labels/spec.ts'
import type { CanonicalPath } from '../syntax/path.ts'
import type { Claim } from '../table/table.ts'

/** A request as every proxy's adapter hands it over: parsed once, canonical, nothing ambiguous left unmarked. */
export interface CanonicalRequest {
  readonly method: Method
  readonly scheme: 'https' | 'http'
  readonly host: string
  readonly path: CanonicalPath
  /** The client's address; empty where it is not known, and then in no network. */
  readonly address: string
  /** A WebSocket handshake that a page of this host, in canonical form, asked for; undefined for any other request. */
  readonly socketOrigin: string | undefined
  /** Octets of its body; `unsaid`: it has one that does not say; undefined: the proxy does not tell us of bodies. */
  readonly body?: number | 'unsaid' | undefined
}

/**
 * Somebody, nobody, or why it is not known. `unavailable`: the store, or an issuer's keys, cannot be had now, and an old
 * yes is no yes. `invalid`: a credential was shown, and it does not hold. `throttled`, `busy`: it was not even looked at.
 */
export type SessionState = LiveSession | undefined | 'unavailable' | 'invalid' | 'throttled' | 'busy'

/** What decided: whose host it is, and which policy, the app's own or a rule's. */
export interface Judged {
  readonly claim: Claim
  readonly policy: Policy
  /** Name of the rule; undefined for the app's own policy. */
  readonly rule: string | undefined
}

/** Why, in words of a fixed set: for `explain`, the audit line and the page. */
export type Reason =
  | 'allowed'
  | 'public-path'
  | 'public-network'
  | 'identify'
  | 'no-session'
  | 'session-of-another-host'
  | 'credential-invalid'
  | 'throttled'
  | 'busy'
  | 'token-scope'
  | 'not-fresh'
  | 'no-mfa'
  | 'denied'
  | 'not-allowed'
  | 'network'
  | 'provider'
  | 'credential-not-accepted'
  | 'plain-http'
  | 'foreign-websocket'
  | 'store-unavailable'
  | 'broken-labels'
  | 'conflict'
  | 'unknown-host'
  | 'other-app'
  | 'not-synced'
  | 'body-limit'
  | 'body-unsaid'
  | 'malformed'

export type Decision =
  | { readonly verdict: 'allow'; readonly reason: Reason; readonly judged: Judged; readonly session: LiveSession }
  | { readonly verdict: 'anonymous'; readonly reason: Reason; readonly judged: Judged }
  | { readonly verdict: 'sign-in'; readonly reason: Reason; readonly judged: Judged }
  | { readonly verdict: 'step-up'; readonly reason: Reason; readonly judged: Judged; readonly session: LiveSession }
  | { readonly verdict: 'forbid'; readonly reason: Reason; readonly judged?: Judged; readonly session?: LiveSession }
  | { readonly verdict: 'too-large'; readonly reason: Reason; readonly judged: Judged; readonly limit: number }
  | { readonly verdict: 'unknown-host'; readonly reason: Reason }
  | { readonly verdict: 'not-ready'; readonly reason: Reason }
  | { readonly verdict: 'bad-request'; readonly reason: Reason }
