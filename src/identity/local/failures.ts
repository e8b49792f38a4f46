import { hash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'

/** All times in milliseconds. */
export interface FailureLimits {
  /** So many failures, then a wait. */
  readonly limit: number
  /** How long to wait after that many. */
  readonly wait: (failures: number) => number
  /** After so long nothing is held against anybody any more … */
  readonly forget: number
  /** … counted from the first failure or from the last. */
  readonly from: 'first' | 'last'
}

interface Tally {
  count: number
  since: number
  until: number
  told: boolean
}

/** Keys remembered one by one. */
export const REMEMBERED = 10_000
export const SLOTS = 65_536

/**
 * Counts failures by key in bounded memory. A key that had to wait and is pushed out by others leaves its tally in a
 * slot, which it may share with a few more, chosen by a secret hash: pushing it out never forgives it, and nobody can
 * choose with whom it is thrown together (threat I-25). One below the limit is forgotten: to push it out takes
 * thousands of failures, a hash each, for the few guesses that are won.
 */
export class FailureCounter {
  readonly #limits: FailureLimits
  readonly #clock: () => number
  readonly #secret = randomBytes(16).toString('base64url')
  readonly #slots = new Map<number, Tally>()
  readonly #tallies: LRUCache<string, Tally>

  /** @param clock monotonic, in milliseconds: setting the time of day forgives nobody (threat I-29) */
  constructor(limits: FailureLimits, clock: () => number) {
    this.#limits = limits
    this.#clock = clock
    this.#tallies = new LRUCache<string, Tally>({
      max: REMEMBERED,
      dispose: (tally, key, reason) => {
        if (reason === 'evict' && tally.count >= limits.limit) this.#spill(tally, key)
      },
    })
  }

  /** Tallies held; never more than REMEMBERED and one a slot. */
  get size(): number {
    return this.#tallies.size + this.#slots.size
  }

  /** How long the key still has to wait; 0: not at all. */
  wait(key: string): number {
    const tally = this.#find(key)
    return tally === undefined ? 0 : Math.max(0, tally.until - this.#clock())
  }

  /** True once for each wait: for whoever notes it down. */
  firstTold(key: string): boolean {
    const tally = this.#find(key)
    if (tally === undefined || tally.told) return false
    tally.told = true
    return true
  }

  /** One failure more. */
  add(key: string): void {
    const { limit, wait, from } = this.#limits
    const now = this.#clock()
    const tally = this.#find(key) ?? { count: 0, since: now, until: 0, told: false }
    tally.count += 1
    if (from === 'last') tally.since = now
    if (tally.count >= limit) Object.assign(tally, { until: now + wait(tally.count), told: false })
    this.#tallies.set(key, tally)
  }

  /** It was no failure after all. Whoever was let in was not waiting, so nobody waits for it now. */
  takeBack(key: string): void {
    const tally = this.#find(key)
    if (tally === undefined) return
    tally.count = Math.max(0, tally.count - 1)
    tally.until = 0
  }

  /** Holds nothing against this key any more; stays remembered, lest its slot speak for it. */
  clear(key: string): void {
    this.#tallies.set(key, { count: 0, since: this.#clock(), until: 0, told: false })
  }

  #find(key: string): Tally | undefined {
    const own = this.#tallies.get(key)
    if (own !== undefined) return this.#fresh(own) ? own : undefined
    const slot = this.#slots.get(this.#slot(key))
    return slot !== undefined && this.#fresh(slot) ? { ...slot } : undefined
  }

  #fresh({ since, until }: Tally): boolean {
    const now = this.#clock()
    return until > now || now - since < this.#limits.forget
  }

  #spill(tally: Tally, key: string): void {
    const slot = this.#slot(key)
    const other = this.#slots.get(slot)
    const worse = other !== undefined && this.#fresh(other) ? other : tally
    this.#slots.set(slot, {
      count: Math.max(tally.count, worse.count),
      since: Math.max(tally.since, worse.since),
      until: Math.max(tally.until, worse.until),
      told: tally.told,
    })
  }

  #slot(key: string): number {
    return hash('sha256', this.#secret + key, 'buffer').readUInt32LE(0) % SLOTS
  }
}
