import type { CredentialKind, HeaderSpec, Policy, Subject, TokenKind } from './spec.ts'

/** What the operator says about labels: defaults for what a label leaves out, limits on what it may say. */
export interface Operator {
  /** `labelled`: only containers with a label of ours. `all`: every container. */
  readonly protect: 'labelled' | 'all'
  /** May a container opt out of `protect=all` with `labelgate.enable=false`? */
  readonly optOut: boolean
  /** `{name}.example.com`; undefined: an app without a host is a problem. */
  readonly defaultHost?: string
  readonly defaultAllow: readonly Subject[]
  readonly defaultAccept: readonly CredentialKind[]
  readonly defaultHeaders: readonly HeaderSpec[]
  /** Is every app given a signed statement of who is there? Undefined: those whose labels ask. */
  readonly assertion?: boolean
  /** Headers that clients may not bring, whether a label names them or not: `x-ptl-`. Undefined: none. */
  readonly reservedHeaders?: readonly string[]
  /** Host of the portal: no container may claim it. */
  readonly portalHost: string
  /** May labels claim `*.example.com`? */
  readonly wildcardHosts: boolean
  /** May labels say `public` or `public-from`? */
  readonly publicLabels: boolean
  /** Hosts must equal or lie below one of these; empty: any. Lower case, no leading dot. */
  readonly hostSuffixes: readonly string[]
  readonly entrypoints: readonly string[]
  readonly allowedEntrypoints: readonly string[]
  readonly tls: boolean
  readonly certresolver?: string
  readonly allowedCertresolvers: readonly string[]
  /** Qualified Traefik middleware names (`compress@file`) that labels may add. */
  readonly allowedMiddlewares: readonly string[]
  readonly policies: ReadonlyMap<string, Policy>
  /** Credentials for apps themselves: their names, and the ids of the apps that may have each. Undefined: none. */
  readonly upstreamBasic?: ReadonlyMap<string, readonly string[]>
  /** By app id, the tokens that some provider of the operator's file lets it have. Undefined: none. */
  readonly upstreamTokens?: ReadonlyMap<string, ReadonlySet<TokenKind>>
  /** Sign-in providers that exist: `local`, and those of the operator's file. */
  readonly providers: readonly string[]
  /** Names of the issuers in the operator's file whose JWTs may be taken. */
  readonly bearer: readonly string[]
  /** True where we write the routes (Traefik file, gateway): `traefik.http.*` labels are then a problem shown aloud. */
  readonly ownsRoutes: boolean
  /** True where Traefik asks: it does not tell us of bodies, so their limit holds nothing, and that is said aloud. */
  readonly bodiesUntold?: boolean
  /** True where forward-auth stands before every router of Traefik: one that no app covers is denied, and said aloud. */
  readonly entryPoint?: boolean
}
