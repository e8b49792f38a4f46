/** What Traefik's Docker provider would make of a container's labels, as far as the guard has to know (v3.7.13). */
import { compare } from '../../labels/text.ts'
import { type Cut, cutAll } from './cut.ts'
import type { Seen } from './seen.ts'

export interface SeenRouter {
  readonly name: string
  /** Keys of the labels that are its `middlewares`. Several where they are written in several ways; the last counts. */
  readonly middlewares: readonly string[]
}

/** A label of Traefik's with what is to be said of it. */
export interface Remark {
  readonly key: string
  readonly value: string
  readonly reason: string
}

/** A Traefik service that a container's labels speak of. */
export interface ServiceWord {
  readonly name: string
  /** Undefined: Traefik gives that name by default. */
  readonly key?: string
}

export interface TraefikView {
  /** HTTP routers, by name. The one that Traefik makes by default where no label names any stands here too. */
  readonly routers: readonly SeenRouter[]
  /** HTTP services it makes: each spelling, where a name is written in several. */
  readonly services: readonly ServiceWord[]
  /** HTTP services it leads to by name, of this provider. */
  readonly leadsTo: readonly ServiceWord[]
  /** Labels for which it cannot be told what Traefik would make of the container once we add ours. */
  readonly unsure: readonly Remark[]
  /** Labels that nobody may have: they would stop Traefik, or change an object of ours. */
  readonly forbidden: readonly Remark[]
  /** Services that lead to any address rather than to the container. */
  readonly elsewhere: readonly Remark[]
}

/** Prefix of every object of ours. */
export const OURS = 'labelgate-'

const NOTHING: TraefikView = { routers: [], services: [], leadsTo: [], unsure: [], forbidden: [], elsewhere: [] }

/** What Go's ParseBool takes for false. */
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'false', 'False', 'FALSE'])

export function traefikView(seen: Seen): TraefikView {
  if (isDisabled(seen.labels)) return NOTHING
  const cuts: Cut[] = []
  const unsure: Remark[] = []
  const forbidden: Remark[] = []
  for (const cut of cutAll(seen.labels)) {
    if ('parts' in cut) cuts.push(cut)
    else if (cut.effect === 'drops') unsure.push(remark(cut, 'is no key to Traefik, which drops the container for it'))
    else forbidden.push(remark(cut, 'stops the whole Docker provider of Traefik, for every container'))
  }
  unsure.push(...cuts.flatMap(uncertain), ...childless(cuts))
  forbidden.push(...cuts.filter(touchesOurs).map((cut) => remark(cut, 'changes a middleware of labelgate')))
  return {
    routers: routersOf(cuts, seen),
    services: servicesOf(cuts, seen),
    leadsTo: cuts.flatMap(leadsTo),
    unsure,
    forbidden,
    elsewhere: cuts.filter(isAddress).map((cut) => remark(cut, 'leads to an address, whoever is there')),
  }
}

/** Only where each spelling says so: then it is whichever of them Traefik takes. */
function isDisabled(labels: Readonly<Record<string, string>>): boolean {
  const said = Object.entries(labels).filter(([key]) => key.toLowerCase() === 'traefik.enable')
  return said.length > 0 && said.every(([, value]) => FALSE.has(value))
}

function remark({ key, value }: { key: string; value: string }, reason: string): Remark {
  return { key, value, reason }
}

/** Names that are merged, split, or taken for another provider's, in ways not worth being sure of. */
function uncertain(cut: Cut): Remark[] {
  if (/[^ -~]/.test(cut.key)) return [remark(cut, 'has a character in its key that is not printable ASCII')]
  if (!isAt(cut, 'http', 'routers') && !isAt(cut, 'http', 'services') && !isAt(cut, 'http', 'middlewares')) return []
  if (/[[\]]/.test(cut.key.split('.', 4).join('.'))) return [remark(cut, 'has a bracket where a name stands')]
  if (cut.parts[3]?.includes('@') === true)
    return [remark(cut, 'has an @ in a name, by which Traefik takes it for another provider')]
  return []
}

/** `traefik.http.routers=x`, and nothing below it: an error to Traefik, which ours would make go away. */
function childless(cuts: readonly Cut[]): Remark[] {
  return cuts
    .filter(({ folded }) => {
      if (folded.length > 3 || !['', 'routers', 'middlewares'].includes(folded[2] ?? '') || folded[1] !== 'http')
        return false
      return !cuts.some(
        (other) => folded.every((part, at) => other.folded[at] === part) && other.folded.length > folded.length,
      )
    })
    .map((cut) => remark(cut, 'is incomplete, and Traefik drops the container for it'))
}

function isAt({ folded }: Cut, kind: string, section: string): boolean {
  return folded[1] === kind && folded[2] === section && folded.length > 3
}

function touchesOurs(cut: Cut): boolean {
  return isAt(cut, 'http', 'middlewares') && cut.folded[3]?.startsWith(OURS) === true
}

function isAddress(cut: Cut): boolean {
  return isAt(cut, 'http', 'services') && cut.folded.slice(4).join('.') === 'loadbalancer.server.url'
}

function leadsTo(cut: Cut): ServiceWord[] {
  const [, , , , option, of, ...more] = cut.folded
  const byRouter = isAt(cut, 'http', 'routers') && option === 'service' && of === undefined
  // error pages are fetched from a service, at a path that may be the caller's
  const byErrors = isAt(cut, 'http', 'middlewares') && option === 'errors' && of === 'service' && more.length === 0
  if (!byRouter && !byErrors) return []
  const [, name = '', provider] = /^([^]*?)(?:@(docker|swarm))?$/.exec(cut.value) ?? []
  return name === '' || (provider === undefined && name.includes('@')) ? [] : [{ name, key: cut.key }]
}

function routersOf(cuts: readonly Cut[], seen: Seen): readonly SeenRouter[] {
  const found = new Map<string, { name: string; middlewares: string[] }>()
  for (const cut of cuts) {
    if (!isAt(cut, 'http', 'routers')) continue
    const [, , , name = '', option] = cut.folded
    const router = found.get(name) ?? { name: cut.parts[3] ?? '', middlewares: [] }
    found.set(name, router)
    if (option === 'middlewares' && cut.folded.length === 5) router.middlewares.push(cut.key)
  }
  if (found.size > 0) return [...found.values()].toSorted((a, b) => compare(a.name, b.name))
  const services = new Set(cuts.filter((cut) => isAt(cut, 'http', 'services')).map(({ folded }) => folded[3]))
  if (services.size > 1 || isStreamOnly(cuts)) return []
  return [{ name: defaultName(seen), middlewares: [] }]
}

function servicesOf(cuts: readonly Cut[], seen: Seen): readonly ServiceWord[] {
  const named = cuts.filter((cut) => isAt(cut, 'http', 'services'))
  if (named.length > 0) return named.map(({ parts, key }) => ({ name: parts[3] ?? '', key }))
  return isStreamOnly(cuts) ? [] : [{ name: defaultName(seen) }]
}

/** With labels for TCP or UDP and none for HTTP there is nothing of HTTP (config.go, `tcpOrUDP`). */
function isStreamOnly(cuts: readonly Cut[]): boolean {
  const has = (kind: string, ...sections: readonly string[]) =>
    cuts.some((cut) => sections.some((section) => isAt(cut, kind, section)))
  const stream = has('tcp', 'routers', 'services') || has('udp', 'routers', 'services')
  return stream && !has('http', 'routers', 'services', 'middlewares')
}

/** Of the service, and of the router where none is named (shared.go, `getServiceName`). */
function defaultName({ name, labels }: Seen): string {
  const project = labels['com.docker.compose.project'] ?? ''
  const service = labels['com.docker.compose.service'] ?? ''
  return normalize(project !== '' && service !== '' ? `${service}_${project}` : name)
}

function normalize(name: string): string {
  return name
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .join('-')
}
