/** What the portal asks of the rest of the program: the little it uses, so that a test can stand in for any of it. */
import type { FastifyRequest } from 'fastify'
import type { Settings } from '../../config/settings.ts'
import type { Authentication, Identity } from '../../identity/identity.ts'
import type { LoggedOut, RedirectProvider } from '../../identity/provider.ts'
import type { Given } from '../../session/grants.ts'
import type { LiveSession } from '../../session/live.ts'
import type { Logins } from '../../session/login.ts'
import type { Table } from '../../table/table.ts'
import type { Site } from '../pages/site.ts'

export interface PortalDeps {
  readonly settings: Pick<Settings, 'portal' | 'sessionMax'>
  readonly site: Site
  /** Epoch milliseconds. */
  now(): number
  /** Undefined until the first complete list of containers. */
  table(): Table | undefined
  readonly sessions: PortalSessions
  readonly accounts: PortalAccounts
  /** Undefined where there is no set-up link, since there is an account. */
  readonly setup: PortalSetup | undefined
  readonly handover: PortalHandover
  /** Undefined where there is no provider that browsers are sent to. */
  readonly redirects?: PortalRedirects
  /** A JWK Set of what we sign with. Undefined: nothing is signed. */
  publicKeys?(): unknown
  /** The client's address; empty where it is not known. */
  clientAddress(request: FastifyRequest): string
  /** For the audit line and the counters. Must not throw. */
  observe(event: PortalEvent): void
  /** A fault of ours, for the log. Called with the error alone: a request may hold secrets. */
  fault(error: unknown): void
}

export interface PortalSessions {
  /** False while somebody may have been signed out without our knowing: then the store itself is asked. */
  readonly trustworthy: boolean
  find(cookieValue: string, now: number): LiveSession | undefined
  /** After a look at the store. May reject. */
  findAgain(cookieValue: string, now: number): Promise<LiveSession | undefined>
  /** @returns the new cookie's value; it opens nothing where the account was closed in the meantime */
  startPortal(identity: Identity, authentication: Authentication, now: number, given?: Given): Promise<string>
  /** Ends it and every app session that hangs on it. */
  end(session: LiveSession): Promise<void>
}

export interface PortalAccounts {
  signIn(attempt: SignInAttempt, now: number): Promise<SignInResult>
  /** Is there any account? */
  any(): Promise<boolean>
  /** Is there a local account of this name that was disabled? */
  isShut?(user: string): Promise<boolean>
}

/** Providers that browsers are sent to, and what becomes of it. */
export interface PortalRedirects {
  /** In the order of the operator's file, as it is now. */
  all(): readonly RedirectProvider[]
  readonly logins: Pick<Logins, 'newState' | 'start' | 'open' | 'spend'>
  /** For the audit trail in the store; the log line is written by `observe`. */
  audit(
    entry: { readonly event: string; readonly user?: string; readonly address: string; readonly provider: string },
    now: number,
  ): Promise<void>
  /** What the provider of this session is asked with again. */
  grantOf(session: LiveSession, now: number): Promise<string | undefined>
  /** Is this the first time that the provider says this? */
  firstTime(provider: string, jti: string, now: number): Promise<boolean>
  /** One session, or all of one person, as the provider said. */
  endSessions(whose: Extract<LoggedOut, { kind: 'ok' }> & { readonly provider: string }): Promise<void>
}

export interface SignInAttempt {
  readonly name: string
  readonly password: string
  readonly address: string
  /** Value of the device cookie, where the browser sent one. */
  readonly device: string | undefined
}

export type SignInResult =
  | {
      readonly kind: 'ok'
      readonly identity: Identity
      readonly authentication: Authentication
      /** New value for the device cookie. */
      readonly device?: string
      /** Of a provider whose word is asked for again (identity/provider.ts). */
      readonly grant?: string
    }
  /** `not-admitted`: the password is right; `unavailable`: who might know it cannot be asked. */
  | { readonly kind: 'refused' | 'not-admitted' | 'unavailable' }
  /** `retryAfter` in seconds. */
  | { readonly kind: 'throttled' | 'busy'; readonly retryAfter: number }

export interface PortalSetup {
  /** Does this token open the set-up page now? Uses nothing up. */
  opens(token: string, now: number): boolean
  redeem(
    token: string,
    account: { readonly name: string; readonly password: string },
    now: number,
  ): Promise<SetUpResult>
}

export type SetUpResult =
  | { readonly kind: 'ok'; readonly identity: Identity; readonly authentication: Authentication }
  /** `reason`: a sentence for the person who typed. The link can be used again. */
  | { readonly kind: 'invalid'; readonly reason: string }
  /** Used, too old, or not the link that was given out. */
  | { readonly kind: 'closed' }

export interface PortalHandover {
  /** @returns a one-time code that opens `host` for the browser whose nonce has this hash */
  issue(
    grant: {
      readonly portal: LiveSession
      readonly host: string
      readonly returnTo: string
      readonly nonceHash: string
    },
    now: number,
  ): Promise<string>
}

/** What happened, without a name that was only typed: people type passwords into the wrong field. */
export type PortalEvent =
  | { readonly kind: 'sign-in' | 'set-up' | 'sign-out'; readonly identity: Identity; readonly address: string }
  | {
      readonly kind: 'sign-in-refused'
      readonly why: Exclude<SignInResult['kind'], 'ok'>
      readonly address: string
      /** Name of the provider, and what it did, where it was one. */
      readonly provider?: string
      readonly error?: unknown
    }
  | { readonly kind: 'form-refused'; readonly why: 'cross-site' | 'no-token'; readonly address: string }
