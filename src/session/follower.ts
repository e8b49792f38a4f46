import type { Change, Store } from '../store/store.ts'
import type { Every } from '../store/timer.ts'

const RETRY = 1000

export interface FollowerDeps {
  /** Looks at one thing in the store, and makes memory agree with it. */
  readonly look: (change: Change) => Promise<void>
  /** Reads everything anew. */
  readonly reload: () => Promise<void>
  readonly every: Every
  /** What it is told of; of anything else nothing follows. Default: everything. */
  readonly kinds?: readonly Change['kind'][]
  /** Told of each failure; it is tried again after a second. */
  readonly onError: (error: unknown) => void
}

/**
 * Keeps memory in step with the store's change feed: one look after the other, each thing once however often it
 * changed meanwhile. While something could not be looked at, what is in memory is not to be trusted.
 */
export class Follower {
  readonly #deps: FollowerDeps
  readonly #todo = new Map<string, Change>()
  readonly #stops: (() => void)[]
  #working: Promise<void> | undefined
  #broken = false
  /** How often everything had to be read anew, and how often that was done. The first time is the start. */
  #wanted = 1
  #read = 0
  #error: unknown

  private constructor(store: Pick<Store, 'subscribe'>, deps: FollowerDeps) {
    this.#deps = deps
    // Subscribed before anything is read, so that nothing falls between.
    this.#stops = [store.subscribe((change) => this.#notify(change)), deps.every(RETRY, () => this.#retry())]
  }

  /** Reads everything once, and follows. Rejects with whatever reading rejects with. */
  static async start(store: Pick<Store, 'subscribe'>, deps: FollowerDeps): Promise<Follower> {
    const follower = new Follower(store, deps)
    follower.#start()
    await follower.#working
    if (follower.#read === 0) {
      follower.close()
      throw follower.#error
    }
    return follower
  }

  get trustworthy(): boolean {
    return !this.#broken && this.#wanted === this.#read && this.#error === undefined
  }

  close(): void {
    for (const stop of this.#stops) stop()
  }

  #notify(change: Parameters<Parameters<Store['subscribe']>[0]>[0]): void {
    if ('key' in change) {
      if (this.#deps.kinds?.includes(change.kind) === false) return
      this.#todo.set(`${change.kind} ${change.key}`, change)
    } else {
      this.#broken = change.kind === 'broken'
      if (!this.#broken) this.#wanted += 1
    }
    this.#start()
  }

  #retry(): void {
    if (this.#error !== undefined) this.#start()
  }

  #start(): void {
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined
      // Told while the last look was ending.
      if (this.#pending() && this.#error === undefined) this.#start()
    })
  }

  #pending(): boolean {
    return this.#wanted !== this.#read || this.#todo.size > 0
  }

  async #work(): Promise<void> {
    try {
      while (this.#pending()) {
        await this.#readAll()
        await this.#lookAtAll()
      }
      this.#error = undefined
    } catch (error) {
      this.#error = error ?? new Error('no reason given')
      this.#deps.onError(error)
    }
  }

  async #readAll(): Promise<void> {
    const wanted = this.#wanted
    if (wanted === this.#read) return
    await this.#deps.reload()
    this.#read = wanted
  }

  async #lookAtAll(): Promise<void> {
    for (const [key, change] of this.#todo) {
      this.#todo.delete(key)
      try {
        await this.#deps.look(change)
      } catch (error) {
        this.#todo.set(key, change)
        throw error
      }
    }
  }
}
