const MAX_KNOWN = 20_000

/**
 * Ids of the cookies that were good of late: hashing one takes as long as everything else a request is judged by. Whether
 * the session still holds is not known here.
 */
export class KnownCookies {
  readonly #ids = new Map<string, string>()

  idOf(cookieValue: string): string | undefined {
    return this.#ids.get(cookieValue)
  }

  remember(cookieValue: string, id: string): void {
    if (this.#ids.size >= MAX_KNOWN) this.#ids.clear()
    // a copy: the value is a part of its header, which would be kept whole
    this.#ids.set(Buffer.from(cookieValue).toString(), id)
  }
}
