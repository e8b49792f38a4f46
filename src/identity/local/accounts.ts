import { randomUUID } from 'node:crypto'
import { LOCAL, type Account, type AccountStore, type DeviceMarks } from './account.ts'
import { invalid, readFields, readGroups, type Invalid, type NewAccount } from './fields.ts'
import { normaliseUserName } from './names.ts'
import { passwordProblem, type PasswordHasher } from './password.ts'
import { signIn, type SignIn, type SignInAttempt } from './sign-in.ts'
import type { Throttle } from './throttle.ts'

/** What became of a change. */
export type AccountResult =
  | { readonly kind: 'ok'; readonly account: Account }
  | Invalid
  | { readonly kind: 'taken' }
  | { readonly kind: 'unknown' }
  /** Too many passwords are being hashed. */
  | { readonly kind: 'busy' }

/** Local accounts. Each change is audited; one that takes rights away also ends the person's sessions. */
export class Accounts {
  readonly #store: AccountStore
  readonly #hasher: PasswordHasher
  readonly #throttle: Throttle
  readonly #devices: DeviceMarks
  #any = false

  constructor(store: AccountStore, hasher: PasswordHasher, throttle: Throttle, devices: DeviceMarks) {
    this.#store = store
    this.#hasher = hasher
    this.#throttle = throttle
    this.#devices = devices
  }

  /** By user name; an e-mail address is none. */
  signIn(attempt: SignInAttempt, now: number): Promise<SignIn> {
    const parts = { store: this.#store, hasher: this.#hasher, throttle: this.#throttle, devices: this.#devices }
    return signIn(attempt, parts, now)
  }

  list(): Promise<Account[]> {
    return this.#store.accounts()
  }

  /** Is there any account? Once there was one, it stays yes for as long as the process runs. */
  async any(): Promise<boolean> {
    this.#any ||= (await this.#store.accounts()).length > 0
    return this.#any
  }

  async add(wanted: NewAccount, now: number): Promise<AccountResult> {
    const fields = readFields(wanted)
    if ('kind' in fields) return fields
    if ((await this.#store.account(fields.name)) !== undefined) return { kind: 'taken' }
    const { password, ...rest } = fields
    const passwordHash = await this.#hasher.hash(password)
    if (passwordHash === undefined) return { kind: 'busy' }
    const account = { id: randomUUID(), ...rest, passwordHash, passwordAt: now, disabled: false, createdAt: now }
    try {
      await this.#store.putAccount(account)
    } catch (error) {
      if (isNameTaken(error)) return { kind: 'taken' }
      throw error
    }
    await this.#audit('added', account.name, now, { groups: account.groups })
    return { kind: 'ok', account }
  }

  async passwd(name: unknown, password: unknown, now: number): Promise<AccountResult> {
    const reason = passwordProblem(password)
    if (reason !== undefined) return invalid('password', reason)
    const passwordHash = await this.#hasher.hash(String(password))
    if (passwordHash === undefined) return { kind: 'busy' }
    return this.#change(name, { passwordHash, passwordAt: now }, { action: 'password', ends: true, now })
  }

  /** In place of those it had. */
  async setGroups(name: unknown, groups: readonly unknown[], now: number): Promise<AccountResult> {
    const read = readGroups(groups)
    if ('kind' in read) return read
    return this.#change(name, { groups: read }, { action: 'groups', ends: false, now })
  }

  disable(name: unknown, now: number): Promise<AccountResult> {
    return this.#change(name, { disabled: true }, { action: 'disabled', ends: true, now })
  }

  /** Nothing that was open before comes back with it. */
  enable(name: unknown, now: number): Promise<AccountResult> {
    return this.#change(name, { disabled: false }, { action: 'enabled', ends: true, now })
  }

  async remove(name: unknown, now: number): Promise<AccountResult> {
    const account = await this.#store.account(normaliseUserName(name) ?? '')
    if (account === undefined || !(await this.#store.removeAccount(account.name))) return { kind: 'unknown' }
    await this.#audit('removed', account.name, now, { groups: account.groups })
    return { kind: 'ok', account }
  }

  async #change(
    name: unknown,
    change: Partial<Account>,
    { action, ends, now }: { action: string; ends: boolean; now: number },
  ): Promise<AccountResult> {
    let before: Account | undefined
    const account = await this.#store.changeAccount(normaliseUserName(name) ?? '', (found) => {
      before = found
      return { ...found, ...change }
    })
    if (account === undefined) return { kind: 'unknown' }
    // After the change: a session that begins in between is refused for it (session/sessions.ts).
    const ended = ends ? await this.#store.removeSessionsOf(LOCAL, account.id) : 0
    const detail = action === 'groups' ? { old: before?.groups, new: account.groups } : { ended }
    await this.#audit(action, account.name, now, detail)
    return { kind: 'ok', account }
  }

  #audit(action: string, user: string, at: number, detail: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#store.audit({ at, event: 'account-changed', user, detail: { action, ...detail } })
  }
}

/** The store's own word for it (store/error.ts), which this folder does not import. */
function isNameTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'name-taken'
}
