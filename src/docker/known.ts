import { isDeepStrictEqual } from 'node:util'
import type { Container, Containers } from './container.ts'

/** The containers as they were last seen. One that has not changed stays the same object. */
export class Known {
  readonly #containers = new Map<string, Container>()

  /** A live view: it changes with the next `replace`. Copied for each event, 10,000 containers would cost more than all else. */
  get containers(): Containers {
    return this.#containers
  }

  /** The one of this id, if there is one. */
  of(id: string): readonly Container[] {
    const container = this.#containers.get(id)
    return container === undefined ? [] : [container]
  }

  /**
   * Puts what was seen in place of what was known, of these ids or of all, and says which containers differ now.
   * One that was looked for and not seen is gone.
   */
  replace(ids: Iterable<string> | undefined, seen: readonly Container[]): ReadonlySet<string> {
    const changed = new Set<string>()
    const gone = new Set(ids ?? this.#containers.keys())
    for (const container of seen) {
      gone.delete(container.id)
      const before = this.#containers.get(container.id)
      if (before !== undefined && isDeepStrictEqual(before, container)) continue
      this.#containers.set(container.id, container)
      changed.add(container.id)
    }
    for (const id of gone) if (this.#containers.delete(id)) changed.add(id)
    return changed
  }
}
