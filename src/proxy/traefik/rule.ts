import { isHostName } from '../../syntax/host.ts'

/** Which requests a router takes, and before which other routers. */
export interface Match {
  readonly rule: string
  /**
   * Traefik's default is the length of the rule, so that a longer host name would beat a longer path. Ours are
   * explicit, and far above any default: a router another provider makes for one of our hosts never gets a request.
   */
  readonly priority: number
}

// A path is at most 8192 characters (syntax/path.ts), so each kind of host has a million to itself.
const PRIORITY = { wildcard: 1_000_000, exact: 2_000_000, portal: 3_000_000 } as const

/** Any of these hosts, at this path prefix. The longest path wins, as it does in the table. */
export function exactMatch(hosts: readonly string[], path: string): Match {
  const rule = hosts.map((host) => `Host(${quoted(hostName(host))})`).join(' || ')
  if (path === '/') return { rule, priority: PRIORITY.exact + 1 }
  return {
    rule: `${hosts.length > 1 ? `(${rule})` : rule} && ${under(path)}`,
    priority: PRIORITY.exact + path.length,
  }
}

/**
 * Hosts one label below a domain, at this path prefix. Traefik's own `Host(*.…)` is newer than 3.0 and means the same.
 * @param portal never covered, whoever claims the domain: pages of an app would run on the portal's origin
 */
export function wildcardMatch(wildcard: string, path: string, portal: string): Match {
  const domain = hostName(wildcard.slice(2))
  let rule = `HostRegexp(${quoted(`^[^.]+\\.${domain.replaceAll('.', '\\.')}$`)})`
  if (portal.endsWith(`.${domain}`)) rule += ` && !Host(${quoted(portal)})`
  if (path !== '/') rule += ` && ${under(path)}`
  return { rule, priority: PRIORITY.wildcard + path.length }
}

/** The portal, but for the addresses at which proxies ask: those are reached by the internal URL alone. */
export function portalMatch(host: string): Match {
  return { rule: `Host(${quoted(host)}) && !PathPrefix(\`/auth/\`)`, priority: PRIORITY.portal }
}

/**
 * The same where the other routers are not ours: no label can put one before it. Traefik takes no higher priority
 * (server/router/router.go), and reads numbers from text; this one is more than a number here can hold.
 */
export function firstPortalMatch(host: string): { readonly rule: string; readonly priority: string } {
  return { rule: portalMatch(host).rule, priority: '9223372036854774807' }
}

/** Traefik's PathPrefix is one of text: `/api` takes `/apix`. Ours ends where a segment does. */
function under(path: string): string {
  return `(Path(${quoted(path)}) || PathPrefix(${quoted(`${path}/`)}))`
}

// Labels are checked in labels/, and here once more: this is where a quote would let one write rules.
function hostName(host: string): string {
  if (!isHostName(host)) throw new Error(`cannot be put in a Traefik rule: ${JSON.stringify(host)} is no host name`)
  return host
}

/** Raw strings (Go's backticks) know no escape, so a backtick cannot be in one. */
function quoted(text: string): string {
  if (text.includes('`')) throw new Error(`cannot be put in a Traefik rule: a backtick in ${JSON.stringify(text)}`)
  return `\`${text}\``
}
