/** Which paths a regular expression, or a prefix of a proxy, is about: as far as paths of labels can say it. */
import { parsePath } from '../../labels/paths.ts'

export interface Pattern {
  /** Canonical, without a slash at its end (but `/` itself). */
  readonly path: string
  /** With all that lies below it. */
  readonly subtree: boolean
}

/** From two sides: paths that are surely meant, and paths beyond which nothing is. */
export interface Paths {
  readonly under: readonly Pattern[]
  readonly over: readonly Pattern[]
  /** Why the two differ. */
  readonly hint?: string
}

const ROOT: Pattern = { path: '/', subtree: true }
export const ALL: Paths = { under: [ROOT], over: [ROOT] }
const NO_PLAIN_PATH = 'is an expression that no plain path says'
const UNKNOWN: Paths = { under: [], over: [ROOT], hint: NO_PLAIN_PATH }

const MAX_EXPANDED = 32
const EVERYTHING = /^(?:\^?\/?(?:\.\*\$?)?|\$)$/
const TAILS = {
  prefix: /^(?:\.\*\$?)?$/,
  tree: /^\((?:\?:)?(?:\[(?:\/\?|\?\/|\/\\\?|\\\/\?|\?\\\/)\]\.\*\)\?\$|\/\|\\\?\|\$\)|\$\|\[\/\?\]\))$/,
  treeOfPath: /^\((?:\?:)?(?:\\?\/\.\*\)\?\$|\\?\/\|\$\)|\$\|\\?\/\))$/,
  pointWithQuery: /^\((?:\?:)?(?:\\\?|\[\?\])\.\*\)\?\$$/,
  point: /^\$$/,
  pointOrSlash: /^\\?\/\?\$$/,
}

/**
 * @param pattern as Go's `regexp` reads it, matched anywhere where it is not anchored
 * @param query does it see the query string too, behind the path?
 */
export function pathsOfRegex(pattern: string, query: boolean): Paths {
  const alternatives = topLevel(pattern)
  if (alternatives === undefined) return UNKNOWN
  return together(alternatives.map((alternative) => one(alternative, query)))
}

/** Any of these. */
export function together(each: readonly Paths[]): Paths {
  const hint = each.find((paths) => paths.hint !== undefined)?.hint
  return {
    under: each.flatMap(({ under }) => under),
    over: each.flatMap(({ over }) => over),
    ...(hint !== undefined && { hint }),
  }
}

/** What begins so, also in the middle of a segment, as Traefik and mux read a prefix. */
export function pathsOfPrefix(text: string): Paths {
  return valid(prefix(text))
}

export function pathsOfPoint(text: string): Paths {
  return valid({ under: [{ path: text, subtree: false }], over: [{ path: text, subtree: false }] })
}

function one(pattern: string, query: boolean): Paths {
  if (EVERYTHING.test(pattern)) return ALL
  const anchored = pattern.startsWith('^')
  const { texts, tail, wide } = literals(anchored ? pattern.slice(1) : pattern)
  const found = together(texts.map((text) => valid(withTail(text, tail, query))))
  const begins = wide ?? texts
  // what is not anchored begins anywhere
  if (!anchored || !begins.every((text) => text.startsWith('/'))) return { hint: NO_PLAIN_PATH, ...found, over: [ROOT] }
  if (wide === undefined) return found
  const over = wide.flatMap((text) => valid({ under: [], over: prefix(text).over }).over)
  return { under: found.under, over, hint: 'has a dot that is any character: write \\. for a dot' }
}

function withTail(text: string, tail: string, query: boolean): Paths {
  const tree = [{ path: text, subtree: true }]
  const point = [{ path: text, subtree: false }]
  const bare = { under: [], hint: `does not match ${text}?… with a query string: a path of ours would` }
  if (TAILS.prefix.test(tail)) return prefix(text)
  if (TAILS.tree.test(tail)) return { under: tree, over: tree }
  if (TAILS.treeOfPath.test(tail)) return query ? { ...bare, over: tree } : { under: tree, over: tree }
  if (TAILS.pointWithQuery.test(tail)) return { under: point, over: point }
  if (TAILS.point.test(tail)) return query ? { ...bare, over: point } : { under: point, over: point }
  if (TAILS.pointOrSlash.test(tail)) return query ? { ...bare, over: tree } : { under: point, over: tree }
  return { under: [], over: prefix(text).over, hint: NO_PLAIN_PATH }
}

function prefix(text: string): Paths {
  if (text === '/') return ALL
  const path = text.replace(/\/$/, '')
  if (text.endsWith('/'))
    return {
      under: [],
      over: [{ path, subtree: true }],
      hint: `is about what lies below ${text} and not about ${path} itself, which a path of ours has with it`,
    }
  return {
    under: [{ path, subtree: true }],
    over: [{ path: parent(path), subtree: true }],
    hint: `also matches ${path}x, and a path of ours ends where a segment does`,
  }
}

/** Shorter with each step, whatever the path is, and at last `/`. */
function parent(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash <= 0 ? '/' : path.slice(0, slash)
}

/** Paths that no label can hold are left out on the one side, and their folder stands for them on the other. */
function valid({ under, over, hint }: Paths): Paths {
  return {
    ...(hint !== undefined && { hint }),
    under: under.flatMap(({ path, subtree }) => (isPlain(path) ? [{ path, subtree }] : [])),
    over: over.map((pattern) => {
      let { path } = pattern
      while (!isPlain(path) && path !== '/') path = parent(path)
      return path === pattern.path && isPlain(path) ? pattern : { path, subtree: true }
    }),
  }
}

function isPlain(path: string): boolean {
  const { value, faults } = parsePath(path)
  return faults.length === 0 && value === path
}

interface Literals {
  /** With which it may go on matching. */
  readonly texts: readonly string[]
  /** With which whatever it matches begins, where `texts` took a dot for a dot. */
  readonly wide?: readonly string[]
  /** What of the pattern is left. */
  readonly tail: string
}

const TOKEN = /^(?:\\?([\w/~!&=@%-]|\\[.+*?()[\]{}|^$/-]|\.)|\((?:\?:)?((?:[\w/|~-]|\\[./-])+)\))(?![?*+{])/

function literals(pattern: string): Literals {
  let texts = ['']
  let wide: readonly string[] | undefined
  let tail = pattern
  for (;;) {
    const [token, character, alternatives] = TOKEN.exec(tail) ?? []
    if (token === undefined) break
    const next = character === undefined ? choices(alternatives ?? '') : [plain(token)]
    if (next.includes(undefined) || texts.length * next.length > MAX_EXPANDED) break
    if (token === '.') wide ??= texts
    texts = texts.flatMap((text) => next.map((end) => text + (end ?? '')))
    tail = tail.slice(token.length)
  }
  return { texts, tail, ...(wide !== undefined && { wide }) }
}

function choices(text: string): readonly (string | undefined)[] {
  return text
    .split('|')
    .map((choice) => (/^(?:[\w/~-]|\\[./-])+$/.test(choice) ? choice.replaceAll('\\', '') : undefined))
}

/** `\d` and its like are no letters. */
function plain(token: string): string | undefined {
  if (!token.startsWith('\\')) return token
  return /^\\\W$/.test(token) ? token.slice(1) : undefined
}

/** The alternatives outside any bracket; undefined where flags or a class make the rest uncertain. */
function topLevel(pattern: string): readonly string[] | undefined {
  if (/\(\?(?!:)/.test(pattern)) return undefined
  const found = ['']
  let depth = 0
  let inClass = false
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] ?? ''
    if (character === '\\') {
      found.push((found.pop() ?? '') + character + (pattern[++i] ?? ''))
      continue
    }
    if (inClass) inClass = character !== ']'
    else if (character === '[') inClass = true
    else if (character === '(') depth++
    else if (character === ')') depth--
    if (character === '|' && depth === 0 && !inClass) found.push('')
    else found.push((found.pop() ?? '') + character)
  }
  return depth === 0 && !inClass ? found : undefined
}
