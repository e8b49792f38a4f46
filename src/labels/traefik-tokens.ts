import { fault, type Fault } from './parsed.ts'

/** `;` is where Go's scanner puts one at the end of a line. The text of a string is what it says, unescaped. */
export interface Token {
  readonly kind: 'name' | 'string' | '(' | ')' | ',' | '&&' | '||' | '!' | ';'
  readonly text: string
}

const SPACE = /[ \t\r]+|\/\/[^\n]*|\/\*[^]*?\*\/|\n/y
const MARK = /&&|\|\||[(),!]/y
const NAME = /[A-Za-z_]\w*/y
const RAW = /`([^`]*)`/y
// oxlint-disable-next-line no-control-regex -- a line break ends such a string in Go
const INTERPRETED = /"((?:[^"\\\n]|\\[^\n])*)"/y
const ESCAPE = /\\(?:([abfnrtv\\"])|([0-3][0-7]{2})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))/g
const SHORT: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
}

/** The tokens of a rule, as go/scanner would find them. */
export function tokens(text: string): readonly Token[] | Fault {
  if (text.includes('\0')) return fault('holds a NUL')
  const found: Token[] = []
  let position = 0
  while (position < text.length) {
    const space = match(SPACE, text, position)
    if (space !== undefined) {
      // Go ends a statement at a line break after a name, a literal or a closing bracket
      if (space[0].includes('\n') && endsOperand(found.at(-1))) found.push({ kind: ';', text: '' })
      position += space[0].length
      continue
    }
    const [length, token] = scan(text, position)
    if (!('kind' in token)) return token
    found.push(token)
    position += length
  }
  return found
}

function scan(text: string, position: number): [length: number, Token | Fault] {
  const mark = match(MARK, text, position)
  if (mark !== undefined) return [mark[0].length, { kind: mark[0] as Token['kind'], text: mark[0] }]
  const name = match(NAME, text, position)
  if (name !== undefined) return [name[0].length, { kind: 'name', text: name[0] }]
  const raw = match(RAW, text, position)
  // Go drops carriage returns from raw strings
  if (raw !== undefined) return [raw[0].length, { kind: 'string', text: (raw[1] ?? '').replaceAll('\r', '') }]
  const interpreted = match(INTERPRETED, text, position)
  if (interpreted !== undefined) return [interpreted[0].length, unescaped(interpreted[1] ?? '')]
  return [0, fault(`holds ${JSON.stringify(text.slice(position, position + 1))} where it cannot stand`)]
}

function endsOperand(token: Token | undefined): boolean {
  return token?.kind === 'name' || token?.kind === 'string' || token?.kind === ')'
}

/** Escapes of bytes above ASCII are refused: no host and no plain path has them. */
function unescaped(text: string): Token | Fault {
  let plain = ''
  let end = 0
  for (const escape of text.matchAll(ESCAPE)) {
    const character = meant(escape)
    if (character === undefined) return fault(`holds the escape ${escape[0]}, which cannot be read`)
    plain += text.slice(end, escape.index) + character
    end = escape.index + escape[0].length
  }
  return { kind: 'string', text: plain + text.slice(end) }
}

function meant([, short, octal, hex, u4, u8]: RegExpExecArray): string | undefined {
  if (short !== undefined) return SHORT[short]
  if (octal === undefined && hex === undefined && u4 === undefined && u8 === undefined) return undefined
  const code = octal === undefined ? Number.parseInt(hex ?? u4 ?? u8 ?? '', 16) : Number.parseInt(octal, 8)
  const isByte = octal !== undefined || hex !== undefined
  const isSurrogate = code >= 0xd800 && code <= 0xdfff
  return code > (isByte ? 0x7f : 0x10ffff) || isSurrogate ? undefined : String.fromCodePoint(code)
}

function match(pattern: RegExp, text: string, position: number): RegExpExecArray | undefined {
  pattern.lastIndex = position
  return pattern.exec(text) ?? undefined
}
