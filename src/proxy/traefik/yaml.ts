/** What Traefik's file format can hold. Maps must not be empty: Traefik refuses a file in which one is. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value }

// Controls, invisible and half characters have no business in what we write. U+2551 separates the items of a list
// inside Traefik (paerser file/raw_node.go): within an item it would make two of one.
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u2551]/u
const STRING = /"(?:[^"\\]|\\.)*"/g
const NOT_PLAIN = /[{\u007f-\u{10ffff}]/gu

/**
 * `name: value` as a line of block YAML, the value as one line of JSON.
 *
 * Traefik runs each file through Go's text/template before it reads it, with functions that read its environment.
 * `{{` in a label would be a program. So every `{` within a string is written as an escape; the structure itself
 * has none twice in a row.
 * @throws Error for a character that must not be in such a file
 */
export function line(name: string, value: Value): string {
  const text = `${json(name)}: ${json(value)}`
  if (text.includes('{{')) throw new Error(`refused: the entry ${name} of the Traefik file would hold a template`)
  return `    ${text}\n`
}

function json(value: Value): string {
  return JSON.stringify(value, checked).replace(STRING, (string) => string.replace(NOT_PLAIN, escape))
}

function checked(key: string, value: unknown): unknown {
  for (const text of [key, value]) {
    if (typeof text === 'string' && FORBIDDEN.test(text)) {
      throw new Error(`refused: ${JSON.stringify(text)} holds a character that must not be in the Traefik file`)
    }
  }
  return value
}

/** YAML's escapes: unlike JSON's they name code points, so a pair of surrogates would be two errors. */
function escape(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16)
  return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`
}
