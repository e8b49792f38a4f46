/**
 * What keeps secrets out of the log: by the name of a field, by the shape of a text, and by letting plain data through
 * alone. Better a harmless word hidden than a secret shown.
 */

const HIDDEN = '***'
const DEEPEST = 6
const LONGEST_LIST = 100
// Patterns search a text more than once, and a request may hold 64 KiB of slashes.
const LONGEST_TEXT = 8192

// Names of fields and headers, lower case, without dashes and underscores.
const SECRET_NAMES =
  /^(code|key|master|nonce|rd|sess)$|(apikey|authorization|cookies?|rawheaders|password|proxykey|secrets?|tokens?|passwordhash)$/
const ADDRESS_NAMES = /^(href|location|referr?er|returnto|target|path)$|(uri|url)$/

const CAPABILITY = /(\/auth\/(?:forward|nginx|envoy)\/)[^/?#\s"']+/gi
// Cookies of ours, tokens, what follows a scheme of RFC 9110 section 11.6.2 (in any case), what a form or JSON calls a
// secret, JWTs, password hashes, and 32 random bytes in base64url: the shape of every id and key we make.
const SHAPES: readonly (readonly [pattern: RegExp, shown: string])[] = [
  [/((?:__host-)?labelgate[\w-]*=)[^;,\s"']+/gi, `$1${HIDDEN}`],
  [/\blg_[\w-]+/g, `lg_${HIDDEN}`],
  [/\b([Bb][Ee][Aa][Rr][Ee][Rr]|[Bb][Aa][Ss][Ii][Cc])\s+(?=[\w.~+/=-]*[A-Z\d=])[\w.~+/=-]{4,}/g, `$1 ${HIDDEN}`],
  [/((?:password|passwd|secret|token|nonce|code)["']?(?:=|\s*:\s*["']))[^&;,\s"']+/gi, `$1${HIDDEN}`],
  [/\beyJ[\w-]+\.[\w.-]+/g, HIDDEN],
  [/(\$argon2\w+\$)\S+/g, `$1${HIDDEN}`],
  [/(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{43}(?![\w-])/g, HIDDEN],
]

/**
 * Something secret that a person has to read in the log: the one-time set-up link, and nothing else.
 * Whoever logs it has to say so, which is what this class is for.
 */
export class ShownOnPurpose {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** An address without user name, query, fragment and capability key. Also of a path alone. */
export function safeUrl(url: string): string {
  const plain = url.replace(/[?#].*$/s, '').replace(/^([a-z][a-z\d+.-]*:)?\/\/[^/]*@/i, '$1//')
  return plain.replace(CAPABILITY, `$1${HIDDEN}`)
}

/** Free text without what looks like a secret, cut where it is very long. Queries of addresses are dropped whole. */
export function scrubText(text: string): string {
  let scrubbed = shortened(text).replace(/[^\s"'<>]+/g, (word) => (hasQuery(word) ? withoutQuery(word) : word))
  scrubbed = scrubbed.replace(CAPABILITY, `$1${HIDDEN}`)
  for (const [pattern, shown] of SHAPES) scrubbed = scrubbed.replace(pattern, shown)
  return scrubbed
}

/** Cut between words: half a secret would not have the shape of one. */
function shortened(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT).replace(/\S*$/, '')}…`
}

function hasQuery(word: string): boolean {
  const slash = word.indexOf('/')
  return slash >= 0 && /[?#@]/.test(word.slice(slash))
}

function withoutQuery(word: string): string {
  return word.replace(/[?#].+$/, `?${HIDDEN}`).replace(/\/\/[^/]*@/, `//${HIDDEN}@`)
}

/** The fields of a line, ready to be written: plain data, with nothing secret in it that can be told. */
export function scrubFields(fields: object): Record<string, unknown> {
  return scrubObject(fields, 0)
}

function scrubObject(object: object, depth: number): Record<string, unknown> {
  // names too: what is kept by session or by token has them for keys
  const fields = Object.entries(object).map(([name, value]) => [scrubText(name), scrubField(name, value, depth)])
  return Object.fromEntries(fields)
}

function scrubField(name: string, value: unknown, depth: number): unknown {
  const plain = name.toLowerCase().replace(/[-_]/g, '')
  if (value instanceof ShownOnPurpose) return value.text
  if (SECRET_NAMES.test(plain)) return value === undefined ? undefined : HIDDEN
  if (typeof value === 'string' && ADDRESS_NAMES.test(plain)) return scrubText(safeUrl(value))
  return scrubValue(value, depth + 1)
}

function scrubValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return scrubText(value)
  if (typeof value === 'bigint') return String(value)
  // what is written as JSON would ask a function for its toJSON, and an object for one of its own
  if (typeof value === 'function') return '[function]'
  if (typeof value !== 'object' || value === null) return value
  if (depth > DEEPEST) return '[deep]'
  if (Array.isArray(value)) return value.slice(0, LONGEST_LIST).map((item) => scrubValue(item, depth + 1))
  if (value instanceof Error) return scrubError(value, depth)
  return isPlain(value) ? scrubObject(value, depth) : unusual(value)
}

/** Requests, sockets, buffers and the like are named and not looked into: nobody knows what they hold. */
function unusual(value: object): string {
  if (value instanceof URL) return scrubText(safeUrl(value.href))
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'no date' : value.toISOString()
  const maker: unknown = value.constructor
  return typeof maker === 'function' ? `[${scrubText(maker.name)}]` : '[object]'
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function scrubError(error: Error, depth: number): Record<string, unknown> {
  // a system error's code tells what is wrong; it is never a secret
  const code = 'code' in error && typeof error.code === 'string' && /^[A-Z][A-Z\d_]*$/.test(error.code)
  return {
    type: scrubText(error.name),
    message: scrubText(error.message),
    ...(code && { code: error.code }),
    ...(error.stack !== undefined && { stack: scrubText(error.stack) }),
    ...(error.cause !== undefined && { cause: scrubValue(error.cause, depth + 1) }),
  }
}
