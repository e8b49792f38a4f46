/** What of Docker's API the guard answers: what Traefik's providers ask, and nothing else. */
import { readSwarmCall, type SwarmCall } from './swarm.ts'

export type Call =
  | { readonly kind: 'ping' | 'version' }
  /** @param all those that do not run too */
  | { readonly kind: 'list'; readonly all: boolean }
  | { readonly kind: 'inspect'; readonly id: string }
  | { readonly kind: 'events'; readonly actions: readonly string[]; readonly since: string; readonly until: string }
  | SwarmCall

/** Of those one learns that a container should be looked at; `exec_create` and the like carry command lines. */
const ACTIONS = [
  'create',
  'start',
  'restart',
  'die',
  'stop',
  'kill',
  'destroy',
  'rename',
  'pause',
  'unpause',
  'update',
  'health_status',
]
const ROUTE =
  /^(?:\/v1\.\d{1,3})?\/(_ping|version|events|containers\/json|containers\/([A-Za-z0-9][A-Za-z0-9_.-]*)\/json|services|tasks|networks|nodes\/[0-9a-z]{25})$/
const LONGEST = 2048
const MOMENT = /^\d{1,12}(?:\.\d{1,9})?$/

/** Undefined: refused. What is spelt otherwise than Docker's own client spells it is nothing to us. */
export function readCall(method: string, url: string): Call | undefined {
  if (url.length > LONGEST) return undefined
  const [, path = '', search = ''] = /^([^?#]*)(?:\?([^#]*))?$/.exec(url) ?? []
  const [, route, id] = ROUTE.exec(path) ?? []
  if (method === 'HEAD' ? route !== '_ping' : method !== 'GET') return undefined
  const query = new URLSearchParams(search)
  if (search !== '' && query.size === 0) return undefined
  switch (route) {
    case undefined:
      return undefined
    case '_ping':
    case 'version':
      return query.size === 0 ? { kind: route === '_ping' ? 'ping' : 'version' } : undefined
    case 'containers/json':
      return list(query)
    case 'events':
      return events(query)
    default:
      if (id === undefined) return readSwarmCall(route, query)
      return query.size > 0 ? undefined : { kind: 'inspect', id }
  }
}

function list(query: URLSearchParams): Call | undefined {
  const all = query.get('all') ?? '0'
  if (query.size > (query.has('all') ? 1 : 0)) return undefined
  if (/^(?:1|true)$/i.test(all)) return { kind: 'list', all: true }
  return /^(?:0|false)$/i.test(all) ? { kind: 'list', all: false } : undefined
}

function events(query: URLSearchParams): Call | undefined {
  const [since, until, filters] = ['since', 'until', 'filters'].map((name) => query.get(name) ?? '')
  const known = [...query.keys()]
  if (new Set(known).size < known.length || known.some((name) => !['since', 'until', 'filters'].includes(name)))
    return undefined
  if ([since, until].some((moment = '') => moment !== '' && !MOMENT.test(moment))) return undefined
  const actions = filters === '' ? ACTIONS : wanted(filters ?? '')
  return actions === undefined ? undefined : { kind: 'events', actions, since: since ?? '', until: until ?? '' }
}

/** Docker's filters are `{"type":["container"]}`, or in the way of old clients `{"type":{"container":true}}`. */
function wanted(filters: string): readonly string[] | undefined {
  const { type, event, ...others } = parsed(filters)
  if (Object.keys(others).length > 0) return undefined
  const [types, actions] = [words(type), words(event)]
  if (types === undefined || actions === undefined) return undefined
  if (types.length > 0 && !types.includes('container')) return []
  return actions.length === 0 ? ACTIONS : ACTIONS.filter((action) => actions.includes(action))
}

function parsed(filters: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(filters)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // said below
  }
  return { 'not filters': true }
}

function words(value: unknown): readonly string[] | undefined {
  if (value === undefined) return []
  const list: unknown =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : value
  return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined
}
