import { namedHosts } from '../../labels/traefik-area.ts'
import { isFault, parseRouterRule } from '../../labels/traefik-rule.ts'
import { parseVersion, versionText, type Version } from '../../syntax/version.ts'
import { openAdvisories } from './advisories.ts'
import { OWN } from './names.ts'
import type { EntryPointView, MiddlewareView, RouterView, TraefikView } from './seen.ts'
import { NEWEST } from './version.ts'

/** Something in Traefik's own settings that a person should know of. `error`: sign-in can be got round by it. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'info'
  /** `entry point web`, `router app@docker`, `Traefik 3.7.9`. */
  readonly subject: string
  /** One sentence, lower case, no full stop. */
  readonly reason: string
  readonly mend: string
}

/** What is known of our side. */
export interface OurSide {
  /** Undefined: we write nothing, and Traefik's configuration is written by hand, or comes through the guard. */
  readonly mode: 'routes' | 'entrypoint' | undefined
  readonly internalUrl: string
  readonly portalHost: string
  /** What the operator says Traefik is. */
  readonly version?: Version | undefined
  /** Has an app of ours this host? Undefined: the apps are not known. */
  readonly hasHost?: ((host: string) => boolean) | undefined
}

type Found = readonly Finding[]
/** Names in one sentence; the rest is counted. */
const NAMED = 5

/** What makes sign-in hollow, the worst first. The same settings give the same findings. */
export function findingsOf(view: TraefikView, ours: OurSide): Found {
  const own = new Set(view.middlewares.filter((one) => isOurs(one, ours)).map(({ name }) => name))
  const found = [
    ...versionFindings(view.version, ours.version),
    ...view.middlewares.flatMap((one) => (own.has(one.name) ? trust(one) : [])),
    ...inUse(view).flatMap((entryPoint) => entryPointFindings(entryPoint)),
    ...(ours.mode === 'entrypoint' ? [...before(view, own), ...denied(view, own, ours)] : beside(view, own, ours)),
    ...view.routers.flatMap((router) => portalFindings(router, ours)),
  ]
  return [...found].toSorted((a, b) => RANK[a.severity] - RANK[b.severity] || compare(a.subject, b.subject))
}

const RANK = { error: 0, warning: 1, info: 2 } as const

function versionFindings(said: string, configured: Version | undefined): Found {
  const version = parseVersion(said)
  const subject = `Traefik ${said}`
  if (version === undefined)
    return [
      { severity: 'info', subject, reason: 'is no version whose faults are known', mend: 'use a release of Traefik' },
    ]
  const open = openAdvisories(version)
  const differs = configured !== undefined && !sameAs(configured, version)
  return [
    ...(open.length === 0
      ? []
      : [
          {
            severity: 'warning' as const,
            subject,
            reason: `has known holes: ${open.map(({ id, what }) => `${id} (${what})`).join(', ')}`,
            mend: `use ${versionText(NEWEST)} or later`,
          },
        ]),
    ...(differs
      ? [
          {
            severity: 'warning' as const,
            subject,
            reason: `is not the ${versionText(configured)} that LABELGATE_TRAEFIK_VERSION says`,
            mend: 'take LABELGATE_TRAEFIK_VERSION out',
          },
        ]
      : []),
  ]
}

function sameAs(configured: Version, { major, minor, patch }: Version): boolean {
  const { patch: wanted = patch } = configured
  return configured.major === major && configured.minor === minor && wanted === patch
}

function isOurs({ address }: MiddlewareView, { internalUrl }: OurSide): boolean {
  return address !== undefined && address.startsWith(`${internalUrl}/auth/`)
}

function trust({ name, trustForwardHeader }: MiddlewareView): Found {
  if (trustForwardHeader === false) return []
  const subject = `middleware ${name}`
  const mend = 'write trustForwardHeader: false'
  return trustForwardHeader === true
    ? [{ severity: 'error', subject, reason: 'lets a client say what it asks for (trustForwardHeader)', mend }]
    : [{ severity: 'warning', subject, reason: 'passes on X-Forwarded headers of clients', mend }]
}

/** Not those that only Traefik itself is reached by, or that send everything to another. */
function inUse({ entryPoints, routers }: TraefikView): readonly EntryPointView[] {
  return entryPoints.filter(({ name, address, redirects }) => {
    const its = routers.filter(({ using }) => using.includes(name))
    const internal = its.length > 0 && its.every(({ provider }) => provider === 'internal')
    return !address.endsWith('/udp') && !internal && !(redirects && its.length === 0)
  })
}

function entryPointFindings({ name, insecure, sanitizesPath, aliases }: EntryPointView): Found {
  const subject = `entry point ${name}`
  const found: Finding[] = []
  if (insecure)
    found.push({
      severity: 'warning',
      subject,
      reason: 'believes every client about its address, host and scheme (forwardedHeaders.insecure)',
      mend: 'name the proxies before it in forwardedHeaders.trustedIPs',
    })
  if (!sanitizesPath)
    found.push({
      severity: 'warning',
      subject,
      reason: 'passes dot segments on to apps, which may read another path than was judged (sanitizePath=false)',
      mend: 'take http.sanitizePath out',
    })
  if (aliases !== 'reject' && aliases !== 'delete')
    found.push({
      severity: 'info',
      subject,
      reason: 'passes headers like Remote_User on; those of ours are taken out before apps, by name',
      mend: 'write http.aliasHeadersStrategy=delete (Traefik 3.7.12)',
    })
  return found
}

/** Entry point mode: which entry points, and so which routers, our middleware does not stand before. */
function before(view: TraefikView, own: ReadonlySet<string>): Found {
  return inUse(view).flatMap((entryPoint): Found => {
    const subject = `entry point ${entryPoint.name}`
    const named = entryPoint.middlewares.filter((name) => name.split('@')[0] === OWN.entryPoint)
    const its = view.routers.filter(({ using, provider }) => using.includes(entryPoint.name) && provider !== 'internal')
    if (named.length === 0) {
      const open = its.filter(({ middlewares }) => !middlewares.some((name) => own.has(name)))
      const reason = open.length === 0 ? '' : `: ${list(open.map(({ name }) => name))} without sign-in`
      return [
        {
          severity: open.length === 0 ? 'warning' : 'error',
          subject,
          reason: `does not have the middleware${reason}`,
          mend: `write entryPoints.${entryPoint.name}.http.middlewares=${[...own][0] ?? `${OWN.entryPoint}@file`}`,
        },
      ]
    }
    if (!named.some((name) => own.has(name)))
      return [
        {
          severity: 'error',
          subject,
          reason: `names the middleware ${named.join(', ')}, which Traefik does not have, so nothing is answered there`,
          mend: `name ${[...own][0] ?? 'the provider by which Traefik reads our configuration'}`,
        },
      ]
    return its.some(({ name }) => isPortal(name)) ? [] : [noPortal(subject)]
  })
}

/** Routers of files and the like. Those of containers are named by their labels, with the table's problems. */
function denied({ routers }: TraefikView, own: ReadonlySet<string>, { hasHost, portalHost }: OurSide): Found {
  return routers.flatMap(({ name, provider, rule, middlewares }): Found => {
    if (hasHost === undefined || isPortal(name) || ['internal', 'docker'].includes(provider)) return []
    const hosts = hostsOf(rule).filter((host) => host !== portalHost && !hasHost(host))
    if (hosts.length === 0 || !middlewares.some((one) => own.has(one))) return []
    const reason = `is denied by the entry point, as no app has it: ${list(hosts)}`
    const mend = 'name the host in the labelgate.host of a container, or give the router an entry point of its own'
    return [{ severity: 'warning', subject: `router ${name}`, reason, mend }]
  })
}

function noPortal(subject: string): Finding {
  return {
    severity: 'warning',
    subject,
    reason: 'does not have the router of the portal, so that a router for every host would be shown its sessions',
    mend: 'name it in LABELGATE_TRAEFIK_ENTRYPOINTS, or take that out',
  }
}

/** The other modes: routers of others for hosts of our apps, or, where the apps are not known, at all. */
function beside(view: TraefikView, own: ReadonlySet<string>, { hasHost, mode }: OurSide): Found {
  const open = view.routers.filter(
    ({ provider, name, enabled, middlewares }) =>
      enabled && provider !== 'internal' && !isPortal(name) && !middlewares.some((one) => own.has(one)),
  )
  const claimed = open.filter(({ rule }) => hostsOf(rule).some((host) => hasHost?.(host) === true))
  const others = open.filter((router) => !claimed.includes(router))
  const mend = mode === 'routes' ? 'label the container, or set traefik.enable=false' : 'name our middleware in it'
  return [
    ...claimed.map(({ name, rule }): Finding => {
      const reason = `has the host of an app and does not ask us: ${rule.slice(0, 200)}`
      return { severity: 'error', subject: `router ${name}`, reason, mend }
    }),
    ...(others.length === 0
      ? []
      : [
          {
            severity: 'info' as const,
            subject: 'routers',
            reason: `do not ask us: ${list(others.map(({ name }) => name))}`,
            mend,
          },
        ]),
  ]
}

function portalFindings({ name, provider, rule }: RouterView, { portalHost }: OurSide): Found {
  if (provider === 'internal' || isPortal(name) || !hostsOf(rule).includes(portalHost)) return []
  const reason = `takes the host of the portal, where people's sessions and passwords are shown: ${rule.slice(0, 200)}`
  return [{ severity: 'error', subject: `router ${name}`, reason, mend: 'give it another host' }]
}

/** `labelgate-portal@file`; where an entry point has middlewares Traefik writes its name in front. */
function isPortal(name: string): boolean {
  return /^(?:.+-)?labelgate-portal@(?:file|http)$/.test(name)
}

function hostsOf(rule: string): readonly string[] {
  const parsed = parseRouterRule(rule)
  return isFault(parsed) ? [] : namedHosts(parsed).map((host) => host.toLowerCase().replace(/\.$/, ''))
}

function list(names: readonly string[]): string {
  const more = names.length - NAMED
  return names.toSorted(compare).slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
