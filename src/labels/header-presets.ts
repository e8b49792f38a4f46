import type { HeaderSpec } from './spec.ts'

const of = (prefix: string, values: Readonly<Record<string, PersonKind>>): readonly HeaderSpec[] =>
  Object.entries(values).map(([name, kind]) => ({ name: prefix + name, value: { kind } }))

type PersonKind = Exclude<HeaderSpec['value']['kind'], 'claim' | 'text'>

const PROXIED = { User: 'user', Email: 'email', Groups: 'groups', 'Preferred-Username': 'user' } as const

/** Sets of headers by name, as well-known sign-in proxies spell them; the first is the default. */
export const HEADER_PRESETS = {
  /** As Authelia, Caddy and Traefik examples have them. */
  remote: of('Remote-', { User: 'user', Email: 'email', Name: 'name', Groups: 'groups' }),
  /** As oauth2-proxy passes them upstream (`--pass-user-headers`). */
  'x-forwarded': of('X-Forwarded-', PROXIED),
  /** As oauth2-proxy answers them (`--set-xauthrequest`). */
  'x-auth-request': of('X-Auth-Request-', PROXIED),
  /** As Authgear's resolver answers them. What it says of a session it says of any of our credentials. */
  authgear: of('X-Authgear-', {
    'Session-Valid': 'valid',
    'Session-Amr': 'amr',
    'Session-Authenticated-At': 'authenticated-at',
    'User-Id': 'subject',
    'User-Anonymous': 'anonymous',
    'User-Verified': 'verified',
    'User-Can-Reauthenticate': 'can-reauthenticate',
  }),
} as const satisfies Readonly<Record<string, readonly HeaderSpec[]>>

export type HeaderPreset = keyof typeof HEADER_PRESETS

/** Headers that say who somebody is under some preset: an app may trust them without being told to. */
export const PRESET_HEADERS: ReadonlySet<string> = new Set(
  Object.values(HEADER_PRESETS).flatMap((headers) => headers.map(({ name }) => name.toLowerCase())),
)
