import type { IncomingMessage, ServerResponse } from 'node:http'
import httpProxy from '@fastify/http-proxy'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { http } from '../../node-http.ts'
import type { Portal } from '../../config/settings.ts'
import { canonicalHost } from '../../syntax/host.ts'
import type { Asked } from '../forward/address.ts'
import { MAX_HEADER_LINES, type Answer, type Pass } from '../forward/question.ts'
import { questionLines, socketHeaders, upstreamHeaders } from './headers.ts'

export interface GatewayDeps {
  readonly portal: Portal
  /** The same answers as every other proxy gets. */
  readonly ask: (asked: Asked, lines: readonly string[]) => Answer | Promise<Answer>
  /** Takes what is meant for the portal's own host. */
  readonly portalHandler: (req: IncomingMessage, res: ServerResponse) => void
  /** Every header that tells an app who is there, and the one in which tokens are taken. */
  identityHeaderNames(): readonly string[]
  fault(error: unknown): void
}

/** By the host and path alone, as they came; there is no proxy before us whose word we could take. */
const ASKED: Asked = { dialect: 'forward', app: undefined, keyed: true }

/**
 * The built-in gateway: asks the same question as a proxy would, and proxies what passes. For a first look and for
 * development; it speaks plain HTTP/1.1 and WebSocket. Not listening yet.
 */
export function createGateway(deps: GatewayDeps): FastifyInstance {
  const passes = new WeakMap<object, Pass>()
  const app = fastify({
    logger: false,
    trustProxy: false,
    forceCloseConnections: true,
    bodyLimit: Number.MAX_SAFE_INTEGER,
    serverFactory: (handler) => {
      const server = http.createServer({ maxHeaderSize: 64 * 1024 }, (req, res) => {
        if (canonicalHost(req.headers.host ?? '') === deps.portal.host) deps.portalHandler(req, res)
        else handler(req, res)
      })
      server.maxHeadersCount = MAX_HEADER_LINES
      return server
    },
  })
  const rewrite = (headers: Readonly<Record<string, unknown>>, request: FastifyRequest) =>
    upstreamHeaders(headers, {
      pass: passOf(passes, request.raw).pass,
      names: deps.identityHeaderNames(),
      host: request.headers.host ?? '',
      address: request.socket.remoteAddress ?? '',
    })
  // documented, but missing from the library's types
  const socketRewrite = {
    rewriteRequestHeaders: (_: unknown, request: FastifyRequest) => rewrite(socketHeaders(request.headers), request),
  }
  app.addHook('preHandler', async (request, reply) => admit(deps, passes, request, reply))
  void app.register(httpProxy, {
    upstream: '',
    websocket: true,
    replyOptions: {
      getUpstream: (request) => passOf(passes, request.raw).app.upstreams[0]?.url ?? '',
      rewriteRequestHeaders: (request, headers) => rewrite(headers, request as FastifyRequest),
      onError: (reply, { error }) => {
        deps.fault(error)
        void (reply as FastifyReply).code(502).type('text/plain').send('The app did not answer.\n')
      },
    },
    wsClientOptions: { followRedirects: false, ...socketRewrite },
  })
  return app
}

/** A reply that was given here goes no further. */
async function admit(
  deps: GatewayDeps,
  passes: WeakMap<object, Pass>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const answer = await deps.ask(ASKED, questionLines(request.raw))
  if ('pass' in answer) {
    if (answer.app.upstreams.length === 0)
      return reply.code(503).header('retry-after', '5').type('text/plain').send('The app is not running.\n')
    passes.set(request.raw, answer)
    return undefined
  }
  const { status, lines, body, type } = answer.reply
  for (let i = 0; i + 1 < lines.length; i += 2) reply.header(lines[i] as string, lines[i + 1])
  return reply.code(status).header('cache-control', 'no-store').type(type).send(body)
}

/** What passed, or an exception: nothing is proxied that was not asked about. */
function passOf(passes: WeakMap<object, Pass>, req: object): Pass {
  const pass = passes.get(req)
  if (pass === undefined) throw new Error('a request reached the proxy without a decision')
  return pass
}
