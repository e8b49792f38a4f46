import type { ServerResponse } from 'node:http'
import type { Dialect } from '../../authz/forwarded.ts'

/** One answer to a proxy, before the dialect's limits are applied. `lines`: names and values in turn. */
export interface Reply {
  readonly status: number
  readonly lines: readonly string[]
  readonly body: string
  readonly type: 'text/html; charset=utf-8' | 'application/json'
}

export function json(status: number, body: Readonly<Record<string, unknown>>, lines: readonly string[] = []): Reply {
  return { status, lines, body: JSON.stringify(body), type: 'application/json' }
}

export function redirect(status: 302 | 303, location: string, lines: readonly string[] = []): Reply {
  return { status, lines: ['Location', location, ...lines], body: '', type: 'text/html; charset=utf-8' }
}

/**
 * Sends what is not a yes. nginx's auth_request passes on 401 and 403 alone, and makes a 500 of anything else: there a
 * redirect becomes 401 with its Location, a refusal 403 (https://nginx.org/en/docs/http/ngx_http_auth_request_module.html).
 */
export function send(res: ServerResponse, dialect: Dialect, reply: Reply, close: boolean): void {
  const lines = [...reply.lines, 'Cache-Control', 'no-store', 'Content-Type', reply.type]
  lines.push('Content-Length', String(Buffer.byteLength(reply.body)))
  if (close) lines.push('Connection', 'close')
  res.writeHead(dialect === 'nginx' ? nginxStatus(reply.status) : reply.status, lines)
  res.end(reply.body)
}

function nginxStatus(status: number): number {
  return status < 400 || status === 401 ? 401 : 403
}
