import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { StoreError } from '../../store/error.ts'
import { portalPolicy } from '../pages/csp.ts'
import { portalErrorPage } from '../pages/error-pages.ts'
import { pageHeaders } from '../pages/page.ts'
import type { Site } from '../pages/site.ts'
import { assetRoutes } from './assets.ts'
import { backChannelRoutes } from './back-channel.ts'
import type { PortalDeps } from './deps.ts'
import { MAX_FORM } from './form.ts'
import { refuseForeignForms, refuseOtherHosts } from './guards.ts'
import { homeRoute } from './home.ts'
import { publicKeyRoute } from './public-keys.ts'
import { sendPage } from './reply.ts'
import { setUpRoutes } from './set-up.ts'
import { signInRoutes } from './sign-in.ts'
import { signOutRoutes } from './sign-out.ts'
import { providerRoutes } from './with-provider.ts'

/**
 * Adds the portal: the one origin that shows pages. Its hooks and parsers hold for its own routes alone, its 404 page
 * for the whole server: whatever no other route takes is answered here, by host.
 */
export function registerPortal(app: FastifyInstance, deps: PortalDeps): void {
  backChannelRoutes(app, deps)
  if (deps.publicKeys !== undefined) publicKeyRoute(app, () => deps.publicKeys?.())
  void app.register(async (portal) => {
    portal.addHook('onRequest', async (request, reply) => {
      reply.headers(commonHeaders(deps.site))
      return refuseOtherHosts(deps, request, reply)
    })
    portal.removeAllContentTypeParsers()
    await portal.register(formbody, { bodyLimit: MAX_FORM })
    portal.addHook('preHandler', async (request, reply) => refuseForeignForms(deps, request, reply))
    portal.setErrorHandler((error, _request, reply) => answerError(deps, error, reply))
    portal.setNotFoundHandler((_request, reply) => sendPage(reply, 404, portalErrorPage(deps.site, 404)))
    assetRoutes(portal, deps.site)
    homeRoute(portal, deps)
    signInRoutes(portal, deps)
    providerRoutes(portal, deps)
    setUpRoutes(portal, deps)
    signOutRoutes(portal, deps)
  })
}

/** For Fastify's option of that name: a target no route can be looked up for (`/%zz`) is answered like any other. */
export function frameworkErrors(site: Site): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return (_error, _request, reply) => {
    void sendPage(reply.headers(commonHeaders(site)), 400, portalErrorPage(site, 400))
  }
}

function commonHeaders({ secure }: Site): Record<string, string> {
  const headers = pageHeaders({ policy: portalPolicy(secure) })
  return { ...headers, ...(secure ? { 'strict-transport-security': 'max-age=31536000' } : {}) }
}

function answerError(deps: PortalDeps, error: unknown, reply: FastifyReply): FastifyReply {
  const status = statusOf(error)
  if (status >= 500) deps.fault(error)
  if (status === 503) reply.header('retry-after', '5')
  return sendPage(reply, status, portalErrorPage(deps.site, status))
}

/** @param error Fastify's own for a bad body, a store that cannot be reached, one that knows its status, or a fault */
function statusOf(error: unknown): number {
  if (error instanceof StoreError) return 503
  const known = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  return typeof known === 'number' && known >= 400 ? known : 500
}
