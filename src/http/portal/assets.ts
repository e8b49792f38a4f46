import type { FastifyInstance } from 'fastify'
import type { Site } from '../pages/site.ts'

const YEAR = 'public, max-age=31536000, immutable'
const SHORT = 'public, max-age=300'

/** Stylesheet and logo. An operator's SVG may hold script: opened by itself it is sandboxed away from our origin. */
export function assetRoutes(portal: FastifyInstance, site: Site): void {
  for (const [path, { body, type, immutable }] of site.assets) {
    portal.get(path, async (_request, reply) =>
      reply
        .headers({
          'cache-control': immutable ? YEAR : SHORT,
          'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
          'content-type': type,
          // pages on app hosts load both
          'cross-origin-resource-policy': 'cross-origin',
        })
        .send(body),
    )
  }
}
