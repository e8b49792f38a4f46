import type { ClaimPath, OidcConfig, OidcPreset } from '../operator-file.ts'

/** What is known of a make of provider, where the file does not say otherwise. */
export interface Preset extends Pick<OidcConfig, 'claims' | 'mfa' | 'scopes'> {
  readonly title?: string
  /** Undefined: it has no issuer of its own, so the file must name one. */
  readonly issuer?: string
}

const STANDARD = ['openid', 'profile', 'email']
const WITH_GROUPS = [...STANDARD, 'groups']
const ZITADEL_ROLES = 'urn:zitadel:iam:org:project:roles'

/** RFC 8176: more than one factor, whichever. Of single ones nobody knows which others there were. */
const BY_AMR = { acr: [], amr: ['mfa'] }

/** OpenID Connect Core section 5.1. `sub` comes last: it always stands there, and is no name to read. */
function claims(groups: readonly ClaimPath[], user: readonly string[] = ['preferred_username', 'sub']) {
  return { user: user.map((name) => [name]), email: [['email']], name: [['name']], groups }
}

const GENERIC: Preset = { scopes: STANDARD, claims: claims([['groups']]), mfa: BY_AMR }

/** @param clientId Keycloak keeps the roles of each client below its name */
export function presetOf(name: OidcPreset, clientId: string): Preset {
  switch (name) {
    case 'generic':
      return GENERIC
    case 'keycloak':
      return {
        ...GENERIC,
        title: 'Keycloak',
        claims: claims([['groups'], ['realm_access', 'roles'], ['resource_access', clientId, 'roles']]),
      }
    case 'google':
      // no user name, no groups, and no word on how somebody signed in
      return {
        title: 'Google',
        issuer: 'https://accounts.google.com',
        scopes: STANDARD,
        claims: claims([], ['email', 'sub']),
        mfa: { acr: [], amr: [] },
      }
    case 'entra':
      // without offline_access there is no refresh token; groups are object ids, roles are names
      return {
        ...GENERIC,
        title: 'Microsoft',
        scopes: [...STANDARD, 'offline_access'],
        claims: claims([['groups'], ['roles']]),
      }
    case 'gitlab':
      // `groups` is UserInfo's, and has those that are inherited too
      return {
        ...GENERIC,
        title: 'GitLab',
        issuer: 'https://gitlab.com',
        claims: claims([['groups_direct'], ['groups']], ['preferred_username', 'nickname', 'sub']),
      }
    case 'authentik':
      return { ...GENERIC, title: 'authentik', scopes: [...STANDARD, 'offline_access'] }
    case 'authelia':
      return { ...GENERIC, title: 'Authelia', scopes: [...WITH_GROUPS, 'offline_access'] }
    case 'pocket-id':
      // it has passkeys alone, each of which is held and unlocked: two factors
      return { ...GENERIC, title: 'Pocket ID', scopes: WITH_GROUPS, mfa: { acr: [], amr: ['mfa', 'hwk', 'swk'] } }
    case 'zitadel':
      return {
        ...GENERIC,
        title: 'Zitadel',
        scopes: [...STANDARD, 'offline_access', ZITADEL_ROLES],
        claims: { ...claims([['groups']]), groupKeys: [[ZITADEL_ROLES]] },
      }
    case 'okta':
      return { ...GENERIC, title: 'Okta', scopes: [...WITH_GROUPS, 'offline_access'] }
    case 'auth0':
      // groups only by an action of one's own, under a name that is a URL: claims.groups says which
      return {
        ...GENERIC,
        title: 'Auth0',
        scopes: [...STANDARD, 'offline_access'],
        claims: claims([], ['preferred_username', 'email', 'sub']),
      }
  }
}
