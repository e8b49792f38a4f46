/**
 * The outcome of reading one container's labels: plain data, every default applied, nothing left to look up.
 * `authz/` decides by it, `proxy/` writes configuration from it.
 */
import type { Networks } from '../syntax/networks.ts'
import type { Problem } from './problem.ts'

/** One item of `allow` or `deny`. */
export type Subject =
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'user'; readonly name: string }
  | { readonly kind: 'group'; readonly name: string }
  /** `pattern` is lower case: `alice@example.com`, or `*@example.com` for a whole domain. */
  | { readonly kind: 'email'; readonly pattern: string }
  | { readonly kind: 'claim'; readonly name: string; readonly value: string }

/** One item of `require`; all must hold. */
export type Requirement =
  | { readonly kind: 'mfa' }
  | { readonly kind: 'fresh'; readonly seconds: number }
  | { readonly kind: 'network'; readonly networks: Networks }
  | { readonly kind: 'provider'; readonly name: string }

export const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
  'REPORT',
  'SEARCH',
  'MKCALENDAR',
  'ACL',
  'QUERY',
] as const
export type Method = (typeof METHODS)[number]

/** One item of `public`: the exact path, or with `subtree` (`/path/**`) that path and everything below it. */
export interface PublicPattern {
  /** Undefined: every method. */
  readonly methods?: readonly Method[]
  /** Canonical, case kept, without trailing slash (but `/` itself). */
  readonly path: string
  readonly subtree: boolean
}

export type CredentialKind = 'session' | 'token' | 'basic' | 'bearer'

export interface Policy {
  readonly allow: readonly Subject[]
  readonly deny: readonly Subject[]
  readonly require: readonly Requirement[]
  readonly public: readonly PublicPattern[]
  /** Networks from which no sign-in is needed. */
  readonly publicFrom?: Networks
  readonly accept: readonly CredentialKind[]
  /** Sign-in providers that are offered; undefined: all. It limits no session: `require=provider=…` does. */
  readonly login?: readonly string[]
  /** Whose JWTs `accept=bearer` takes, of the issuers in the operator's file; undefined: all of them. */
  readonly bearer?: readonly string[]
  /** Nobody is refused: the app is told who is there, or that nobody is, and decides itself. */
  readonly identify?: true
  /** For `explain`: the label (`labelgate.allow=group:admins`) or `default` that each part came from. */
  readonly words: Readonly<Partial<Record<PolicyPart, string>>>
}
export type PolicyPart =
  | 'allow'
  | 'deny'
  | 'require'
  | 'public'
  | 'public-from'
  | 'accept'
  | 'login'
  | 'bearer'
  | 'policy'

/** A narrower part of an app. The longest path wins, then the one that names the method. */
export interface Rule {
  readonly name: string
  /** Path prefix that ends at a segment boundary; canonical, without trailing slash (but `/` itself). */
  readonly path: string
  /** `path` folded (see syntax/path.ts): rules protect whatever the case of the letters. */
  readonly folded: string
  /** Undefined: every method. */
  readonly methods?: readonly Method[]
  readonly policy: Policy
}

/** What a provider gave along with a sign-in, and an app may be handed on. */
export type TokenKind = 'access' | 'id'

/** What an app receives in one header. */
export interface HeaderSpec {
  /** RFC 9110 token in canonical case: `Remote-User`. */
  readonly name: string
  readonly value:
    | { readonly kind: 'user' | 'email' | 'name' | 'groups' | 'issuer' | 'subject' }
    /** How and when they proved it: RFC 8176 values with blanks between; seconds since 1970. */
    | { readonly kind: 'amr' | 'authenticated-at' }
    /** `true` for somebody; is their address verified; were they never asked who they are; can they sign in anew? */
    | { readonly kind: 'valid' | 'verified' | 'anonymous' | 'can-reauthenticate' }
    /** Of the provider they signed in with, where the operator lets this app have it. */
    | { readonly kind: 'access-token' | 'id-token' }
    | { readonly kind: 'claim'; readonly name: string }
    | { readonly kind: 'text'; readonly text: string }
}

export interface UpstreamToken {
  /** As `HeaderSpec` has it. */
  readonly header: string
  readonly kind: TokenKind
}

/** How to reach the container, and what is passed to Traefik, where we own the route. */
export interface Route {
  readonly port?: number
  readonly scheme: 'http' | 'https' | 'h2c'
  readonly network?: string
  /** Octets of the longest request body the app is given; undefined: any. */
  readonly bodyLimit?: number
  readonly entrypoints: readonly string[]
  readonly tls: boolean
  readonly certresolver?: string
  readonly middlewares: readonly string[]
}

/** The app's card on the portal. */
export interface Card {
  readonly title: string
  readonly icon?: string
  readonly description?: string
  readonly hidden: boolean
}

export interface AppSpec {
  /** The compose or Swarm service name, else the container name; `apps.<id>` names further ones. */
  readonly id: string
  /**
   * What replicas share: `<project>/<service>`, or the container's name where it stands alone;
   * a further app adds `#<id>`. Unique within a table where `id` need not be.
   */
  readonly key: string
  /** Lower case, without port or trailing dot; `*.example.com` covers one label. Never empty for a good app. */
  readonly hosts: readonly string[]
  /** Path prefix that ends at a segment boundary; canonical, without trailing slash (but `/` itself). */
  readonly path: string
  readonly policy: Policy
  readonly rules: readonly Rule[]
  readonly headers: readonly HeaderSpec[]
  /** Is it given a signed statement of who is there? */
  readonly assertion: boolean
  /** Name of the credentials it is sent, of those in the operator's file. */
  readonly upstreamBasic?: string
  /** The headers of `headers` that carry a provider's token; undefined: none. */
  readonly upstreamTokens?: readonly UpstreamToken[]
  readonly route: Route
  readonly card: Card
  /** True: some label is wrong, so the hosts are claimed and denied to everybody. */
  readonly broken: boolean
  /**
   * The labels that made this app, normalised (key lower case, value trimmed), sorted, one string.
   * Two containers of one key agree exactly when these are equal.
   */
  readonly fingerprint: string
}

/** What one container declares. */
export interface Reading {
  /** Empty where the container is not ours: no label of ours, or `enable=false`. */
  readonly apps: readonly AppSpec[]
  readonly problems: readonly Problem[]
}
