/** A value that may be replaced while the process runs. Read it where it matters; keep no copy. */
export interface Current<T> {
  current(): T
  /** Calls it with each value that comes after now, until the function it gives is called. */
  subscribe(changed: (value: T) => void): () => void
}

/** The one reference that moves, and who wants to know of it. */
export class Held<T> implements Current<T> {
  #value: T
  readonly #subscribers = new Set<(value: T) => void>()

  constructor(value: T) {
    this.#value = value
  }

  current(): T {
    return this.#value
  }

  subscribe(changed: (value: T) => void): () => void {
    // two subscriptions of one function are two
    const own = (value: T) => changed(value)
    this.#subscribers.add(own)
    return () => void this.#subscribers.delete(own)
  }

  replace(value: T): void {
    this.#value = value
    for (const changed of this.#subscribers) changed(value)
  }
}
