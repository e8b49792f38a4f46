/** How many may run at once, and how many may wait: beyond that the answer is no, at once. */
export interface GateLimits {
  readonly running: number
  readonly waiting: number
  /** Further places for those who go first, so that a crowd cannot shut them out. */
  readonly waitingFirst: number
}

/** Bounds how much costly work is under way (threat G-14). */
export class Gate {
  readonly #limits: GateLimits
  readonly #first: (() => void)[] = []
  readonly #queue: (() => void)[] = []
  #running = 0

  constructor(limits: GateLimits) {
    this.#limits = limits
  }

  /**
   * @param first goes before all others, and waits in places of its own
   * @returns undefined where too many wait already
   */
  async run<T>(task: () => Promise<T>, first = false): Promise<T | undefined> {
    if (this.#running >= this.#limits.running) {
      const [line, places] = first ? [this.#first, this.#limits.waitingFirst] : [this.#queue, this.#limits.waiting]
      if (line.length >= places) return undefined
      // The one that leaves hands its place over, so nobody who comes in between can take it.
      await new Promise<void>((resolve) => line.push(resolve))
    } else this.#running += 1
    try {
      return await task()
    } finally {
      const next = this.#first.shift() ?? this.#queue.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }
}
