import { printable } from '../../config/reader.ts'

/** Where something stands in somebody's configuration. */
export interface Ref {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** What stands there, as far as it is no secret. */
  readonly text: string
}

/** What `init` has to say besides what it writes. */
export class Notes {
  readonly #left = new Map<string, string>()
  readonly #remarks = new Map<string, string>()

  /** Not carried over as it stands: what is written lets through less. */
  left(ref: Ref, why: string): void {
    const line = noteLine(ref, why)
    this.#left.set(line, line)
  }

  /** Carried over; something remains to be known or done. */
  remark(ref: Ref, what: string): void {
    const line = noteLine(ref, what)
    this.#remarks.set(line, line)
  }

  get notCarried(): readonly string[] {
    return [...this.#left.values()]
  }

  get remarks(): readonly string[] {
    return [...this.#remarks.values()]
  }
}

function noteLine({ file, line, text }: Ref, what: string): string {
  const shown = text.length > 100 ? `${text.slice(0, 99)}…` : text
  // an address may hold a password
  return printable(`${file}:${line}: ${shown}: ${what}`.replaceAll(/:\/\/[^\s/@]*@/g, '://…@'))
}
