import type { Table } from './table.ts'

/** The one reference that moves. A request takes the table once and reads it from start to end. */
export class LiveTable {
  readonly #maxAge: number
  #table: Table | undefined
  #syncedAt = -Infinity

  /** @param maxAge milliseconds after which a table that nobody could confirm is no longer used; 0: never */
  constructor(maxAge: number) {
    this.#maxAge = maxAge
  }

  replace(table: Table, now: number): void {
    this.#table = table
    this.#syncedAt = now
  }

  /** The daemon was asked, and nothing has changed. */
  confirm(now: number): void {
    if (this.#table !== undefined) this.#syncedAt = now
  }

  /**
   * Undefined before the first complete list, and when the last one is too old to be trusted.
   * @param clock read only where a table can be too old: reading it costs a request as much as finding its app
   */
  current(clock: () => number): Table | undefined {
    return this.#maxAge > 0 && clock() - this.#syncedAt > this.#maxAge ? undefined : this.#table
  }

  /** Milliseconds since the daemon last confirmed it; Infinity before the first time. */
  age(now: number): number {
    return now - this.#syncedAt
  }
}
