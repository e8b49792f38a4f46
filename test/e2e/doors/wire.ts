/** One request as bytes, and its answer: what a client library would mend, refuse or hide is sent as it is. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'

export interface RawAnswer {
  /** 0: the connection ended without an answer. */
  readonly status: number
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: string
}

export const NO_ANSWER: RawAnswer = { status: 0, headers: new Map(), body: '' }

/** Waits until the other side ends the connection, or an answer has come whole. `ms`: patience. */
export async function sendRaw(port: number, bytes: string, { tls = false, ms = 5000 } = {}): Promise<RawAnswer> {
  const socket: Duplex = tls
    ? connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
    : connect({ host: '127.0.0.1', port })
  const timer = setTimeout(() => socket.destroy(), ms)
  // whose answer says how long a body would be that does not come
  const bare = bytes.startsWith('HEAD ')
  let received = Buffer.alloc(0)
  try {
    socket.on('error', () => undefined)
    await once(socket, tls ? 'secureConnect' : 'connect')
    socket.write(Buffer.from(bytes, 'latin1'))
    const ended = once(socket, 'close')
    const whole = new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk])
        if (answerOf(received, bare)?.whole === true) resolve()
      })
    })
    await Promise.race([ended, whole])
  } catch {
    // no connection, no answer
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
  return answerOf(received, bare)?.answer ?? NO_ANSWER
}

function answerOf(bytes: Buffer, bare: boolean): { answer: RawAnswer; whole: boolean } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const status = Number(first.split(' ')[1])
  const rest = bytes.subarray(end + 4)
  if (status === 100) return answerOf(rest, bare)
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()])
  }
  if (bare || status === 101 || status === 304 || status === 204)
    return { answer: { status, headers, body: rest.toString() }, whole: true }
  if (headers.get('transfer-encoding')?.join().includes('chunked') === true) {
    const text = rest.toString('latin1')
    return { answer: { status, headers, body: dechunked(rest) }, whole: /(^|\r\n)0\r\n\r\n$/.test(text) }
  }
  const length = headers.get('content-length')?.[0]
  const body = length === undefined ? rest : rest.subarray(0, Number(length))
  return {
    answer: { status, headers, body: body.toString() },
    whole: length !== undefined && rest.length >= Number(length),
  }
}

function dechunked(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) break
    const length = Number.parseInt(bytes.subarray(at, line).toString(), 16)
    if (!(length > 0)) break
    text += bytes.subarray(line + 2, line + 2 + length).toString()
    at = line + 2 + length + 2
  }
  return text
}

/** A header that must not come twice. */
export function one(answer: RawAnswer, name: string): string | undefined {
  const values = answer.headers.get(name)
  if (values !== undefined && values.length > 1) throw new Error(`${name} came ${values.length} times`)
  return values?.[0]
}
