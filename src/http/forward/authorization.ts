import { isToken, looksLikeToken } from '../../session/token-text.ts'

/**
 * What an `Authorization` header may mean to us. `token`: undefined where one of ours is meant and cannot be read.
 * `basic`, `bearer`: the app's own, unless its policy takes such; undefined members where they cannot be read.
 */
export type Authorization =
  | { readonly kind: 'token'; readonly token: string | undefined }
  | { readonly kind: 'basic'; readonly pair: Pair | undefined }
  | { readonly kind: 'bearer'; readonly text: string | undefined }
  | { readonly kind: 'other' }

export interface Pair {
  readonly user: string
  readonly password: string
}

const OTHER: Authorization = { kind: 'other' }
// RFC 9110 section 11.4: the scheme in any case, blanks, and for both of ours one token68.
const CREDENTIALS = /^(bearer|basic)([ \t]+)(.*)$/is
const TOKEN68 = /^[\w.~+/-]+=*$/
const BASE64 = /^[A-Za-z\d+/]+={0,2}$/
/** Of user name and password together; longer ones are nobody's (threat G-10). */
const LONGEST = 4096
const A_TOKEN = /(?<![0-9A-Za-z])lg_[0-9A-Za-z]{49}/

/** Reads the one `Authorization` header of a request; two were refused before (threat F-25). */
export function readAuthorization(header: string): Authorization {
  const [, scheme = '', blanks = '', rest = ''] = CREDENTIALS.exec(header) ?? []
  if (scheme === '') return A_TOKEN.test(header) ? { kind: 'token', token: undefined } : OTHER
  const text = !blanks.includes('\t') && TOKEN68.test(rest) ? rest : undefined
  return scheme.length === 'basic'.length ? basic(text, rest) : bearer(text, rest)
}

function bearer(text: string | undefined, rest: string): Authorization {
  if (!looksLikeToken(rest.trim()) && !A_TOKEN.test(rest)) return { kind: 'bearer', text }
  return { kind: 'token', token: text !== undefined && isToken(text) ? text : undefined }
}

function basic(text: string | undefined, rest: string): Authorization {
  // a password that holds one of ours is never the app's to see, however the rest is written
  if (text === undefined || !BASE64.test(text) || text.length > LONGEST)
    return A_TOKEN.test(Buffer.from(rest.slice(0, LONGEST), 'base64').toString('latin1'))
      ? { kind: 'token', token: undefined }
      : { kind: 'basic', pair: undefined }
  const decoded = decode(text)
  const colon = decoded?.indexOf(':') ?? -1
  if (decoded === undefined || colon < 0) return { kind: 'basic', pair: undefined }
  // RFC 7617 section 2: the first colon ends the user name
  const [user, password] = [decoded.slice(0, colon), decoded.slice(colon + 1)]
  if (!looksLikeToken(password)) return { kind: 'basic', pair: { user, password } }
  return { kind: 'token', token: isToken(password) ? password : undefined }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 alone, and no control characters (RFC 7617 section 2). */
function decode(base64: string): string | undefined {
  try {
    const text = UTF8.decode(Buffer.from(base64, 'base64'))
    // oxlint-disable-next-line no-control-regex
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
