import type { Parser } from './parsed.ts'

// Words of manuals and examples, and the runs people fill a field with.
const SAMPLES = /change.?me|example|sample|secret|password|insert|your.?key|0123456789|abcdefghij|qwertyuiop/i
const REPEATED = /^(.{1,16}?)\1+$/

/**
 * The key in the capability address: whoever knows it may ask as the proxy. 32 characters are 192 bits where they
 * come from a generator; what plainly does not is refused (threat D-24).
 */
export const proxyKey: Parser<string> = (text) => {
  const mend = 'write 32 or more random characters of A-Z a-z 0-9 _ -, as `openssl rand -hex 32` makes them'
  if (text === '') return { wrong: 'is empty', mend }
  if (!/^[\w-]+$/.test(text)) return { wrong: 'holds a character that has no place in an address', mend }
  if (text.length < 32) return { wrong: 'is too short', mend }
  if (text.length > 256) return { wrong: 'is too long', mend: `${mend}, at most 256` }
  const poor = SAMPLES.test(text) || REPEATED.test(text) || new Set(text).size < 8
  return poor ? { wrong: 'is a sample or a pattern, not a random key', mend } : { value: text }
}
