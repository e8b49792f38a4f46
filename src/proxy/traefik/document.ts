/**
 * A file for Traefik as the parts it is written in. Those that did not change are the same objects as in the one
 * before, so that neither making bytes nor comparing them costs anything for them.
 */
export class Document {
  /** None is empty. */
  readonly parts: readonly Buffer[]
  readonly byteLength: number
  #text: string | undefined

  constructor(parts: readonly (string | Buffer)[]) {
    const bytes = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))
    this.parts = bytes.filter(({ length }) => length > 0)
    this.byteLength = this.parts.reduce((sum, { length }) => sum + length, 0)
  }

  /** Made when it is first asked for. */
  get text(): string {
    return (this.#text ??= Buffer.concat(this.parts).toString())
  }

  /** False also where the same bytes are cut in other parts. */
  sameAs({ parts }: Document): boolean {
    return parts.length === this.parts.length && parts.every((part, i) => same(part, this.parts[i]))
  }

  /** Whether these are its bytes, to the last one. */
  isIn(bytes: Buffer): boolean {
    let at = 0
    return (
      bytes.length === this.byteLength &&
      this.parts.every((part) => bytes.subarray(at, (at += part.length)).equals(part))
    )
  }
}

function same(one: Buffer, other: Buffer | undefined): boolean {
  return one === other || (other !== undefined && one.equals(other))
}
