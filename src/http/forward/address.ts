import type { Dialect } from '../../authz/forwarded.ts'

/** Who asks, as the address of the question tells. */
export interface Asked {
  readonly dialect: Dialect
  /** The app the question is bound to; undefined: whichever the host and path say. */
  readonly app: string | undefined
  /** The address carried our key. Without it the peer must be a trusted proxy. */
  readonly keyed: boolean
}

const PREFIX: readonly (readonly [string, Dialect])[] = [
  ['/auth/forward', 'forward'],
  ['/auth/nginx', 'nginx'],
]

const SLASH = 47

/**
 * `/auth/<dialect>/<key>[/<app>]`, or without the key `/auth/<dialect>[/<app>]`.
 * @returns undefined for any other address; also with a query, which no proxy of ours adds
 */
export function readAddress(url: string, key: string): Asked | undefined {
  for (const [prefix, dialect] of PREFIX) {
    if (!url.startsWith(prefix)) continue
    const start = prefix.length + 1
    if (url.length > prefix.length && url.charCodeAt(prefix.length) !== SLASH) return undefined
    if (url.includes('?', prefix.length)) return undefined
    const end = start + key.length
    if (holdsAt(url, start, key) && (url.length === end || url.charCodeAt(end) === SLASH)) {
      return asked(dialect, url.slice(end + 1), true)
    }
    const slash = url.indexOf('/', start)
    // what comes after something that is not our key is no app's
    if (slash >= 0 && slash < url.length - 1) return undefined
    return asked(dialect, slash < 0 ? url.slice(start) : url.slice(start, slash), false)
  }
  return undefined
}

function asked(dialect: Dialect, app: string, keyed: boolean): Asked {
  return { dialect, app: app === '' ? undefined : decoded(app), keyed }
}

// In constant time for a guess that is long enough. A loop over strings, since buffers would have to be made first.
export function holdsAt(url: string, start: number, secret: string): boolean {
  if (url.length < start + secret.length) return false
  let difference = 0
  for (let i = 0; i < secret.length; i++) difference |= url.charCodeAt(start + i) ^ secret.charCodeAt(i)
  return difference === 0
}

// App ids are of harmless characters; what has to be decoded names none, and is left as it is to match nothing.
function decoded(app: string): string {
  return app.includes('%') && /^(?:%[0-9A-F]{2}|[\w.~-])+$/.test(app) ? safely(app) : app
}

function safely(app: string): string {
  try {
    return decodeURIComponent(app)
  } catch {
    return app
  }
}
