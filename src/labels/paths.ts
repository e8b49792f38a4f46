import { canonicalPath } from '../syntax/path.ts'
import { nearest } from '../syntax/nearest.ts'
import { bad, fault, good, type Parsed } from './parsed.ts'
import { type Method, METHODS } from './spec.ts'
import { list, quote, trimBlanks, unsafe } from './text.ts'
import { didYouMean } from './words.ts'

const MAX_PATH = 1024
// Signs of a pattern language we do not have. What could be meant as one is never taken for plain text (threat H-19).
const PATTERN = /[*^|\\{}[\]<>"]|\$$|\.\+|\(\?/

/** A path prefix as a label gives it: canonical, without the slash at its end (but `/` itself). */
export function parsePath(text: string): Parsed<string> {
  if (text.endsWith('/*')) {
    const shorter = text.replace(/\/\*{1,2}$/, '') || '/'
    return bad(`${quote(text)} is not a path`, `did you mean ${shorter}? it covers what lies below it`)
  }
  return plainPath(text)
}

/** `GET|POST`, or with commas. */
export function parseMethods(text: string): Parsed<readonly Method[]> {
  const parsed = list(text.replaceAll('|', ','), parseMethod)
  return parsed.value === undefined ? parsed : { value: [...new Set(parsed.value)], faults: parsed.faults }
}

function parseMethod(item: string): Parsed<Method> {
  const upper = item.toUpperCase()
  const found = METHODS.find((method) => method === upper)
  if (found !== undefined) return good(found)
  const mend = upper === '*' || upper === 'ANY' ? 'leave the methods out to mean every one' : undefined
  return bad(`${quote(item)} is not a method`, mend ?? didYouMean(nearest(upper, METHODS)))
}

/** Canonical, whatever stands at its end but one slash; no pattern, nothing two readers could read differently. */
export function plainPath(text: string): Parsed<string> {
  if (text.length > MAX_PATH) return bad(`is a path longer than ${MAX_PATH} characters`)
  if (!text.isWellFormed()) return bad('is not well-formed text')
  if (!text.startsWith('/')) return notAbsolute(text)
  if (/[?#]/.test(text)) return bad(`${quote(text)} holds more than a path`, 'leave out ? and #, and what follows them')
  if (PATTERN.test(text))
    return bad(`${quote(text)} is a pattern`, 'paths are plain text: write /path, or /path/** in public')
  const shorter = text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text
  // people write é as it is; in a request it stands as %C3%A9
  const path = canonicalPath(shorter.replaceAll(/\P{ASCII}/gu, (letter) => encodeURIComponent(letter)))
  if (path === undefined || path.ambiguous)
    return bad(`${quote(text)} can be read in more than one way`, 'write a plain path')
  const decoded = unsafe(path.text)
  return decoded === undefined ? good(path.text) : { faults: [fault(`${quote(text)} ${decoded.reason}`, decoded.mend)] }
}

function notAbsolute(text: string): Parsed<never> {
  const reason = `${quote(text)} does not begin with /`
  if (URL.canParse(text) && text.includes('://')) return bad(reason, `did you mean ${new URL(text).pathname}?`)
  return bad(reason, /^[\w.~-]+(?:\/[\w.~-]+)*\/?$/.test(trimBlanks(text)) ? `did you mean /${text}?` : 'write /path')
}
