import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PROXY_KEY_HEADER } from '../client-address.ts'

export interface ProviderDeps {
  readonly proxyKey: string
  /** What a file for Traefik would hold; undefined before the first table. */
  readonly document: () => string | undefined
  /** Told of whoever asks without the key. */
  readonly observer: { stranger(peer: string | undefined): void }
}

export const PROVIDER_PATH = '/traefik/'

/**
 * `GET /traefik/<key>`, for Traefik's HTTP provider. Any answer but a 200 leaves Traefik with what it had, and an empty
 * 200 would take everything from it: before the first table there is none.
 */
export function traefikProvider({ proxyKey, document, observer }: ProviderDeps) {
  const address = Buffer.from(PROVIDER_PATH + proxyKey)
  return (req: IncomingMessage, res: ServerResponse): void => {
    // what came through the portal's router carries the key of that router: nobody reads configuration from outside
    if (!isAt(address, req.url ?? '') || PROXY_KEY_HEADER in req.headers) {
      observer.stranger(req.socket.remoteAddress)
      return answer(res, 404, 'not found\n')
    }
    if (req.method !== 'GET') return answer(res, 405, 'only GET\n', ['Allow', 'GET'])
    const text = document()
    if (text === undefined) return answer(res, 503, 'no table of apps yet\n', ['Retry-After', '1'])
    answer(res, 200, text)
  }
}

/** In constant time, for a guess of the right length. */
function isAt(address: Buffer, url: string): boolean {
  const asked = Buffer.from(url)
  return asked.length === address.length && timingSafeEqual(asked, address)
}

function answer(res: ServerResponse, status: number, text: string, lines: readonly string[] = []): void {
  const type = status === 200 ? 'application/yaml' : 'text/plain; charset=utf-8'
  const length = String(Buffer.byteLength(text))
  // a body that was sent along is not read, and so is not waited for
  const end = status === 200 ? [] : ['Connection', 'close']
  res.writeHead(status, [...lines, ...end, 'Cache-Control', 'no-store', 'Content-Type', type, 'Content-Length', length])
  res.end(text)
}
