const [SHORTEST, LONGEST] = [200, 15_000]

/** How long to wait after each failure in a row: 0.2 s, twice as long each time, at most 15 s. */
export class Backoff {
  readonly #random: () => number
  #failures = 0

  /** @param random in [0, 1): takes up to half of each wait away, so that many watchers do not come back at once */
  constructor(random: () => number) {
    this.#random = random
  }

  /** Milliseconds. */
  next(): number {
    const longest = Math.min(LONGEST, SHORTEST * 2 ** this.#failures)
    this.#failures += 1
    return longest * (1 - this.#random() / 2)
  }

  reset(): void {
    this.#failures = 0
  }
}
