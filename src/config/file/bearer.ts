import type { BearerIssuer } from '../operator-file.ts'
import { issuerUrl } from './issuer.ts'
import { claimsOf, optional } from './oidc.ts'
import type { Part } from './part.ts'
import { presetOf } from './presets.ts'

/** Asymmetric, and in use: who has one key of ours could make tokens with HMAC. */
const DEFAULT_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA']
/** Cookies of ours are read as what they are. */
const OURS = /^(?:__(?:host|secure)-)?labelgate/i

export function bearerIssuer(name: string, part: Part): BearerIssuer {
  const cookie = part.text('cookie')
  if (cookie !== undefined && OURS.test(cookie)) part.note('cookie', 'is a cookie of labelgate itself: write another')
  const algorithms = part.get('algorithms')
  const types = part.list('types')
  const claims = claimsOf(part.part('claims'), presetOf('generic', '').claims)
  return {
    name,
    issuer: issuerUrl(part, 'issuer') ?? '',
    audience: part.list('audience'),
    ...optional('jwksUri', issuerUrl(part, 'jwks-uri')),
    algorithms: Array.isArray(algorithms) ? algorithms.filter((name) => typeof name === 'string') : DEFAULT_ALGORITHMS,
    types: types.length === 0 ? ['at+jwt'] : types,
    required: requiredOf(part.part('required')),
    claims,
    admit: part.admit('admit', claims.groups.length > 0),
    ...optional('cookie', cookie),
    ...optional('ca', part.certificates('ca-file')),
  }
}

function requiredOf(part: Part): BearerIssuer['required'] {
  const required = Object.create(null) as Record<string, string | true>
  for (const name of part.keys) {
    const value = part.get(name)
    if (value === false) part.note(name, 'is false: write true for any value, or the value it must have')
    else if (value === true || typeof value === 'string') required[name] = value
  }
  return required
}
