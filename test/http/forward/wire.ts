/** One TCP connection, bytes in and answers out: what a client library would mend, refuse or hide is sent as it is. */
import { connect, type Socket } from 'node:net'

export interface WireAnswer {
  readonly status: number
  /** By lower-case name; several lines of one name in one list. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: string
}

export class Wire {
  readonly #socket: Socket
  readonly #answers: WireAnswer[] = []
  readonly #waiting: (() => void)[] = []
  #received = Buffer.alloc(0)
  #closed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => this.#receive(bytes))
    // reset by the other side after its answer is an end like any other
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#closed = true
      this.#wake()
    })
  }

  /** @param from local address: 127.0.0.2 is another peer than 127.0.0.1 */
  static open(port: number, from = '127.0.0.1'): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, localAddress: from })
      socket.once('error', reject)
      socket.once('connect', () => resolve(new Wire(socket)))
    })
  }

  /** Each character is one byte. */
  send(text: string): void {
    this.#socket.write(Buffer.from(text, 'latin1'))
  }

  /** The next answer, interim ones (1xx) passed over; undefined where the connection ended without one. */
  async next(): Promise<WireAnswer | undefined> {
    while (this.#answers.length === 0 && !this.#closed) await this.#news()
    return this.#answers.shift()
  }

  /** Every answer until the other side ends the connection. */
  async rest(): Promise<WireAnswer[]> {
    while (!this.#closed) await this.#news()
    return this.#answers.splice(0)
  }

  /** How many answers have come and were not asked for. */
  get waiting(): number {
    return this.#answers.length
  }

  end(): void {
    this.#socket.destroy()
  }

  #news(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes])
    for (let found = readAnswer(this.#received); found !== undefined; found = readAnswer(this.#received)) {
      this.#received = this.#received.subarray(found.length)
      if (found.answer.status >= 200) this.#answers.push(found.answer)
    }
    this.#wake()
  }
}

/** One question on a connection of its own; the answer, or undefined where there was none. */
export async function exchange(port: number, text: string, from?: string): Promise<WireAnswer | undefined> {
  const wire = await Wire.open(port, from)
  wire.send(text)
  const answer = await wire.next()
  wire.end()
  return answer
}

function readAnswer(bytes: Buffer): { answer: WireAnswer; length: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const status = Number(first.split(' ')[1])
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()])
  }
  const length = end + 4 + Number(headers.get('content-length')?.[0] ?? 0)
  if (bytes.length < length) return undefined
  return { answer: { status, headers, body: bytes.subarray(end + 4, length).toString() }, length }
}
