import { domainToASCII } from 'node:url'
import { isHostName } from '../syntax/host.ts'
import type { Operator } from './operator.ts'
import { bad, fault, good, type Parsed } from './parsed.ts'
import { list, quote } from './text.ts'

/** Most hosts of one app. */
export const MAX_HOSTS = 16

/** Hosts an app claims, sorted; the good ones even where others are not, so that they are denied. */
export function parseHosts(text: string, operator: Operator): Parsed<readonly string[]> {
  const items = text.split(',').length > MAX_HOSTS ? text.split(',').slice(0, MAX_HOSTS) : undefined
  const parsed = list(items?.join(',') ?? text, (item) => parseHost(item, operator))
  const tooMany = items === undefined ? [] : [fault(`lists more than ${MAX_HOSTS} hosts`, 'split the app')]
  return { value: distinct(parsed.value ?? []), faults: [...parsed.faults, ...tooMany] }
}

/** One host name, or `*.` before one of at least two labels; within what the operator allows. Lower case. */
export function parseHost(item: string, operator: Operator): Parsed<string> {
  const host = item.toLowerCase()
  const domain = host.startsWith('*.') ? host.slice(2) : host
  if (host.includes('*') && (domain === host || !domain.includes('.') || !isHostName(domain)))
    return bad(`${quote(item)} claims too much`, 'a wildcard is one label before a domain: *.apps.example.com')
  if (!isHostName(domain)) return bad(`${quote(item)} is not a host name`, mended(item))
  if (domain !== host && !operator.wildcardHosts)
    return bad(`${quote(item)} is a wildcard, and LABELGATE_WILDCARD_HOSTS refuses them`, 'list the hosts')
  if (host === operator.portalHost) return bad(`${host} is the portal's own host`, 'choose another host')
  if (!isBelow(domain, operator.hostSuffixes))
    return bad(`${host} is outside LABELGATE_HOST_SUFFIXES (${operator.hostSuffixes.join(', ')})`)
  return good(host)
}

/** The host of an app that names none: the operator's pattern with the app's id as one DNS label. */
export function defaultHost(id: string, operator: Operator): Parsed<string> {
  if (operator.defaultHost === undefined)
    return bad(
      'has no host: there is no host label, no Host(…) in a Traefik router rule of the container, and no LABELGATE_DEFAULT_HOST',
      'add labelgate.host=app.example.com',
    )
  const host = parseHost(operator.defaultHost.replaceAll('{name}', dnsLabel(id)), operator)
  return {
    ...host,
    faults: host.faults.map(({ reason }) =>
      fault(`LABELGATE_DEFAULT_HOST gives it no host: ${reason}`, 'add labelgate.host=app.example.com'),
    ),
  }
}

/** `My_App.2` is `my-app-2` (RFC 1035 section 2.3.1, at most 63 octets). */
function dnsLabel(id: string): string {
  return id
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^-|-$/g, '')
}

function isBelow(domain: string, suffixes: readonly string[]): boolean {
  return suffixes.length === 0 || suffixes.some((suffix) => domain === suffix || domain.endsWith(`.${suffix}`))
}

/** What was probably meant: without the scheme, port, path or dot at its end, in the letters DNS has. */
function mended(item: string): string {
  if (/\s/.test(item)) return 'put commas between hosts'
  const bare = item
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    .replace(/[:/?#].*$/, '')
    .replace(/\.$/, '')
  const host = domainToASCII(bare)
  return host !== '' && isHostName(host) ? `did you mean ${host}?` : 'write it like app.example.com'
}

/** Sorted, each once: the same hosts in another order are the same claim. */
export function distinct(hosts: readonly string[]): readonly string[] {
  return [...new Set(hosts)].toSorted()
}
