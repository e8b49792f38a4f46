import { inFamily } from '../../syntax/header-family.ts'
import type { Arrival } from './arrival.ts'

// What only a proxy may say of a request, and what an answer of ours must not be mistaken by.
const FORWARDED =
  /^(?:x[-_.]forwarded[-_.]|forwarded$|x[-_.]real[-_.]ip$|x[-_.]original[-_.]|x[-_.]rewrite[-_.]url$|x[-_.]labelgate[-_.]|(?:true|cf)[-_.](?:client|connecting)[-_.]ip$)/i

// Of one connection alone (RFC 9110 section 7.6.1), whether Connection names them or not; and what the framing says.
const HOP =
  /^(?:connection|proxy-connection|keep-alive|te|trailer|transfer-encoding|upgrade|http2-settings|proxy-auth.*)$/i
const FRAMING = /^(?:content-length|expect|host)$/i

/** The question a proxy would ask about this request: its own header lines, and what we saw of it. */
export function questionLines({ lines, method, scheme, authority, target, address, body = '0' }: Arrival): string[] {
  const asked: string[] = []
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = lines[i] as string
    // the body goes to the app, not to the decision
    if (!FORWARDED.test(name) && !/^(?:content-length|transfer-encoding)$/i.test(name))
      asked.push(name, lines[i + 1] as string)
  }
  asked.push('X-Forwarded-Method', method, 'X-Forwarded-Proto', scheme)
  asked.push('X-Forwarded-Host', authority, 'X-Forwarded-Uri', target, 'X-Forwarded-For', address)
  asked.push('X-Labelgate-Body', body === 'chunked' ? ';chunked' : `${body};`)
  return asked
}

export interface Admitted {
  /** Identity headers, and what the app may see of what could have been ours. */
  readonly pass: readonly string[]
  /** Every header that tells an app who is there, or could tell us: of these the app gets what `pass` says. */
  readonly names: readonly string[]
  /** Beginnings of further ones that nobody may bring. */
  readonly reserved: readonly string[]
}

/** What the app gets: the client's headers without any that tells who is there, then our own. */
export function upstreamLines(arrival: Arrival, { pass, names, reserved }: Admitted): string[] {
  const { lines, authority, scheme, address, body, method } = arrival
  const ours = new Set([...names.map(foldName), 'cookie', 'authorization'])
  const hop = namedHops(lines)
  const result = ['Host', authority]
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = lines[i] as string
    const value = lines[i + 1] as string
    // a client of gRPC says that it takes trailers, and its server insists
    if (/^te$/i.test(name) && value.toLowerCase() === 'trailers') result.push(name, value)
    if (isHop(hop, name) || FRAMING.test(name) || FORWARDED.test(name) || ours.has(foldName(name))) continue
    if (inFamily(name, reserved)) continue
    result.push(name, value)
  }
  for (let i = 0; i + 1 < pass.length; i += 2) result.push(pass[i] as string, pass[i + 1] as string)
  result.push('X-Forwarded-Host', authority, 'X-Forwarded-Proto', scheme, 'X-Forwarded-For', address)
  if (body === 'chunked') result.push('Transfer-Encoding', 'chunked')
  else if (body !== undefined) result.push('Content-Length', body)
  else if (/^(?:POST|PUT|PATCH)$/.test(method)) result.push('Content-Length', '0')
  return result
}

/** What the client gets of the app's answer: all but what is of the connection to the app. */
export function answerLines(lines: readonly string[]): string[] {
  const hop = namedHops(lines)
  const result: string[] = []
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = lines[i] as string
    if (!isHop(hop, name) && !name.startsWith(':')) result.push(name, lines[i + 1] as string)
  }
  return result
}

/** By name, as HTTP/2 takes them. */
export function byName(lines: readonly string[]): Record<string, string | string[]> {
  const result: Record<string, string | string[]> = {}
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = (lines[i] as string).toLowerCase()
    const value = lines[i + 1] as string
    const before = Object.hasOwn(result, name) ? result[name] : undefined
    result[name] = before === undefined ? value : [before, value].flat()
  }
  return result
}

function isHop(named: ReadonlySet<string>, name: string): boolean {
  return HOP.test(name) || (named.size > 0 && named.has(name.toLowerCase()))
}

const NONE: ReadonlySet<string> = new Set()

function namedHops(lines: readonly string[]): ReadonlySet<string> {
  let named: Set<string> | undefined
  for (let i = 0; i + 1 < lines.length; i += 2) {
    if (!/^connection$/i.test(lines[i] as string)) continue
    named ??= new Set()
    for (const token of (lines[i + 1] as string).split(',')) named.add(token.trim().toLowerCase())
  }
  return named ?? NONE
}

/** `Remote_User` and `remote.user` are `remote-user` to many servers. */
function foldName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')
}
