import type { Identity } from '../identity/identity.ts'
import { LOCAL, type Account } from '../identity/local/account.ts'
import { StoreError } from './error.ts'
import type { AuditEntry, Change, GrantRecord, SessionRecord, Store, TokenRecord } from './store.ts'

const AUDIT_KEPT = 1000

type Listener = Parameters<Store['subscribe']>[0]

/** Forgets everything with the process: for the demo and for tests. */
export class MemoryStore implements Store {
  readonly #accounts = new Map<string, Account>()
  readonly #sessions = new Map<string, SessionRecord>()
  readonly #tokens = new Map<string, TokenRecord>()
  readonly #grants = new Map<string, GrantRecord>()
  readonly #marks = new Map<string, number>()
  readonly #audit: AuditEntry[] = []
  readonly #listeners = new Set<Listener>()
  readonly #now: () => number
  #closed = false

  /** @param now epoch milliseconds, by which marks expire */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  async account(name: string): Promise<Account | undefined> {
    this.#mustBeOpen()
    return this.#named(name)
  }

  async accounts(): Promise<Account[]> {
    this.#mustBeOpen()
    return [...this.#accounts.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  async putAccount(account: Account): Promise<void> {
    this.#mustBeOpen()
    this.#put(account)
  }

  async changeAccount(name: string, change: (account: Account) => Account): Promise<Account | undefined> {
    this.#mustBeOpen()
    const found = this.#named(name)
    if (found === undefined) return undefined
    const changed = { ...change(found), id: found.id }
    this.#put(changed)
    return changed
  }

  async removeAccount(name: string): Promise<boolean> {
    this.#mustBeOpen()
    const account = this.#named(name)
    if (account === undefined) return false
    this.#accounts.delete(account.id)
    this.#tell({ kind: 'account', key: name })
    for (const token of this.#tokens.values()) if (token.account === account.id) this.#endToken(token.id)
    await this.removeSessionsOf(LOCAL, account.id)
    return true
  }

  async session(id: string): Promise<SessionRecord | undefined> {
    this.#mustBeOpen()
    return this.#sessions.get(id)
  }

  async *sessions(): AsyncIterable<SessionRecord> {
    this.#mustBeOpen()
    yield* Array.from(this.#sessions.values())
  }

  async putSession(session: SessionRecord): Promise<void> {
    this.#mustBeOpen()
    if (session.parent !== null && !this.#sessions.has(session.parent)) {
      throw new StoreError('no-parent', 'the session it hangs on has ended')
    }
    this.#sessions.set(session.id, session)
    this.#tell({ kind: 'session', key: session.id })
  }

  async touchSessions(seen: ReadonlyMap<string, number>): Promise<void> {
    this.#mustBeOpen()
    for (const [id, lastSeen] of seen) {
      const session = this.#sessions.get(id)
      if (session !== undefined) this.#sessions.set(id, { ...session, lastSeen })
    }
  }

  async removeSessions(ids: readonly string[]): Promise<void> {
    this.#mustBeOpen()
    const gone = new Set(ids)
    this.#end(({ id, parent }) => gone.has(id) || (parent !== null && gone.has(parent)))
  }

  async removeSessionsOf(issuer: string, subject: string): Promise<number> {
    this.#mustBeOpen()
    return this.#end(({ identity }) => identity.issuer === issuer && identity.subject === subject)
  }

  async changeIdentity(identity: Identity): Promise<void> {
    this.#mustBeOpen()
    const { issuer, subject } = identity
    for (const session of this.#sessions.values()) {
      const { identity: before } = session
      if (before.issuer !== issuer || before.subject !== subject) continue
      if (JSON.stringify(before) === JSON.stringify(identity)) continue
      this.#sessions.set(session.id, { ...session, identity })
      this.#tell({ kind: 'session', key: session.id })
    }
  }

  async putGrant(grant: GrantRecord): Promise<void> {
    this.#mustBeOpen()
    if (!this.#sessions.has(grant.session)) throw new StoreError('no-parent', 'the session it hangs on has ended')
    this.#grants.set(grant.session, grant)
  }

  async grant(session: string): Promise<GrantRecord | undefined> {
    this.#mustBeOpen()
    return this.#grants.get(session)
  }

  async dueGrants(now: number, limit: number): Promise<GrantRecord[]> {
    this.#mustBeOpen()
    const due = [...this.#grants.values()].flatMap((grant) =>
      grant.renewAt !== null && grant.renewAt <= now ? [{ grant, at: grant.renewAt }] : [],
    )
    const longest = due.toSorted((a, b) => a.at - b.at).slice(0, limit)
    return longest.map(({ grant }) => grant)
  }

  async sessionsOfSid(provider: string, sid: string): Promise<string[]> {
    this.#mustBeOpen()
    const found = [...this.#grants.values()].filter((grant) => grant.provider === provider && grant.sid === sid)
    return found.map(({ session }) => session)
  }

  async prune(limits: { createdBefore: number; seenBefore: number; now: number }): Promise<void> {
    this.#mustBeOpen()
    const { createdBefore, seenBefore, now } = limits
    const old = [...this.#sessions.values()].filter(
      ({ parent, createdAt, lastSeen }) => parent === null && (createdAt < createdBefore || lastSeen < seenBefore),
    )
    await this.removeSessions(old.map(({ id }) => id))
    for (const [key, expiresAt] of this.#marks) if (expiresAt <= now) this.#marks.delete(key)
  }

  async token(id: string): Promise<TokenRecord | undefined> {
    this.#mustBeOpen()
    return this.#tokens.get(id)
  }

  async tokens(): Promise<TokenRecord[]> {
    this.#mustBeOpen()
    return [...this.#tokens.values()].toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
  }

  async putToken(token: TokenRecord): Promise<void> {
    this.#mustBeOpen()
    if (!this.#accounts.has(token.account)) throw new StoreError('no-parent', 'the account it belongs to is gone')
    this.#tokens.set(token.id, token)
    this.#tell({ kind: 'token', key: token.id })
  }

  async touchTokens(used: ReadonlyMap<string, number>): Promise<void> {
    this.#mustBeOpen()
    for (const [id, lastUsed] of used) {
      const token = this.#tokens.get(id)
      if (token !== undefined) this.#tokens.set(id, { ...token, lastUsed })
    }
  }

  async removeToken(id: string): Promise<boolean> {
    this.#mustBeOpen()
    return this.#endToken(id)
  }

  async once(key: string, expiresAt: number): Promise<boolean> {
    this.#mustBeOpen()
    const until = this.#marks.get(key)
    if (until !== undefined && until > this.#now()) return false
    this.#marks.set(key, expiresAt)
    return true
  }

  async audit(entry: AuditEntry): Promise<void> {
    this.#mustBeOpen()
    this.#audit.push(entry)
    if (this.#audit.length > AUDIT_KEPT) this.#audit.shift()
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#listeners.clear()
  }

  #named(name: string): Account | undefined {
    for (const account of this.#accounts.values()) if (account.name === name) return account
    return undefined
  }

  #put(account: Account): void {
    const other = this.#named(account.name)
    if (other !== undefined && other.id !== account.id) {
      throw new StoreError('name-taken', `there is an account named "${account.name}" already`)
    }
    const before = this.#accounts.get(account.id)
    this.#accounts.set(account.id, account)
    this.#tell({ kind: 'account', key: account.name })
    if (before !== undefined && before.name !== account.name) this.#tell({ kind: 'account', key: before.name })
  }

  #end(ends: (session: SessionRecord) => boolean): number {
    const ended = [...this.#sessions.values()].filter(ends)
    for (const { id } of ended) {
      this.#sessions.delete(id)
      this.#grants.delete(id)
      this.#tell({ kind: 'session', key: id })
    }
    return ended.length
  }

  #endToken(id: string): boolean {
    const ended = this.#tokens.delete(id)
    if (ended) this.#tell({ kind: 'token', key: id })
    return ended
  }

  #tell(change: Change): void {
    // Later, so that what a listener does is no part of the write.
    queueMicrotask(() => this.#listeners.forEach((listener) => listener(change)))
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new StoreError('closed', 'the store is closed')
  }
}
