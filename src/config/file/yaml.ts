import type { Document, LineCounter, Node } from 'yaml'
import { yaml } from '../../lazy.ts'

/** Where something stands in the file: keys and, in lists, numbers from 0. */
export type Path = readonly (string | number)[]

/** What is wrong, and where: a line from 1. */
export interface Fault {
  readonly line: number
  /** What is wrong, and the mend. */
  readonly what: string
}

/** A file that could be read as YAML. */
export interface Tree {
  readonly value: unknown
  /** The line of this key, or of the nearest one above it that is there. */
  line(path: Path): number
}

const LONGEST = 1_048_576
/** How often anchors may be used: a few repeat a list, thousands unfold to gigabytes. */
const MAX_ALIASES = 100
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/u

/**
 * YAML 1.2 with nothing in it that two readers could take for two things: no second document, no key twice, no tags, no
 * keys that are no text. `no` and `on` are text there, not false and true.
 */
export function readYaml(text: string): Tree | Fault {
  if (text.length > LONGEST) return { line: 1, what: 'is larger than 1 MiB' }
  const counter = new (yaml().LineCounter)()
  try {
    return parsed(text, counter)
  } catch (error) {
    if (error instanceof ReferenceError)
      return { line: 1, what: 'has an alias that leads nowhere, or unfolds aliases too often: write things out' }
    if (error instanceof RangeError) return { line: 1, what: 'is nested too deeply' }
    throw error
  }
}

function parsed(text: string, counter: LineCounter): Tree | Fault {
  const documents = yaml().parseAllDocuments(text, {
    lineCounter: counter,
    logLevel: 'silent',
    merge: false,
    prettyErrors: false,
    resolveKnownTags: false,
    stringKeys: true,
  })
  const [document, second] = [...documents]
  // an empty file is what is left while somebody writes it anew: nothing to put in place of a good one
  if (document === undefined || document.contents === null)
    return { line: 1, what: 'is empty: write {} for no settings' }
  const [broken] = [...document.errors, ...document.warnings]
  const at = (offset: number) => counter.linePos(offset).line
  if (broken !== undefined) return { line: at(broken.pos[0]), what: sentence(broken.code) }
  if (second !== undefined)
    return { line: at(second.range[0]), what: 'begins a second document: make it one, without ---' }
  if (document.directives.yaml.version !== '1.2')
    return { line: 1, what: 'asks for another YAML than 1.2: leave %YAML out' }
  const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES })
  const hidden = unseenIn(value, [])
  const line = (path: Path) => at(offsetOf(document, path))
  if (hidden !== undefined) return { line: line(hidden), what: 'holds a character that is not seen: type it anew' }
  return { value, line }
}

// yaml quotes the text in some messages, and the wrong file may be one of secrets
function sentence(code: string): string {
  if (code === 'DUPLICATE_KEY') return 'has a key twice: keep one of them'
  if (code === 'NON_STRING_KEY') return 'has a key that is no text: write a name'
  if (code === 'TAG_RESOLVE_FAILED') return 'has a tag (!…): leave it out'
  return `is not valid YAML (${code.toLowerCase().replaceAll('_', ' ')})`
}

function offsetOf(document: Document.Parsed, path: Path): number {
  let node: Node | null = document.contents
  let offset = node?.range?.[0] ?? 0
  for (const step of path) {
    if (yaml().isAlias(node)) node = node.resolve(document) ?? null
    const next = below(node, step)
    if (next === undefined) return offset
    offset = next.offset
    node = next.node
  }
  return offset
}

function below(node: Node | null, step: string | number): { node: Node | null; offset: number } | undefined {
  if (yaml().isMap<Node, Node | null>(node)) {
    const pair = node.items.find(({ key }) => yaml().isScalar(key) && String(key.value) === step)
    return pair && { node: pair.value, offset: pair.key.range?.[0] ?? 0 }
  }
  const item = yaml().isSeq<Node>(node) && typeof step === 'number' ? node.items[step] : undefined
  return item && { node: item, offset: item.range?.[0] ?? 0 }
}

/** The first place whose key or text holds what the eye does not see. */
function unseenIn(value: unknown, path: Path): Path | undefined {
  if (typeof value === 'string') return UNSEEN.test(value) ? path : undefined
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, item] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key]
    if (UNSEEN.test(key)) return here
    const found = unseenIn(item, here)
    if (found !== undefined) return found
  }
  return undefined
}
