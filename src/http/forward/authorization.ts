import { looksLikeToken } from '../../session/token-text.ts'

/**
 * What an `Authorization` header may mean to us. `token`: one of ours is meant. `basic`, `bearer`: the app's own, unless
 * its policy takes such. `text`: what follows the scheme, not looked into; undefined where it cannot be read.
 */
export type Authorization = Said | { readonly kind: 'other' }

interface Said {
  readonly kind: 'token' | 'basic' | 'bearer'
  readonly text: string | undefined
}

export interface Pair {
  readonly user: string
  readonly password: string
}

const OTHER: Authorization = { kind: 'other' }
const BEARER = 'Bearer '
const BASIC = 'Basic '
const SPACE = 32
// RFC 9110 section 11.4: the scheme in any case, then blanks
const ANY = /^(bearer|basic)([ \t]+)(.*)$/is
const BASE64 = /^[A-Za-z\d+/]+={0,2}$/
/** Of user name and password together; longer ones are nobody's (threat G-10). */
const LONGEST = 4096
const A_TOKEN = /(?<![0-9A-Za-z])lg_[0-9A-Za-z]{49}/

/** Reads the one `Authorization` header of a request; two were refused before (threat F-25). */
export function readAuthorization(header: string): Authorization {
  // as most write it; a pattern over a long token costs more than all the rest
  if (header.startsWith(BEARER) && header.charCodeAt(BEARER.length) > SPACE) return bearer(header.slice(BEARER.length))
  if (header.startsWith(BASIC) && header.charCodeAt(BASIC.length) > SPACE)
    return { kind: 'basic', text: header.slice(BASIC.length) }
  const [, scheme = '', blanks = '', rest = ''] = ANY.exec(header) ?? []
  if (scheme === '') return holdsToken(header) ? { kind: 'token', text: undefined } : OTHER
  const said: Said = scheme.length < BEARER.length - 1 ? { kind: 'basic', text: rest } : bearer(rest)
  return blanks.includes('\t') ? { ...said, text: undefined } : said
}

function bearer(text: string): Said {
  return { kind: looksLikeToken(text) || holdsToken(text) ? 'token' : 'bearer', text }
}

function holdsToken(text: string): boolean {
  return text.includes('lg_') && A_TOKEN.test(text)
}

/** Does it hold one of ours, however the rest is written? Then it is never the app's to see. */
export function hidesToken(base64: string): boolean {
  return holdsToken(Buffer.from(base64.slice(0, LONGEST), 'base64').toString('latin1'))
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * User name and password; undefined where it does not hold them. UTF-8 alone, and no control characters (RFC 7617
 * section 2).
 */
export function readPair(base64: string): Pair | undefined {
  const text = base64.length <= LONGEST && BASE64.test(base64) ? decode(base64) : undefined
  // the first colon ends the user name
  const colon = text?.indexOf(':') ?? -1
  return text === undefined || colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

function decode(base64: string): string | undefined {
  try {
    const text = UTF8.decode(Buffer.from(base64, 'base64'))
    // oxlint-disable-next-line no-control-regex -- controls are what it looks for
    return /[\x00-\x1f\x7f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

/** Every value of a header. @param name lower case */
export function headerValues(lines: readonly string[], name: string): readonly string[] {
  const values: string[] = []
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const line = lines[i] as string
    if (line.length === name.length && line.toLowerCase() === name) values.push(lines[i + 1] as string)
  }
  return values
}
