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
      /** Of a local account. */
      readonly account?: Account
      /** Of a provider whose word is asked for again (identity/provider.ts). */
      readonly grant?: string
      /** The mark to leave in this browser. */
      readonly device: string
    }
  /** Whatever was wrong: name, password, or the account is disabled. */
  | { readonly kind: 'refused' }
  /** The password is right, but its provider's `admit` does not name this person. */
  | { readonly kind: 'not-admitted' }
  /** A provider that might know the name cannot be asked, and no other vouches. */
  | { readonly kind: 'unavailable' }
  /** `retryAfter` in seconds. */
  | { readonly kind: 'throttled' | 'busy'; readonly retryAfter: number }

/** What came of showing a password to whoever knows it. */
export type Proof =
  | {
      readonly kind: 'ok'
      readonly identity: Identity
      readonly authentication: Authentication
      readonly account?: Account
      readonly grant?: string
    }
  | { readonly kind: 'refused' | 'busy' }
  | { readonly kind: 'not-admitted'; readonly provider: string }
  /** `guessed`: somebody was asked, and said no. */
  | { readonly kind: 'unavailable'; readonly guessed: boolean }

/** Whoever knows passwords of names that no local account has. */
export interface OtherPasswords {
  /** For the audit line. */
  readonly name: string
  /** @param question `first`: the attempt comes from a device that is known */
  prove(
    question: { readonly user: string; readonly password: string; readonly first: boolean },
    now: number,
  ): Promise<Proof>
}

export interface SignInParts {
  readonly store: AccountStore
  readonly hasher: PasswordHasher
  readonly throttle: Throttle
  readonly devices: DeviceMarks
  /** Undefined: there are local accounts alone. */
  readonly others?: OtherPasswords
}

const BUSY_SECONDS = 2

/** Who tries, as far as is known before the password is looked at. */
interface Claimant {
  /** Normalised; undefined: it cannot be a user name. */
  readonly name: string | undefined
  readonly account: Account | undefined
  readonly address: string
  readonly provider: string
}

/**
 * One attempt. Every path to `refused` costs one look at the store and one hash, so that neither words nor time tell
 * whether there is such an account (threats G-01, G-02, G-16).
 */
export async function signIn(attempt: SignInAttempt, parts: SignInParts, now: number): Promise<SignIn> {
  const { store, throttle, devices } = parts
  const { address } = attempt
  const name = normaliseUserName(attempt.name)
  const account = await store.account(name ?? '')
  const elsewhere = account === undefined && name !== undefined ? parts.others : undefined
  const who: Claimant = { name, account, address, provider: elsewhere?.name ?? LOCAL }
  // A directory's people have no account whose id could be taken; `:` is in no such id.
  const owner = account?.id ?? `name:${name}`
  const device = attempt.device === undefined ? undefined : await devices.read(attempt.device, owner, now)
  const admission = throttle.admit({ account: name ?? misspelt(attempt.name), address, device })
  if (admission.kind === 'throttled') return throttled(admission, who, parts, now)

  const proof = await prove(attempt, { who, first: device !== undefined }, parts, now)
  if (proof.kind !== 'ok') return refusal(proof, { who, admission }, parts, now)
  admission.succeeded()
  await audit('sign-in', { ...who, provider: proof.authentication.provider, user: proof.identity.user }, parts, now)
  return { ...proof, device: await devices.issue(owner, device, now) }
}

/**
 * While another is asked the hash goes on here: as long as it answers sooner, time tells neither which names are local
 * nor which ones it knows. Where it takes longer, time tells that the name is not a local one.
 */
async function prove(
  { password }: SignInAttempt,
  { who, first }: { readonly who: Claimant; readonly first: boolean },
  parts: SignInParts,
  now: number,
): Promise<Proof> {
  const { name, account } = who
  const hashed = parts.hasher.verify(password, account?.passwordHash, first)
  if (account === undefined && name !== undefined && parts.others !== undefined) {
    const question = { user: name, password: typeof password === 'string' ? password : '', first }
    const [proof] = await Promise.all([parts.others.prove(question, now), hashed])
    // Found by another name than it has, as by an address: a local account's name is nobody else's all the same.
    const taken = proof.kind === 'ok' && (await parts.store.account(proof.identity.user)) !== undefined
    return taken ? { kind: 'refused' } : proof
  }
  const verdict = await hashed
  if (verdict === 'busy') return { kind: 'busy' }
  const authentication: Authentication = { provider: LOCAL, at: now, amr: ['pwd'] }
  const current = verdict === 'right' && account !== undefined ? await unchanged(account, parts.store) : undefined
  if (current === undefined || !stillHolds(current, authentication)) return { kind: 'refused' }
  return { kind: 'ok', identity: identityOf(current), authentication, account: current }
}

/** It stays counted as a failure where a guess was answered. */
async function refusal(
  proof: Exclude<Proof, { kind: 'ok' }>,
  { who, admission }: { readonly who: Claimant; readonly admission: Admission & { kind: 'admitted' } },
  parts: SignInParts,
  now: number,
): Promise<SignIn> {
  switch (proof.kind) {
    case 'busy':
      admission.withdrawn()
      return { kind: 'busy', retryAfter: BUSY_SECONDS }
    case 'refused':
      await audit('sign-in-refused', who, parts, now)
      return { kind: 'refused' }
    case 'not-admitted':
      // The password was right: there is such a name, so it can be noted down.
      admission.withdrawn()
      await audit('sign-in-refused', { ...who, provider: proof.provider, user: who.name, why: proof.kind }, parts, now)
      return { kind: 'not-admitted' }
    case 'unavailable':
      if (!proof.guessed) admission.withdrawn()
      await audit('sign-in-refused', { ...who, why: proof.kind }, parts, now)
      return { kind: 'unavailable' }
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

async function throttled(
  { retryAfter, first }: Admission & { kind: 'throttled' },
  who: Claimant,
  parts: SignInParts,
  now: number,
): Promise<SignIn> {
  // One line a wait: whoever goes on regardless does not fill the disk.
  if (first) await audit('sign-in-throttled', who, parts, now)
  return { kind: 'throttled', retryAfter }
}

interface Noted extends Claimant {
  readonly user?: string | undefined
  readonly why?: string
}

/** A name that nobody has, as far as we know, is not noted down: people type passwords into the wrong field. */
async function audit(event: string, noted: Noted, { store }: SignInParts, at: number): Promise<void> {
  const { address, provider, user = noted.account?.name, why } = noted
  await store.audit({ at, event, address, ...(user && { user }), detail: { provider, ...(why && { why }) } })
}
