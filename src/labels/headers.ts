import type { Operator } from './operator.ts'
import { bad, good, type Parsed } from './parsed.ts'
import type { HeaderSpec, TokenKind, UpstreamToken } from './spec.ts'
import { quote } from './text.ts'
import { nearest } from '../syntax/nearest.ts'
import { HEADER_PRESETS, PRESET_HEADERS, type HeaderPreset } from './header-presets.ts'
import { didYouMean, oneOf } from './words.ts'

// RFC 9110 section 5.6.2 allows more; servers read `_` and `.` as `-` or the other way round (threat A-08).
const NAME = /^[a-z][a-z0-9-]{0,63}$/
const CLAIM = /^claim:([\w:./@-]{1,256})$/i
const TEXT = /^"([\x20-\x21\x23-\x7e]{0,256})"$/
const TOKENS = ['access-token', 'id-token'] as const
const KINDS = ['user', 'email', 'name', 'groups', 'issuer', 'subject', 'amr', 'authenticated-at', ...TOKENS] as const
// They steer the request itself, its connection (RFC 9110 section 7.6.1), or what is known of where it came from.
const RESERVED = new Set([
  'host',
  'cookie',
  'set-cookie',
  'authorization',
  'proxy-authorization',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  'www-authenticate',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'forwarded',
  'x-real-ip',
  'true-client-ip',
  'location',
  'expect',
  'range',
  'date',
  'origin',
  'referer',
  'max-forwards',
  'http2-settings',
])
const RESERVED_FAMILY =
  /^(?:content|x-forwarded|x-original|x-http-method|x-method|x-labelgate|sec|if|access-control|accept)(?:-|$)/

// Of that family, but what oauth2-proxy calls the token it passes; for tokens alone.
const TOKEN_HEADER = /^x-forwarded-(?:access|id)-token$/

/**
 * What an app receives in one header.
 * @param name as the key of the label gives it, lower case
 */
export function parseHeader(text: string, operator: Operator, name: string): Parsed<HeaderSpec> {
  if (!NAME.test(name)) return bad(`${quote(name)} is not a header name`, 'use letters, digits and dashes')
  const forToken = TOKEN_HEADER.test(name)
  if (RESERVED.has(name) || (RESERVED_FAMILY.test(name) && !forToken))
    return bad(`no label may set the header ${canonical(name)}`)
  const value = parseValue(text)
  if (value.value === undefined) return { faults: value.faults }
  if (forToken && tokenOf(value.value) === undefined)
    return bad(`${canonical(name)} is for a token alone`, `write ${TOKENS.join(' or ')}, or choose another header`)
  const speaksForSomebody =
    PRESET_HEADERS.has(name) || operator.defaultHeaders.some((header) => header.name.toLowerCase() === name)
  if (value.value.kind === 'text' && speaksForSomebody)
    return bad(`${canonical(name)} says who somebody is, so it cannot be a fixed text`, 'choose another header')
  return good({ name: canonical(name), value: value.value })
}

/** Those that carry a token. */
export function tokenHeaders(headers: readonly HeaderSpec[]): readonly UpstreamToken[] {
  return headers.flatMap(({ name, value }) => {
    const kind = tokenOf(value)
    return kind === undefined ? [] : [{ header: name, kind }]
  })
}

function tokenOf({ kind }: HeaderSpec['value']): TokenKind | undefined {
  if (kind === 'access-token') return 'access'
  return kind === 'id-token' ? 'id' : undefined
}

/** A set of headers by its name. */
export function parseHeaderPreset(text: string): Parsed<readonly HeaderSpec[]> {
  const { value, faults } = oneOf(text, Object.keys(HEADER_PRESETS) as readonly HeaderPreset[])
  return value === undefined ? { faults } : good(HEADER_PRESETS[value])
}

/** The set that the label or else the operator names, and the label's own in their place or after them, by name. */
export function withDefaults(own: readonly HeaderSpec[], base: readonly HeaderSpec[]): readonly HeaderSpec[] {
  // one array for most apps: who collects names over all of them counts on it
  if (own.length === 0) return base
  const byName = new Map(base.map((header) => [header.name.toLowerCase(), header]))
  for (const header of own.toSorted((a, b) => (a.name < b.name ? -1 : 1))) byName.set(header.name.toLowerCase(), header)
  return [...byName.values()]
}

function parseValue(text: string): Parsed<HeaderSpec['value']> {
  const lower = text.toLowerCase()
  const kind = KINDS.find((kind) => kind === lower)
  if (kind !== undefined) return good({ kind })
  const claim = CLAIM.exec(text)?.[1]
  if (claim !== undefined) return good({ kind: 'claim', name: claim })
  const plain = TEXT.exec(text)?.[1]
  if (plain !== undefined) return good({ kind: 'text', text: plain })
  if (text.startsWith('"')) return bad(`${text} is not a text`, 'write printable ASCII between two double quotes')
  if (lower.startsWith('claim')) return bad(`${quote(text)} names no claim`, 'write claim:name')
  return bad(
    `${quote(text)} is not one of ${KINDS.join(', ')}, claim:… or "text"`,
    didYouMean(nearest(lower, KINDS)) ?? `for a fixed text write it in double quotes: "${text}"`,
  )
}

/** `remote-user` is `Remote-User`. */
function canonical(name: string): string {
  return name.replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase())
}
