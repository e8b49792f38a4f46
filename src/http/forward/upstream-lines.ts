import type { App, Upstream } from '../../table/table.ts'

/**
 * Where the app is, for proxies that have no routes of their own: the replicas that are healthy, in turn. As an address
 * (`http://172.18.0.3:8080`), and in parts for proxies that cannot take an address apart. Nothing where none runs.
 */
export function upstreamLines(app: App): readonly string[] {
  const { upstreams } = app
  if (upstreams.length === 0) return []
  const turn = turns.get(app) ?? 0
  turns.set(app, (turn + 1) % upstreams.length)
  return linesOf(upstreams[turn] as Upstream)
}

const turns = new WeakMap<App, number>()
const known = new WeakMap<Upstream, readonly string[]>()

function linesOf(upstream: Upstream): readonly string[] {
  let lines = known.get(upstream)
  if (lines === undefined) {
    const [scheme = '', address = ''] = upstream.url.split('://')
    lines = Object.entries({
      'X-Labelgate-Upstream': upstream.url,
      'X-Labelgate-Upstream-Scheme': scheme,
      'X-Labelgate-Upstream-Address': address,
    }).flat()
    known.set(upstream, lines)
  }
  return lines
}
