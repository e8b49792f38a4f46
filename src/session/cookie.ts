/**
 * Our cookies in a `Cookie` header, read strictly: the names and values a browser stores are those we set, so whatever
 * has to be trimmed, unquoted or decoded first is not ours (threats D-02, D-03, D-06).
 */
export interface OurCookies {
  /** The session cookie's value; undefined where there is none, or where there are two that differ. */
  readonly session: string | undefined
  /** The nonce that binds a sign-in to this browser. */
  readonly nonce: string | undefined
  /** The header without any cookie of ours; empty when nothing is left. What the app may see. */
  readonly rest: string
}

/** `session` also stands for the bare name. Without TLS a browser refuses the `__Host-` prefix (RFC 6265bis 4.1.3.2). */
export type CookieKind = 'session' | 'nonce' | 'device' | 'csrf' | `login-${string}`

export function cookieName(kind: CookieKind, secure: boolean): string {
  const name = kind === 'session' ? 'labelgate' : `labelgate-${kind}`
  return secure ? `__Host-${name}` : name
}

/** A `Set-Cookie` value. Attributes come from here alone, never from a request (threat D-18). `maxAge` in seconds. */
export function setCookie(kind: CookieKind, value: string, options: { secure: boolean; maxAge?: number }): string {
  const age = options.maxAge === undefined ? '' : `; Max-Age=${options.maxAge}`
  const secure = options.secure ? '; Secure' : ''
  return `${cookieName(kind, options.secure)}=${value}; Path=/; HttpOnly; SameSite=Lax${secure}${age}`
}

const OURS = /^(?:__Host-|__Secure-)?labelgate(?:-[a-z]+)?$|^(?:__Host-|__Secure-)?labelgate-login-/i

/** @param header the `Cookie` header; several lines joined with `; ` as HTTP asks (RFC 9113 section 8.2.3) */
export function readCookies(header: string, secure: boolean): OurCookies {
  const found: Found = { session: undefined, torn: false, nonce: undefined }
  const names = secure ? SECURE : PLAIN
  let rest = ''
  let kept = 0 // where the run of foreign cookies that is not yet in `rest` begins
  for (let start = 0; start < header.length;) {
    const semicolon = header.indexOf(';', start)
    const end = semicolon < 0 ? header.length : semicolon
    const next = header.charCodeAt(end + 1) === SPACE ? end + 2 : end + 1
    if (MAY_BE_OURS[header.charCodeAt(start)] !== 0 && take(header.slice(start, end), names, found)) {
      rest += header.slice(kept, start)
      kept = next
    }
    start = next
  }
  rest = kept === 0 ? header : rest + header.slice(kept)
  if (rest.endsWith('; ')) rest = rest.slice(0, -2)
  return { session: found.torn ? undefined : found.session, nonce: found.nonce, rest }
}

interface Found {
  session: string | undefined
  torn: boolean
  nonce: string | undefined
}

const SPACE = 32
const SECURE = { session: cookieName('session', true), nonce: cookieName('nonce', true) }
const PLAIN = { session: cookieName('session', false), nonce: cookieName('nonce', false) }
// `l`, `_`, and whatever somebody might trim to get there
const MAY_BE_OURS = Uint8Array.from({ length: 65536 }, (_, code) =>
  code <= SPACE || code >= 127 || code === 0x4c || code === 0x5f || code === 0x6c ? 1 : 0,
)

/** Notes a cookie of ours; true for every spelling that some reader could take for one, so that no app sees it. */
function take(pair: string, names: { session: string; nonce: string }, found: Found): boolean {
  const equals = pair.indexOf('=')
  const name = equals < 0 ? pair : pair.slice(0, equals)
  if (name === names.session) {
    const value = pair.slice(equals + 1)
    if (found.session !== undefined && found.session !== value) found.torn = true
    found.session = value
    return true
  }
  if (name === names.nonce) {
    found.nonce = pair.slice(equals + 1)
    return true
  }
  return OURS.test(name.trim())
}

/** One cookie of ours, or undefined where it is absent or given twice with different values. */
export function readCookie(header: string | undefined, kind: CookieKind, secure: boolean): string | undefined {
  const name = `${cookieName(kind, secure)}=`
  const values = (header ?? '')
    .split(';')
    .map((piece) => (piece.startsWith(' ') ? piece.slice(1) : piece))
    .flatMap((pair) => (pair.startsWith(name) ? pair.slice(name.length) : []))
  return new Set(values).size === 1 ? values[0] : undefined
}

/** Sign-ins under way in this browser, by the id in the cookie's name. One that is given twice is none. */
export function loginCookies(header: string | undefined, secure: boolean): ReadonlyMap<string, string> {
  const prefix = cookieName('login-', secure)
  const found = new Map<string, string>()
  const twice = new Set<string>()
  for (const pair of (header ?? '').split(';').map((piece) => piece.trimStart())) {
    const [, id, value] = pair.startsWith(prefix) ? (/^([0-9a-z]{14})=(.*)$/.exec(pair.slice(prefix.length)) ?? []) : []
    if (id === undefined || value === undefined) continue
    if (found.has(id)) twice.add(id)
    found.set(id, value)
  }
  for (const id of twice) found.delete(id)
  return found
}

/** A cookie of somebody else's, and the header without it. Undefined where it is absent, or given twice. */
export function takeCookie(header: string, name: string): { value: string | undefined; rest: string } {
  const pairs = header.split(/; ?/)
  const own = pairs.filter((pair) => pair.startsWith(`${name}=`))
  const rest = pairs.filter((pair) => !pair.startsWith(`${name}=`)).join('; ')
  return { value: own.length === 1 ? own[0]?.slice(name.length + 1) : undefined, rest }
}
