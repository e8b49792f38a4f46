import { fault } from './parsed.ts'
import type { Operator } from './operator.ts'
import { compare } from './text.ts'
import type { RouterFault } from './traefik-labels.ts'

/** Labels by which Traefik's own Docker provider, where it runs, would publish the container past us. */
export function publishedPastUs(labels: Readonly<Record<string, string>>, operator: Operator): readonly RouterFault[] {
  const entries = Object.entries(labels)
    .map(([key, value]) => ({ key, lower: key.toLowerCase(), value }))
    .toSorted((a, b) => compare(a.key, b.key))
  const enable = entries.find(({ lower }) => lower === 'traefik.enable')
  // as Go's ParseBool takes it
  if (/^(?:0|f|false)$/i.test(enable?.value.trim() ?? '')) return []
  const http = entries.find(({ lower }) => lower.startsWith('traefik.http.'))
  const stream = entries.find(({ lower }) => /^traefik\.(?:tcp|udp)\./.test(lower))
  const twice = operator.ownsRoutes ? (http ?? (stream === undefined ? enable : undefined)) : undefined
  return [
    ...(twice === undefined ? [] : [{ ...TWICE, key: twice.key, value: twice.value }]),
    ...(stream === undefined ? [] : [{ ...STREAM, key: stream.key, value: stream.value }]),
  ]
}

const TWICE = fault(
  "lets Traefik's own Docker provider, if it runs, publish the container a second time without sign-in",
  'set traefik.enable=false, or take the docker provider out of Traefik',
)
// The middlewares of HTTP routers never see it (traefik/traefik#6700).
const STREAM = fault(
  'makes a TCP or UDP router of Traefik, which no sign-in stands before',
  'take the label away, or make sure that what it leads to protects itself',
)
