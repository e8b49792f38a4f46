const NEWLINE = 0x0a

/**
 * The complete lines of a stream, wherever its chunks were cut; what follows the last newline is no line yet.
 *
 * @param longest bytes after which a line without end is given up
 * @throws Error where a line is longer
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<string, void> {
  let pieces: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...pieces, chunk.subarray(start, end)]).toString()
      pieces = []
      size = 0
      start = end + 1
    }
    size += chunk.length - start
    if (size > longest) throw new Error(`a line is longer than ${longest} bytes`)
    if (start < chunk.length) pieces.push(chunk.subarray(start))
  }
}
