/** Picks the labels that are ours, or were meant to be, out of a container's. */
import { distance } from '../syntax/nearest.ts'
import { keysIn } from './keys.ts'
import { type Fault, fault } from './parsed.ts'
import { compare, excerpt, MAX_VALUE, trimBlanks } from './text.ts'

/** Most labels of ours on one container. */
export const MAX_LABELS = 64

export interface Label {
  /** As it was written: what messages show. */
  readonly written: string
  /** Lower case, without the prefix: `rules.api.allow`. */
  readonly name: string
  /** Trimmed. */
  readonly value: string
}

export interface Collected {
  /** By name, sorted, each name once. */
  readonly labels: readonly Label[]
  /** Labels that contradict one of `labels` by being the same key in other letters. */
  readonly contradictions: readonly Label[]
  /** What is wrong with the container's labels as a whole; `label` is missing where no one label is at fault. */
  readonly faults: readonly { readonly label?: Label; readonly fault: Fault }[]
}

const ROOT = 'labelgate'
const PREFIX = `${ROOT}.`
const MAX_KEY = 512
const TOO_LONG = fault(`is longer than labels of ours may be: ${MAX_KEY} characters a key, ${MAX_VALUE} a value`)
const byName = (a: Label, b: Label) => compare(a.name, b.name) || compare(a.written, b.written)

/** @param labels as Docker gives them, in any order: the outcome is the same for each */
export function collect(labels: Readonly<Record<string, string>>): Collected {
  const own: Label[] = []
  const misspelt: Label[] = []
  for (const [written, value] of Object.entries(labels)) {
    const lower = written.toLowerCase()
    if (lower.startsWith(PREFIX)) own.push({ written, name: lower.slice(PREFIX.length), value: trimBlanks(value) })
    else if (isMeant(lower)) misspelt.push({ written, name: meantName(lower), value: trimBlanks(value) })
  }
  own.sort(byName)
  misspelt.sort(byName)
  const faults: { label?: Label; fault: Fault }[] = misspelt.slice(0, MAX_LABELS).map(misspelling)
  if (own.length + misspelt.length > MAX_LABELS) {
    faults.push({ fault: fault(`has ${own.length + misspelt.length} labels of ours, and ${MAX_LABELS} is the limit`) })
    return { ...unique(own.filter(isClaim).slice(0, MAX_LABELS)), faults }
  }
  const long = own.filter((label) => label.value.length > MAX_VALUE || label.written.length > MAX_KEY)
  faults.push(...long.map((label) => ({ label, fault: TOO_LONG })))
  // what they claim is denied, as it would be if they were spelt right
  const claims = misspelt.filter(isClaim).filter(({ name }) => own.every((label) => label.name !== name))
  return { ...unique([...own.filter((label) => !long.includes(label)), ...claims].toSorted(byName)), faults }
}

/** The same key twice is harmless where it says the same. */
function unique(sorted: readonly Label[]): Pick<Collected, 'labels' | 'contradictions'> {
  const labels: Label[] = []
  const contradictions: Label[] = []
  for (const label of sorted) {
    const before = labels.at(-1)
    if (before?.name !== label.name) labels.push(label)
    else if (before.value !== label.value) contradictions.push(label)
  }
  return { labels, contradictions }
}

/** `host`, and `apps.<id>.host`. */
function isClaim({ name }: Label): boolean {
  return name === 'host' || /^apps\.[^.]+\.host$/.test(name)
}

/** `lablegate.allow`, `labelgate`, `labelgate_allow`: near enough that somebody thinks the container protected. */
function isMeant(lower: string): boolean {
  const dot = lower.indexOf('.')
  const root = dot < 0 ? lower : lower.slice(0, dot)
  if (Math.abs(root.length - ROOT.length) <= 2) return distance(root, ROOT) <= 2
  const [, head] = /^labelgate[-_/: ]+([a-z-]+?)(?:[^a-z-]|$)/.exec(lower) ?? []
  return head !== undefined && HEADS.has(head)
}

const HEADS: ReadonlySet<string> = new Set([...keysIn('container'), ...keysIn('app'), 'rules', 'apps'])

/** What the key probably was, without the prefix. */
function meantName(lower: string): string {
  const joined = /^labelgate[-_/: ]+(.+)$/.exec(lower)?.[1]
  const dot = lower.indexOf('.')
  return joined?.replaceAll(/[_/: ]+/g, '.') ?? (dot < 0 ? '' : lower.slice(dot + 1))
}

function misspelling(label: Label): { label: Label; fault: Fault } {
  const meant = label.name === '' ? `${ROOT}.enable=true` : `${PREFIX}${excerpt(label.name)}`
  return { label, fault: fault('is not a label of ours', `did you mean ${meant}?`) }
}
