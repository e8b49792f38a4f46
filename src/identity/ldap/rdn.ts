const PAIR = /\\(?:[0-9a-f]{2}|.)|[^\\]/gisu
const HEX = /^\\[0-9a-f]{2}$/i

/**
 * The value of that type in the first part of a name (RFC 4514): `rdnValue('cn=a\\2cb+uid=c,dc=d', 'cn')` is `a,b`.
 * @param type attribute, in any case
 * @returns undefined where the first part has none, or one that is no text
 */
export function rdnValue(dn: string, type: string): string | undefined {
  for (const part of firstParts(dn)) {
    const equals = part.indexOf('=')
    if (part.slice(0, equals).trim().toLowerCase() !== type.toLowerCase()) continue
    const text = part.slice(equals + 1)
    return text.startsWith('#') ? undefined : unescape(text)
  }
  return undefined
}

/** Of the first name of a DN: what stands between the pluses, escapes kept. */
function firstParts(dn: string): string[] {
  const parts = ['']
  for (const [piece] of dn.matchAll(PAIR)) {
    if (piece === ',' || piece === ';') break
    if (piece === '+') parts.push('')
    else parts[parts.length - 1] += piece
  }
  return parts
}

/** Pairs of hexadecimal digits are bytes of UTF-8. */
function unescape(text: string): string | undefined {
  const bytes = [...text.matchAll(PAIR)].map(([piece]) => {
    if (HEX.test(piece)) return Buffer.from(piece.slice(1), 'hex')
    return Buffer.from(piece.length > 1 && piece.startsWith('\\') ? piece.slice(1) : piece)
  })
  const value = Buffer.concat(bytes).toString('utf8')
  return value.includes('\uFFFD') ? undefined : value
}

/** Two spellings of one name are told apart less often; servers give each name in one. */
export function foldDn(dn: string): string {
  return dn.normalize('NFC').toLowerCase()
}
