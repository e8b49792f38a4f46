import type { Authentication, Identity } from '../identity.ts'
import { identityOf, LOCAL, stillHolds, type Account, type AccountStore, type DeviceMarks } from './account.ts'
import { normaliseUserName } from './names.ts'
import type { PasswordHasher } from './password.ts'
import type { Admission, Throttle } from './throttle.ts'

export interface SignInAttempt {
  /** As the form gave it, whatever its type. */
  readonly name: unknown
  readonly password: unknown
  /** The client's; empty where it is not known, and then counted with all such. */
  readonly address: string
  /** The mark an earlier sign-in left in this browser. */
  readonly device?: string | undefined
}

export type SignIn =
  | {
      readonly kind: 'ok'
      readonly identity: Identity
      readonly authentication: Authentication
      readonly account: Account
      /** The mark to leave in this browser. */
      readonly device: string
    }
  /** Whatever was wrong: name, password, or the account is disabled. */
  | { readonly kind: 'refused' }
  /** `retryAfter` in seconds. */
  | { readonly kind: 'throttled' | 'busy'; readonly retryAfter: number }

export interface SignInParts {
  readonly store: AccountStore
  readonly hasher: PasswordHasher
  readonly throttle: Throttle
  readonly devices: DeviceMarks
}

const BUSY_SECONDS = 2

/**
 * One attempt. Every path to `refused` costs one look at the store and one hash, so that neither words nor time tell
 * whether there is such an account (threats G-01, G-02, G-16).
 */
export async function signIn(attempt: SignInAttempt, parts: SignInParts, now: number): Promise<SignIn> {
  const { store, hasher, throttle, devices } = parts
  const { address } = attempt
  const name = normaliseUserName(attempt.name)
  const account = await store.account(name ?? '')
  const device = attempt.device === undefined ? undefined : await devices.read(attempt.device, account?.id ?? '', now)
  const admission = throttle.admit({ account: name ?? misspelt(attempt.name), address, device })
  if (admission.kind === 'throttled') return throttled(admission, { account, address }, parts, now)

  const verdict = await hasher.verify(attempt.password, account?.passwordHash, device !== undefined)
  if (verdict === 'busy') {
    admission.withdrawn()
    return { kind: 'busy', retryAfter: BUSY_SECONDS }
  }
  const authentication: Authentication = { provider: LOCAL, at: now, amr: ['pwd'] }
  const current = verdict === 'right' && account !== undefined ? await unchanged(account, store) : undefined
  if (current === undefined || !stillHolds(current, authentication)) {
    await audit('sign-in-refused', { account, address }, parts, now)
    return { kind: 'refused' }
  }
  admission.succeeded()
  await audit('sign-in', { account: current, address }, parts, now)
  return {
    kind: 'ok',
    identity: identityOf(current),
    authentication,
    account: current,
    device: await devices.issue(current.id, device, now),
  }
}

/** The account as it is after hashing: it may have been disabled, or given another password, meanwhile. */
async function unchanged(account: Account, store: AccountStore): Promise<Account | undefined> {
  const current = await store.account(account.name)
  return current?.id === account.id && current.passwordHash === account.passwordHash ? current : undefined
}

/** What is no user name is counted too, under a name that none can have. */
function misspelt(name: unknown): string {
  return `?${typeof name === 'string' ? name.slice(0, 64) : ''}`
}

interface Whom {
  readonly account: Account | undefined
  readonly address: string
}

async function throttled(
  { retryAfter, first }: Admission & { kind: 'throttled' },
  whom: Whom,
  parts: SignInParts,
  now: number,
): Promise<SignIn> {
  // One line a wait: whoever goes on regardless does not fill the disk.
  if (first) await audit('sign-in-throttled', whom, parts, now)
  return { kind: 'throttled', retryAfter }
}

/** A name without an account is not noted down: people type passwords into the wrong field. */
async function audit(event: string, { account, address }: Whom, { store }: SignInParts, at: number): Promise<void> {
  const user = account === undefined ? {} : { user: account.name }
  await store.audit({ at, event, address, ...user, detail: { provider: LOCAL } })
}
