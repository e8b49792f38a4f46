import type { Operator } from './operator.ts'
import { bad, good, type Parsed } from './parsed.ts'
import type { HeaderSpec } from './spec.ts'
import { quote } from './text.ts'
import { nearest } from '../syntax/nearest.ts'
import { didYouMean } from './words.ts'

// RFC 9110 section 5.6.2 allows more; servers read `_` and `.` as `-` or the other way round (threat A-08).
const NAME = /^[a-z][a-z0-9-]{0,63}$/
const CLAIM = /^claim:([\w:./@-]{1,256})$/i
const TEXT = /^"([\x20-\x21\x23-\x7e]{0,256})"$/
const KINDS = ['user', 'email', 'name', 'groups'] as const
// What says who somebody is, whatever the operator's defaults are: an app may trust it without being told to.
const IDENTITY = new Set(['remote-user', 'remote-email', 'remote-name', 'remote-groups'])
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

/**
 * What an app receives in one header.
 * @param name as the key of the label gives it, lower case
 */
export function parseHeader(text: string, operator: Operator, name: string): Parsed<HeaderSpec> {
  if (!NAME.test(name)) return bad(`${quote(name)} is not a header name`, 'use letters, digits and dashes')
  if (RESERVED.has(name) || RESERVED_FAMILY.test(name)) return bad(`no label may set the header ${canonical(name)}`)
  const value = parseValue(text)
  if (value.value === undefined) return { faults: value.faults }
  const speaksForSomebody =
    IDENTITY.has(name) || operator.defaultHeaders.some((header) => header.name.toLowerCase() === name)
  if (value.value.kind === 'text' && speaksForSomebody)
    return bad(`${canonical(name)} says who somebody is, so it cannot be a fixed text`, 'choose another header')
  return good({ name: canonical(name), value: value.value })
}

/** The operator's headers, and the label's in their place or after them, by name. */
export function withDefaults(own: readonly HeaderSpec[], operator: Operator): readonly HeaderSpec[] {
  // one array for most apps: who collects names over all of them counts on it
  if (own.length === 0) return operator.defaultHeaders
  const byName = new Map(operator.defaultHeaders.map((header) => [header.name.toLowerCase(), header]))
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
