import type { JWK } from 'jose'
import type { SigningKey, SigningKeyStore } from '../store/signing-keys.ts'
import { every, type Every } from '../store/timer.ts'

const DAY = 86_400_000
/** A key signs for so long. */
const PERIOD = 30 * DAY
/** It is published so long before and after, for those who keep what was published (RFC 7517 says nothing of it). */
const MARGIN = DAY
const LOOK_EVERY = 3_600_000

export interface SigningOptions {
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Turns the hand for rotation. Default: the clock on the wall. */
  readonly every?: Every
  /** Told when keys could not be read or made; those of before stay in use. */
  readonly onError: (error: unknown) => void
}

/** The keys we sign with: one at a time, the next published a day before its time, the last for a day after. */
export class Signing {
  readonly #store: SigningKeyStore
  readonly #stop: () => void
  #keys: readonly SigningKey[] = []

  private constructor(store: SigningKeyStore, { now, onError, ...options }: SigningOptions) {
    this.#store = store
    this.#stop = (options.every ?? every)(LOOK_EVERY, () => void this.rotate(now()).catch(onError))
  }

  /** Makes the first key where there is none. Rejects where keys cannot be read or written. */
  static async open(store: SigningKeyStore, options: SigningOptions): Promise<Signing> {
    const signing = new Signing(store, options)
    try {
      await signing.rotate(options.now())
      return signing
    } catch (error) {
      signing.close()
      throw error
    }
  }

  /** What signs at that moment. */
  key(now: number): SigningKey {
    // a clock that was set back finds its first key
    const key = this.#keys.findLast(({ from }) => from <= now) ?? this.#keys[0]
    if (key === undefined) throw new Error('there is no key to sign with')
    return key
  }

  /** A JWK Set (RFC 7517) of all that may verify now. */
  get published(): { readonly keys: readonly JWK[] } {
    return { keys: this.#keys.map(({ publicJwk }) => publicJwk) }
  }

  close(): void {
    this.#stop()
  }

  /** Reads what other processes made, makes what is missing, and forgets what is over. */
  async rotate(now: number): Promise<void> {
    let keys = await this.#load()
    const last = keys.at(-1)
    if (last === undefined || last.from + PERIOD - MARGIN <= now) {
      await this.#store.make(last === undefined ? now : Math.max(last.from + PERIOD, now + MARGIN))
      keys = await this.#load()
    }
    const over = keys.filter((_, i) => (keys[i + 1]?.from ?? Infinity) + MARGIN <= now)
    for (const { kid } of over) await this.#store.remove(kid)
    this.#keys = keys.filter((key) => !over.includes(key))
  }

  async #load(): Promise<SigningKey[]> {
    return (await this.#store.load()).toSorted((a, b) => a.from - b.from || (a.kid < b.kid ? -1 : 1))
  }
}
