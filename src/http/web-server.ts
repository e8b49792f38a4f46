import { fastify, type FastifyHttpOptions, type FastifyInstance } from 'fastify'
import type { Server } from 'node:http'

/**
 * Fastify as every listener here has it: silent, and without the compilers of schemas, which would cost 10 MB of memory.
 * No route has a schema; one that gets one does not start.
 */
export function webServer(options: FastifyHttpOptions<Server>): FastifyInstance {
  const compilersFactory = { buildValidator: refuse, buildSerializer: refuse }
  return fastify({ logger: false, trustProxy: false, schemaController: { compilersFactory }, ...options })
}

function refuse(): never {
  throw new Error('no route of ours has a schema: src/http/web-server.ts')
}
