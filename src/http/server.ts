import type { Server } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { http } from '../node-http.ts'
import type { ForwardAuth, ForwardHandler } from './forward/forward.ts'
import { MAX_HEADER_LINES } from './forward/question.ts'
import type { Site } from './pages/site.ts'
import { frameworkErrors, registerPortal } from './portal/register.ts'
import type { PortalDeps } from './portal/deps.ts'
import { PROVIDER_PATH } from './traefik/provider.ts'
import { webServer } from './web-server.ts'

/** Longer than Go's 90 s, so that a proxy never sends a question into a connection we are closing. */
const KEEP_ALIVE = 95_000

/**
 * The front door: the proxies' questions and the portal, one listener. A question is answered before Fastify sees it,
 * which takes a third off its cost; everything else is the portal's. Not listening yet.
 * `provider` answers Traefik's HTTP provider; without it its address is the portal's, like any other.
 */
export function createFrontDoor(
  forward: ForwardAuth,
  portal: PortalDeps & { readonly site: Site; readonly provider?: ForwardHandler | undefined },
): FastifyInstance {
  const { provider } = portal
  const app = webServer({
    exposeHeadRoutes: true,
    forceCloseConnections: 'idle',
    frameworkErrors: frameworkErrors(portal.site),
    serverFactory: (handler) => {
      const server = http.createServer(
        { maxHeaderSize: 64 * 1024, keepAliveTimeout: KEEP_ALIVE, headersTimeout: KEEP_ALIVE + 5000 },
        (req, res) => {
          if (req.url?.startsWith('/auth/') === true) forward(req, res)
          else if (provider !== undefined && req.url?.startsWith(PROVIDER_PATH) === true) provider(req, res)
          else handler(req, res)
        },
      )
      server.maxHeadersCount = MAX_HEADER_LINES
      // before Fastify ends the connection of what cannot be read: what came before it in one packet is answered
      server.on('clientError', () => forward.flush?.())
      return server
    },
  })
  app.addHook('preClose', async () => letGo(app.server))
  registerPortal(app, portal)
  return app
}

/** A proxy never ends its connections: from now on each ends with its next answer, or once it waits for none. */
function letGo(server: Server): void {
  // one that never listened never says `close`, and the timer would keep the process alive
  if (!server.listening) return
  server.prependListener('request', (_req, res) => res.setHeader('Connection', 'close'))
  const timer = setInterval(() => server.closeIdleConnections(), 100)
  server.once('close', () => clearInterval(timer))
}
