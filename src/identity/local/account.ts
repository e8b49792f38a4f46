import type { Authentication, Identity } from '../identity.ts'

/** The issuer of every local account. */
export const LOCAL = 'local'

/** A local account as it rests. Times are epoch milliseconds. */
export interface Account {
  /** Random, never reused; the identity's subject. */
  readonly id: string
  /** Normalised user name (NFKC, lower case); unique. */
  readonly name: string
  readonly displayName: string
  readonly email: string
  readonly groups: readonly string[]
  /** PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
  readonly passwordHash: string
  /** When the password was set: whoever signed in with an earlier one is not signed in any more. */
  readonly passwordAt: number
  readonly disabled: boolean
  readonly createdAt: number
}

/** What local sign-in needs of the store; `store/store.ts` says what each promises. */
export interface AccountStore {
  account(name: string): Promise<Account | undefined>
  accounts(): Promise<Account[]>
  putAccount(account: Account): Promise<void>
  changeAccount(name: string, change: (account: Account) => Account): Promise<Account | undefined>
  removeAccount(name: string): Promise<boolean>
  removeSessionsOf(issuer: string, subject: string): Promise<number>
  once(key: string, expiresAt: number): Promise<boolean>
  audit(entry: {
    at: number
    event: string
    user?: string
    address?: string
    detail: Readonly<Record<string, unknown>>
  }): Promise<void>
}

/** Marks of browsers in which somebody has signed in before. */
export interface DeviceMarks {
  /** The mark to keep in the browser after a good sign-in; `device` is its id where it has one already. */
  issue(account: string, device: string | undefined, now: number): Promise<string>
  /** Id of the device, where the mark is a good one for this account; accounts are told by their id. */
  read(mark: string, account: string, now: number): Promise<string | undefined>
}

export function identityOf(account: Account): Identity {
  return {
    issuer: LOCAL,
    subject: account.id,
    user: account.name,
    email: account.email,
    name: account.displayName,
    groups: account.groups,
    claims: Object.create(null) as Record<string, unknown>,
  }
}

/** Does a sign-in of that time still hold: neither disabled nor given another password since? */
export function stillHolds(account: Account, authentication: Authentication): boolean {
  return !account.disabled && authentication.at >= account.passwordAt
}
