/**
 * The one canonical form of a request path. Everything that judges a path compares this form, and everything that
 * two parsers could read differently is either refused or marked, so that no rule can be talked past.
 */
export interface CanonicalPath {
  /** Percent escapes decoded, but for those of `/ ? # % ;`, which stay and make the path ambiguous. Case kept. */
  readonly text: string
  /** Compatibility-folded and lower case: what protecting rules are matched against. */
  readonly folded: string
  /** Two careful readers could disagree on it: never public, and every rule of its app must be satisfied. */
  readonly ambiguous: boolean
}

/** Longest request target that is looked at, in characters. Longer ones are refused whole, never cut. */
export const MAX_TARGET = 8192

// Segments of harmless characters that neither are dots alone nor end in one (`admin.` is `admin` on NTFS).
const PLAIN = /^(?:\/(?:[\w~!$&'()*+,=@:.-]*[\w~!$&'()*+,=@:-])?)+$/
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/
// Separators some servers see (`\`, `;`, a wide `？` once it is folded), escapes that survived, doubled slashes, what
// Windows drops (`admin. `, `admin::$DATA`, `admin:$I30:$INDEX_ALLOCATION`), and characters that are not seen.
const AMBIGUOUS = /[\\;%?#]|\/\/|[. ](?:\/|$)|\/ |:\$|\p{Cf}/u
// Raw controls, blanks and bytes above ASCII have no place in a request target (RFC 9112 section 3.2); `#` ends it.
// oxlint-disable-next-line no-control-regex -- controls are what it looks for
const NOT_A_TARGET = /[\u0000-\u0020\u007f-\uffff#]/
// oxlint-disable-next-line no-control-regex -- controls are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/
const KEPT_ESCAPED = new Set(['/', '?', '#', '%', ';'])

/**
 * @param target origin-form request target (RFC 9112 section 3.2.1) as the proxy forwarded it, with or without query
 * @returns undefined for what no careful server would accept: not origin-form, `//` in front, dot segments, controls,
 *   invalid escapes or UTF-8, longer than MAX_TARGET
 */
export function canonicalPath(target: string): CanonicalPath | undefined {
  const query = target.indexOf('?')
  const raw = query < 0 ? target : target.slice(0, query)
  if (PLAIN.test(raw) && !raw.includes('//') && target.length <= MAX_TARGET) {
    return { text: raw, folded: raw.toLowerCase(), ambiguous: raw.includes(':$') }
  }
  return careful(raw, target.length)
}

function careful(raw: string, targetLength: number): CanonicalPath | undefined {
  if (targetLength > MAX_TARGET || raw[0] !== '/' || raw[1] === '/' || raw[1] === '\\') return undefined
  if (NOT_A_TARGET.test(raw)) return undefined
  const text = decode(raw)
  if (text === undefined || CONTROL.test(text) || DOT_SEGMENT.test(text)) return undefined
  const folded = fold(text)
  const ambiguous = AMBIGUOUS.test(text) || DOT_SEGMENT.test(folded) || AMBIGUOUS.test(folded)
  // `／` and `℀` hold a slash that only some servers see
  return { text, folded, ambiguous: ambiguous || segments(folded) !== segments(text) }
}

function segments(path: string): number {
  return path.split('/').length
}

/** Decodes once, strictly (RFC 3986 section 2.1, RFC 3629); undefined where an escape or the UTF-8 is invalid. */
function decode(raw: string): string | undefined {
  if (!raw.includes('%')) return raw
  try {
    return decodeURIComponent(
      raw.replace(/%([0-9a-f]{2})/gi, (escape, hex: string) => {
        const byte = String.fromCharCode(Number.parseInt(hex, 16))
        return KEPT_ESCAPED.has(byte) ? `%25${hex.toUpperCase()}` : escape
      }),
    )
  } catch {
    return undefined
  }
}

/** Lower case for ASCII; else also what a server that compares letters by Unicode would fold together. */
export function fold(text: string): string {
  // oxlint-disable-next-line no-control-regex -- the ASCII range
  if (/^[\u0000-\u007f]*$/.test(text)) return text.toLowerCase()
  return text.normalize('NFKC').toUpperCase().toLowerCase()
}

/** Is `path` the prefix itself or below it? Ends at a segment boundary: `/api` has `/api/x`, not `/apix`. */
export function isUnder(prefix: string, path: string): boolean {
  if (prefix === '/') return true
  return path.startsWith(prefix) && (path.length === prefix.length || path.charCodeAt(prefix.length) === 47)
}
