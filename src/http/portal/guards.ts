import type { FastifyReply, FastifyRequest } from 'fastify'
import { readCookie } from '../../session/cookie.ts'
import { canonicalHost } from '../../syntax/host.ts'
import { hasHost } from '../../table/lookup.ts'
import { errorPage, notReadyPage, unknownHostPage } from '../pages/app-pages.ts'
import { portalErrorPage } from '../pages/error-pages.ts'
import { formOrigin, isCsrfToken } from './csrf.ts'
import type { PortalDeps } from './deps.ts'
import { readForm } from './form.ts'
import { sendPage } from './reply.ts'

/**
 * Answers what was not sent to the portal's host, so that no name but its own ever shows a sign-in form. An app's host
 * gets here when the proxy has no container to send it to: protected, but not running.
 */
export function refuseOtherHosts(
  deps: PortalDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply | undefined {
  const host = canonicalHost(request.headers.host ?? '')
  if (host === deps.settings.portal.host) return undefined
  if (host === undefined) return sendPage(reply, 421, errorPage(deps.site, 421))
  const table = deps.table()
  if (table !== undefined && !hasHost(table, host)) return sendPage(reply, 421, unknownHostPage(deps.site, host))
  const what = table === undefined ? 'gate' : 'app'
  return sendPage(reply.header('retry-after', '5'), 503, notReadyPage(deps.site, what, host))
}

/**
 * Is a person's browser going somewhere? Only then may a GET begin a sign-in with a provider: an image on another site
 * must begin none (threat E-24). A browser that does not say is shown the page, with its button.
 */
export function isNavigation({ method, headers }: FastifyRequest): boolean {
  return (
    method === 'GET' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    (headers['sec-fetch-dest'] ?? 'document') === 'document'
  )
}

/** Refuses a form that was not sent from a page of ours (threat D-20). Methods that change nothing pass. */
export function refuseForeignForms(
  deps: PortalDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply | undefined {
  if (request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS') return undefined
  const { origin, secure } = deps.settings.portal
  const from = formOrigin(request.headers, origin)
  const cookie = readCookie(request.headers.cookie, 'csrf', secure)
  if (from === 'own' || (from === 'unknown' && isCsrfToken(readForm(request.body)?.get('csrf'), cookie))) {
    // without a body Fastify asks for no content type, and we take forms alone
    return request.body === undefined ? sendPage(reply, 415, portalErrorPage(deps.site, 415)) : undefined
  }
  const why = from === 'foreign' ? 'cross-site' : 'no-token'
  deps.observe({ kind: 'form-refused', why, address: deps.clientAddress(request) })
  return sendPage(reply, 403, portalErrorPage(deps.site, 403))
}
