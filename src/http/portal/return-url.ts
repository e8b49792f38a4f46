import { canonicalHost } from '../../syntax/host.ts'
import { canonicalPath, type CanonicalPath } from '../../syntax/path.ts'
import { hasHost } from '../../table/lookup.ts'
import type { Table } from '../../table/table.ts'
import type { Portal } from '../../config/settings.ts'

/** An address a visitor may be sent to after signing in. */
export interface ReturnUrl {
  /** Absolute, printable ASCII, on the portal's own origin or on an app's. */
  readonly url: string
  /** Canonical, without port. */
  readonly host: string
  readonly path: CanonicalPath
}

/** Longest one, in characters: the longest path forward-auth carries along and the longest host. A form holds it. */
export const MAX_RETURN_URL = 4352

// Printable ASCII but for `\`, which browsers read as `/`, and `#`, which no server is ever sent.
const ALLOWED = /^[!-"$-[\]-~]+$/

/**
 * May a visitor be sent there? Judged as text before any URL parser sees it, since parsers forgive (threats C-01 to
 * C-19): exactly the portal's scheme, `://`, a plain host of ours, exactly the portal's port, then path or query.
 * @param text decoded exactly once
 * @returns undefined for everything else
 */
export function checkReturnUrl(
  text: string,
  { portal, table }: { readonly portal: Portal; readonly table: Table | undefined },
): ReturnUrl | undefined {
  const scheme = portal.secure ? 'https://' : 'http://'
  if (text.length > MAX_RETURN_URL || !ALLOWED.test(text) || !text.startsWith(scheme)) return undefined
  const [host = ''] = /^[a-z0-9.-]*/.exec(text.slice(scheme.length)) ?? []
  const start = scheme.length + host.length
  const port = portSuffix(portal)
  if (canonicalHost(host) !== host || !text.startsWith(port, start)) return undefined
  const path = readPath(text.slice(start + port.length))
  if (path === undefined || !isOurs(host, portal, table)) return undefined
  const url = `${scheme}${host}${port}`
  const parsed = URL.parse(text)
  // what a browser makes of it is what we judged
  if (parsed === null || parsed.origin !== url || parsed.host !== host + port) return undefined
  return { url: parsed.href, host, path }
}

/** `:8443`, or nothing where the scheme's own port is meant. Apps are served on the portal's port. */
export function portSuffix(portal: Portal): string {
  const { port } = new URL(portal.origin)
  return port === '' ? '' : `:${port}`
}

/** What follows the authority: nothing, a query, or a path with or without one. */
function readPath(target: string): CanonicalPath | undefined {
  if (target !== '' && target[0] !== '/' && target[0] !== '?') return undefined
  const path = canonicalPath(target.startsWith('/') ? target : `/${target}`)
  return path === undefined || path.text.includes('\\') ? undefined : path
}

function isOurs(host: string, portal: Portal, table: Table | undefined): boolean {
  return host === portal.host || (table !== undefined && hasHost(table, host))
}
