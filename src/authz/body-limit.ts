import type { Method } from '../labels/spec.ts'
import type { CanonicalRequest, Decision } from './decision.ts'

/** Methods whose requests have a body as a rule (RFC 9110 section 8.6). */
const UPLOADS: ReadonlySet<Method> = new Set<Method>(['POST', 'PUT', 'PATCH'])

/**
 * What a proxy says of a request's body: its Content-Length, a semicolon, its Transfer-Encoding.
 * In HTTP/2 a body needs neither, so an upload without both may have any length.
 */
export function bodyOf(said: string, method: Method): CanonicalRequest['body'] {
  if (said === '') return undefined
  const [, length, coding] = /^(\d{0,15}|-);(|-|.+)$/.exec(said) ?? []
  if (length === undefined || (coding !== '' && coding !== '-')) return 'unsaid'
  if (length !== '' && length !== '-') return Number(length)
  return UPLOADS.has(method) ? 'unsaid' : 0
}

/** A yes to what the app is not to be given is none. Who may not pass at all is told that, and no more. */
export function withinLimit(decision: Decision, body: CanonicalRequest['body'], limit: number): Decision {
  if (decision.verdict !== 'allow' && decision.verdict !== 'anonymous') return decision
  if (body === undefined || (body !== 'unsaid' && body <= limit)) return decision
  const reason = body === 'unsaid' ? 'body-unsaid' : 'body-limit'
  return { verdict: 'too-large', reason, judged: decision.judged, limit }
}
