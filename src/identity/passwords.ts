import { Gate } from './local/gate.ts'
import {
  signIn,
  type OtherPasswords,
  type Proof,
  type SignIn,
  type SignInAttempt,
  type SignInParts,
} from './local/sign-in.ts'
import type { Refusal, Vouched } from './provider.ts'

/** A directory that knows people's passwords. */
export interface PasswordProvider {
  readonly name: string
  /**
   * Rejects never.
   * @param user as normaliseUserName() gives it
   * @param now epoch milliseconds
   */
  signIn(user: string, password: string, now: number): Promise<Vouched | Refusal>
}

/**
 * One form for all passwords: a local account's where one has that name, whatever its state, else those of the providers
 * in their order. Throttled, bounded and noted down alike.
 */
export class Passwords {
  readonly #parts: Omit<SignInParts, 'others'>
  readonly #providers: () => readonly PasswordProvider[]
  // A directory that hangs holds these places, and nobody with a local account up.
  readonly #gate = new Gate({ running: 8, waiting: 32, waitingFirst: 8 })

  /** @param providers as they are now: the operator's file may change */
  constructor(parts: Omit<SignInParts, 'others'>, providers: () => readonly PasswordProvider[]) {
    this.#parts = parts
    this.#providers = providers
  }

  /** By user name; an e-mail address is none, unless a directory takes it for one. */
  signIn(attempt: SignInAttempt, now: number): Promise<SignIn> {
    const providers = this.#providers()
    if (providers.length === 0) return signIn(attempt, this.#parts, now)
    return signIn(attempt, { ...this.#parts, others: this.#others(providers) }, now)
  }

  /** Is there anybody who could sign in by a password? */
  async any(): Promise<boolean> {
    return this.#providers().length > 0 || (await this.#parts.store.accounts()).length > 0
  }

  #others(providers: readonly PasswordProvider[]): OtherPasswords {
    return {
      name: providers.map(({ name }) => name).join(),
      prove: async ({ user, password, first }, now) =>
        (await this.#gate.run(() => ask(providers, { user, password }, now), first)) ?? { kind: 'busy' },
    }
  }
}

/** One after the other, until one vouches. That one is out of reach keeps nobody from the others. */
async function ask(
  providers: readonly PasswordProvider[],
  { user, password }: { user: string; password: string },
  now: number,
): Promise<Proof> {
  let [refused, unavailable] = [false, false]
  for (const provider of providers) {
    const word = await provider.signIn(user, password, now)
    if (word.kind === 'ok') return word
    if (word.kind === 'not-admitted') return { kind: 'not-admitted', provider: provider.name }
    if (word.kind === 'refused') refused = true
    else unavailable = true
  }
  return unavailable ? { kind: 'unavailable', guessed: refused } : { kind: 'refused' }
}
