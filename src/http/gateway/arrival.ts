import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'

/** A client's request, the same whichever version of HTTP it came in. */
export interface Arrival {
  readonly req: IncomingMessage | Http2ServerRequest
  readonly res: ServerResponse | Http2ServerResponse
  readonly method: string
  /** As the client asked for it, port and all. */
  readonly authority: string
  /** Path and query as they came; begins with a slash. */
  readonly target: string
  readonly scheme: 'http' | 'https'
  readonly address: string
  /** Header lines as they came, names and values in turn; of HTTP/2 without what is not a header. */
  readonly lines: readonly string[]
  /** Octets of the body; `chunked` where they are not said; undefined where there is none. */
  readonly body: string | undefined
}

/**
 * @returns undefined for what could be read in two ways: no host or two, a target that is more than a path, a body
 *   of two lengths, a scheme that is not the connection's
 */
export function arrive(req: Arrival['req'], res: Arrival['res'], scheme: Arrival['scheme']): Arrival | undefined {
  const lines = plainLines(req.rawHeaders)
  const authority = authorityOf(req, lines)
  const body = bodyOf(req, lines)
  const target = req.url ?? ''
  if (authority === undefined || body === null || !target.startsWith('/')) return undefined
  if (isSecond(req) && req.headers[':scheme'] !== scheme) return undefined
  return {
    req,
    res,
    method: req.method ?? '',
    authority,
    target,
    scheme,
    address: req.socket.remoteAddress ?? '',
    lines,
    body,
  }
}

/** Is it HTTP/2? */
export function isSecond(message: Arrival['req']): message is Http2ServerRequest {
  return message.httpVersionMajor === 2
}

function plainLines(raw: readonly string[]): readonly string[] {
  // HTTP/1 takes no such name
  const first = raw[0]
  if (first === undefined || !first.startsWith(':')) return raw
  const lines: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (!(raw[i] as string).startsWith(':')) lines.push(raw[i] as string, raw[i + 1] as string)
  }
  return lines
}

// RFC 9113 section 8.3.1: Host may stand beside :authority, and must then say the same
function authorityOf(req: Arrival['req'], lines: readonly string[]): string | undefined {
  const hosts = valuesOf(lines, 'host')
  const [host] = hosts
  if (hosts.length > 1) return undefined
  if (!isSecond(req)) return host
  const authority = req.headers[':authority']
  if (authority === undefined) return host
  return host === undefined || host === authority ? authority : undefined
}

/** Null: it is not clear where it ends (RFC 9112 section 6.3). */
function bodyOf(req: Arrival['req'], lines: readonly string[]): string | undefined | null {
  const codings = valuesOf(lines, 'transfer-encoding')
  const lengths = valuesOf(lines, 'content-length')
  const [coding] = codings
  const [length] = lengths
  if (codings.length + lengths.length > 1) return null
  // any other coding would have to be undone here
  if (coding !== undefined) return coding.toLowerCase() === 'chunked' ? 'chunked' : null
  if (length !== undefined) return /^\d{1,15}$/.test(length) ? (Number(length) === 0 ? undefined : length) : null
  return isSecond(req) && !req.stream.endAfterHeaders ? 'chunked' : undefined
}

function valuesOf(lines: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const line = lines[i] as string
    if (line.length === name.length && line.toLowerCase() === name) values.push(lines[i + 1] as string)
  }
  return values
}
