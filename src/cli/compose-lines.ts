import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter, type Node, visit } from 'yaml'

/** Finds on which line of a YAML file things stand, counted from 1. */
export interface Lines {
  /** Of this key of a map; undefined where it comes out of a merge. */
  of(path: readonly string[]): number | undefined
  /** Of each label of the map or list there. Where a label is said twice, the later line: its value holds too. */
  ofLabels(path: readonly string[]): ReadonlyMap<string, number>
}

export function linesOf(doc: Document.Parsed, counter: LineCounter): Lines {
  // looked up once: an alias that looks for its anchor walks the whole file
  const anchors = new Map<string, Node>()
  visit(doc, {
    Node: (_, node) => void (!isAlias(node) && node.anchor !== undefined && anchors.set(node.anchor, node)),
  })
  const file = { doc, counter, anchors }
  return {
    of: (path) => lineOf(path, file),
    ofLabels: (path) => {
      const lines = new Map<string, number>()
      const labels = resolved(doc.getIn(path, true), file)
      if (labels !== undefined) collect(labels, { ...file, lines, depth: 0 })
      return lines
    },
  }
}

interface File {
  readonly doc: Document.Parsed
  readonly counter: LineCounter
  readonly anchors: ReadonlyMap<string, Node>
}

function lineOf(path: readonly string[], file: File): number | undefined {
  const map = resolved(file.doc.getIn(path.slice(0, -1), true), file)
  const pair = isMap(map) ? map.items.find(({ key }) => keyText(key) === path.at(-1)) : undefined
  return pair === undefined ? undefined : position(pair.key, file)
}

interface Walk extends File {
  readonly lines: Map<string, number>
  /** Aliases can lead back to where they stand. */
  readonly depth: number
}

function collect(node: Node, walk: Walk): void {
  if (walk.depth > 4) return
  const deeper = { ...walk, depth: walk.depth + 1 }
  if (isSeq(node))
    for (const item of node.items) {
      const entry = resolved(item, walk)
      if (isScalar(entry)) note(String(entry.value).split('=', 1)[0], entry, walk)
      else if (entry !== undefined) collect(entry, deeper)
    }
  if (!isMap(node)) return
  // what is merged in is overridden by what stands here
  for (const { key, value } of node.items) {
    const merged = keyText(key) === undefined ? resolved(value, walk) : undefined
    if (merged !== undefined) collect(merged, deeper)
  }
  for (const { key } of node.items) note(keyText(key), key, walk)
}

function note(key: string | undefined, node: unknown, walk: Walk): void {
  const line = position(node, walk)
  if (key !== undefined && line !== undefined) walk.lines.set(key, line)
}

/** Undefined for the merge key `<<`, which yaml gives as a symbol, and for keys that are no text. */
function keyText(key: unknown): string | undefined {
  return isScalar(key) && typeof key.value !== 'symbol' ? String(key.value) : undefined
}

function position(node: unknown, { counter }: File): number | undefined {
  const offset = isScalar(node) ? node.range?.[0] : undefined
  return offset === undefined ? undefined : counter.linePos(offset).line
}

function resolved(node: unknown, { anchors }: File): Node | undefined {
  if (isAlias(node)) return anchors.get(node.source)
  return isNode(node) ? node : undefined
}
