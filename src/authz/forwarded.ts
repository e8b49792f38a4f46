import { METHODS, type Method } from '../labels/spec.ts'
import { canonicalHost } from '../syntax/host.ts'
import { canonicalPath } from '../syntax/path.ts'
import { bodyOf } from './body-limit.ts'
import type { CanonicalRequest } from './decision.ts'

/** How the proxy describes the request: `forward` by X-Forwarded-*, `nginx` by X-Original-*. Nothing else is read. */
export type Dialect = 'forward' | 'nginx'

/** What of the question's header lines is read, each at most once. Empty where absent: both refuse alike. */
export interface ForwardedFields {
  method: string
  proto: string
  host: string
  uri: string
  for: string
  cookie: string
  origin: string
  accept: string
  fetchMode: string
  fetchSite: string
  requestedWith: string
  authorization: string
  upgrade: string
  socketKey: string
  /** Content-Length and Transfer-Encoding: a body is not read, so the connection ends with the answer. */
  length: string
  coding: string
  /** What the proxy says of the body of the request it asks about (body-limit.ts). */
  body: string
}

/** What a request target, method, host and scheme come to, with the words of it that answers need. */
export interface Forwarded {
  readonly request: CanonicalRequest
  /** Path and query as they were asked for. */
  readonly uri: string
  readonly fields: Readonly<ForwardedFields>
}

interface Known {
  /** As Go's canonical form has it, which most proxies send: compared first, since it costs no folding. */
  readonly line: string
  readonly folded: string
  readonly ends: number
  readonly field: keyof ForwardedFields | 'ignored'
  readonly bit: number
}

const COMMON: readonly (readonly [string, keyof ForwardedFields])[] = [
  ['X-Forwarded-For', 'for'],
  ['Cookie', 'cookie'],
  ['Origin', 'origin'],
  ['Accept', 'accept'],
  ['Sec-Fetch-Mode', 'fetchMode'],
  ['Sec-Fetch-Site', 'fetchSite'],
  ['X-Requested-With', 'requestedWith'],
  ['Authorization', 'authorization'],
  ['Upgrade', 'upgrade'],
  ['Sec-Websocket-Key', 'socketKey'],
  ['Content-Length', 'length'],
  ['Transfer-Encoding', 'coding'],
  ['X-Labelgate-Body', 'body'],
]

const DIALECT: Record<Dialect, readonly (readonly Known[] | undefined)[]> = {
  forward: byLength([
    ...COMMON,
    ['X-Forwarded-Method', 'method'],
    ['X-Forwarded-Proto', 'proto'],
    ['X-Forwarded-Host', 'host'],
    ['X-Forwarded-Uri', 'uri'],
  ]),
  nginx: byLength([...COMMON, ['X-Original-Method', 'method'], ['X-Original-URL', 'uri']]),
}

/** Most lines of a request are none of ours, and their length says so. */
function byLength(
  names: readonly (readonly [string, keyof ForwardedFields])[],
): readonly (readonly Known[] | undefined)[] {
  const lists: Known[][] = []
  // our own Host decides nothing, but two of them are two readings of one request (RFC 9112 section 3.2)
  for (const [i, [line, field]] of [...names, ['Host', 'ignored'] as const].entries()) {
    const list = (lists[line.length] ??= [])
    list.push({ line, folded: line.toLowerCase(), ends: endsOf(line), field, bit: 1 << i })
  }
  return lists
}

const METHOD_SET: ReadonlySet<string> = new Set(METHODS)

/**
 * @param lines names and values in turn, as they came: what a framework folds or drops would hide a second one
 * @param tlsBefore TLS ended before the proxy, so that it takes for plain http what came by https
 * @returns undefined for a question that no proxy of ours asks: a field missing, blank, twice, or not of its grammar
 */
export function parseForwarded(dialect: Dialect, lines: readonly string[], tlsBefore = false): Forwarded | undefined {
  const fields = collect(DIALECT[dialect], lines)
  if (fields === undefined) return undefined
  if (dialect === 'nginx' && !splitOriginalUrl(fields)) return undefined
  const said = schemeOf(fields.proto)
  const scheme = tlsBefore && said !== undefined ? 'https' : said
  const host = canonicalHost(fields.host)
  const path = canonicalPath(fields.uri)
  if (scheme === undefined || host === undefined || path === undefined || !METHOD_SET.has(fields.method))
    return undefined
  const socketOrigin = socketOriginOf(fields)
  if (socketOrigin === null) return undefined
  const request: CanonicalRequest = {
    method: fields.method as Method,
    scheme,
    host,
    path,
    address: lastAddress(fields.for),
    socketOrigin,
    body: bodyOf(fields.body, fields.method as Method),
  }
  return { request, uri: fields.uri, fields }
}

function collect(
  known: readonly (readonly Known[] | undefined)[],
  lines: readonly string[],
): ForwardedFields | undefined {
  const fields: ForwardedFields = {
    method: '',
    proto: '',
    host: '',
    uri: '',
    for: '',
    cookie: '',
    origin: '',
    accept: '',
    fetchMode: '',
    fetchSite: '',
    requestedWith: '',
    authorization: '',
    upgrade: '',
    socketKey: '',
    length: '',
    coding: '',
    body: '',
  }
  let seen = 0
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const line = lines[i] as string
    const candidates = known[line.length]
    if (candidates === undefined) continue
    const found = find(candidates, line)
    if (found === undefined) continue
    const value = lines[i + 1] as string
    const again = (seen & found.bit) !== 0
    seen |= found.bit
    if (again && !repeats(fields, found.field, value)) return undefined
    if (!again && found.field !== 'ignored') fields[found.field] = value
  }
  return fields
}

function find(candidates: readonly Known[], line: string): Known | undefined {
  const ends = endsOf(line)
  for (let i = 0; i < candidates.length; i++) {
    const known = candidates[i] as Known
    if (known.ends === ends && (known.line === line || known.folded === line.toLowerCase())) return known
  }
  return undefined
}

/** First and last letter, whatever their case: what differs in them costs no folding. */
function endsOf(line: string): number {
  return ((line.charCodeAt(0) | 32) << 16) | line.charCodeAt(line.length - 1) | 32
}

/** Lists may come in several lines; of anything else a second one is a second opinion, and refused. */
function repeats(fields: ForwardedFields, field: Known['field'], value: string): boolean {
  if (field === 'cookie') fields.cookie += `; ${value}`
  else if (field === 'accept') fields.accept += `, ${value}`
  else return false
  return true
}

/** nginx: `X-Original-URL: $scheme://$http_host$request_uri`. Cut as text: a URL parser would resolve and re-host. */
function splitOriginalUrl(fields: ForwardedFields): boolean {
  const match = /^(https?):\/\/([^/?#\\@]*)(\/.*)$/i.exec(fields.uri)
  if (match === null) return false
  ;[, fields.proto = '', fields.host = '', fields.uri = ''] = match
  return true
}

// Traefik says ws and wss where it trusts forwarded headers; the cookie and the origin are those of http and https.
function schemeOf(proto: string): 'http' | 'https' | undefined {
  if (proto === 'https') return 'https'
  switch (proto.toLowerCase()) {
    case 'https':
    case 'wss':
      return 'https'
    case 'http':
    case 'ws':
      return 'http'
    default:
      return undefined
  }
}

/** The nearest proxy's own word, which stands last; what a client sent stands before it. */
function lastAddress(forwardedFor: string): string {
  const comma = forwardedFor.lastIndexOf(',')
  return comma < 0 ? forwardedFor : forwardedFor.slice(comma + 1).trim()
}

/**
 * The host of the page that opens a WebSocket: browsers send cookies with it and ask nobody (RFC 6455 section 10.2).
 * Null: an origin that is no web page's, such as `null`.
 */
function socketOriginOf({ socketKey, upgrade, origin }: ForwardedFields): string | undefined | null {
  if ((socketKey === '' && upgrade === '') || origin === '') return undefined
  const match = /^https?:\/\/([^/?#\\@]+)$/.exec(origin)
  return (match?.[1] !== undefined && canonicalHost(match[1])) || null
}
