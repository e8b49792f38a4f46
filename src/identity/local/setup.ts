import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Authentication, Identity } from '../identity.ts'
import { identityOf, LOCAL, type AccountStore } from './account.ts'
import type { Accounts } from './accounts.ts'
import { readFields } from './fields.ts'

const HOUR = 3_600_000
/** How long one process may take between looking whether there is an account and adding the first. */
const LEASE = 60_000
/** Whoever sets the place up may administer it. */
const FIRST_GROUPS = ['admins']

const ELSEWHERE = 'The first account is being made elsewhere. Try again in a minute.'
const WORDS = {
  name: 'user name',
  password: 'password',
  email: 'e-mail',
  displayName: 'name',
  groups: 'groups',
} as const

export interface SetupParts {
  readonly accounts: Pick<Accounts, 'add'>
  readonly store: Pick<AccountStore, 'accounts' | 'once'>
}

export type SetUp =
  | { readonly kind: 'ok'; readonly identity: Identity; readonly authentication: Authentication }
  /** A sentence for the person who typed. The link can be used again. */
  | { readonly kind: 'invalid'; readonly reason: string }
  /** Used, too old, or not the link that was given out. */
  | { readonly kind: 'closed' }

/** The link by which the first account is made, and no other. It lives in memory: a restart makes a new one. */
export class SetupLink {
  readonly #accounts: SetupParts['accounts']
  readonly #store: SetupParts['store']
  readonly #hash: Buffer
  readonly #createdAt: number
  #closed = false

  private constructor(parts: SetupParts, token: string, now: number) {
    this.#accounts = parts.accounts
    this.#store = parts.store
    this.#hash = sha256(token)
    this.#createdAt = now
  }

  /** @returns the link and its token, which is shown once and kept nowhere. Good for an hour. */
  static create(parts: SetupParts, now: number): { readonly link: SetupLink; readonly token: string } {
    const token = randomBytes(32).toString('base64url')
    return { link: new SetupLink(parts, token, now), token }
  }

  /** Would this token be taken now, as far as can be told without the store? Uses nothing up. */
  opens(token: string, now: number): boolean {
    const age = now - this.#createdAt
    return timingSafeEqual(sha256(token), this.#hash) && !this.#closed && age < HOUR && age > -HOUR
  }

  async redeem(token: string, wanted: { name: unknown; password: unknown }, now: number): Promise<SetUp> {
    if (!this.opens(token, now)) return { kind: 'closed' }
    // Closed while it works, so that of two at once only one goes on; opened again where nothing came of it.
    this.#closed = true
    let result: SetUp | undefined
    try {
      result = await this.#first(wanted, now)
    } finally {
      this.#closed = result?.kind === 'ok' || result?.kind === 'closed'
    }
    return result
  }

  async #first(wanted: { name: unknown; password: unknown }, now: number): Promise<SetUp> {
    // First what was typed: a slip of the fingers shall not use up the lease.
    const fields = readFields(wanted)
    if ('kind' in fields) return { kind: 'invalid', reason: `The ${WORDS[fields.field]} ${fields.reason}.` }
    if ((await this.#store.accounts()).length > 0) return { kind: 'closed' }
    if (!(await this.#store.once('set-up', now + LEASE))) return { kind: 'invalid', reason: ELSEWHERE }
    if ((await this.#store.accounts()).length > 0) return { kind: 'closed' }
    const added = await this.#accounts.add({ ...wanted, groups: FIRST_GROUPS }, now)
    if (added.kind !== 'ok') return { kind: 'invalid', reason: ELSEWHERE }
    const authentication = { provider: LOCAL, at: now, amr: ['pwd'] }
    return { kind: 'ok', identity: identityOf(added.account), authentication }
  }
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
