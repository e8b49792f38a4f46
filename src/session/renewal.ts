import type { Renewing } from '../identity/provider.ts'
import type { GrantRecord, Store } from '../store/store.ts'
import { every, type Every } from '../store/timer.ts'
import type { Grants } from './grants.ts'
import type { Sessions } from './sessions.ts'
import type { UpstreamTokens } from './upstream-tokens.ts'

/** How often it is looked whose time has come. */
const LOOK_EVERY = 1000
/** Taken up in one look. */
const BATCH = 200
const AT_ONCE = 8
/** A process that died over a renewal holds it up for so long. */
const LEASE = 60_000
/** How long a session outlives its time while its provider cannot be asked. */
export const GRACE = 3_600_000
const SHORTEST_PAUSE = 10_000
const LONGEST_PAUSE = 300_000

export type RenewalEvent =
  | { readonly kind: 'renewed' | 'ended' | 'given-up'; readonly provider: string }
  | { readonly kind: 'unavailable'; readonly provider: string; readonly error: unknown }

export interface RenewalDeps {
  readonly store: Pick<Store, 'once'>
  readonly grants: Grants
  readonly sessions: Pick<Sessions, 'changeIdentity' | 'endThese'>
  /** What it remembers of a session's tokens is of before. Default: nobody hands any on. */
  readonly upstreamTokens?: Pick<UpstreamTokens, 'forget'>
  /** Read anew at each look, as the operator's file may change. */
  readonly providers: () => ReadonlyMap<string, Renewing>
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly observe: (event: RenewalEvent) => void
  /** A fault of ours, or of the store; it is tried again. */
  readonly fault: (error: unknown) => void
}

/**
 * Asks providers again about those who are signed in, in the background: who lost a group upstream loses it here within
 * the provider's `refresh`, and no request pays for it. One question about a session at a time, over all replicas.
 */
export class Renewals {
  readonly #deps: RenewalDeps
  #looking: Promise<void> | undefined

  constructor(deps: RenewalDeps) {
    this.#deps = deps
  }

  /** Gives the function that ends it. */
  start(turn: Every = every): () => void {
    return turn(LOOK_EVERY, () => void this.look().catch(this.#deps.fault))
  }

  /** Renews whatever is due; one look at a time, whoever asks for it. Rejects with a StoreError. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined))
    return this.#looking
  }

  async #look(): Promise<void> {
    const due = await this.#deps.grants.due(this.#deps.now(), BATCH)
    const queue = due.values()
    const work = async () => {
      for (const record of queue) await this.#renew(record).catch(this.#deps.fault)
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, due.length) }, work))
  }

  async #renew(record: GrantRecord): Promise<void> {
    const { store, now } = this.#deps
    // A refresh token may be good for once: two that use it at once would end the session for both.
    const mark = `renewal ${record.session} ${record.renewAt}`
    if (!(await store.once(mark, now() + LEASE))) return
    await this.#ask(record)
  }

  async #ask(record: GrantRecord): Promise<void> {
    const { grants, sessions, providers, now, observe } = this.#deps
    const name = record.provider
    const provider = providers().get(name)
    const grant = await grants.open(record, now())
    // No longer in the operator's file, or sealed under a key that is gone: nobody vouches for it.
    if (provider === undefined || grant === undefined) return this.#end(record, 'ended')
    const renewal = await provider.renew(grant, now())
    switch (renewal.kind) {
      case 'ok':
        // First, since the old one may be spent already.
        if (!(await kept(grants.renewed(record, renewal, now())))) return
        this.#deps.upstreamTokens?.forget(record.session)
        await sessions.changeIdentity(renewal.identity)
        return observe({ kind: 'renewed', provider: name })
      case 'impossible':
        return void (await kept(grants.postpone(record, null)))
      case 'ended':
        return this.#end(record, 'ended')
      case 'unavailable':
        observe({ kind: 'unavailable', provider: name, error: renewal.error })
        return this.#later(record, provider)
    }
  }

  async #later(record: GrantRecord, { refresh }: Renewing): Promise<void> {
    const now = this.#deps.now()
    const overdue = now - (record.renewedAt + refresh)
    if (overdue >= GRACE) return this.#end(record, 'given-up')
    const pause = Math.min(Math.max(overdue / 2, SHORTEST_PAUSE), LONGEST_PAUSE)
    await kept(this.#deps.grants.postpone(record, Math.floor(now + pause)))
  }

  async #end({ session, provider }: GrantRecord, kind: 'ended' | 'given-up'): Promise<void> {
    await this.#deps.sessions.endThese([session])
    this.#deps.observe({ kind, provider })
  }
}

/** False where the session ended meanwhile. */
async function kept(write: Promise<void>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'no-parent') return false
    throw error
  }
}
