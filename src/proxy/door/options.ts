import { isIP } from 'node:net'

/** What a proxy's static configuration is written from: nothing of it changes with containers. */
export interface DoorOptions {
  /** Origin at which the proxy reaches labelgate, without trailing slash. */
  readonly internalUrl: string
  /** The secret of the capability address. It stands in what is written. */
  readonly proxyKey: string
  readonly portal: { readonly origin: string; readonly host: string; readonly secure: boolean }
  /** Headers by which apps are told who asks: taken from what clients send, copied from our answers. */
  readonly identityHeaders: readonly string[]
  /** Headers that clients may not bring, by the beginning of their names in lower case: `x-ptl-`. Default: none. */
  readonly reservedHeaders?: readonly string[] | undefined
  /** A further header in which tokens are taken. */
  readonly tokenHeader?: string | undefined
  readonly listen: { readonly host: string; readonly port: number }
  /** PEM files, as the proxy reads them; undefined: plain http. */
  readonly tls?: { readonly certificate: string; readonly key: string } | undefined
}

/** Answers of labelgate that only the proxy may see, and words to it that only the proxy may say. */
export const INTERNAL_HEADERS = [
  'X-Labelgate-Upstream',
  'X-Labelgate-Upstream-Scheme',
  'X-Labelgate-Upstream-Address',
  'X-Labelgate-Status',
  'X-Labelgate-Headers',
  'X-Labelgate-Body',
  'X-Labelgate-Proxy-Key',
] as const

/** Seconds that a proxy waits for labelgate; then it refuses. Passwords take the longest. */
export const PATIENCE = 10
/** Seconds that a connection to an app may be silent: event streams and WebSockets say nothing for long. */
export const SILENCE = 3600

/** Headers that the app gets from our answer or not at all: who is there, and what could have been a credential. */
export function judgedHeaders({ identityHeaders, tokenHeader }: DoorOptions): string[] {
  const credentials = ['Cookie', 'Authorization', ...(tokenHeader === undefined ? [] : [tokenHeader])]
  return [...new Set([...identityHeaders, ...credentials])]
}

/** Host and port of labelgate, whatever the address says of them. */
export function internalAddress(internalUrl: string): { secure: boolean; host: string; port: number } {
  const { protocol, hostname, port } = new URL(internalUrl)
  const secure = protocol === 'https:'
  return { secure, host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (secure ? 443 : 80) : Number(port) }
}

/** `host:port`, an IPv6 address in brackets. */
export function hostPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
}

/**
 * Text that goes into a configuration as it is.
 * @throws Error for what would end a quoted text, or mean something in one
 */
export function plain(text: string, what: string): string {
  if (!/^[\w./:@+~[\]*-]+$/.test(text))
    throw new Error(`${what} may hold letters, digits and . / : @ + ~ _ - alone: ${text}`)
  return text
}

/** A name of a header in the only letters that labels allow. */
export function headerName(name: string): string {
  if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(name)) throw new Error(`a header is named by letters, digits and dashes: ${name}`)
  return name
}
