/** tinyauth: labels of an app (`tinyauth.apps.<name>.…`), found by its domain, or by its name as the first part of one. */
import { parseHeader } from '../../labels/headers.ts'
import type { Operator } from '../../labels/operator.ts'
import { parseNetworks } from '../../syntax/networks.ts'
import type { Rules, SourceRule } from './cells.ts'
import type { Notes, Ref } from './notes.ts'
import { ALL, type Paths, pathsOfPrefix, pathsOfRegex, together } from './paths.ts'
import { refOf, type Service } from './places.ts'
import { subjectsOf } from './providers.ts'
import { EVERYBODY, NOBODY, people, type People, signedIn, type Verdict } from './verdict.ts'

interface Found {
  readonly value: string
  readonly ref: Ref
}

export interface TinyauthApp {
  readonly name: string
  readonly ref: Ref
  readonly service: Service
  /** By key, lower case: `users.allow`. */
  readonly labels: ReadonlyMap<string, Found>
}

const KEYS = new Set([
  'config.domain',
  'users.allow',
  'users.block',
  'oauth.whitelist',
  'oauth.groups',
  'ldap.groups',
  'ip.allow',
  'ip.block',
  'ip.bypass',
  'path.allow',
  'path.block',
  'response.headers',
])
const OPENING = new Set([
  'path.allow',
  'ip.bypass',
  'response.headers',
  'response.basicauth.username',
  'response.basicauth.password',
  'response.basicauth.passwordfile',
])

export function appsOf(services: readonly Service[], notes: Notes): readonly TinyauthApp[] {
  return services.flatMap((service) => {
    const apps = new Map<string, Map<string, Found>>()
    for (const [key, value] of Object.entries(service.labels)) {
      const [root, kind, name = '', ...rest] = key.toLowerCase().split('.')
      if (root !== 'tinyauth') continue
      const ref = refOf(service, key)
      const shown = { ...ref, text: `${ref.text}${/pass/i.test(key) ? '' : `=${value}`}` }
      if (kind !== 'apps' || rest.length === 0) {
        notes.left(shown, 'is no label of tinyauth 4 or later')
        apps.set('', new Map([['unknown', { value, ref: shown }]]))
        continue
      }
      const labels = apps.get(name) ?? new Map<string, Found>()
      apps.set(name, labels.set(rest.join('.'), { value: value.trim(), ref: shown }))
    }
    return [...apps].map(([name, labels]) => ({
      name,
      service,
      labels,
      ref: [...labels.values()][0]?.ref ?? refOf(service),
    }))
  })
}

/** The app whose this host is; undefined: any that is signed in may. */
export function appAt(apps: readonly TinyauthApp[], host: string): TinyauthApp | undefined {
  return (
    apps.find(({ labels }) => labels.get('config.domain')?.value.toLowerCase() === host) ??
    apps.find(({ name, labels }) => name === '' || (!labels.has('config.domain') && host.startsWith(`${name}.`)))
  )
}

export function rulesOfTinyauth({ labels }: TinyauthApp, notes: Notes): Rules {
  const who = peopleOf(labels, notes)
  const rules: SourceRule[] = []
  const bypass = labels.get('ip.bypass')
  const from = bypass === undefined ? [] : networksOf(bypass, notes)
  if (bypass !== undefined && from.length > 0)
    rules.push({ ref: bypass.ref, verdict: EVERYBODY, networks: from, paths: ALL })
  const allow = labels.get('path.allow')
  if (allow !== undefined && allow.value !== '')
    rules.push({ ref: allow.ref, verdict: EVERYBODY, paths: pathsOf(allow.value) })
  const block = labels.get('path.block')
  // only what it names asks for sign-in
  if (block === undefined || block.value === '') return { order: 'first', rules, otherwise: who }
  return {
    order: 'first',
    rules: [...rules, { ref: block.ref, verdict: who, paths: pathsOf(block.value) }],
    otherwise: EVERYBODY,
  }
}

/** `/regex/`, `^…` as versions before 5.1 took it, or prefixes between commas. */
function pathsOf(text: string): Paths {
  const value = text.trim().replace(/,+$/, '')
  if (value === '/') return ALL
  if (value.length > 2 && value.startsWith('/') && value.endsWith('/') && /[\\^$*+?()[\]|]/.test(value))
    return pathsOfRegex(value.slice(1, -1), true)
  if (/[\\^$*+?()[\]|]/.test(value)) return pathsOfRegex(value, true)
  const each = together(
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
      .map(pathsOfPrefix),
  )
  if (!value.endsWith('/')) return each
  return { under: [], over: ALL.over, hint: 'is an expression in one version of tinyauth and a prefix in another' }
}

function peopleOf(labels: TinyauthApp['labels'], notes: Notes): Verdict {
  for (const [key, { ref }] of labels) {
    if (KEYS.has(key)) continue
    notes.left(
      ref,
      OPENING.has(key)
        ? 'is not carried over: say it in the operator’s file (upstream-basic)'
        : 'is not known: nobody is let in',
    )
    if (!OPENING.has(key)) return NOBODY
  }
  const blocked = labels.get('ip.block')
  if (blocked !== undefined) {
    notes.left(
      blocked.ref,
      'no label says from where nobody may come, so nobody is let in: say require=network=… or take it away',
    )
    return NOBODY
  }
  const may = allowed(labels, notes)
  const from = labels.get('ip.allow')
  if (from === undefined) return may
  const networks = networksOf(from, notes)
  return networks.length === 0 ? NOBODY : { ...may, networks }
}

/** It asks one thing of its own accounts and another of those of providers; here there is one kind of people. */
function allowed(labels: TinyauthApp['labels'], notes: Notes): People {
  const users = labels.get('users.allow')
  const block = labels.get('users.block')
  const whitelist = labels.get('oauth.whitelist')
  const groups = ['oauth.groups', 'ldap.groups'].flatMap((key) => labels.get(key) ?? [])
  const deny = block === undefined ? [] : listOf('user', block, notes)
  if (deny === undefined) return NOBODY
  const [group, other] = groups
  if (group !== undefined && whitelist !== undefined) {
    notes.left(
      whitelist.ref,
      'asks for an address and a group at once, and either is all that a label can ask: nobody is let in',
    )
    return NOBODY
  }
  if (other !== undefined && other.value !== group?.value) {
    notes.left(other.ref, 'asks for other groups than oauth.groups: nobody is let in')
    return NOBODY
  }
  const [one, kind] =
    group !== undefined
      ? ([group, 'group'] as const)
      : whitelist !== undefined
        ? ([whitelist, 'email'] as const)
        : ([users, 'user'] as const)
  if (one === undefined) return { ...signedIn(), deny }
  if (users !== undefined && one !== users)
    notes.left(
      users.ref,
      `is left out: what ${one.ref.text.split(': ').at(-1) ?? ''} names holds for everybody here, whichever way they signed in`,
    )
  else notes.remark(one.ref, 'holds for everybody here, whichever way they signed in')
  return { ...people(listOf(kind, one, notes) ?? []), deny }
}

/** Undefined where an expression stands in place of names. */
function listOf(kind: 'user' | 'group' | 'email', { value, ref }: Found, notes: Notes): readonly string[] | undefined {
  if (value.length > 1 && value.startsWith('/') && value.endsWith('/')) {
    const [, domain] = kind === 'email' ? (/^\/(?:\^?\.[*+])?@((?:[a-z0-9-]+\\\.)+[a-z]+)\$\/$/i.exec(value) ?? []) : []
    if (domain !== undefined) return [`email:*@${domain.replaceAll('\\', '').toLowerCase()}`]
    notes.left(ref, 'is an expression, and names are compared whole: nobody is let in by it')
    return undefined
  }
  return subjectsOf(
    kind,
    value
      .split(',')
      .map((item) => ({ value: item.trim(), ref }))
      .filter((item) => item.value !== ''),
    notes,
  )
}

function networksOf({ value, ref }: Found, notes: Notes): readonly string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => {
      const good = 'list' in parseNetworks([item])
      if (!good) notes.left(ref, `${item} is no network`)
      return good
    })
}

/** Headers with fixed texts, as labels say them. */
export function headersOf({ labels }: TinyauthApp, operator: Operator, notes: Notes): ReadonlyMap<string, string> {
  const headers = labels.get('response.headers')
  const found = new Map<string, string>()
  for (const item of headers?.value.split(',') ?? []) {
    const [name = '', ...rest] = item.split('=')
    const text = `"${rest.join('=').trim()}"`
    const { faults } = parseHeader(text, operator, name.trim().toLowerCase())
    const [wrong] = faults
    if (wrong === undefined) found.set(`headers.${name.trim()}`, text)
    else if (headers !== undefined) notes.left(headers.ref, wrong.reason)
  }
  return found
}
