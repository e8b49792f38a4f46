/** Written at once, so that nobody waits for a crowd. */
const MOST = 32

/**
 * The answers of one turn of the event loop, written together at its end. A write wakes the proxy where it sleeps,
 * which costs more than judging did; of writes in a row only the first does. A lone answer waits for nobody.
 */
export class Outbox<Answer> {
  readonly #write: (answer: Answer) => void
  #waiting: Answer[] = []
  #due = false

  /** @param write must not throw */
  constructor(write: (answer: Answer) => void) {
    this.#write = write
  }

  put(answer: Answer): void {
    if (this.#waiting.push(answer) >= MOST) return this.flush()
    if (this.#due) return
    this.#due = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    this.#due = false
    this.flush()
  }

  /** Writes what waits: its connection may not last until the turn ends. */
  flush(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const answer of waiting) this.#write(answer)
  }
}
