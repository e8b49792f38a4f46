import type { IncomingMessage } from 'node:http'
import { inNetworks, type Networks } from '../syntax/networks.ts'
import { timingSafeEqual } from 'node:crypto'

/** Header by which the portal's router in our generated configuration proves itself. */
export const PROXY_KEY_HEADER = 'x-labelgate-proxy-key'

/**
 * Where a request to the portal comes from. Only a proxy that shows our key, or is listed as trusted, is believed
 * about it; and of its list only the last address it does not itself stand for (threat G-06).
 */
export function clientAddress(
  req: Pick<IncomingMessage, 'headers' | 'socket'>,
  { proxyKey, trustedProxies }: { proxyKey: string; trustedProxies: Networks },
): string {
  const peer = req.socket.remoteAddress ?? ''
  if (!showsKey(req.headers[PROXY_KEY_HEADER], proxyKey) && !inNetworks(trustedProxies, peer)) return peer
  const forwarded = [req.headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
  const last = forwarded.map((address) => address.trim()).findLast((address) => !inNetworks(trustedProxies, address))
  return last === undefined || last === '' ? peer : last
}

function showsKey(shown: string | string[] | undefined, key: string): boolean {
  if (typeof shown !== 'string') return false
  const [a, b] = [Buffer.from(shown), Buffer.from(key)]
  return a.length === b.length && timingSafeEqual(a, b)
}
