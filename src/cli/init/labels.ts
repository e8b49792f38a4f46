/** Labels of one app, from a verdict for each of its paths and methods. */
import { MAX_RULES } from '../../labels/place.ts'
import { METHODS, type Method } from '../../labels/spec.ts'
import { isUnder } from '../../syntax/path.ts'
import type { ByMethod, Zone } from './cells.ts'
import { EVERYBODY, meet, NOBODY, type People, same, signedIn, type Verdict } from './verdict.ts'

/** A group that is nobody's: an app has to allow somebody, and this one lets nobody in. */
export const NOBODYS_GROUP = 'group:labelgate-nobody'

export interface AppWords {
  /** By key, without `labelgate.`: `rules.api.allow`. */
  readonly labels: ReadonlyMap<string, string>
  /** What is said is less than what was meant, and why. */
  readonly narrowed: readonly string[]
}

/** Requests of these methods, below one path, that one policy judges. */
interface Part {
  readonly path: string
  /** Undefined: those that no other part of this path names. */
  readonly methods?: readonly Method[]
  readonly verdict: People
  readonly open: string[]
}

/** @param zones the app's own path first */
export function wordsOf(zones: readonly Zone[]): AppWords {
  const [root] = zones
  if (root === undefined) return { labels: new Map(), narrowed: [] }
  const narrowed: string[] = []
  const trees = treesOf(zones, narrowed)
  const parts: Part[] = []
  for (const tree of trees) {
    const above = nearest(trees, tree)
    if (above !== undefined && equal(above.verdicts, tree.verdicts)) continue
    const everybody = methodsOf(tree.verdicts, (verdict) => verdict.kind === 'everybody')
    const pattern = openPattern(everybody, tree.path === '/' ? '/**' : `${tree.path}/**`)
    if (everybody.length < METHODS.length || tree.path === root.path) {
      const own = partsOf(tree)
      parts.push(...own)
      if (pattern !== undefined) for (const part of own) part.open.push(pattern)
    } else if (pattern !== undefined) openIn(parts, tree.path, pattern)
  }
  for (const zone of zones.filter(({ subtree }) => !subtree)) {
    const tree = trees.findLast((tree) => isUnder(tree.path, zone.path))
    const open = methodsOf(
      zone.verdicts,
      (verdict, method) => verdict.kind === 'everybody' && tree?.verdicts.get(method)?.kind !== 'everybody',
    )
    const pattern = openPattern(open, zone.path)
    if (pattern !== undefined) openIn(parts, zone.path, pattern)
  }
  return said(parts, narrowed)
}

/** Subtrees from the outermost; where one path alone is stricter, all below it is. */
function treesOf(zones: readonly Zone[], narrowed: string[]): readonly Zone[] {
  const trees = new Map(
    zones.filter(({ subtree }) => subtree).map((zone) => [zone.path, { ...zone, verdicts: headAsGet(zone.verdicts) }]),
  )
  for (const point of zones.filter(({ subtree }) => !subtree)) {
    const tree = [...trees.values()]
      .filter(({ path }) => isUnder(path, point.path))
      .toSorted((a, b) => b.path.length - a.path.length)[0]
    if (tree === undefined) continue
    const verdicts = new Map(
      [...tree.verdicts].map(([method, verdict]) => {
        const own = point.verdicts.get(method) ?? NOBODY
        return [method, own.kind === 'everybody' ? verdict : meet(verdict, own)] as const
      }),
    )
    if (METHODS.some((method) => differs(point.verdicts.get(method) ?? NOBODY, tree.verdicts.get(method) ?? NOBODY)))
      narrowed.push(
        `${point.path} alone cannot be judged otherwise than what lies below it: the stricter holds for both`,
      )
    if (!equal(verdicts, tree.verdicts))
      trees.set(point.path, { path: point.path, subtree: true, verdicts: headAsGet(verdicts) })
  }
  return [...trees.values()].toSorted((a, b) => a.path.length - b.path.length)
}

function differs(point: Verdict, tree: Verdict): boolean {
  return point.kind !== 'everybody' && !same(point, tree)
}

/** A rule for GET is one for HEAD too. */
function headAsGet(verdicts: ByMethod): ByMethod {
  const get = verdicts.get('GET') ?? NOBODY
  if (get.kind === 'everybody' || verdicts.get('HEAD')?.kind === 'everybody') return verdicts
  return new Map([...verdicts, ['HEAD', get]])
}

function partsOf({ path, verdicts }: Zone): readonly Part[] {
  const classes: { verdict: People; methods: Method[] }[] = []
  for (const [method, verdict] of verdicts) {
    if (verdict.kind === 'everybody') continue
    const known = classes.find((one) => same(one.verdict, verdict))
    if (known === undefined) classes.push({ verdict, methods: [method] })
    else known.methods.push(method)
  }
  const [most, ...others] = classes.toSorted((a, b) => b.methods.length - a.methods.length)
  return [
    { path, verdict: most?.verdict ?? signedIn(), open: [] },
    ...others.map(({ verdict, methods }) => ({ path, methods, verdict, open: [] })),
  ]
}

function openIn(parts: readonly Part[], path: string, pattern: string): void {
  const longest = parts
    .filter((part) => isUnder(part.path, path))
    .reduce((most, part) => Math.max(most, part.path.length), 0)
  for (const part of parts) if (isUnder(part.path, path) && part.path.length === longest) part.open.push(pattern)
}

function said(parts: readonly Part[], narrowed: string[]): AppWords {
  const [app, ...rules] = parts
  if (app === undefined) return { labels: new Map(), narrowed }
  if (rules.length > MAX_RULES || parts.some(({ open }) => open.length > 64)) {
    const strictest = parts.map(({ verdict }) => verdict).reduce<Verdict>(meet, EVERYBODY)
    narrowed.push('there are more rules than an app may have: the strictest holds everywhere')
    return {
      labels: policyOf({ ...app, open: [], verdict: strictest.kind === 'everybody' ? NOBODY : strictest }, ''),
      narrowed,
    }
  }
  const labels = new Map(policyOf(app, ''))
  const names = new Set<string>()
  for (const rule of rules) {
    const name = nameOf(rule, names)
    labels.set(`rules.${name}.path`, rule.path)
    if (rule.methods !== undefined) labels.set(`rules.${name}.methods`, rule.methods.join('|'))
    for (const [key, value] of policyOf(rule, `rules.${name}.`)) labels.set(key, value)
    narrowed.push(...inherited(app.verdict, rule))
  }
  return { labels, narrowed }
}

function policyOf({ verdict, open }: Part, before: string): Map<string, string> {
  const { allow, deny, mfa, networks = [], publicFrom } = verdict
  const require = [...(mfa ? ['mfa'] : []), ...networks.map((network) => `network=${network}`)]
  const words: [string, readonly string[]][] = [
    ['allow', allow.length === 0 ? [NOBODYS_GROUP] : allow],
    ['deny', deny],
    ['require', require],
    ['public', open],
    ['public-from', publicFrom],
  ]
  return new Map(words.filter(([, items]) => items.length > 0).map(([key, items]) => [before + key, items.join(', ')]))
}

/** What a rule has of its app whether it wants or not. */
function inherited(app: People, { path, verdict }: Part): string[] {
  const asks = verdict.mfa || verdict.networks !== undefined
  const more = !asks && (app.mfa || app.networks !== undefined)
  const denied = app.deny.some((subject) => !verdict.deny.includes(subject))
  return [
    ...(more && verdict.allow.length > 0
      ? [`${path} asks for less than the rest of its host, and what the rest requires is required there too`]
      : []),
    ...(denied && verdict.allow.length > 0 ? [`who is denied on the rest of the host is denied at ${path} too`] : []),
  ]
}

function nameOf({ path, methods }: Part, names: Set<string>): string {
  const plain = `${path}-${methods?.join('-') ?? ''}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 48)
    .replace(/-$/, '')
  let name = plain === '' ? 'rule' : plain
  for (let i = 2; names.has(name); i++) name = `${plain === '' ? 'rule' : plain}-${i}`
  names.add(name)
  return name
}

function openPattern(methods: readonly Method[], path: string): string | undefined {
  if (methods.length === 0) return undefined
  return methods.length === METHODS.length ? path : `${methods.join('|')} ${path}`
}

function methodsOf(verdicts: ByMethod, is: (verdict: Verdict, method: Method) => boolean): readonly Method[] {
  return METHODS.filter((method) => is(verdicts.get(method) ?? NOBODY, method))
}

function nearest(trees: readonly Zone[], { path }: Zone): Zone | undefined {
  return trees.findLast((tree) => tree.path !== path && isUnder(tree.path, path))
}

function equal(a: ByMethod, b: ByMethod): boolean {
  return METHODS.every((method) => same(a.get(method) ?? NOBODY, b.get(method) ?? NOBODY))
}
