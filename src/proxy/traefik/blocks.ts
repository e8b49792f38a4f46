import type { App } from '../../table/table.ts'
import type { Lines } from './context.ts'

/** Apps that follow each other in the table, and their lines as bytes. */
export interface Block extends Lines<Buffer> {
  readonly apps: readonly App[]
}

/** By their first apps, in the order of the apps. */
export type Blocks = ReadonlyMap<App, Block>

export interface BlockSource {
  /** Those made last; what did not change is taken from here. */
  readonly known: Blocks
  /** Apps whose lines are others now, though they are the same. */
  readonly touched: ReadonlySet<App>
  readonly linesOf: (app: App) => Lines
}

/** How many apps a block has on average: few make many parts to write, many make much to do again for each change. */
const MEAN = 32

/** All apps in blocks. One app that comes, goes or changes makes one block anew, or two where it is an edge. */
export function blocksOf(apps: readonly App[], { known, touched, linesOf }: BlockSource): Blocks {
  const stale = new Set(touched.size === 0 ? [] : [...known.values()].filter((block) => block.apps.some(has(touched))))
  const blocks = new Map<App, Block>()
  let at = 0
  for (let first = apps[at]; first !== undefined; first = apps[at]) {
    const old = known.get(first)
    const block = old !== undefined && !stale.has(old) && isAt(apps, at, old) ? old : blockAt(apps, at, linesOf)
    blocks.set(first, block)
    at += block.apps.length
  }
  return blocks
}

function has<T>(set: ReadonlySet<T>): (one: T) => boolean {
  return (one) => set.has(one)
}

function isAt(apps: readonly App[], at: number, block: Block): boolean {
  return isEdge(apps[at + block.apps.length]) && block.apps.every((app, i) => app === apps[at + i])
}

function blockAt(all: readonly App[], at: number, linesOf: BlockSource['linesOf']): Block {
  let end = at + 1
  while (!isEdge(all[end])) end += 1
  const apps = all.slice(at, end)
  const lines = apps.map(linesOf)
  const bytes = (section: keyof Lines) => Buffer.from(lines.map((its) => its[section]).join(''))
  return { apps, routers: bytes('routers'), services: bytes('services'), middlewares: bytes('middlewares') }
}

/** Whether a block begins here. The app alone says so: what comes or goes before it moves no edge. */
function isEdge(app: App | undefined): boolean {
  if (app === undefined) return true
  let hash = 0
  for (let i = 0; i < app.spec.key.length; i++) hash = Math.imul(hash ^ app.spec.key.charCodeAt(i), 0x01000193)
  // the low bits of such a hash know only the low bits of the characters
  return (hash >>> 8) % MEAN === 0
}
