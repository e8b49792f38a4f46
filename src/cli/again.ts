/** Changes come in bursts, and Traefik sleeps two seconds after each list: milliseconds in which they become one. */
const SOON = 250

/** Runs a moment after it was asked for, and never twice at a time. */
export class Again {
  readonly #run: () => Promise<void>
  readonly #failed: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #busy = false
  #wanted = false
  #stopped = false

  constructor(run: () => Promise<void>, failed: (error: unknown) => void) {
    this.#run = run
    this.#failed = failed
  }

  soon(): void {
    this.#wanted = true
    if (this.#timer !== undefined || this.#busy || this.#stopped) return
    this.#timer = setTimeout(() => void this.#go(), SOON)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #go(): Promise<void> {
    this.#timer = undefined
    this.#wanted = false
    this.#busy = true
    await this.#run().catch(this.#failed)
    this.#busy = false
    if (this.#wanted) this.soon()
  }
}
