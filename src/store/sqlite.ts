import { setImmediate } from 'node:timers/promises'
import type { Identity } from '../identity/identity.ts'
import { LOCAL, type Account } from '../identity/local/account.ts'
import { ChangeFeed } from './feed.ts'
import { accountRow, grantRow, readAccount, readGrant, readToken, SessionReader, sessionRow, tokenRow } from './rows.ts'
import { SqliteFile } from './sqlite-file.ts'
import type { AuditEntry, GrantRecord, SessionRecord, Store, TokenRecord } from './store.ts'
import { every, type Every } from './timer.ts'

/** Rows at a time: SQLite works in the thread that serves requests, which must not stand still for long. */
const PAGE = 1000
const AUDIT_KEPT = 100_000
const CHANGES_KEPT = 10_000

const PUT_ACCOUNT = `
  INSERT INTO account VALUES
    (:id, :name, :display_name, :email, :groups, :password_hash, :password_at, :disabled, :created_at)
  ON CONFLICT (id) DO UPDATE SET name = :name, display_name = :display_name, email = :email, groups = :groups,
    password_hash = :password_hash, password_at = :password_at, disabled = :disabled, created_at = :created_at`
const PUT_SESSION = `
  INSERT INTO session VALUES
    (:id, :parent, :host, :issuer, :subject, :identity, :authentication, :created_at, :last_seen)
  ON CONFLICT (id) DO UPDATE SET parent = :parent, host = :host, issuer = :issuer, subject = :subject,
    identity = :identity, authentication = :authentication, created_at = :created_at, last_seen = :last_seen`
const PRUNE_SESSIONS = `
  DELETE FROM session WHERE id IN
    (SELECT id FROM session WHERE parent IS NULL AND (created_at < ? OR last_seen < ?) LIMIT ${PAGE})`
const PUT_TOKEN = 'INSERT INTO token VALUES (:id, :account, :name, :apps, :created_at, :expires_at, :last_used)'
const CHANGE_IDENTITY = `
  UPDATE session SET identity = :identity WHERE issuer = :issuer AND subject = :subject AND identity <> :identity`
const PUT_GRANT = `
  INSERT INTO session_grant (session, provider, sid, sealed, access_token, id_token, renewed_at, renew_at)
    VALUES (:session, :provider, :sid, :sealed, :access_token, :id_token, :renewed_at, :renew_at)
  ON CONFLICT (session) DO UPDATE SET provider = :provider, sid = :sid, sealed = :sealed,
    access_token = :access_token, id_token = :id_token, renewed_at = :renewed_at, renew_at = :renew_at`
/** A mark that has expired is as good as none. */
const ONCE = `
  INSERT INTO mark VALUES (:key, :until)
  ON CONFLICT (key) DO UPDATE SET expires_at = :until WHERE expires_at <= :now`

export interface SqliteOptions {
  /** Turns the feed's hand. Default: the clock on the wall. */
  readonly every?: Every
  /** Epoch milliseconds, by which marks expire. Default: Date.now. */
  readonly now?: () => number
}

/** One file, shared by the processes of one machine: the server and the commands. */
export class SqliteStore implements Store {
  readonly #file: SqliteFile
  readonly #feed: ChangeFeed
  readonly #now: () => number

  private constructor(file: SqliteFile, options: SqliteOptions) {
    this.#file = file
    this.#feed = new ChangeFeed(file.db, file.path, options.every ?? every)
    this.#now = options.now ?? Date.now
  }

  /** Makes the file where there is none; its folder must be there. Throws a StoreError that names the file. */
  static async open(path: string, options: SqliteOptions = {}): Promise<SqliteStore> {
    const now = options.now ?? Date.now
    return new SqliteStore(await SqliteFile.open(path, now()), options)
  }

  account(name: string): Promise<Account | undefined> {
    return this.#file.read(() => this.#account(name))
  }

  accounts(): Promise<Account[]> {
    return this.#file.read(() => this.#file.sql('SELECT * FROM account ORDER BY name').all().map(readAccount))
  }

  async putAccount(account: Account): Promise<void> {
    await this.#write(() => this.#file.sql(PUT_ACCOUNT).run(accountRow(account)))
  }

  changeAccount(name: string, change: (account: Account) => Account): Promise<Account | undefined> {
    return this.#write(() => {
      const found = this.#account(name)
      if (found === undefined) return undefined
      const changed = { ...change(found), id: found.id }
      this.#file.sql(PUT_ACCOUNT).run(accountRow(changed))
      return changed
    })
  }

  removeAccount(name: string): Promise<boolean> {
    return this.#write(() => {
      const found = this.#account(name)
      if (found === undefined) return false
      this.#file.sql('DELETE FROM account WHERE id = ?').run(found.id)
      this.#removeSessionsOf(LOCAL, found.id)
      return true
    })
  }

  session(id: string): Promise<SessionRecord | undefined> {
    return this.#file.read(() => {
      const row = this.#file.sql('SELECT * FROM session WHERE id = ?').get(id)
      return row === undefined ? undefined : new SessionReader().read(row)
    })
  }

  async *sessions(): AsyncIterable<SessionRecord> {
    const reader = new SessionReader()
    const page = `SELECT rowid AS at, * FROM session WHERE rowid > ? ORDER BY rowid LIMIT ${PAGE}`
    let last = 0
    for (;;) {
      const { records, end } = await this.#file.read(() => {
        const rows = this.#file.sql(page).all(last)
        return { records: rows.map((row) => reader.read(row)), end: rows.at(-1)?.['at'] }
      })
      yield* records
      if (records.length < PAGE) return
      last = Number(end)
      await setImmediate()
    }
  }

  async putSession(session: SessionRecord): Promise<void> {
    await this.#write(() => this.#file.sql(PUT_SESSION).run(sessionRow(session)))
  }

  async touchSessions(seen: ReadonlyMap<string, number>): Promise<void> {
    const entries = [...seen]
    for (let i = 0; i < entries.length; i += PAGE) {
      await this.#file.write(() => {
        const touch = this.#file.sql('UPDATE session SET last_seen = ? WHERE id = ?')
        for (const [id, lastSeen] of entries.slice(i, i + PAGE)) touch.run(lastSeen, id)
      })
      await setImmediate()
    }
  }

  async removeSessions(ids: readonly string[]): Promise<void> {
    for (let i = 0; i < ids.length; i += PAGE) {
      await this.#write(() => {
        const remove = this.#file.sql('DELETE FROM session WHERE id = ?')
        for (const id of ids.slice(i, i + PAGE)) remove.run(id)
      })
    }
  }

  removeSessionsOf(issuer: string, subject: string): Promise<number> {
    return this.#write(() => this.#removeSessionsOf(issuer, subject))
  }

  async changeIdentity(identity: Identity): Promise<void> {
    const { issuer, subject } = identity
    await this.#write(() =>
      this.#file.sql(CHANGE_IDENTITY).run({ identity: JSON.stringify(identity), issuer, subject }),
    )
  }

  async putGrant(grant: GrantRecord): Promise<void> {
    await this.#file.write(() => this.#file.sql(PUT_GRANT).run(grantRow(grant)))
  }

  grant(session: string): Promise<GrantRecord | undefined> {
    return this.#file.read(() => {
      const row = this.#file.sql('SELECT * FROM session_grant WHERE session = ?').get(session)
      return row === undefined ? undefined : readGrant(row)
    })
  }

  dueGrants(now: number, limit: number): Promise<GrantRecord[]> {
    const due = 'SELECT * FROM session_grant WHERE renew_at <= ? ORDER BY renew_at LIMIT ?'
    return this.#file.read(() => this.#file.sql(due).all(now, limit).map(readGrant))
  }

  sessionsOfSid(provider: string, sid: string): Promise<string[]> {
    const known = 'SELECT session FROM session_grant WHERE provider = ? AND sid = ?'
    return this.#file.read(() =>
      this.#file
        .sql(known)
        .all(provider, sid)
        .map((row) => String(row['session'])),
    )
  }

  async prune(limits: { createdBefore: number; seenBefore: number; now: number }): Promise<void> {
    const { createdBefore, seenBefore, now } = limits
    const page = () => Number(this.#file.sql(PRUNE_SESSIONS).run(createdBefore, seenBefore).changes)
    while ((await this.#write(page)) > 0) await setImmediate()
    await this.#file.write(() => {
      this.#file.sql('DELETE FROM mark WHERE expires_at <= ?').run(now)
      this.#keepNewest('audit', AUDIT_KEPT)
      this.#keepNewest('changes', CHANGES_KEPT)
    })
  }

  token(id: string): Promise<TokenRecord | undefined> {
    return this.#file.read(() => {
      const row = this.#file.sql('SELECT * FROM token WHERE id = ?').get(id)
      return row === undefined ? undefined : readToken(row)
    })
  }

  tokens(): Promise<TokenRecord[]> {
    return this.#file.read(() => this.#file.sql('SELECT * FROM token ORDER BY created_at, id').all().map(readToken))
  }

  async putToken(token: TokenRecord): Promise<void> {
    await this.#write(() => this.#file.sql(PUT_TOKEN).run(tokenRow(token)))
  }

  async touchTokens(used: ReadonlyMap<string, number>): Promise<void> {
    await this.#file.write(() => {
      const touch = this.#file.sql('UPDATE token SET last_used = ? WHERE id = ?')
      for (const [id, lastUsed] of used) touch.run(lastUsed, id)
    })
  }

  removeToken(id: string): Promise<boolean> {
    return this.#write(() => this.#file.sql('DELETE FROM token WHERE id = ?').run(id).changes > 0)
  }

  once(key: string, expiresAt: number): Promise<boolean> {
    return this.#file.write(() => {
      const { changes } = this.#file.sql(ONCE).run({ key, until: expiresAt, now: this.#now() })
      return changes === 1
    })
  }

  async audit({ at, event, user, address, detail }: AuditEntry): Promise<void> {
    const insert = 'INSERT INTO audit (at, event, user, address, detail) VALUES (?, ?, ?, ?, ?)'
    await this.#file.write(() =>
      this.#file.sql(insert).run(at, event, user ?? null, address ?? null, JSON.stringify(detail)),
    )
  }

  subscribe(listener: Parameters<Store['subscribe']>[0]): () => void {
    return this.#feed.subscribe(listener)
  }

  async close(): Promise<void> {
    this.#feed.close()
    this.#file.close()
  }

  /** A write that others are told of, our own listeners at once. */
  async #write<T>(work: () => T): Promise<T> {
    const result = await this.#file.write(work)
    this.#feed.look()
    return result
  }

  #account(name: string): Account | undefined {
    const row = this.#file.sql('SELECT * FROM account WHERE name = ?').get(name)
    return row === undefined ? undefined : readAccount(row)
  }

  #removeSessionsOf(issuer: string, subject: string): number {
    // Counted before: those that fall with their parent are not in `changes`.
    const person = 'FROM session WHERE issuer = ? AND subject = ?'
    const count = this.#file.sql(`SELECT count(*) AS sessions ${person}`).get(issuer, subject)
    this.#file.sql(`DELETE ${person}`).run(issuer, subject)
    return Number(count?.['sessions'])
  }

  #keepNewest(table: 'audit' | 'changes', kept: number): void {
    this.#file.sql(`DELETE FROM ${table} WHERE seq <= (SELECT max(seq) FROM ${table}) - ?`).run(kept)
  }
}
