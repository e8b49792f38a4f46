/** Where a provider says things in its own way. What can be said by paths of claims stands in its preset instead. */
import type { OidcConfig } from '../../config/operator-file.ts'
import { own, type Claims } from './claims.ts'

/** Told of what the operator should know, in a sentence; once a person signs in, so not too often. */
export type Warn = (provider: string, sentence: string) => void

/** Parameters of the authorization request beyond the standard's. */
export function extraParameters({ preset, hostedDomain }: OidcConfig): Readonly<Record<string, string>> {
  return {
    // without it Google gives no refresh token, whatever the scopes
    ...(preset === 'google' && { access_type: 'offline' }),
    ...(hostedDomain !== undefined && { hd: hostedDomain }),
  }
}

/**
 * How the person gets to choose another account (OpenID Connect Core section 3.1.2.1). Few know `select_account`; others
 * ignore it, and send the same person back, or refuse it. All know `login`.
 */
export function choosing({ preset }: Pick<OidcConfig, 'preset'>): 'select_account' | 'login' {
  return SELECTING.has(preset) ? 'select_account' : 'login'
}

const SELECTING: ReadonlySet<OidcConfig['preset']> = new Set(['google', 'entra', 'zitadel'])

/** Is it somebody of the tenant or domain that settings ask for? What was sent along as `hd` binds nobody. */
export function isOfTenant(claims: Claims, { hostedDomain, tenant }: OidcConfig): boolean {
  return (
    (hostedDomain === undefined || claims['hd'] === hostedDomain) && (tenant === undefined || claims['tid'] === tenant)
  )
}

/** The claims as the standard would have them. `accessToken`: its payload, where it is a JWT of this provider. */
export function straightened(
  claims: Claims,
  config: Pick<OidcConfig, 'preset' | 'name'>,
  accessToken: Claims | undefined,
  warn: Warn,
): Claims {
  if (config.preset === 'keycloak') return keycloak(claims, accessToken)
  return config.preset === 'entra' ? entra(claims, config.name, warn) : claims
}

/** Roles stand in the access token alone unless a mapper says otherwise; groups come as paths, `/staff/it`. */
function keycloak(claims: Claims, accessToken: Claims = {}): Claims {
  const roles = Object.fromEntries(
    ['realm_access', 'resource_access'].flatMap((name) => {
      const value = own(claims, [name]) ?? own(accessToken, [name])
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const { groups } = claims
  const bare: unknown = Array.isArray(groups) ? groups.map((group: unknown) => withoutSlash(group)) : groups
  return { ...claims, ...roles, ...(groups !== undefined && { groups: bare }) }
}

function withoutSlash(group: unknown): unknown {
  return typeof group === 'string' && group.startsWith('/') ? group.slice(1) : group
}

/** Beyond 200 groups the token says only where to ask for them (`_claim_names`). They are not asked for: none hold. */
function entra(claims: Claims, name: string, warn: Warn): Claims {
  if (own(claims, ['_claim_names', 'groups']) === undefined && claims['hasgroups'] !== true) return claims
  warn(name, 'an account is in too many groups for a token, so none of them counts: use app roles or assigned groups')
  const { groups: _none, ...rest } = claims
  return rest
}
