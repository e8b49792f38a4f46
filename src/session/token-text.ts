import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * `lg_`, 32 random bytes, and a checksum of both, in base 62: a double click selects it whole, a scanner for leaked
 * secrets can tell it from other words, and what was mistyped can be told from what was taken back.
 */
const SHAPE = /^lg_[0-9A-Za-z]{49}$/
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
export const TOKEN_LENGTH = 52
const BODY = 46

export function newToken(): string {
  const body = `lg_${base62(BigInt(`0x${randomBytes(32).toString('hex')}`), 43)}`
  return body + checksum(body)
}

/** Written as ours and typed without a mistake; whether it opens anything is another matter. */
export function isToken(text: string): boolean {
  return text.length === TOKEN_LENGTH && SHAPE.test(text) && checksum(text.slice(0, BODY)) === text.slice(BODY)
}

/** Meant for us, even where it is cut short or mistyped: no app is to see it. */
export function looksLikeToken(text: string): boolean {
  return text.startsWith('lg_')
}

function checksum(body: string): string {
  return base62(BigInt(crc32(body)), 6)
}

function base62(value: bigint, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest /= 62n) text = (DIGITS[Number(rest % 62n)] ?? '') + text
  return text
}
