import type { Operator } from '../../labels/operator.ts'
import type { Version } from '../../syntax/version.ts'
import { Document } from './document.ts'
import type { Value } from './yaml.ts'

export interface RenderOptions {
  /** Origin at which Traefik reaches labelgate, without trailing slash. */
  readonly internalUrl: string
  /** The secret of the capability address. It stands in the file: who can read that can ask as a proxy does. */
  readonly proxyKey: string
  /** A further header in which tokens are taken, so that it is taken out before an app sees it. */
  readonly tokenHeader?: string | undefined
  /** Which Traefik reads it. Default: the newest known. */
  readonly version?: Version | undefined
  readonly operator: Pick<
    Operator,
    'portalHost' | 'entrypoints' | 'tls' | 'certresolver' | 'defaultHeaders' | 'reservedHeaders'
  >
}

/** What the objects of every app have in common at one moment. */
export interface Context extends RenderOptions {
  /** Every identity header of every app, sorted. */
  readonly identityHeaders: readonly string[]
}

/** Lines of the three sections of the file. */
export interface Lines<Text = string> {
  readonly routers: Text
  readonly services: Text
  readonly middlewares: Text
}

/** By which doors of Traefik a router is reached. */
export interface Entrance {
  /** Empty: all of Traefik's default ones. */
  readonly entrypoints: readonly string[]
  readonly tls: boolean
  readonly certresolver?: string
}

/** @param wildcard name for the certificate where the rule spells none: resolvers read `Host(…)` alone */
export function entrance(entrance: Entrance, wildcard?: string): Record<string, Value> {
  const { entrypoints, tls, certresolver } = entrance
  return {
    ...(entrypoints.length > 0 && { entryPoints: entrypoints }),
    ...(tls && { tls: certresolver === undefined ? {} : certificate(certresolver, wildcard) }),
  }
}

function certificate(certResolver: string, wildcard?: string): Record<string, Value> {
  return { certResolver, ...(wildcard !== undefined && { domains: [{ main: wildcard }] }) }
}

/** A service of these servers: origins, at least one. `serversTransport`: default: Traefik's own. */
export function balancer(urls: readonly string[], serversTransport?: string): Value {
  const servers = urls.map((url) => ({ url }))
  return { loadBalancer: { servers, ...(serversTransport !== undefined && { serversTransport }) } }
}

/**
 * The whole file of these parts. Each section has a line: Traefik refuses a file in which one is empty.
 * @param transports lines of a further section, where there are any
 */
export function fileOf(parts: readonly Lines<string | Buffer>[], transports = ''): Document {
  return new Document([
    '# Written by labelgate. Edits are overwritten.\nhttp:\n  routers:\n',
    ...parts.map((part) => part.routers),
    '  services:\n',
    ...parts.map((part) => part.services),
    '  middlewares:\n',
    ...parts.map((part) => part.middlewares),
    transports === '' ? '' : `  serversTransports:\n${transports}`,
  ])
}
