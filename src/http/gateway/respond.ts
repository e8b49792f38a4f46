import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { Reply } from '../forward/reply.ts'
import { isSecond, type Arrival } from './arrival.ts'
import { byName } from './headers.ts'

type Client = Pick<Arrival, 'req' | 'res'>

/** An answer of ours in place of the app's. */
export function respond(client: Client, { status, lines, body, type }: Reply): void {
  const all = [...lines, 'Cache-Control', 'no-store', 'Content-Type', type]
  writeHead(client, { status, message: '', lines: [...all, 'Content-Length', String(Buffer.byteLength(body))] })
  endOf(client.res)(body)
  linger(client.req)
}

/** @throws Error where HTTP cannot carry the lines */
export function writeHead(
  { req, res }: Client,
  { status, message, lines }: { status: number; message: string; lines: readonly string[] },
): void {
  if (isSecond(req)) (res as Http2ServerResponse).writeHead(status, byName(lines))
  else (res as ServerResponse).writeHead(status, message, lines as string[])
}

/** The two kinds of response are alike in all that is used here, but for their types. */
function endOf(res: Arrival['res']): (body: string) => void {
  return (body) => void (res as ServerResponse).end(body)
}

/** Octets and milliseconds a client may go on with a body that nobody reads. */
const LINGER = { octets: 1024 * 1024, time: 5000 }

/**
 * Whoever is answered before their body has ended goes on for a while; a connection that ended at once would take the
 * answer with it. HTTP/2 has a way to say so, and Node uses it.
 */
export function linger(req: Arrival['req']): void {
  if (isSecond(req) || req.complete) return
  const { socket } = req
  let seen = 0
  const enough = () => socket.destroy()
  const timer = setTimeout(enough, LINGER.time)
  req.on('data', (chunk: Buffer) => {
    seen += chunk.length
    if (seen > LINGER.octets) enough()
  })
  const done = () => clearTimeout(timer)
  req.once('end', done)
  req.once('close', done)
  socket.once('close', done)
}
