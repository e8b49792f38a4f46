import { hash } from 'node:crypto'
import { LOCAL } from '../identity/local/account.ts'
import type { Change, Store, TokenRecord } from '../store/store.ts'
import { every } from '../store/timer.ts'
import { Follower } from './follower.ts'
import { LiveAccounts, type LiveAccount } from './live-accounts.ts'
import { standing, type LiveSession } from './live.ts'
import type { SessionOptions } from './sessions.ts'
import { newToken, TOKEN_LENGTH } from './token-text.ts'

/** What its owner says of a new token. */
export interface NewToken {
  /** Id of the local account it speaks for. */
  readonly account: string
  readonly name: string
  /** Ids of apps; null: any. */
  readonly apps: readonly string[] | null
  /** Epoch milliseconds; null: never. */
  readonly expiresAt: number | null
}

interface LiveToken {
  readonly record: TokenRecord
  session: LiveSession | undefined
}

/**
 * API tokens, all of them in memory and in step with the store. Who one speaks for is its account as it is now: changed
 * groups hold at once, and a token of a disabled account opens nothing.
 */
export class Tokens {
  readonly #store: Store
  readonly #accounts: LiveAccounts
  #tokens = new Map<string, LiveToken>()
  #follower: Follower | undefined
  /** When each was used, since the last batch. */
  #touched = new Map<string, number>()

  private constructor(store: Store) {
    this.#store = store
    this.#accounts = new LiveAccounts(store)
  }

  /** Reads every token. Rejects with a StoreError where the store cannot be read. */
  static async open(store: Store, options: SessionOptions = {}): Promise<Tokens> {
    const tokens = new Tokens(store)
    tokens.#follower = await Follower.start(store, {
      look: (change) => tokens.#look(change),
      reload: () => tokens.#reload(),
      kinds: ['account', 'token'],
      every: options.every ?? every,
      onError: options.onError ?? (() => undefined),
    })
    return tokens
  }

  /** False while a token may have been taken back without our knowing: then none is to be let in. */
  get trustworthy(): boolean {
    return this.#follower?.trustworthy ?? false
  }

  /**
   * Whose token this is, if it holds at `now` (epoch ms); it counts as used. On the path of every request: no I/O, a
   * hash and two look-ups; the checksum would cost more than it saves.
   */
  find(text: string, now: number): LiveSession | undefined {
    if (text.length !== TOKEN_LENGTH) return undefined
    const token = this.#tokens.get(tokenId(text))
    if (token === undefined || !(now < (token.record.expiresAt ?? Infinity))) return undefined
    const owner = this.#accounts.open(token.record.account)
    if (owner === undefined) return undefined
    this.#touched.set(token.record.id, now)
    if (token.session?.identity !== owner.identity) token.session = sessionOf(token.record, owner)
    return token.session
  }

  /** The local account of this id as it is now; undefined where there is none, or it is disabled. */
  account(id: string): LiveAccount | undefined {
    return this.#accounts.open(id)
  }

  /** Writes when tokens were used. To be called often. */
  async flush(): Promise<void> {
    const touched = this.#touched
    if (touched.size === 0) return
    this.#touched = new Map()
    try {
      await this.#store.touchTokens(touched)
    } catch (error) {
      this.#touched = new Map([...touched, ...this.#touched])
      throw error
    }
  }

  /** Ends the following; the store stays open. */
  close(): void {
    this.#follower?.close()
  }

  async #reload(): Promise<void> {
    await this.#accounts.load()
    const records = await this.#store.tokens()
    this.#tokens = new Map(records.map((record) => [record.id, { record, session: undefined }]))
  }

  async #look({ kind, key }: Change): Promise<void> {
    if (kind === 'account') return this.#accounts.look(key)
    const record = await this.#store.token(key)
    if (record === undefined) this.#tokens.delete(key)
    else this.#tokens.set(key, { record, session: undefined })
  }
}

/**
 * Makes a token and puts it into the store.
 * @returns its text, which is shown once and rests nowhere. Rejects with `no-parent` where the account is gone
 */
export async function issueToken(
  store: Pick<Store, 'putToken'>,
  wanted: NewToken,
  now: number,
): Promise<{ readonly text: string; readonly record: TokenRecord }> {
  const text = newToken()
  const record = { id: tokenId(text), ...wanted, createdAt: now, lastUsed: null }
  await store.putToken(record)
  return { text, record }
}

/** What the store knows a token by: who reads it there cannot use it. */
export function tokenId(text: string): string {
  return hash('sha256', text, 'base64url')
}

function sessionOf({ id, apps, createdAt }: TokenRecord, { identity }: LiveAccount): LiveSession {
  return standing({
    id,
    identity,
    // its making is the last time anybody showed a secret, and no second factor was asked for (threat G-20)
    authentication: { provider: LOCAL, at: createdAt, amr: [] },
    credential: 'token',
    createdAt,
    ...(apps !== null && { apps: new Set(apps) }),
  })
}
