import { hash } from 'node:crypto'
import type { GrantRecord, Store } from '../store/store.ts'
import type { Seal } from './seal.ts'

const PURPOSE = 'grant'
const DAY = 86_400_000
/** A part of the time between two renewals, before its end: who signed in together is not renewed together. */
const SPREAD = 0.25
/** The end of it is left for the renewal itself. */
const SPARE = 0.1

/** What a provider gave along with a sign-in. */
export interface Given {
  readonly grant?: string
  readonly sid?: string
}

export interface GrantOptions {
  /** Milliseconds between two questions about one session; undefined: that provider is not asked again. */
  readonly refreshOf: (provider: string) => number | undefined
  /** Milliseconds a session lives at most. */
  readonly sessionMax: number
}

type GrantStore = Pick<Store, 'putGrant' | 'grant' | 'dueGrants' | 'sessionsOfSid'>

/** What providers are asked with again, sealed where it rests. */
export class Grants {
  readonly #store: GrantStore
  readonly #seal: Seal
  readonly #options: GrantOptions

  constructor(store: GrantStore, seal: Seal, options: GrantOptions) {
    this.#store = store
    this.#seal = seal
    this.#options = options
  }

  /** Rejects with a StoreError of code `no-parent` where the session has ended. */
  async keep(session: string, provider: string, { grant, sid }: Given, now: number): Promise<void> {
    if (grant === undefined && sid === undefined) return
    const renewAt = grant === undefined ? null : this.#nextAt(session, provider, now)
    const sealed = await this.#sealed(grant ?? '', now)
    await this.#store.putGrant({ session, provider, sid: sid ?? null, sealed, renewedAt: now, renewAt })
  }

  /** The provider vouched again. `grant`: where it changed. */
  async renewed(record: GrantRecord, grant: string | undefined, now: number): Promise<void> {
    const sealed = grant === undefined ? record.sealed : await this.#sealed(grant, now)
    const renewAt = this.#nextAt(record.session, record.provider, now)
    await this.#store.putGrant({ ...record, sealed, renewedAt: now, renewAt })
  }

  /** To be asked then; null: never again. */
  postpone(record: GrantRecord, renewAt: number | null): Promise<void> {
    return this.#store.putGrant({ ...record, renewAt })
  }

  due(now: number, limit: number): Promise<GrantRecord[]> {
    return this.#store.dueGrants(now, limit)
  }

  sessionsOf(provider: string, sid: string): Promise<string[]> {
    return this.#store.sessionsOfSid(provider, sid)
  }

  /** What was given; undefined where there is none, or it cannot be read any more (another master key). */
  async open({ sealed }: GrantRecord, now: number): Promise<string | undefined> {
    const payload = await this.#seal.open(PURPOSE, sealed, now)
    const grant = payload?.['grant']
    return typeof grant === 'string' && grant !== '' ? grant : undefined
  }

  async of(session: string, now: number): Promise<string | undefined> {
    const record = await this.#store.grant(session)
    return record === undefined ? undefined : this.open(record, now)
  }

  #sealed(grant: string, now: number): Promise<string> {
    return this.#seal.seal(PURPOSE, { grant }, now + this.#options.sessionMax + DAY)
  }

  #nextAt(session: string, provider: string, now: number): number | null {
    const refresh = this.#options.refreshOf(provider)
    if (refresh === undefined) return null
    // of the id, so that a replica comes to the same
    const share = hash('sha256', session, 'buffer').readUInt16BE(0) / 0x1_00_00
    return Math.floor(now + refresh * (1 - SPARE - SPREAD * share))
  }
}
