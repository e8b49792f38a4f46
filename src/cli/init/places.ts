/** Where apps are, by compose files: the hosts and paths of the Traefik routers that somebody's forward-auth stands before. */
import type { Operator } from '../../labels/operator.ts'
import { excerpt } from '../../labels/text.ts'
import { readRouters, type Router, routersOf } from '../../labels/traefik-labels.ts'
import { readCompose, type ComposeService } from '../compose.ts'
import type { Environment } from '../interpolate.ts'
import type { Notes, Ref } from './notes.ts'

export interface Service extends ComposeService {
  readonly file: string
}

export interface Place {
  readonly service: Pick<Service, 'service' | 'swarm' | 'labels'>
  readonly ref: Ref
  readonly host: string
  readonly path: string
  /** Traefik's router, by whose name a further app of the container is known. */
  readonly router: string
  /** Where it is said elsewhere than in its labels. */
  readonly port?: string
}

export function servicesOf(text: string, file: string, { env, notes }: { env: Environment; notes: Notes }): Service[] {
  const { services, problems } = readCompose(text, file, env)
  for (const { severity, container, key, reason, mend } of problems) {
    const ref = { file, line: 1, text: key === undefined ? container : `${container}: ${key}` }
    if (severity === 'error') notes.left(ref, reason)
    else notes.remark(ref, mend === undefined ? reason : `${reason}: ${mend}`)
  }
  return services.map((service) => ({ ...service, file }))
}

export function refOf({ file, line, service, lines }: Service, key?: string): Ref {
  return {
    file,
    line: (key === undefined ? undefined : lines.get(key)) ?? line ?? 1,
    text: key === undefined ? service : `${service}: ${key}`,
  }
}

export interface Search {
  readonly services: readonly Service[]
  readonly operator: Operator
  /** Part of the name that a middleware defined elsewhere (`authelia@file`) has. */
  readonly hint: RegExp
  readonly notes: Notes
}

/** Each host of each router that names a forward-auth; of every router where none does, since entry points may. */
export function placesOf({ services, operator, hint, notes }: Search): readonly Place[] {
  const defined = new Set(services.flatMap(({ labels }) => Object.keys(labels).flatMap(forwardAuthOf)))
  const isAuth = (name: string) => {
    const [bare = '', provider] = name.trim().toLowerCase().split('@')
    return provider === undefined || provider === 'docker' || provider === 'swarm'
      ? defined.has(bare) || hint.test(bare)
      : hint.test(bare)
  }
  const found = services.flatMap((service) =>
    routersOf(service.labels).map((router) => ({
      service,
      router,
      behind: middlewaresOf(service, router).some(isAuth),
    })),
  )
  const none = found.every(({ behind }) => !behind)
  for (const { service, router, behind } of found) {
    if (none)
      notes.remark(
        refOf(service, router.key),
        'no router names a forward-auth middleware, so each is taken to be behind it',
      )
    else if (!behind)
      notes.remark(refOf(service, router.key), 'names no forward-auth middleware: nothing is written for it')
  }
  return found.flatMap(({ service, router, behind }) =>
    none || behind ? hostsOf(service, router, { operator, notes }) : [],
  )
}

/** @returns the hosts and the path of the router; none where they cannot be told, which is then said */
function hostsOf(service: Service, router: Router, { operator, notes }: Pick<Search, 'operator' | 'notes'>): Place[] {
  const { hosts, path, faults } = readRouters([router], operator)
  const ref = refOf(service, router.key)
  for (const { reason, mend } of faults)
    notes.left(
      { ...ref, text: `${ref.text}=${excerpt(router.rule)}` },
      mend === undefined ? reason : `${reason}: ${mend}`,
    )
  return faults.length > 0 ? [] : hosts.map((host) => ({ service, ref, host, path, router: router.name }))
}

function middlewaresOf({ labels }: Service, { name }: Router): readonly string[] {
  const wanted = `traefik.http.routers.${name}.middlewares`
  return Object.entries(labels).flatMap(([key, value]) => (key.toLowerCase() === wanted ? value.split(',') : []))
}

function forwardAuthOf(key: string): string[] {
  const name = /^traefik\.http\.middlewares\.([^.]+)\.forwardauth\./.exec(key.toLowerCase())?.[1]
  return name === undefined ? [] : [name]
}
