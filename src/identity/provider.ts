/** What sign-in providers besides the local accounts have in common, whatever protocol they speak. */
import type { Authentication, Identity } from './identity.ts'

export interface PassedToken {
  readonly text: string
  /** Epoch milliseconds: from then on it is worth nothing. */
  readonly until: number
}

/** What apps may be handed on, where the operator lets any. Worth as much as a password: sealed where it rests. */
export interface PassedTokens {
  readonly access?: PassedToken
  readonly id?: PassedToken
}

/** Somebody was vouched for. */
export interface Vouched {
  readonly kind: 'ok'
  readonly identity: Identity
  readonly authentication: Authentication
  /** What `renew` needs later: a refresh token, a DN. Opaque to all others, sealed where it rests. */
  readonly grant?: string
  /** Undefined: the operator lets no app have any. */
  readonly tokens?: PassedTokens
  /** The provider's own name for this session, by which it may end it (OpenID Connect Back-Channel Logout, `sid`). */
  readonly sid?: string
}

/** Why nobody was, for the page and the audit line; of a fixed set, as a provider's own words are not ours to show. */
export type Refusal =
  /** Wrong password, or whatever looks like it. */
  | { readonly kind: 'refused'; readonly error?: unknown }
  /** The provider vouches, but its `admit` does not name this person. `user`: who it is, for the page. */
  | { readonly kind: 'not-admitted'; readonly user?: string }
  /** It cannot be reached, or answers what it should not. */
  | { readonly kind: 'unavailable'; readonly error?: unknown }

export type Renewal =
  /** Who they are now; `grant` where it changed. `tokens` as in Vouched: of a kind that is not in it, the last holds. */
  | { readonly kind: 'ok'; readonly identity: Identity; readonly grant?: string; readonly tokens?: PassedTokens }
  /** There is nothing to ask with; the session lives as long as any. */
  | { readonly kind: 'impossible' }
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

/** What an app wants that this sign-in has to bring (`labelgate.require`). */
export interface Demand {
  readonly mfa: boolean
  /** The last proof may be so many seconds old; undefined: any age will do. */
  readonly fresh?: number
}

export interface Ask {
  /** Where the browser comes back to; from settings alone, never from a request (threat E-23). */
  readonly redirectUri: string
  readonly state: string
  readonly demand?: Demand
  /** Let the person choose another account than the one the provider remembers. */
  readonly choose?: boolean
}

/** What the browser takes along, sealed, for `finish`. */
export interface Started {
  readonly nonce: string
  readonly verifier: string
}

export interface Answer extends Ask, Started {
  /** As the browser brought it. */
  readonly query: URLSearchParams
}

/** Whose sessions end, as a provider says: one (`sid`), or all of one person. `jti`: the same word said twice. */
export type LoggedOut =
  | {
      readonly kind: 'ok'
      readonly issuer: string
      readonly jti: string
      readonly sid?: string
      readonly subject?: string
    }
  | { readonly kind: 'refused' | 'unavailable'; readonly error: unknown }

/** A provider to which the browser is sent, and which sends it back: OpenID Connect, GitHub. Nothing of it rejects. */
export interface RedirectProvider extends Renewing {
  readonly title: string
  /** Origin that the browser is sent to first, as far as settings tell. */
  readonly origin: string
  begin(
    ask: Ask,
    now: number,
  ): Promise<({ readonly kind: 'ok'; readonly url: string } & Started) | (Refusal & { kind: 'unavailable' })>
  finish(answer: Answer, now: number): Promise<Vouched | Refusal>
  /**
   * Where to sign out with the provider too (OpenID Connect RP-Initiated Logout 1.0); undefined where it has no such
   * place or cannot be reached.
   */
  signOutUrl?(grant: string | undefined, back: string, now: number): Promise<string | undefined>
  /** Judges a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.6). */
  loggedOut?(token: string, now: number): Promise<LoggedOut>
}
