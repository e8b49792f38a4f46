import type { Forwarded } from '../../authz/forwarded.ts'
import type { Portal } from '../../config/settings.ts'
import { hasHost } from '../../table/lookup.ts'
import type { Table } from '../../table/table.ts'
import type { Asked } from './address.ts'
import { headerValues } from './authorization.ts'
import { appOrigin } from './refusal.ts'
import { json, type Reply } from './reply.ts'

/** What is answered whoever has the host. Only where our middleware stands before a whole entry point of Traefik. */
export interface Aside {
  readonly verdict: 'anonymous' | 'sign-in' | 'forbid'
  readonly reason: 'portal' | 'acme-challenge' | 'plain-http' | 'not-the-portal'
}

/** Undefined: the table says. A reply of 200 lets the request pass, without an identity. */
export type EntryPoint = (
  asked: Asked,
  forwarded: Forwarded,
  lines: readonly string[],
) => { readonly aside: Aside; readonly reply: Reply } | undefined

export interface EntryPointOptions {
  readonly portal: Portal
  /** Undefined while there is none to trust. */
  readonly table: () => Table | undefined
  /** A further header in which tokens are taken, lower case; undefined: none. */
  readonly tokenHeader: () => string | undefined
}

/** Exactly what a certificate authority asks for (RFC 8555 section 8.3): the token is of base64url. */
const CHALLENGE = /^\/\.well-known\/acme-challenge\/[A-Za-z0-9_-]+$/

/**
 * The entry point's middleware stands before routers that are no app's: the portal's, Traefik's own for certificates
 * and for https. Nothing of this holds for a question that names its app.
 */
export function entryPoint({ portal, table, tokenHeader }: EntryPointOptions): EntryPoint {
  return ({ app, dialect }, forwarded, lines) => {
    const { request } = forwarded
    const portals = request.host === portal.host
    if (app !== undefined || dialect !== 'forward' || (request.scheme === 'https' && !portals)) return undefined
    // the answer says nothing of Cookie and Authorization, so Traefik takes them out
    if (isChallenge(forwarded)) return through('acme-challenge', [])
    if (portal.secure && request.scheme === 'http')
      return portals || isKnown(table(), request.host) ? toHttps(forwarded, portal) : undefined
    if (!portals) return undefined
    return reachesPortal(forwarded, portal)
      ? through('portal', asTheyCame(forwarded, lines, tokenHeader()))
      : {
          aside: { verdict: 'forbid', reason: 'not-the-portal' },
          reply: json(403, { error: 'forbidden', reason: 'not-the-portal' }),
        }
  }
}

/** The same address in https. The method and the body stay (RFC 9110 section 15.4.9). */
function toHttps({ request, uri }: Forwarded, portal: Portal) {
  const lines = ['Location', appOrigin(request.host, portal) + uri]
  return {
    aside: { verdict: 'sign-in', reason: 'plain-http' },
    reply: { status: 308, lines, body: '', type: 'application/json' },
  } as const
}

function isKnown(table: Table | undefined, host: string): boolean {
  return table !== undefined && hasHost(table, host)
}

function isChallenge({ request: { scheme, method }, uri }: Forwarded): boolean {
  return scheme === 'http' && (method === 'GET' || method === 'HEAD') && CHALLENGE.test(uri)
}

/** What the portal's router does not take would pass to somebody else's that takes every host. */
function reachesPortal({ request: { scheme, path } }: Forwarded, { secure }: Portal): boolean {
  return secure === (scheme === 'https') && !path.ambiguous && !path.folded.startsWith('/auth/')
}

/** The portal judges by itself: what would be taken out before an app is said again. */
function asTheyCame({ fields }: Forwarded, lines: readonly string[], tokenHeader: string | undefined): string[] {
  const said: string[] = []
  if (fields.cookie !== '') said.push('Cookie', fields.cookie)
  if (fields.authorization !== '') said.push('Authorization', fields.authorization)
  if (tokenHeader !== undefined) for (const value of headerValues(lines, tokenHeader)) said.push(tokenHeader, value)
  return said
}

function through(reason: Aside['reason'], lines: readonly string[]) {
  return {
    aside: { verdict: 'anonymous', reason },
    reply: { status: 200, lines, body: '', type: 'application/json' },
  } as const
}
