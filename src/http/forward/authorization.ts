import { looksLikeToken } from '../../session/token-text.ts'

/**
 * What an `Authorization` header may mean to us. `token`: undefined where one of ours is meant and cannot be read.
 * `basic`, `bearer`: the app's own, unless its policy takes such; `text` undefined where it cannot be read.
 */
export type Authorization =
  | { readonly kind: 'token'; readonly text: string | undefined }
  | { readonly kind: 'basic' | 'bearer'; readonly text: string | undefined }
  | { readonly kind: 'other' }

export interface Pair {
  readonly user: string
  readonly password: string
}

const OTHER: Authorization = { kind: 'other' }
// RFC 9110 section 11.4: the scheme in any case, blanks, and for both of ours one token68. As most write it, first.
const PLAIN = /^(?:Bearer|Basic) ([\w.~+/-]+=*)$/
const ANY = /^(bearer|basic)([ \t]+)(.*)$/is
const TOKEN68 = /^[\w.~+/-]+=*$/
const BASE64 = /^[A-Za-z\d+/]+={0,2}$/
/** Of user name and password together; longer ones are nobody's (threat G-10). */
const LONGEST = 4096
const A_TOKEN = /(?<![0-9A-Za-z])lg_[0-9A-Za-z]{49}/

/** Reads the one `Authorization` header of a request; two were refused before (threat F-25). */
export function readAuthorization(header: string): Authorization {
  const plain = PLAIN.exec(header)?.[1]
  if (plain !== undefined) return meant(header.length - plain.length === 'Basic '.length, plain, plain)
  const [, scheme = '', blanks = '', rest = ''] = ANY.exec(header) ?? []
  if (scheme === '') return A_TOKEN.test(header) ? { kind: 'token', text: undefined } : OTHER
  const text = !blanks.includes('\t') && TOKEN68.test(rest) ? rest : undefined
  return meant(scheme.length === 'basic'.length, text, rest)
}

/** @param rest `text`, or what stands there in its place */
function meant(basic: boolean, text: string | undefined, rest: string): Authorization {
  if (!basic) return { kind: looksLikeToken(rest.trim()) || A_TOKEN.test(rest) ? 'token' : 'bearer', text }
  if (text !== undefined && BASE64.test(text) && text.length <= LONGEST) return { kind: 'basic', text }
  // a password that holds one of ours is never the app's to see, however the rest is written
  const decoded = Buffer.from(rest.slice(0, LONGEST), 'base64').toString('latin1')
  return { kind: A_TOKEN.test(decoded) ? 'token' : 'basic', text: undefined }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * User name and password; undefined where it does not hold them. UTF-8 alone, and no control characters (RFC 7617
 * section 2).
 */
export function readPair(base64: string): Pair | undefined {
  const text = decode(base64)
  // the first colon ends the user name
  const colon = text?.indexOf(':') ?? -1
  return text === undefined || colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

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
