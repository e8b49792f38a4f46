import { hash } from 'node:crypto'
import type { PassedToken, PassedTokens } from '../identity/provider.ts'
import type { GrantRecord, Store } from '../store/store.ts'
import type { Seal } from './seal.ts'

const PURPOSE = 'grant'
const TOKEN_PURPOSE = { access: 'access token', id: 'id token' } as const
const DAY = 86_400_000
/** A part of the time between two renewals, before its end: who signed in together is not renewed together. */
const SPREAD = 0.25
/** The end of it is left for the renewal itself. */
const SPARE = 0.1
/** A token that lives for less is not fetched anew in time: no provider is asked so often about one session. */
const SHORTEST = 10_000

/** What a provider gave along with a sign-in. */
export interface Given {
  readonly grant?: string
  readonly sid?: string
  /** For apps, where the operator lets any have them. */
  readonly tokens?: PassedTokens
}

export interface GrantOptions {
  /** Milliseconds between two questions about one session; undefined: that provider is not asked again. */
  readonly refreshOf: (provider: string) => number | undefined
  /** Milliseconds a session lives at most. */
  readonly sessionMax: number
}

type SealedTokens = Pick<GrantRecord, 'accessToken' | 'idToken'>
const NO_TOKENS: SealedTokens = { accessToken: null, idToken: null }

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
  async keep(session: string, provider: string, { grant, sid, tokens }: Given, now: number): Promise<void> {
    if (grant === undefined && sid === undefined) return
    const renewAt = grant === undefined ? null : this.#nextAt({ session, provider }, tokens, now)
    const sealed = await this.#sealed(grant ?? '', now)
    const passed = await this.#sealedTokens(tokens, NO_TOKENS)
    await this.#store.putGrant({ session, provider, sid: sid ?? null, sealed, ...passed, renewedAt: now, renewAt })
  }

  /** The provider vouched again. `grant`: where it changed. */
  async renewed(record: GrantRecord, { grant, tokens }: Omit<Given, 'sid'>, now: number): Promise<void> {
    const sealed = grant === undefined ? record.sealed : await this.#sealed(grant, now)
    const renewAt = this.#nextAt(record, tokens, now)
    const passed = await this.#sealedTokens(tokens, record)
    await this.#store.putGrant({ ...record, sealed, ...passed, renewedAt: now, renewAt })
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

  /** What an app may be handed on; undefined where there is none, or it has expired. */
  async token(session: string, kind: keyof PassedTokens, now: number): Promise<PassedToken | undefined> {
    const record = await this.#store.grant(session)
    const sealed = kind === 'access' ? record?.accessToken : record?.idToken
    if (sealed === undefined || sealed === null) return undefined
    const payload = await this.#seal.open(TOKEN_PURPOSE[kind], sealed, now)
    const [text, until] = [payload?.['token'], payload?.['until']]
    return typeof text === 'string' && typeof until === 'number' ? { text, until } : undefined
  }

  /** A renewal need not bring an ID token (OpenID Connect Core section 12.2): until it expires the last one holds. */
  async #sealedTokens(tokens: PassedTokens | undefined, before: SealedTokens): Promise<SealedTokens> {
    if (tokens === undefined) return NO_TOKENS
    const seal = async (kind: keyof PassedTokens) => {
      const { text, until } = tokens[kind] ?? {}
      return until === undefined ? undefined : this.#seal.seal(TOKEN_PURPOSE[kind], { token: text, until }, until)
    }
    return { accessToken: (await seal('access')) ?? null, idToken: (await seal('id')) ?? before.idToken }
  }

  #sealed(grant: string, now: number): Promise<string> {
    return this.#seal.seal(PURPOSE, { grant }, now + this.#options.sessionMax + DAY)
  }

  #nextAt(
    { session, provider }: Pick<GrantRecord, 'session' | 'provider'>,
    { access, id }: PassedTokens = {},
    now: number,
  ): number | null {
    const refresh = this.#options.refreshOf(provider)
    if (refresh === undefined) return null
    const lives = [access, id].flatMap((token) => (token === undefined ? [] : [token.until - now]))
    const span = Math.min(refresh, ...lives.filter((life) => life >= SHORTEST))
    // of the id, so that a replica comes to the same
    const share = hash('sha256', session, 'buffer').readUInt16BE(0) / 0x1_00_00
    return Math.floor(now + span * (1 - SPARE - SPREAD * share))
  }
}
