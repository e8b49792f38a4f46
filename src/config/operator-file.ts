/**
 * What the operator's file says (`LABELGATE_CONFIG`), read and judged: every default applied, secrets read from their
 * files, nothing left to look up. Times are milliseconds. Replaced whole when the file changes.
 */
import type { Policy, Subject, TokenKind } from '../labels/spec.ts'

export interface OperatorFile {
  /** In the order of the file, which is that of the buttons. */
  readonly providers: readonly ProviderConfig[]
  /** By name, for `labelgate.policy`. */
  readonly policies: ReadonlyMap<string, Policy>
  readonly bearer: readonly BearerIssuer[]
  readonly tokens: TokenConfig
  readonly headers: HeaderConfig
  /** What apps themselves are signed in with, by name, for `labelgate.upstream-basic`. */
  readonly upstreamBasic: ReadonlyMap<string, UpstreamBasic>
}

export type ProviderConfig = OidcConfig | GithubConfig | LdapConfig

/** Who may become a user at all. It has to be said; `*` is everybody the provider vouches for. */
export type Admit = readonly (Subject | '*')[]

interface ProviderCommon {
  /** `a-z`, digits, dashes; what `login`, `require=provider=` and addresses call it. Never `local`. */
  readonly name: string
  /** On the button. */
  readonly title: string
  readonly admit: Admit
  /** Certificates to trust besides those of the system, PEM. */
  readonly ca?: string
}

export const OIDC_PRESETS = [
  'generic',
  'keycloak',
  'google',
  'entra',
  'gitlab',
  'authentik',
  'authelia',
  'pocket-id',
  'zitadel',
  'okta',
  'auth0',
] as const
export type OidcPreset = (typeof OIDC_PRESETS)[number]

/** The names on the way to a claim, outermost first: `['realm_access', 'roles']`. Never one of a prototype (E-31). */
export type ClaimPath = readonly string[]

/** Where in the claims each part of an identity stands; of several the first that is there holds. */
export interface ClaimPaths {
  /** Where it is `email`, only a verified address counts: else anybody could call themselves anything. */
  readonly user: readonly ClaimPath[]
  readonly email: readonly ClaimPath[]
  readonly name: readonly ClaimPath[]
  /** All of them are joined; none: this provider knows no groups. */
  readonly groups: readonly ClaimPath[]
  /** Objects whose keys are groups, as Zitadel gives roles; joined with `groups`. */
  readonly groupKeys?: readonly ClaimPath[]
}

/** OpenID Connect Core 1.0. */
export interface OidcConfig extends ProviderCommon {
  readonly type: 'oidc'
  readonly preset: OidcPreset
  readonly issuer: string
  readonly clientId: string
  /** Undefined: a public client, by PKCE alone. */
  readonly clientSecret?: string
  readonly scopes: readonly string[]
  readonly claims: ClaimPaths
  /** An address counts although the provider does not say that it verified it. */
  readonly trustEmail: boolean
  /** Values of `acr` or `amr` that stand for a second factor. */
  readonly mfa: { readonly acr: readonly string[]; readonly amr: readonly string[] }
  /** What is asked for where an app wants a second factor (`acr_values`). */
  readonly acrValues?: string
  /** Claims are fetched anew so long after the last time; who lost a group upstream loses it here within it. */
  readonly refresh: number
  /** Google: accounts of this domain alone (`hd`), checked in the ID token. */
  readonly hostedDomain?: string
  /** Entra: this tenant alone (`tid`). */
  readonly tenant?: string
  /** What apps may be handed on of what it gives; undefined: nothing. */
  readonly upstreamTokens?: UpstreamTokensConfig
}

/** Both it and a label of the app have to say so. */
export interface UpstreamTokensConfig {
  readonly tokens: readonly TokenKind[]
  /** Ids of the apps that may have them. */
  readonly apps: readonly string[]
}

/** GitHub's OAuth 2.0, which is no OpenID Connect: user, verified address, organisations and teams by its API. */
export interface GithubConfig extends ProviderCommon {
  readonly type: 'github'
  readonly clientId: string
  readonly clientSecret: string
  /** `https://github.com`, or of an Enterprise server. */
  readonly origin: string
  readonly apiUrl: string
  readonly refresh: number
}

export interface LdapConfig extends ProviderCommon {
  readonly type: 'ldap'
  /** `ldaps://host[:port]` or `ldap://host[:port]`; tried in turn. */
  readonly urls: readonly string[]
  readonly startTls: boolean
  /** Plain LDAP to another machine has to be said. */
  readonly allowPlain: boolean
  /** Search-then-bind: who searches. Undefined: bind as the user by `userDn`. */
  readonly bind?: { readonly dn: string; readonly password: string }
  /** `uid={username},ou=people,dc=example,dc=com`; the name is escaped. */
  readonly userDn?: string
  readonly userBase?: string
  /** `(uid={username})`. */
  readonly userFilter: string
  readonly attributes: { readonly user: string; readonly email: string; readonly name: string; readonly id: string }
  readonly groups: {
    readonly base?: string
    /** `(member={dn})`, also `{username}`; undefined: `memberOf` of the person alone. */
    readonly filter?: string
    readonly name: string
    /** Groups of groups. */
    readonly nested: boolean
  }
  /** How long a person's groups are believed before they are looked up again. */
  readonly refresh: number
  /** Of each operation. */
  readonly timeout: number
}

/** Whose JWTs an app with `accept=bearer` takes. */
export interface BearerIssuer {
  readonly name: string
  readonly issuer: string
  readonly audience: readonly string[]
  /** Undefined: by discovery. */
  readonly jwksUri?: string
  /** JWS algorithms; never `none`, never HMAC. */
  readonly algorithms: readonly string[]
  /** Values of the `typ` header; `at+jwt` (RFC 9068) by default. */
  readonly types: readonly string[]
  /** Claims that must stand in it, with this value where one is given. */
  readonly required: Readonly<Record<string, string | true>>
  readonly claims: ClaimPaths
  readonly admit: Admit
  /** Cookie that carries it too; undefined: the `Authorization` header alone. */
  readonly cookie?: string
  readonly ca?: string
}

export interface TokenConfig {
  /** A further header in which tokens are taken, so that `Authorization` stays the app's: `X-Api-Key`. */
  readonly header?: string
}

/** User name and password that an app wants of its proxy (RFC 7617). */
export interface UpstreamBasic {
  readonly username: string
  readonly password: string
  /** Ids of the apps whose labels may name it: what one container may have is no other's. */
  readonly apps: readonly string[]
}

export interface HeaderConfig {
  /** Is every app given a signed assertion of who is there, whether its labels ask or not? */
  readonly assertion: boolean
}
