/** Values that are one of a few words, or names of things that exist elsewhere. */
import { nearest } from '../syntax/nearest.ts'
import { bad, type Fault, fault, good, type Parsed } from './parsed.ts'
import { quote } from './text.ts'

/** One of these words, in any case. */
export function oneOf<T extends string>(text: string, words: readonly T[]): Parsed<T> {
  const lower = text.toLowerCase()
  const found = words.find((word) => word === lower)
  return found === undefined ? { faults: [notOneOf(text, words)] } : good(found)
}

/** Only the two words: `0`, `no`, `off` are read differently by different tools, so they are not read at all. */
export function parseBoolean(text: string): Parsed<boolean> {
  const lower = text.toLowerCase()
  if (lower === 'true' || lower === 'false') return good(lower === 'true')
  if (/^(?:1|yes|on|y|enabled?)$/.test(lower)) return bad(`${quote(text)} is neither true nor false`, 'write true')
  if (/^(?:0|no|off|n|disabled?)$/.test(lower)) return bad(`${quote(text)} is neither true nor false`, 'write false')
  return bad(`${quote(text)} is neither true nor false`, didYouMean(nearest(lower, ['true', 'false'])) ?? 'write true')
}

/**
 * A name the operator knows, exactly as they wrote it.
 * @param option what lists them, named where this one is none of them
 */
export function nameOf(text: string, known: readonly string[], option: string): Parsed<string> {
  if (known.includes(text)) return good(text)
  const reason = `${quote(text)} is not among the names of ${option} (${known.length === 0 ? 'none' : known.join(', ')})`
  return bad(reason, didYouMean(nearest(text, known)) ?? 'ask the operator to add it')
}

export function notOneOf(text: string, words: readonly string[]): Fault {
  return fault(`${quote(text)} is not one of ${words.join(', ')}`, didYouMean(nearest(text.toLowerCase(), words)))
}

export function didYouMean(word: string | undefined): string | undefined {
  return word === undefined ? undefined : `did you mean ${word}?`
}
