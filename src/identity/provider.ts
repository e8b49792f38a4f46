/** What sign-in providers besides the local accounts have in common, whatever protocol they speak. */
import type { Authentication, Identity } from './identity.ts'

/** Somebody was vouched for. */
export interface Vouched {
  readonly kind: 'ok'
  readonly identity: Identity
  readonly authentication: Authentication
  /** What `renew` needs later: a refresh token, a DN. Opaque to all others, sealed where it rests. */
  readonly grant?: string
}

/** Why nobody was, for the page and the audit line; of a fixed set, as a provider's own words are not ours to show. */
export type Refusal =
  /** Wrong password, or whatever looks like it. */
  | { readonly kind: 'refused' }
  /** The provider vouches, but its `admit` does not name this person. */
  | { readonly kind: 'not-admitted' }
  /** It cannot be reached, or answers what it should not. */
  | { readonly kind: 'unavailable' }

export type Renewal =
  /** Who they are now; `grant` where it changed. */
  | { readonly kind: 'ok'; readonly identity: Identity; readonly grant?: string }
  /** The provider no longer vouches for them, or `admit` no longer names them: their sessions end. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'unavailable'; readonly error: unknown }

/** A provider whose word is asked for again while somebody is signed in. */
export interface Renewing {
  readonly name: string
  /** Milliseconds between two questions about one person. */
  readonly refresh: number
  /** Rejects never. @param now epoch milliseconds */
  renew(grant: string, now: number): Promise<Renewal>
}
