/** Parsers of options that say where something is reached, and from where. */
import { isIP } from 'node:net'
import { canonicalHost, isHostName } from '../syntax/host.ts'
import { parseNetworks, type Networks } from '../syntax/networks.ts'
import { each, isWrong, type Parsed, type Parser } from './parsed.ts'
import type { Address, Portal } from './settings.ts'

const ORIGIN = /^(https?):\/\/([^/?#@\\\s]+)\/?$/i
const NETWORKS = 'write networks like 172.18.0.0/16, fd00::/64, with commas between them'
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' }

interface Origin {
  readonly scheme: 'http' | 'https'
  readonly host: string
  /** `https://auth.example.com`: lower case, no default port, no slash at the end (RFC 6454 section 6.2). */
  readonly text: string
}

function origin(text: string, mend: string): Parsed<Origin> {
  const [, scheme, authority] = ORIGIN.exec(text) ?? []
  const host = canonicalHost(authority ?? '')
  if (authority === undefined) return { wrong: `is not an origin: ${whyNoOrigin(text)}`, mend }
  if (host === undefined) return { wrong: 'names no valid host', mend }
  const lower = scheme?.toLowerCase() === 'http' ? 'http' : 'https'
  const port = /:(\d+)$/.exec(authority)?.[1]
  const suffix = port === undefined || port === DEFAULT_PORTS[lower] ? '' : `:${port}`
  return { value: { scheme: lower, host, text: `${lower}://${host}${suffix}` } }
}

function whyNoOrigin(text: string): string {
  if (text === '') return 'it is empty'
  if (!/^https?:\/\//i.test(text)) return 'it does not begin with https:// or http://'
  if (text.includes('@')) return 'it carries a user name'
  return 'something follows the host'
}

/** Origin of the portal: a name, or an IPv4 address; an IPv6 literal is no host that Traefik's rules can name. */
export const portalUrl: Parser<Portal> = (text) => {
  const mend = 'write scheme and host alone, like https://auth.example.com'
  const parsed = origin(text, mend)
  if (isWrong(parsed)) return parsed
  const { scheme, host, text: canonical } = parsed.value
  if (!isHostName(host) && isIP(host) !== 4) return { wrong: 'names a host that browsers or Traefik cannot use', mend }
  return { value: { origin: canonical, host, secure: scheme === 'https' } }
}

/** Origin under which the proxy reaches us. */
export const internalUrl: Parser<string> = (text) => {
  const parsed = origin(text, 'write scheme, host and port alone, like http://labelgate:4180')
  return isWrong(parsed) ? parsed : { value: parsed.value.text }
}

/** Origin of Traefik's API. */
export const traefikApi: Parser<string> = (text) => {
  const parsed = origin(text, 'write scheme, host and port alone, like http://traefik:8080')
  return isWrong(parsed) ? parsed : { value: parsed.value.text }
}

/** `0.0.0.0:4180`, `[::1]:4180`; `:4180` is every IPv4 address; port 0 is any free one. */
export const address: Parser<Address> = (text) => {
  const mend = 'write an IP address and a port, like 0.0.0.0:4180, [::1]:4180 or :4180'
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? []
  if (digits === undefined) return { wrong: 'is not an address and a port', mend }
  const host = bracketed ?? (plain || '0.0.0.0')
  if (isIP(host) !== (bracketed === undefined ? 4 : 6)) return { wrong: 'does not begin with an IP address', mend }
  const port = Number(digits)
  return port > 65_535 ? { wrong: 'has a port above 65535', mend } : { value: { host, port } }
}

/**
 * Networks whose peers are believed. None is nobody (threat A-02). What takes in nearly everybody is refused:
 * a list that trusts all is a mistake, and a way past every sign-in.
 */
export const networks: Parser<Networks> = (text) => {
  const parsed = each(text, network)
  if (isWrong(parsed)) return parsed
  const all = parseNetworks(parsed.value)
  return 'invalid' in all ? { item: all.invalid, wrong: 'is no network', mend: NETWORKS } : { value: all }
}

function network(item: string): Parsed<string> {
  if (isTooWide(item)) {
    return { wrong: 'trusts nearly every address there is, so that anybody could ask', mend: NETWORKS }
  }
  if (/^::ffff:/i.test(item)) return { wrong: 'is an IPv4 network written as IPv6', mend: NETWORKS }
  return 'invalid' in parseNetworks([item]) ? { wrong: 'is no network', mend: NETWORKS } : { value: item }
}

/** 10.0.0.0/8 and fc00::/7 are the widest private networks (RFC 1918, RFC 4193). */
function isTooWide(item: string): boolean {
  const [ip = '', bits] = item.split('/')
  return bits !== undefined && isIP(ip) !== 0 && /^\d+$/.test(bits) && Number(bits) < (isIP(ip) === 4 ? 8 : 7)
}

/** As Docker's own tools write it, but for ssh, npipe and fd. */
export const dockerHost: Parser<string> = (text) => {
  const mend = 'write unix:///var/run/docker.sock or tcp://host:2376'
  if (/^unix:\/\/\/[^\s?#]+$/.test(text)) return { value: text }
  if (/^(ssh|npipe|fd):/.test(text)) return { wrong: 'is of a kind that is not supported', mend }
  const [, authority = ''] = /^(?:tcp|http):\/\/([^/?#@\\\s]+)\/?$/.exec(text) ?? []
  if (canonicalHost(authority) === undefined) return { wrong: 'names no socket and no host', mend }
  return /:\d+$/.test(authority) ? { value: text.replace(/\/$/, '') } : { wrong: 'names no port', mend }
}

/**
 * `DOCKER_TLS_VERIFY`: to Docker's own tools anything but nothing means yes, `0` too. What reads like "no" is refused,
 * as we never skip verification.
 */
export const tlsVerify: Parser<boolean> = (text) =>
  /^(1|true|yes|on)$/i.test(text)
    ? { value: true }
    : { wrong: 'does not say yes, and the daemon is always verified', mend: 'write 1, or leave it out' }
