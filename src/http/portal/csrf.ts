/**
 * Was a form sent from our own page? (threat D-20) Browsers say so by `Origin` and `Sec-Fetch-Site`. `Origin` is `null`
 * here because our pages send no referrer (Fetch, "append a request Origin header"), and without TLS a browser sends
 * no `Sec-Fetch-Site` (W3C Fetch Metadata section 2): then a token bound to a cookie has to prove it.
 */
import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export type FormOrigin = 'own' | 'foreign' | 'unknown'

export function formOrigin(headers: IncomingHttpHeaders, portalOrigin: string): FormOrigin {
  const site = headers['sec-fetch-site']
  if (site === 'cross-site' || site === 'same-site') return 'foreign'
  const { origin } = headers
  if (origin !== undefined && origin !== 'null') return origin === portalOrigin ? 'own' : 'foreign'
  return site === 'same-origin' ? 'own' : 'unknown'
}

/** Must the form on this page carry a token, since its sender may not be told apart by headers? */
export function needsToken(headers: IncomingHttpHeaders, portalOrigin: string): boolean {
  return headers['sec-fetch-site'] === undefined && formOrigin(headers, portalOrigin) === 'unknown'
}

/** The form field that belongs to a cookie value. A page that leaks does not give away the cookie. */
export function csrfToken(cookie: string): string {
  return hash('sha256', `labelgate csrf ${cookie}`, 'base64url')
}

export function isCsrfToken(token: string | undefined, cookie: string | undefined): boolean {
  if (token === undefined || cookie === undefined || cookie === '') return false
  const given = hash('sha256', token, 'buffer')
  return timingSafeEqual(given, hash('sha256', csrfToken(cookie), 'buffer'))
}
