import type { Container, ContainerState } from './container.ts'
import type { Event } from './events.ts'
import type { Known } from './known.ts'

/** Milliseconds in which an event is believed over a list: moby's comes round to the end of a container within two seconds. */
const HOLDS = 3000
const ALIVE: ReadonlySet<ContainerState> = new Set(['running', 'paused', 'restarting'])

interface Newcomer {
  readonly container: Container
  readonly at: number
}

/**
 * What events say themselves, where to believe them at once can only shut something: that a container has ended, and
 * which labels a new one has. A look at it takes as long as the daemon likes; meanwhile another container may run at the
 * address of the one that ended, and be judged by what that one's labels said.
 */
export class Hearsay {
  readonly #known: Known
  readonly #now: () => number
  readonly #ended = new Map<string, number>()
  readonly #newcomers = new Map<string, Newcomer>()
  #news = new Set<string>()
  #wake: () => void = () => undefined

  /** @param known in which what is heard is put in place of what was seen; @param now epoch milliseconds */
  constructor(known: Known, now: () => number) {
    this.#known = known
    this.#now = now
  }

  hear({ action, container, created }: Event): void {
    if (action === 'destroy') this.#end(container, [])
    else if (action === 'die') this.#end(container, this.#known.of(container))
    else if (action === 'start') this.#ended.delete(container)
    else if (created !== undefined) this.#begin(created)
  }

  /** Resolves when there is news that no look has brought yet. */
  async news(): Promise<void> {
    if (this.#news.size === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
  }

  /** Ids of which there is news, once. */
  take(): ReadonlySet<string> {
    const news = this.#news
    this.#news = new Set()
    return news
  }

  /** What a look at these ids, or at all, brought, but for what events know better. */
  correct(ids: ReadonlySet<string> | undefined, seen: readonly Container[]): readonly Container[] {
    this.#forget()
    for (const { id } of seen) this.#newcomers.delete(id)
    const unseen = [...this.#newcomers.values()].filter(({ container: { id } }) => ids === undefined || ids.has(id))
    const corrected = seen.map((container) => (this.#ended.has(container.id) ? ended(container) : container))
    return [...corrected, ...unseen.map(({ container }) => container)]
  }

  #end(id: string, left: readonly Container[]): void {
    this.#ended.set(id, this.#now())
    this.#newcomers.delete(id)
    this.#tell(id, left.map(ended))
  }

  #begin(container: Container): void {
    if (this.#known.containers.has(container.id)) return
    this.#newcomers.set(container.id, { container, at: this.#now() })
    this.#tell(container.id, [container])
  }

  #tell(id: string, now: readonly Container[]): void {
    if (this.#known.replace([id], now).size === 0) return
    this.#news.add(id)
    this.#wake()
  }

  #forget(): void {
    const before = this.#now() - HOLDS
    for (const [id, at] of this.#ended) if (at < before) this.#ended.delete(id)
    for (const [id, { at }] of this.#newcomers) if (at < before) this.#newcomers.delete(id)
  }
}

function ended(container: Container): Container {
  return ALIVE.has(container.state) ? { ...container, state: 'exited' } : container
}
