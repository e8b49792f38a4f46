/** Says for each label of ours which app, and which rule of it, it speaks of. */
import type { Label } from './collect.ts'
import type { KeyName, Scope } from './key.ts'
import { isKeyName, KEYS, keysIn } from './keys.ts'
import { nearest } from '../syntax/nearest.ts'
import { type Fault, fault } from './parsed.ts'
import { quote } from './text.ts'
import { didYouMean } from './words.ts'

/** Most further apps of one container, and most rules of one app. */
export const MAX_APPS = 16
export const MAX_RULES = 32

// Names go into maps, generated names and addresses. `__proto__` is none (threat H-18).
const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/

/** A label whose key is known. */
export interface Placed {
  readonly label: Label
  readonly key: KeyName
  /** What follows the key, for `headers.<Name>`; else empty. */
  readonly parameter: string
}

export interface LabelFault {
  readonly label?: Label
  readonly fault: Fault
}

/** The labels of one app. */
export interface AppLabels {
  readonly own: Placed[]
  /** By the rule's name. */
  readonly rules: Map<string, Placed[]>
  readonly faults: LabelFault[]
}

export interface PlacedLabels {
  readonly enable: Label | undefined
  /** By `<id>`; empty for the container's own app. */
  readonly apps: Map<string, AppLabels>
  /** Faults of no app in particular: every app of the container suffers them. */
  readonly faults: LabelFault[]
}

export function place(labels: readonly Label[], contradictions: readonly Label[]): PlacedLabels {
  const placed: PlacedLabels = { enable: labels.find(({ name }) => name === 'enable'), apps: new Map(), faults: [] }
  for (const label of labels) if (label.name !== 'enable') placeOne(label, placed)
  for (const label of contradictions) {
    const also = { label, fault: fault('is there twice, in other letters and with another value', 'keep one of them') }
    const app = placed.apps.get(split(label.name).app)
    if (app === undefined || label.name === 'enable') placed.faults.push(also)
    else app.faults.push(also)
  }
  return placed
}

/** An app without labels of its own: it has the defaults. */
export function noLabels(): AppLabels {
  return { own: [], rules: new Map(), faults: [] }
}

function placeOne(label: Label, placed: PlacedLabels): void {
  const { app: id, rest } = split(label.name)
  if (id !== '' && !NAME.test(id)) {
    placed.faults.push({ label, fault: badName(id, 'apps.<id>.<key>') })
    return
  }
  if (!placed.apps.has(id) && id !== '' && furtherApps(placed) >= MAX_APPS) {
    placed.faults.push({
      label,
      fault: fault(`is one of more than ${MAX_APPS} further apps`, 'use several containers'),
    })
    return
  }
  const app = placed.apps.get(id) ?? noLabels()
  placed.apps.set(id, app)
  placeInApp(label, rest, app)
}

function furtherApps({ apps }: PlacedLabels): number {
  return apps.size - (apps.has('') ? 1 : 0)
}

function split(name: string): { app: string; rest: string } {
  const [head, id, ...rest] = name.split('.')
  // a bare `labelgate.apps` is a wrong key of the container's own app
  return head === 'apps' && id !== undefined
    ? { app: id === '' ? '.' : id, rest: rest.join('.') }
    : { app: '', rest: name }
}

function placeInApp(label: Label, rest: string, app: AppLabels): void {
  const [head = '', rule, ...more] = rest.split('.')
  if (head !== 'rules' || rule === undefined) {
    placeKey(label, rest, 'app', { into: app.own, faults: app.faults })
    return
  }
  if (!NAME.test(rule)) {
    app.faults.push({ label, fault: badName(rule, 'rules.<rule>.<key>') })
    return
  }
  if (!app.rules.has(rule) && app.rules.size >= MAX_RULES) {
    app.faults.push({ label, fault: fault(`is one of more than ${MAX_RULES} rules`, 'use fewer') })
    return
  }
  const own = app.rules.get(rule) ?? []
  app.rules.set(rule, own)
  placeKey(label, more.join('.'), 'rule', { into: own, faults: app.faults })
}

interface Into {
  readonly into: Placed[]
  readonly faults: LabelFault[]
}

function placeKey(label: Label, rest: string, scope: Scope, { into, faults }: Into): void {
  const [head = '', ...more] = rest.split('.')
  const parameter = more.join('.')
  const takesOne = isKeyName(head) && KEYS[head].parameter !== undefined
  if (isKeyName(head) && KEYS[head].scopes.includes(scope) && takesOne === more.length > 0)
    into.push({ label, key: head, parameter })
  else faults.push({ label, fault: unknownKey(label.name, rest, scope) })
}

function unknownKey(name: string, rest: string, scope: Scope): Fault {
  const before = `labelgate.${name.slice(0, name.length - rest.length)}`
  const [head = '', ...more] = rest.split('.')
  if (isKeyName(head) && KEYS[head].parameter !== undefined && more.length === 0)
    return fault('names no header', `write ${before}${head}.${KEYS[head].parameter}`)
  if (head === 'enable') return fault('is not a key of ours here', 'labelgate.enable is for the whole container')
  const meant = meantKey(head, scope)
  if (meant !== undefined) return fault('is not a key of ours', didYouMean([`${before}${meant}`, ...more].join('.')))
  if (head === 'rules' || head === 'apps')
    return fault('is not a key of ours', `write ${before}${head}.<${head === 'rules' ? 'rule' : 'id'}>.<key>`)
  return fault('is not a key of ours', `the keys are ${keysIn(scope).join(', ')}`)
}

/** The nearest key that may stand there, or the one whose job people give that name. */
function meantKey(head: string, scope: Scope): string | undefined {
  const scopes: readonly Scope[] = scope === 'app' ? ['app', 'container'] : [scope]
  const keys = scopes.flatMap(keysIn)
  const near = nearest(head, scope === 'app' ? [...keys, 'rules', 'apps'] : keys)
  if (near !== undefined && near !== head) return near
  return keys.find((key) => key !== head && KEYS[key].also?.includes(head))
}

function badName(name: string, form: string): Fault {
  return fault(`${quote(name)} cannot be a name`, `in ${form} use a-z, 0-9, - and _, at most 63 of them`)
}
