/**
 * HTTP as sign-in providers are asked: bounded in time and size, no redirect followed, certificates of the operator's.
 * Node's own `fetch` takes no certificates for one request and reads without end.
 */
import type { IncomingMessage } from 'node:http'
import { getCACertificates } from 'node:tls'
import { http, https } from '../node-http.ts'

/** No usable answer came: not reached, too slow, too large, or the server's own failure. Never a refusal. */
export class UnreachableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UnreachableError'
  }
}

export interface FetchOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A text, or form parameters. */
  readonly body?: unknown
}

export type BoundedFetch = (url: string, options?: FetchOptions) => Promise<Response>

export interface FetchLimits {
  /** PEM; trusted besides those of the system. */
  readonly ca?: string
  /** Milliseconds for the whole answer. Default: 5000. */
  readonly timeout?: number
  /** Bytes of the body. Default: 256 KiB. */
  readonly size?: number
}

const TIMEOUT = 5000
const SIZE = 256 * 1024
const TOO_MANY = 429

/** The function it gives rejects with UnreachableError alone; a status of 500 or more, and 429, is one. */
export function boundedFetch({ ca, timeout = TIMEOUT, size = SIZE }: FetchLimits = {}): BoundedFetch {
  const trusted = ca === undefined ? undefined : [...getCACertificates('default'), ca]
  return async (url, { method = 'GET', headers = {}, body } = {}) => {
    const { origin } = new URL(url)
    const payload = typeof body === 'string' || body instanceof URLSearchParams ? body.toString() : undefined
    const options = {
      method,
      // no compression: a small answer could become a large one
      headers: { 'user-agent': 'labelgate', ...headers, 'accept-encoding': 'identity' },
      signal: AbortSignal.timeout(timeout),
      ...(trusted !== undefined && url.startsWith('https:') && { ca: trusted }),
    }
    try {
      const answer = await send(url, options, payload)
      const bytes = await readAll(answer, size)
      const status = answer.statusCode ?? 0
      if (status >= 500 || status === TOO_MANY) throw new Error(`answered ${status}`)
      return new Response(NO_BODY.has(status) ? null : bytes, { status, headers: headersOf(answer) })
    } catch (cause) {
      throw new UnreachableError(`${origin} gave no usable answer`, { cause })
    }
  }
}

const NO_BODY = new Set([204, 205, 304])

function send(
  url: string,
  options: Parameters<typeof https.request>[1],
  payload: string | undefined,
): Promise<IncomingMessage> {
  const request = url.startsWith('https:') ? https.request : http.request
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  request(url, options, resolve).once('error', reject).end(payload)
  return promise
}

async function readAll(answer: IncomingMessage, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  // leaving the loop early destroys the stream, and with it the connection
  for await (const chunk of answer as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > size) throw new Error(`more than ${size} bytes`)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '')
  return headers
}

/** Was it, at the root of it, that no usable answer came? */
export function isUnreachable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof UnreachableError) return true
  return false
}
