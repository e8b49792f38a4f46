import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Registry } from 'prom-client'
import { webServer } from '../web-server.ts'
import type { Readiness } from './ready.ts'

export interface StatusDeps {
  readonly ready: () => Readiness
  readonly metrics: Registry
}

// set by each answer: a hook is not asked about a target that no route can be looked up for
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/**
 * `/healthz`, `/readyz` and `/metrics` for GET and HEAD, and 404 for everything else. A listener of its own, so that
 * none of it is to be had where the portal is (threat I-30). Not listening yet.
 */
export function createStatus({ ready, metrics }: StatusDeps): FastifyInstance {
  const app = webServer({
    exposeHeadRoutes: true,
    forceCloseConnections: 'idle',
    frameworkErrors: (_error, _request, reply) => void notFound(reply),
  })
  // alive: it answers, whatever it waits for. Who restarts it for want of a Docker daemon would only lose the table
  app.get('/healthz', (_request, reply) => plain(reply, 200, 'ok'))
  app.get('/readyz', (_request, reply) => {
    const { ok, reasons } = ready()
    return reply
      .headers(HEADERS)
      .code(ok ? 200 : 503)
      .send({ ready: ok, reasons })
  })
  app.get('/metrics', async (_request, reply) => {
    const text = await metrics.metrics()
    return reply.headers(HEADERS).type(metrics.contentType).send(text)
  })
  app.setNotFoundHandler((_request, reply) => notFound(reply))
  app.setErrorHandler((_error, _request, reply) => plain(reply, 503, 'unavailable'))
  return app
}

function notFound(reply: FastifyReply): FastifyReply {
  return plain(reply, 404, 'not found')
}

function plain(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.headers(HEADERS).code(status).type('text/plain; charset=utf-8').send(`${text}\n`)
}
