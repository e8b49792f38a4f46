import type { IncomingMessage } from 'node:http'

// What only a proxy may say of a request, and what an answer of ours must not be mistaken by.
const FORWARDED = /^(?:x[-_]forwarded[-_]|forwarded$|x[-_]real[-_]ip$|x[-_]original[-_]|x[-_]rewrite[-_]url$)/i

/** The question a proxy would ask about this request: its own header lines, and what we saw of it. */
export function questionLines(req: IncomingMessage): string[] {
  const lines: string[] = []
  for (let i = 0; i + 1 < req.rawHeaders.length; i += 2) {
    const name = req.rawHeaders[i] as string
    if (!FORWARDED.test(name) && !isBody(name)) lines.push(name, req.rawHeaders[i + 1] as string)
  }
  lines.push('X-Forwarded-Method', req.method ?? '', 'X-Forwarded-Proto', 'http')
  lines.push('X-Forwarded-Host', req.headers.host ?? '', 'X-Forwarded-Uri', req.url ?? '')
  lines.push('X-Forwarded-For', req.socket.remoteAddress ?? '')
  return lines
}

/** The body goes to the app, not to the decision. */
function isBody(name: string): boolean {
  return /^(?:content-length|transfer-encoding)$/i.test(name)
}

interface Admitted {
  readonly pass: readonly string[]
  /** Every header that tells an app who is there, or could tell us: of these the app gets what `pass` says. */
  readonly names: readonly string[]
  /** As the client asked for it, port and all. */
  readonly host: string
  readonly address: string
}

/** What the app gets: the client's headers without any that tells who is there, then our own. */
export function upstreamHeaders(
  headers: Readonly<Record<string, unknown>>,
  { pass, names, host, address }: Admitted,
): Record<string, string | string[]> {
  const ours = new Set([...names.map(foldName), 'cookie', 'authorization'])
  const result: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (ours.has(foldName(name)) || FORWARDED.test(name)) continue
    if (typeof value === 'string') result[name] = value
    else if (Array.isArray(value)) result[name] = value.map(String)
  }
  for (let i = 0; i + 1 < pass.length; i += 2) result[(pass[i] as string).toLowerCase()] = pass[i + 1] as string
  result['host'] = host
  result['x-forwarded-host'] = host
  result['x-forwarded-proto'] = 'http'
  result['x-forwarded-for'] = address
  return result
}

/** Of a WebSocket handshake only what is not of this connection; the library makes the rest anew. */
export function socketHeaders(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HANDSHAKE.test(name)))
}

const HANDSHAKE = /^(?:connection|upgrade|sec-websocket-.*|keep-alive|proxy-.*|te|trailer|host)$/

/** `Remote_User` and `remote.user` are `remote-user` to many servers. */
function foldName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')
}
