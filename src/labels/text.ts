/** Text as it stands in labels: what may be in it, how it is cut up, and how it is shown. */
import { bad, type Fault, fault, type Parsed } from './parsed.ts'

/** Longest value of a label that is looked at, in UTF-16 units. */
export const MAX_VALUE = 4096
/** Most items of a list. */
export const MAX_ITEMS = 64

// What no value may hold: what cannot be seen or tells text from text by nothing the eye can find (controls, format
// characters, blanks other than the space, half surrogates, what stands for bytes that are no UTF-8), and what ends a
// string in the files we write: the backtick in Traefik's rules, `{{` in its templates, U+2551 between its list items.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}`\u2551\ufffd]|(?! )\p{Zs}|\{\{/u
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\ufffd]|(?! )\p{Zs}/gu

/** What in this text must not be in a label, if anything. */
export function unsafe(text: string): Fault | undefined {
  const [found] = UNSAFE.exec(text) ?? []
  if (found === undefined) return undefined
  if (found === '{{' || found === '`') return fault(`holds ${found}, which no label may`, 'leave it out')
  if (found === '\n' || found === '\r')
    return fault('holds a line break', 'write it on one line (in YAML after >- rather than | or >)')
  return fault(`holds the character ${codePoint(found)}, which no label may`, 'type the value anew')
}

/** Without spaces and tabs at its ends. Nothing else is taken off: `trim()` would drop what `unsafe` is to find. */
export function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text[start])) start++
  while (end > start && isBlank(text[end - 1])) end--
  return text.slice(start, end)
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}

/** Reads items between commas; what is wrong with one does not hide the others. An item of nothing is a fault. */
export function list<T>(text: string, read: (item: string) => Parsed<T>): Parsed<readonly T[]> {
  const items = text.split(',').map(trimBlanks)
  if (items.length > MAX_ITEMS) return bad(`lists ${items.length} items, and ${MAX_ITEMS} is the limit`)
  if (items.includes('')) return bad('has an empty item', 'put one comma between two items, and none at the end')
  const parsed = items.map(read)
  return {
    value: parsed.flatMap((item) => (item.value === undefined ? [] : [item.value])),
    faults: parsed.flatMap((item) => item.faults),
  }
}

/** For messages: cut to so many characters, what cannot be printed escaped. */
export function excerpt(text: string, limit = 80): string {
  const shown = text.slice(0, limit).replaceAll(UNPRINTABLE, (found) => `\\u{${hex(found)}}`)
  return shown.length > limit || text.length > limit ? `${shown.slice(0, limit - 1).toWellFormed()}…` : shown
}

/** A part of a value inside a sentence. */
export function quote(text: string): string {
  return `"${excerpt(text)}"`
}

function codePoint(character: string): string {
  return `U+${hex(character).toUpperCase().padStart(4, '0')}`
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16)
}

/** By code unit: the same on every machine, whatever its locale. */
export function compare(a: string, b: string): number {
  if (a < b) return -1
  return a > b ? 1 : 0
}
