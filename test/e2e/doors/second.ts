/**
 * One HTTP/2 request by its very fields, and its answer. Node's client speaks for us, but what it says in HEADERS is
 * taken out on the way and what the test wants put there, byte for byte: names in capitals, two of what may be once,
 * whatever a client library would mend or refuse.
 */
import { once } from 'node:events'
import { type ClientHttp2Stream, connect as connectSecond } from 'node:http2'
import { Duplex } from 'node:stream'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { NO_ANSWER, type RawAnswer } from './wire.ts'

/** Names and values in the order they are sent, `:method` and the like too. */
export type Fields = readonly (readonly [string, string])[]

export interface SecondRequest {
  readonly fields: Fields
  /** Undefined: the request ends with its fields. */
  readonly body?: string | undefined
  /** After the body. */
  readonly trailers?: Fields
  /** It is not said that the request ends: a tunnel stays open. */
  readonly open?: boolean
}

export interface Peer {
  readonly port: number
  /** PEM of the certificate that is trusted. */
  readonly ca: string
  readonly servername: string
}

export interface SecondAnswer extends RawAnswer {
  readonly trailers: ReadonlyMap<string, readonly string[]>
}

/** Milliseconds for an answer. */
const PATIENCE = 5000

/** @returns status 0 where the stream or the connection is ended without an answer; rejects where none comes in time */
export async function sendSecond({ port, ca, servername }: Peer, request: SecondRequest): Promise<SecondAnswer> {
  const socket = connectTls({ host: '127.0.0.1', port, servername, ca, ALPNProtocols: ['h2'] })
  await once(socket, 'secureConnect')
  const session = connectSecond(`https://${servername}`, {
    createConnection: () => forged(socket, [request.fields, ...(request.trailers ? [request.trailers] : [])]),
  })
  const late = AbortSignal.timeout(PATIENCE)
  session.on('error', () => undefined)
  try {
    const method = request.fields.find(([name]) => name === ':method')?.[1] === 'HEAD' ? 'HEAD' : 'GET'
    const { body, trailers, open = false } = request
    const stream = session.request(
      { ':method': method },
      { endStream: body === undefined && !open, waitForTrailers: trailers !== undefined },
    )
    stream.on('wantTrailers', () => stream.sendTrailers({ forged: 'yes' }))
    // some say so long before they end the connection
    session.once('goaway', (code) => void (code !== 0 && stream.destroy()))
    const answer = answerOf(stream, late, open)
    if (!open) stream.end(body)
    return await answer
  } finally {
    session.destroy()
    socket.destroy()
  }
}

function answerOf(stream: ClientHttp2Stream, late: AbortSignal, open: boolean): Promise<SecondAnswer> {
  return new Promise((resolve, reject) => {
    let head: Omit<RawAnswer, 'body'> = NO_ANSWER
    let body = ''
    let trailers = byName([])
    stream.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    stream.on('response', (fields, _flags, raw?: readonly string[]) => {
      head = { status: Number(fields[':status']), headers: byName(raw ?? []) }
      // a tunnel has no end
      if (open) resolve({ ...head, body, trailers })
    })
    stream.on('trailers', (_fields, _flags, raw?: readonly string[]) => (trailers = byName(raw ?? [])))
    // reset, for one: the answer is what came before it
    stream.on('error', () => undefined)
    stream.once('end', () => resolve({ ...head, body, trailers }))
    stream.once('close', () => resolve({ ...head, body, trailers }))
    late.addEventListener('abort', () => reject(new Error(`no answer in time; so far: ${head.status} ${body}`)))
  })
}

function byName(raw: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string
    found.set(name, [...(found.get(name) ?? []), raw[i + 1] as string])
  }
  return found
}

const PREFACE = 24
const FRAME_HEAD = 9
/** RFC 9113 section 6.2. */
const HEADERS = 1
const END_STREAM = 1
const END_HEADERS = 4

/** The connection as Node sees it; the first block of fields is the request's, a second one its trailers. */
function forged(socket: TLSSocket, blocks: readonly Fields[]): Duplex {
  const left = [...blocks]
  let prefaced = false
  let waiting: Buffer = Buffer.alloc(0)
  const outgoing = (chunk: Buffer): Buffer => {
    waiting = Buffer.concat([waiting, chunk])
    const parts: Buffer[] = []
    const take = (length: number) => {
      const part = waiting.subarray(0, length)
      waiting = waiting.subarray(length)
      return part
    }
    if (!prefaced && waiting.length >= PREFACE) {
      prefaced = true
      parts.push(take(PREFACE))
    }
    if (!prefaced) return Buffer.alloc(0)
    while (waiting.length >= FRAME_HEAD && waiting.length >= FRAME_HEAD + waiting.readUIntBE(0, 3)) {
      const frame = take(FRAME_HEAD + waiting.readUIntBE(0, 3))
      const fields = frame[3] === HEADERS ? left.shift() : undefined
      parts.push(fields === undefined ? frame : headersFrame(frame, fields))
    }
    return Buffer.concat(parts)
  }
  const duplex = new Duplex({
    read: () => void socket.resume(),
    write(chunk: Buffer, _encoding, done) {
      if (socket.writable) socket.write(outgoing(chunk))
      done()
    },
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy()
      done(error)
    },
  })
  socket.on('data', (chunk: Buffer) => {
    if (!duplex.push(chunk)) socket.pause()
  })
  socket.on('error', () => undefined)
  socket.once('close', () => duplex.push(null))
  return duplex
}

/** In place of another one on the same stream. */
function headersFrame(frame: Buffer, fields: Fields): Buffer {
  const block = Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]))
  const head = Buffer.from(frame.subarray(0, FRAME_HEAD))
  head.writeUIntBE(block.length, 0, 3)
  head[4] = END_HEADERS | ((frame[4] ?? 0) & END_STREAM)
  return Buffer.concat([head, block])
}

/** A literal, not compressed, and remembered by nobody (RFC 7541 sections 5.2 and 6.2.2). */
function text(words: string): Buffer {
  const bytes = Buffer.from(words, 'latin1')
  const length = [Math.min(bytes.length, 127)]
  if (bytes.length >= 127) {
    let rest = bytes.length - 127
    for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128)
    length.push(rest)
  }
  return Buffer.concat([Buffer.from(length), bytes])
}
