import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import type { Account } from '../../../src/identity/local/account.ts'
import { Accounts, type AccountResult } from '../../../src/identity/local/accounts.ts'
import { PasswordHasher } from '../../../src/identity/local/password.ts'
import type { SignInAttempt } from '../../../src/identity/local/sign-in.ts'
import { Throttle } from '../../../src/identity/local/throttle.ts'
import { Devices } from '../../../src/session/devices.ts'
import { Seal } from '../../../src/session/seal.ts'
import { MemoryStore } from '../../../src/store/memory.ts'
import type { AuditEntry } from '../../../src/store/store.ts'
import { NOON } from '../../store/samples.ts'

export const PASSWORD = 'correct horse battery staple'

/** Remembers what it was asked to note down. */
export class AuditedStore extends MemoryStore {
  readonly noted: AuditEntry[] = []

  override async audit(entry: AuditEntry): Promise<void> {
    this.noted.push(entry)
    await super.audit(entry)
  }
}

/** Everything local sign-in is made of, in memory, with a clock that stands still. */
export class Desk {
  readonly store = new AuditedStore(() => this.now)
  readonly hasher = new PasswordHasher()
  /** Milliseconds that the monotonic clock has gone on. */
  elapsed = 0
  now = NOON
  readonly accounts = new Accounts(
    this.store,
    this.hasher,
    new Throttle(() => this.elapsed),
    new Devices(Seal.from(randomBytes(32))),
  )
  #asked = 0

  async add(name: string, more: { groups?: string[] } = {}): Promise<Account> {
    return done(await this.accounts.add({ name, password: PASSWORD, ...more }, this.now))
  }

  /** From an address of its own, unless one is named. */
  signIn(name: unknown, password: unknown, more: Partial<SignInAttempt> = {}) {
    this.#asked += 1
    const address = `10.1.${this.#asked >> 8}.${this.#asked & 255}`
    return this.accounts.signIn({ name, password, address, ...more }, this.now)
  }
}

export function done(result: AccountResult): Account {
  return result.kind === 'ok' ? result.account : expect.fail(`not done: ${JSON.stringify(result)}`)
}
