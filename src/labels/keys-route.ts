import type { Key, Values } from './key.ts'
import { parseBodyLimit } from './body-limit.ts'
import * as route from './route-values.ts'
import { parseBoolean } from './words.ts'

const APP = ['app'] as const
type Name = 'port' | 'scheme' | 'network' | 'body-limit' | 'entrypoints' | 'tls' | 'certresolver' | 'middlewares'

/** How the container is reached, where we own the route. */
export const ROUTE_KEYS: { readonly [K in Name]: Key<Values[K]> } = {
  port: {
    scopes: APP,
    group: 'The route',
    parse: route.parsePort,
    default: 'the lowest exposed one',
    sentence: 'Port inside the container.',
    example: '8080',
  },
  scheme: {
    scopes: APP,
    group: 'The route',
    parse: route.parseScheme,
    default: '`http`',
    sentence: '`http`, `https` or `h2c`, towards the container.',
    example: 'http',
    also: ['protocol'],
  },
  network: {
    scopes: APP,
    group: 'The route',
    parse: route.parseNetworkName,
    default: 'the one shared with the proxy',
    sentence: 'Docker network on which the proxy reaches the container.',
    example: 'proxy',
  },
  'body-limit': {
    scopes: APP,
    group: 'The route',
    parse: parseBodyLimit,
    default: 'none',
    sentence:
      'Longest request body: `500kB`, `10MB`, `2GB`, or `MiB`, `GiB` (1024). More is answered 413, an upload that does not say its length 411. Traefik does not tell us of bodies: there it holds nothing, and is warned of.',
    example: '10MB',
    also: ['max-body', 'max-body-size', 'body-size', 'client-max-body-size', 'max-upload', 'upload-limit'],
  },
  entrypoints: {
    scopes: APP,
    group: 'The route',
    parse: route.parseEntrypoints,
    default: '`LABELGATE_TRAEFIK_ENTRYPOINTS`',
    sentence: "Traefik's entry points; those of the operator, or of `LABELGATE_ALLOWED_ENTRYPOINTS`.",
    example: 'websecure',
  },
  tls: {
    scopes: APP,
    group: 'The route',
    parse: parseBoolean,
    default: '`LABELGATE_TRAEFIK_TLS`',
    sentence: 'Does the router serve TLS?',
    example: 'true',
  },
  certresolver: {
    scopes: APP,
    group: 'The route',
    parse: route.parseCertresolver,
    default: '`LABELGATE_TRAEFIK_CERTRESOLVER`',
    sentence: "Traefik's certificate resolver; the operator's, or one of `LABELGATE_ALLOWED_CERTRESOLVERS`.",
    example: 'letsencrypt',
  },
  middlewares: {
    scopes: APP,
    group: 'The route',
    parse: route.parseMiddlewares,
    default: 'none',
    sentence:
      'Traefik middlewares behind the sign-in, as `name@provider`; only those of `LABELGATE_ALLOWED_MIDDLEWARES`.',
    example: 'compress@file',
  },
}
