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

/** Reads addresses, and remembers those that carried the key: there are as many as apps. */
export function addressReader(key: string): (url: string) => Asked | undefined {
  const known = new Map<string, Asked>()
  return (url) => {
    const seen = known.get(url)
    if (seen !== undefined) return seen
    const asked = readAddress(url, key)
    if (asked?.keyed === true) {
      if (known.size >= MAX_KNOWN) known.clear()
      known.set(url, asked)
    }
    return asked
  }
}

const MAX_KNOWN = 50_000

/**
 * `/auth/<dialect>/<key>[/<app>]`, or without the key `/auth/<dialect>[/<app>]`.
 * @returns undefined for any other address; also with a query, which no proxy of ours adds
 */
export function readAddress(url: string, key: string): Asked | undefined {
  for (const [prefix, dialect] of PREFIX) {
    if (!url.startsWith(prefix)) continue
    const rest = url.slice(prefix.length)
    if (rest === '' || rest === '/') return { dialect, app: undefined, keyed: false }
    if (rest[0] !== '/' || rest.includes('?')) return undefined
    const slash = rest.indexOf('/', 1)
    const first = slash < 0 ? rest.slice(1) : rest.slice(1, slash)
    const second = slash < 0 ? '' : rest.slice(slash + 1)
    const keyed = sameSecret(first, key)
    if (!keyed && second !== '') return undefined
    const app = keyed ? second : first
    return { dialect, app: app === '' ? undefined : decoded(app), keyed }
  }
  return undefined
}

// In constant time for a guess of the right length. A loop over strings, since buffers would have to be made first.
function sameSecret(guess: string, secret: string): boolean {
  if (guess.length !== secret.length) return false
  let difference = 0
  for (let i = 0; i < secret.length; i++) difference |= guess.charCodeAt(i) ^ secret.charCodeAt(i)
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
