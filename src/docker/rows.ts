const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const [OPEN_LIST, CLOSE_LIST, OPEN_ROW, CLOSE_ROW] = [0x5b, 0x5d, 0x7b, 0x7d]
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])

/**
 * Cuts a JSON list of objects (RFC 8259) into its rows while it arrives. Parsed as a whole, the list of a large host
 * would hold up every request for as long as that takes; row by row, others get their turn in between.
 *
 * @param limit bytes after which no more is taken
 * @throws Error where it is no list of objects, or not a complete one
 */
export async function* rowsOf(chunks: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<unknown, void> {
  const splitter = new Splitter()
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > limit) throw new Error(`the list is longer than ${limit} bytes`)
    for (const row of splitter.push(chunk)) yield JSON.parse(row)
  }
  splitter.end()
}

class Splitter {
  #place: 'before' | 'first' | 'row' | 'after row' | 'after comma' | 'end' = 'before'
  #pieces: Uint8Array[] = []
  #depth = 0
  #text = false
  #escaped = false;

  *push(chunk: Uint8Array): Generator<string, void> {
    let start = 0
    for (let i = 0; i < chunk.length;) {
      if (this.#place === 'row') {
        i = this.#through(chunk, i)
        if (this.#depth === 0) yield this.#take(chunk.subarray(start, i))
      } else {
        this.#between(chunk[i] ?? 0)
        start = i++
      }
    }
    if (this.#place === 'row') this.#pieces.push(chunk.subarray(start))
  }

  end(): void {
    if (this.#place !== 'end') throw new Error('the list ends before it is complete')
  }

  #between(byte: number): void {
    if (BLANKS.has(byte)) return
    const place = this.#place
    if (place === 'before' && byte === OPEN_LIST) this.#place = 'first'
    else if ((place === 'first' || place === 'after comma') && byte === OPEN_ROW) this.#open()
    else if (place === 'after row' && byte === COMMA) this.#place = 'after comma'
    else if ((place === 'first' || place === 'after row') && byte === CLOSE_LIST) this.#place = 'end'
    else throw new Error(place === 'before' ? 'the answer is no list' : 'the list is no list of objects')
  }

  #open(): void {
    this.#place = 'row'
    this.#depth = 1
  }

  /**
   * To the end of the row, or of the chunk. Inside a string no bracket counts; that they pair up is for JSON.parse to
   * say. In variables of its own, as it looks at each byte: with fields it takes five times as long.
   */
  #through(chunk: Uint8Array, from: number): number {
    let [depth, text, escaped, i] = [this.#depth, this.#text, this.#escaped, from]
    for (; i < chunk.length && depth > 0; i++) {
      const byte = chunk[i]
      if (escaped) escaped = false
      else if (text) {
        if (byte === BACKSLASH) escaped = true
        else if (byte === QUOTE) text = false
      } else if (byte === QUOTE) text = true
      else if (byte === OPEN_ROW || byte === OPEN_LIST) depth += 1
      else if (byte === CLOSE_ROW || byte === CLOSE_LIST) depth -= 1
    }
    this.#depth = depth
    this.#text = text
    this.#escaped = escaped
    return i
  }

  #take(last: Uint8Array): string {
    const row = Buffer.concat([...this.#pieces, last]).toString()
    this.#pieces = []
    this.#place = 'after row'
    return row
  }
}
