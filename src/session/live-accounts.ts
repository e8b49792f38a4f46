import type { Identity } from '../identity/identity.ts'
import { identityOf, type Account } from '../identity/local/account.ts'
import type { Store } from '../store/store.ts'

export interface LiveAccount {
  readonly account: Account
  /** The same object until the account changes. */
  readonly identity: Identity
}

/** The local accounts as they are now, by id, in step with the store: for what proves itself anew in each request. */
export class LiveAccounts {
  readonly #store: Pick<Store, 'account' | 'accounts'>
  #accounts = new Map<string, LiveAccount>()

  constructor(store: Pick<Store, 'account' | 'accounts'>) {
    this.#store = store
  }

  /** Undefined where there is none, or it is disabled. */
  open(id: string): LiveAccount | undefined {
    const found = this.#accounts.get(id)
    return found === undefined || found.account.disabled ? undefined : found
  }

  async load(): Promise<void> {
    const accounts = await this.#store.accounts()
    this.#accounts = new Map(accounts.map((account) => [account.id, { account, identity: identityOf(account) }]))
  }

  async look(name: string): Promise<void> {
    const account = await this.#store.account(name)
    // who had the name before has it no more, whoever has it now
    for (const [id, known] of this.#accounts) if (known.account.name === name) this.#accounts.delete(id)
    if (account !== undefined) this.#accounts.set(account.id, { account, identity: identityOf(account) })
  }
}
