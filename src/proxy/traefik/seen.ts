/** What Traefik's API says of itself, as far as it is looked at. All of it is somebody else's: nothing is taken for granted. */
export interface TraefikView {
  /** As it calls itself: `3.7.13`. */
  readonly version: string
  readonly entryPoints: readonly EntryPointView[]
  readonly middlewares: readonly MiddlewareView[]
  readonly routers: readonly RouterView[]
}

export interface EntryPointView {
  readonly name: string
  readonly address: string
  readonly middlewares: readonly string[]
  /** It sends everything to another one. */
  readonly redirects: boolean
  readonly insecure: boolean
  readonly sanitizesPath: boolean
  /** What it does with `Remote_User`, `Remote.User`; undefined: it keeps them, or knows no such option. */
  readonly aliases: string | undefined
}

export interface MiddlewareView {
  readonly name: string
  /** Of a forward-auth. */
  readonly address: string | undefined
  readonly trustForwardHeader: boolean | undefined
}

export interface RouterView {
  readonly name: string
  readonly provider: string
  readonly rule: string
  readonly enabled: boolean
  readonly middlewares: readonly string[]
  /** Names of its entry points. */
  readonly using: readonly string[]
}

type Json = Readonly<Record<string, unknown>>

export function readEntryPoint(value: unknown): EntryPointView {
  const { name, address, http, forwardedHeaders } = record(value)
  const web = record(http)
  return {
    name: text(name),
    address: text(address),
    middlewares: texts(web['middlewares']),
    redirects: record(record(web['redirections'])['entryPoint'])['to'] !== undefined,
    insecure: record(forwardedHeaders)['insecure'] === true,
    sanitizesPath: web['sanitizePath'] !== false,
    aliases: optional(web['aliasHeadersStrategy']) ?? optional(web['underscoreHeadersStrategy']),
  }
}

export function readMiddleware(value: unknown): MiddlewareView {
  const { name, forwardAuth } = record(value)
  const { address, trustForwardHeader } = record(forwardAuth)
  return {
    name: text(name),
    address: optional(address),
    trustForwardHeader: typeof trustForwardHeader === 'boolean' ? trustForwardHeader : undefined,
  }
}

export function readRouter(value: unknown): RouterView {
  const { name, provider, rule, status, middlewares, using } = record(value)
  return {
    name: text(name),
    provider: text(provider),
    rule: text(rule),
    enabled: status !== 'disabled',
    middlewares: texts(middlewares),
    using: texts(using),
  }
}

export function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function optional(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
