import type { Authentication, Identity } from '../identity/identity.ts'
import type { Account } from '../identity/local/account.ts'

/**
 * A session as it rests. `id` is SHA-256 (base64url) of the cookie's value: who reads the store cannot sign in with it.
 * A portal session has no host and no parent; an app session has both, and ends with its parent.
 */
export interface SessionRecord {
  readonly id: string
  readonly parent: string | null
  readonly host: string | null
  readonly identity: Identity
  readonly authentication: Authentication
  readonly createdAt: number
  readonly lastSeen: number
}

/**
 * An API token as it rests. `id` is SHA-256 (base64url) of the token: who reads the store cannot use it. Who it speaks
 * for is the local account of this id, as it is when the token is shown.
 */
export interface TokenRecord {
  readonly id: string
  /** Id of a local account; its tokens end with it. */
  readonly account: string
  /** What its owner calls it. */
  readonly name: string
  /** Ids of the apps it opens, where their policies let its owner in; null: any. */
  readonly apps: readonly string[] | null
  readonly createdAt: number
  /** Null: never. */
  readonly expiresAt: number | null
  /** Null: not yet. */
  readonly lastUsed: number | null
}

/** What a provider is asked with again about one portal session. It goes with the session. */
export interface GrantRecord {
  /** Id of the portal session. */
  readonly session: string
  /** Name of the provider. */
  readonly provider: string
  /** The provider's own name for the session; null where it has none. */
  readonly sid: string | null
  /** Sealed: a refresh token is as good as a password. */
  readonly sealed: string
  /** What apps may be handed on, each sealed; null: nothing. */
  readonly accessToken: string | null
  readonly idToken: string | null
  /** When the provider last vouched, epoch ms. */
  readonly renewedAt: number
  /** When it is to be asked again; null: never. */
  readonly renewAt: number | null
}

export interface AuditEntry {
  readonly at: number
  /** `sign-in`, `sign-in-refused`, `sign-out`, `account-changed`, `policy-changed`, `refused` … */
  readonly event: string
  readonly user?: string
  readonly address?: string
  readonly detail: Readonly<Record<string, unknown>>
}

/**
 * What another writer (a command, another replica) did. Says "look again", carries no data. `key` is the account's
 * name (after a change of name there is one of each), the session's id or the token's. Last-seen and last-used times
 * are no change.
 */
export type Change =
  | { readonly kind: 'account'; readonly key: string }
  | { readonly kind: 'session'; readonly key: string }
  | { readonly kind: 'token'; readonly key: string }

/**
 * Where accounts, sessions and single-use marks rest. Every method may reject with a StoreError;
 * nobody may take a rejection for "not there". One contract suite runs over every implementation.
 */
export interface Store {
  account(name: string): Promise<Account | undefined>
  accounts(): Promise<Account[]>
  /** Adds or replaces, by id. Rejects with code `name-taken` where another account has the name. */
  putAccount(account: Account): Promise<void>
  /** Changes in one step what stands there now, so that two writers lose nothing. Undefined: there is none. */
  changeAccount(name: string, change: (account: Account) => Account): Promise<Account | undefined>
  /** Also ends the account's sessions and tokens. */
  removeAccount(name: string): Promise<boolean>

  session(id: string): Promise<SessionRecord | undefined>
  /** All of them, in no order that counts. Sessions of one person share their identity object where they can. */
  sessions(): AsyncIterable<SessionRecord>
  /** Rejects with code `no-parent` where the session it hangs on is not there (any more). */
  putSession(session: SessionRecord): Promise<void>
  /** Last-seen times, in one batch. Ids that are gone are passed over: a touch never revives. */
  touchSessions(seen: ReadonlyMap<string, number>): Promise<void>
  /** Ends these sessions and their children. */
  removeSessions(ids: readonly string[]): Promise<void>
  /** Ends every session of one person, those of apps too. Gives how many. */
  removeSessionsOf(issuer: string, subject: string): Promise<number>
  /** Who this person is now, in each of their sessions. Those that say so already are no change. */
  changeIdentity(identity: Identity): Promise<void>

  /** Adds or replaces, by session. Rejects with code `no-parent` where the session is not there (any more). */
  putGrant(grant: GrantRecord): Promise<void>
  grant(session: string): Promise<GrantRecord | undefined>
  /** Those whose time has come, the longest due first. */
  dueGrants(now: number, limit: number): Promise<GrantRecord[]>
  /** Ids of the portal sessions that a provider knows by this name. */
  sessionsOfSid(provider: string, sid: string): Promise<string[]>

  /**
   * Forgets portal sessions created before, or last seen before (epoch ms), with their children; and marks that have
   * expired.
   */
  prune(limits: { createdBefore: number; seenBefore: number; now: number }): Promise<void>

  token(id: string): Promise<TokenRecord | undefined>
  /** Oldest first. */
  tokens(): Promise<TokenRecord[]>
  /** Adds it. Rejects with code `no-parent` where there is no such account (any more). */
  putToken(token: TokenRecord): Promise<void>
  /** Last-used times, in one batch. Ids that are gone are passed over. */
  touchTokens(used: ReadonlyMap<string, number>): Promise<void>
  /** False: there was none. */
  removeToken(id: string): Promise<boolean>

  /** True the first time for a key, false ever after (until `expiresAt`, epoch ms): codes and links are single-use. */
  once(key: string, expiresAt: number): Promise<boolean>

  audit(entry: AuditEntry): Promise<void>

  /**
   * Calls back for each change, by whomever, within a second; `broken` when the feed cannot be trusted for now,
   * `restored` when it can again and everything must be read anew. Gives the function that ends the subscription.
   */
  subscribe(listener: (change: Change | { kind: 'broken' | 'restored' }) => void): () => void
  close(): Promise<void>
}
