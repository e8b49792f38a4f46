import { addressKey } from './address.ts'
import { FailureCounter, type FailureLimits } from './failures.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

/** From the fifth failure on: 30 s, doubling to 15 min; an hour of quiet and all is forgotten. */
const PER_ACCOUNT: FailureLimits = {
  limit: 5,
  wait: (failures) => Math.min(15 * MINUTE, 30 * SECOND * 2 ** Math.min(failures - 5, 10)),
  forget: 60 * MINUTE,
  from: 'last',
}
/** 50 in ten minutes. */
const PER_ADDRESS: FailureLimits = { limit: 50, wait: () => 10 * MINUTE, forget: 10 * MINUTE, from: 'first' }

/** One attempt to sign in, named as it is counted. */
export interface ThrottledAttempt {
  /** The normalised name, whether there is such an account or not. */
  readonly account: string
  readonly address: string
  /** Id of a device in which this account was signed in before. */
  readonly device: string | undefined
}

export type Admission =
  | {
      readonly kind: 'admitted'
      /** To be called when the password was right; until then the attempt counts as failed. */
      readonly succeeded: () => void
      /** To be called when nothing was tried after all. */
      readonly withdrawn: () => void
    }
  /** `retryAfter` in seconds; `first` once for each wait. */
  | { readonly kind: 'throttled'; readonly retryAfter: number; readonly first: boolean }

/**
 * Makes guessing slow, and nobody else. Strangers' failures count for the account and for their address. A known
 * device counts alone, so that its owner gets in while strangers guess at the account. Who has to wait is refused
 * whatever the password, and an account that is not there waits like one that is (threats G-01, G-03, G-06, G-08).
 */
export class Throttle {
  readonly #accounts: FailureCounter
  readonly #addresses: FailureCounter
  readonly #devices: FailureCounter

  /** @param clock monotonic, in milliseconds */
  constructor(clock: () => number = () => performance.now()) {
    this.#accounts = new FailureCounter(PER_ACCOUNT, clock)
    this.#addresses = new FailureCounter(PER_ADDRESS, clock)
    this.#devices = new FailureCounter(PER_ACCOUNT, clock)
  }

  admit({ account, address, device }: ThrottledAttempt): Admission {
    const place = addressKey(address)
    const counted: readonly (readonly [FailureCounter, string])[] =
      device === undefined
        ? [
            [this.#accounts, account],
            [this.#addresses, place],
          ]
        : [[this.#devices, device]]
    const waits = counted.map(([counter, key]) => counter.wait(key))
    const longest = Math.max(...waits)
    if (longest > 0) {
      const [counter, key] = counted[waits.indexOf(longest)] ?? [this.#accounts, account]
      return { kind: 'throttled', retryAfter: Math.ceil(longest / SECOND), first: counter.firstTold(key) }
    }
    // Counted before it is known to have failed: else a hundred guesses at once would all be let in as the first.
    for (const [counter, key] of counted) counter.add(key)
    return {
      kind: 'admitted',
      succeeded: () => {
        const [own, ...others] = counted
        own?.[0].clear(own[1])
        // Signing in as oneself forgives nothing that was tried on others from there (threat G-08).
        for (const [counter, key] of others) counter.takeBack(key)
      },
      withdrawn: () => counted.forEach(([counter, key]) => counter.takeBack(key)),
    }
  }
}
