import { createHash } from 'node:crypto'
import type { AppSpec } from '../../labels/spec.ts'

/**
 * Names of the objects that are ours and no app's. They cannot meet an app's name, which ends in 16 hex digits, nor
 * another provider's, which carry an `@` when they are spoken of from here.
 */
export const OWN = {
  /** The service that is labelgate itself. */
  service: 'labelgate',
  /** The middleware of an entry point, `labelgate@file` to who names it there. */
  entryPoint: 'labelgate',
  /** The portal's router. */
  portal: 'labelgate-portal',
  /** The middleware that proves to the portal that a request came through the proxy. */
  proxyKey: 'labelgate-proxy-key',
  /** The middleware that takes alias spellings of identity headers from what the client sent. */
  strip: 'labelgate-strip',
  /** The middleware of routers that have no app to go to. */
  unavailable: 'labelgate-unavailable',
  /** The transport to apps that speak TLS. */
  unchecked: 'labelgate-unchecked',
} as const

/**
 * The name under which an app's objects stand: readable, and unique whatever people call their containers
 * (`my.app`, `my-app` and `MY_APP` are three). 64 bits of hash, because a label's author can search for a collision
 * with 32, and one name twice makes Traefik refuse the whole file.
 */
export function objectName(spec: AppSpec): string {
  const slug = spec.id
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-|-$/g, '')
  const hash = createHash('sha256').update(spec.key).digest('hex').slice(0, 16)
  return slug === '' ? hash : `${slug}-${hash}`
}
