import { duration, line } from '../plain.ts'
import {
  OIDC_PRESETS,
  type ClaimPaths,
  type GithubConfig,
  type OidcConfig,
  type UpstreamTokensConfig,
} from '../operator-file.ts'
import { isWrong, type Parsed } from '../parsed.ts'
import { issuerUrl } from './issuer.ts'
import type { Part } from './part.ts'
import { presetOf } from './presets.ts'

export const REFRESH = duration({ least: '1m', most: '1h' })
export const DEFAULT_REFRESH = 5 * 60_000
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/

/** @param secret undefined: a public client */
export function oidcProvider(name: string, part: Part, secret: string | undefined): OidcConfig {
  const clientId = part.text('client-id') ?? ''
  const known = OIDC_PRESETS.find((preset) => preset === part.text('preset')) ?? 'generic'
  const preset = presetOf(known, clientId)
  const claims = claimsOf(part.part('claims'), preset.claims)
  const mfa = part.part('mfa')
  const hasGroups = claims.groups.length > 0 || (claims.groupKeys?.length ?? 0) > 0
  const tenant = part.text('tenant')
  if (known === 'entra' && tenant === undefined)
    part.note('tenant', 'is needed with the preset entra: write the id of the tenant whose accounts are meant')
  const ownIssuer =
    known === 'entra' && tenant !== undefined ? `https://login.microsoftonline.com/${tenant}/v2.0` : preset.issuer
  const issuer = issuerUrl(part, 'issuer') ?? ownIssuer
  if (issuer === undefined && !part.has('issuer') && known !== 'entra')
    part.note('issuer', 'is needed: write it as the provider does, like https://id.example.com')
  return {
    type: 'oidc',
    name,
    title: part.parsed('title', line(60)) ?? preset.title ?? name,
    admit: part.admit('admit', hasGroups),
    preset: known,
    issuer: issuer ?? '',
    clientId,
    ...(secret !== undefined && { clientSecret: secret }),
    scopes: scopesOf(part, preset.scopes),
    claims,
    trustEmail: part.flag('trust-email'),
    mfa: {
      acr: mfa.has('acr') ? mfa.list('acr') : preset.mfa.acr,
      amr: mfa.has('amr') ? mfa.list('amr') : preset.mfa.amr,
    },
    ...optional('acrValues', part.text('acr-values')),
    refresh: part.parsed('refresh', REFRESH) ?? DEFAULT_REFRESH,
    ...optional('hostedDomain', part.text('hosted-domain')?.toLowerCase()),
    ...optional('tenant', tenant),
    ...optional('upstreamTokens', tokensOf(part)),
    ...optional('ca', part.certificates('ca-file')),
  }
}

export function githubProvider(name: string, part: Part): GithubConfig {
  const origin = issuerUrl(part, 'origin')?.replace(/\/+$/, '') ?? 'https://github.com'
  const api = origin === 'https://github.com' ? 'https://api.github.com' : `${origin}/api/v3`
  return {
    type: 'github',
    name,
    title: part.parsed('title', line(60)) ?? 'GitHub',
    admit: part.admit('admit', true),
    clientId: part.text('client-id') ?? '',
    clientSecret: part.secret('client-secret-file') ?? '',
    origin,
    apiUrl: issuerUrl(part, 'api-url')?.replace(/\/+$/, '') ?? api,
    refresh: part.parsed('refresh', REFRESH) ?? DEFAULT_REFRESH,
    ...optional('ca', part.certificates('ca-file')),
  }
}

/** Those of the preset where the file says none; groups that it names are all there are. */
export function claimsOf(part: Part, preset: ClaimPaths): ClaimPaths {
  const groups = part.claimPaths('groups')
  return {
    user: part.claimPaths('user') ?? preset.user,
    email: part.claimPaths('email') ?? preset.email,
    name: part.claimPaths('name') ?? preset.name,
    groups: groups ?? preset.groups,
    ...optional('groupKeys', groups === undefined ? preset.groupKeys : undefined),
  }
}

function tokensOf(part: Part): UpstreamTokensConfig | undefined {
  if (!part.has('upstream-tokens')) return undefined
  const said = part.part('upstream-tokens')
  const tokens = (['access', 'id'] as const).filter((kind) => said.list('tokens').includes(kind))
  return { tokens: said.has('tokens') ? tokens : ['access'], apps: said.list('apps') }
}

/** RFC 6749 section 3.3. Without `openid` it is no OpenID Connect. */
function scopesOf(part: Part, preset: readonly string[]): readonly string[] {
  if (!part.has('scopes')) return preset
  const parsed = scopes(part.list('scopes'))
  if (isWrong(parsed)) part.note('scopes', `${parsed.wrong}: ${parsed.mend}`)
  return isWrong(parsed) ? preset : parsed.value
}

function scopes(list: readonly string[]): Parsed<readonly string[]> {
  const all = list.flatMap((item) => item.split(/ +/))
  const wrong = all.find((scope) => !SCOPE.test(scope))
  if (wrong !== undefined) return { wrong: 'has an item that is no scope', mend: 'write openid, profile, email' }
  return all.includes('openid') ? { value: all } : { wrong: 'is without openid', mend: 'write openid, profile, email' }
}

/** For keys that are there or not, never undefined. */
export function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V })
}
