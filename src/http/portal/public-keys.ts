import type { FastifyInstance } from 'fastify'

/**
 * `GET /.well-known/jwks.json`: the keys by which apps verify what we sign (RFC 7517). Apps ask from machine to machine,
 * under whatever name they reach us, and what is public may be known to all.
 */
export function publicKeyRoute(app: FastifyInstance, published: () => unknown): void {
  app.get('/.well-known/jwks.json', async (_request, reply) =>
    reply
      .headers({
        'cache-control': 'public, max-age=3600',
        'content-type': 'application/jwk-set+json',
        'x-content-type-options': 'nosniff',
      })
      // bytes: to a text a charset would be added, which this type does not have
      .send(Buffer.from(JSON.stringify(published()))),
  )
}
