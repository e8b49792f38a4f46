import type { IncomingMessage } from 'node:http'
import { holdsAt, type Asked } from './address.ts'

/**
 * Addresses of proxies that are told where the app is. `route`: as `/auth/forward` asks, and is told. `refusal`: the
 * page for what was refused a moment ago; never a yes. `envoy`: the original path stands after the key.
 */
export type Door = 'route' | 'refusal' | 'envoy'

export interface DoorAsked extends Asked {
  readonly door: Door
  /** Header lines of the question in the words of `/auth/forward`. */
  readonly lines: readonly string[]
}

const ADDRESS = /^\/auth\/(route|refusal|envoy)(?:\/|$)/
/** What Envoy says by the request line itself; a second word of it is nobody's. */
const BY_THE_LINE = /^(?:x-forwarded-(?:method|host|uri)|content-length|transfer-encoding)$/i

/** Envoy makes one line of two, and neither of these two schemes has a comma in it. */
const TWO_IN_ONE = /^(?:basic|bearer)[ \t][^,]*,/i

/** `/auth/<door>/<key>`, for Envoy with the original path after it; without the key for trusted proxies. */
export function readDoor(
  req: Pick<IncomingMessage, 'url' | 'method' | 'rawHeaders'>,
  key: string,
): DoorAsked | undefined {
  const url = req.url ?? ''
  const [whole, door] = ADDRESS.exec(url) ?? []
  if (whole === undefined) return undefined
  const keyed = whole.endsWith('/') && holdsAt(url, whole.length, key)
  const rest = url.slice(keyed ? whole.length + key.length : whole.length - (whole.endsWith('/') ? 1 : 0))
  const asked = { dialect: 'forward', app: undefined, keyed } as const
  if (door === 'envoy') return rest.startsWith('/') ? { ...asked, door, lines: byTheLine(req, rest) } : undefined
  // Caddy leaves the mark of a query that is none
  if (rest !== '' && rest !== '/' && rest !== '?') return undefined
  return { ...asked, door: door as Door, lines: req.rawHeaders }
}

/** Envoy sends the method and the host as they came, and adds X-Forwarded-Proto and X-Forwarded-For. */
function byTheLine({ method = '', rawHeaders }: Pick<IncomingMessage, 'method' | 'rawHeaders'>, uri: string): string[] {
  const lines: string[] = []
  let host = ''
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i] as string, rawHeaders[i + 1] as string]
    if (BY_THE_LINE.test(name)) continue
    lines.push(name, value)
    if (TWO_IN_ONE.test(value) && name.toLowerCase() === 'authorization') lines.push(name, value)
    // of two hosts either is refused
    if (name.toLowerCase() === 'host') host = value
  }
  lines.push('X-Forwarded-Method', method, 'X-Forwarded-Host', host, 'X-Forwarded-Uri', uri)
  return lines
}
