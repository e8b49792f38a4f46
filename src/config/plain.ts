/** Parsers of options that are words, numbers or names. */
import { isHostName } from '../syntax/host.ts'
import { each, isWrong, type Parser, type Wrong } from './parsed.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
// oxlint-disable-next-line no-control-regex -- controls are what it looks for
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\p{Cf}]/u

/** What Traefik's entry points and certificate resolvers may be called here. */
export const ROUTER_NAME = /^[A-Za-z0-9_-]{1,128}$/

/** One of a few words, exactly as written. */
export function choice<const T extends string>(words: readonly T[]): Parser<T> {
  const mend = `write ${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
  return (text) => {
    const value = words.find((word) => word === text)
    return value === undefined ? { wrong: 'is none of the words it may be', mend } : { value }
  }
}

/** Two words for yes and no. */
export function either(yes: string, no: string): Parser<boolean> {
  return (text) =>
    text === yes || text === no
      ? { value: text === yes }
      : { wrong: `is neither ${yes} nor ${no}`, mend: `write ${yes} or ${no}` }
}

/**
 * `90s`, `15m`, `8h`, `7d`, in milliseconds.
 * @param bounds smallest and largest, as they are written; `orZero`: `0` stands for "no limit"
 */
export function duration(bounds: { least: string; most: string; orZero?: boolean }): Parser<number> {
  const [least, most] = [milliseconds(bounds.least), milliseconds(bounds.most)]
  const mend = `write a number and s, m, h or d, from ${bounds.least} to ${bounds.most}${bounds.orZero ? ', or 0' : ''}`
  return (text) => {
    if (bounds.orZero && text === '0') return { value: 0 }
    const value = milliseconds(text)
    if (Number.isNaN(value)) return { wrong: 'is not a duration', mend }
    if (value < least) return { wrong: 'is too short', mend }
    return value > most ? { wrong: 'is too long', mend } : { value }
  }
}

function milliseconds(text: string): number {
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  return Number(digits ?? Number.NaN) * (UNITS[unit ?? ''] ?? Number.NaN)
}

/** A path of this machine. `endings`: the file types that will do. */
export function path(endings: readonly string[] = []): Parser<string> {
  const end = endings.join(' or ')
  const mend = endings.length === 0 ? 'write a path' : `write the path of a file that ends in ${end}`
  return (text) => {
    if (text === '') return { wrong: 'is empty', mend }
    if (UNSEEN.test(text)) return { wrong: 'holds a character that is not seen', mend }
    const fits = endings.length === 0 || endings.some((ending) => text.endsWith(ending))
    return fits ? { value: text } : { wrong: `does not end in ${end}`, mend }
  }
}

/** One path or more. */
export const paths: Parser<readonly string[]> = (text) => {
  const parsed = each(text, path())
  if (isWrong(parsed) || parsed.value.length > 0) return parsed
  return { wrong: 'is empty', mend: 'write a path' }
}

/** Text for people, on one line. */
export function line(longest: number): Parser<string> {
  const mend = `write 1 to ${longest} printable characters`
  return (text) => {
    if (text === '') return { wrong: 'is empty', mend }
    if (UNSEEN.test(text)) return { wrong: 'holds a character that is not seen', mend }
    return text.length > longest ? { wrong: 'is too long', mend } : { value: text }
  }
}

/** A name that matches; `like` is an example of one. */
export function named(pattern: RegExp, like: string): Parser<string> {
  return (text) =>
    pattern.test(text) ? { value: text } : { wrong: 'is not such a name', mend: `write a name like ${like}` }
}

/** Any number of names, none included. */
export function names(pattern: RegExp, like: string): Parser<readonly string[]> {
  const one = named(pattern, like)
  return (text) => each(text, one)
}

/** `example.com`, also written `.example.com` or in capitals. Nothing is refused: it would lift the limit in silence. */
export const hostSuffixes: Parser<readonly string[]> = (text) => {
  const mend = 'write host names like example.com, with commas between them, or leave it out'
  const parsed = each(text, (item) => {
    const value = item.toLowerCase().replace(/^\./, '')
    return isHostName(value) ? { value } : { wrong: 'is not a host name', mend }
  })
  if (isWrong(parsed)) return parsed
  return parsed.value.length === 0 ? { wrong: 'is empty', mend } : parsed
}

/** `{name}.example.com`, lower case. */
export const defaultHost: Parser<string> = (text) => {
  const mend = 'write a host name with {name} once in it, like {name}.example.com'
  const value = text.toLowerCase()
  if (value.split('{name}').length !== 2) return { wrong: 'does not have {name} in it exactly once', mend }
  return isHostName(value.replace('{name}', 'x')) ? { value } : { wrong: 'is not a host name', mend }
}

/** For what later work brings: refused, never ignored. */
export function later(mend: string): (text: string) => Wrong {
  return () => ({ wrong: 'asks for what is not available yet', mend })
}
