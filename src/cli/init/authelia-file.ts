/** The `access_control` of an Authelia configuration, with the line of each of its rules. */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { excerpt } from '../../labels/text.ts'
import type { Notes, Ref } from './notes.ts'

export interface AutheliaRule {
  readonly ref: Ref
  readonly domains: readonly string[]
  readonly domainRegexes: readonly string[]
  readonly policy: string
  /** Any of them, each of which asks all of its items. */
  readonly subjects: readonly (readonly string[])[]
  readonly networks: readonly string[]
  readonly resources: readonly string[]
  readonly methods: readonly string[]
  /** Keys that are there and are not read. */
  readonly others: readonly string[]
}

export interface AccessControl {
  readonly defaultPolicy: { readonly policy: string; readonly ref: Ref }
  readonly rules: readonly AutheliaRule[]
  readonly networks: ReadonlyMap<string, readonly string[]>
}

const KNOWN = new Set(['domain', 'domain_regex', 'policy', 'subject', 'networks', 'resources', 'methods'])

/** Undefined, and said why, where the file holds none. */
export function readAccessControl(text: string, file: string, notes: Notes): AccessControl | undefined {
  const counter = new LineCounter()
  const doc = parseDocument(text, { lineCounter: counter, logLevel: 'error', merge: true, stringKeys: true })
  const lineOf = (node: unknown) =>
    (node as Node | null)?.range ? counter.linePos((node as Node).range?.[0] ?? 0).line : 1
  const at = (node: unknown, shown: string): Ref => ({ file, line: lineOf(node), text: shown })
  const [error] = doc.errors
  const root = error === undefined ? plain(() => doc.toJS({ maxAliasCount: 100 })) : undefined
  const control = root?.['access_control']
  if (error !== undefined || !isObject(control)) {
    notes.left(
      { file, line: 1, text: 'access_control' },
      error === undefined
        ? 'is not there, or is no map'
        : `is not valid YAML: ${error.message.split('\n', 1)[0] ?? ''}`,
    )
    return undefined
  }
  const nodes: unknown = doc.getIn(['access_control', 'rules'], true)
  const items = isSeq(nodes) ? nodes.items : []
  const rules = list(control['rules']).map((rule, i) => readRule(rule, at(items[i], shownRule(i, rule)), notes))
  const policy: unknown = control['default_policy']
  const node: unknown = doc.getIn(['access_control', 'default_policy'], true)
  return {
    defaultPolicy: {
      policy: policy === undefined || policy === null ? 'deny' : shownText(policy),
      ref: at(node, `default_policy: ${shownText(policy ?? 'deny')}`),
    },
    rules,
    networks: networksOf(
      control['networks'],
      isObject(root?.['definitions']) ? root['definitions']['network'] : undefined,
    ),
  }
}

function readRule(value: unknown, ref: Ref, notes: Notes): AutheliaRule {
  const rule = isObject(value) ? value : {}
  const others = Object.keys(rule).filter((key) => !KNOWN.has(key))
  if (!isObject(value)) notes.left(ref, 'is no rule')
  return {
    ref,
    domains: texts(rule['domain']),
    domainRegexes: texts(rule['domain_regex']),
    policy: shownText(rule['policy'] ?? ''),
    subjects: list(rule['subject'])
      .map((item) => texts(item))
      .filter((all) => all.length > 0),
    networks: texts(rule['networks']),
    resources: texts(rule['resources']),
    methods: texts(rule['methods']),
    others: isObject(value) ? others : ['rule'],
  }
}

function shownRule(i: number, rule: unknown): string {
  const domains = isObject(rule) ? [...texts(rule['domain']), ...texts(rule['domain_regex'])] : []
  return excerpt(`rule ${i + 1}${domains.length === 0 ? '' : ` (${domains.join(', ')})`}`)
}

/** Names of networks: of `access_control.networks`, and of `definitions.network` (since 4.39). */
function networksOf(named: unknown, defined: unknown): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const one of list(named))
    if (isObject(one) && typeof one['name'] === 'string') found.set(one['name'], texts(one['networks']))
  if (isObject(defined)) for (const [name, networks] of Object.entries(defined)) found.set(name, texts(networks))
  return found
}

function plain(read: () => unknown): Record<string, unknown> | undefined {
  try {
    const value = read()
    return isObject(value) ? value : undefined
  } catch (error) {
    // an alias that leads nowhere, or a bomb of them
    if (error instanceof ReferenceError) return undefined
    throw error
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One is a list of one. */
function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? (value as unknown[]) : [value]
}

function texts(value: unknown): readonly string[] {
  return list(value).map(shownText)
}

function shownText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

export const isComposeFile = (text: string): boolean => {
  const doc = parseDocument(text, { logLevel: 'silent' })
  return isMap(doc.contents) && doc.contents.items.some(({ key }) => isScalar(key) && key.value === 'services')
}
