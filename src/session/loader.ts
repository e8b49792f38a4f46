import type { Authentication, Identity } from '../identity/identity.ts'
import { identityOf, LOCAL, stillHolds, type Account } from '../identity/local/account.ts'
import type { Change, SessionRecord, Store } from '../store/store.ts'
import { LiveIndex } from './live-index.ts'
import { isSound } from './record.ts'

type Source = Pick<Store, 'account' | 'accounts' | 'session' | 'sessions' | 'removeSessions'>

/**
 * Brings memory in step with what rests in the store. Who a local account is comes from the account as it is now, never
 * from what it was at sign-in: changed groups hold at once, and an account that is shut has no sessions. Nor has anybody
 * else of its name, whichever provider vouches for them (threat E-30).
 */
export class Loader {
  readonly #store: Source

  constructor(store: Source) {
    this.#store = store
  }

  /** Everything. What is not sound, or hangs on nothing, is left out. */
  async load(): Promise<LiveIndex> {
    const accounts = new Map((await this.#store.accounts()).map((account) => [account.id, account]))
    const shut = new Set([...accounts.values()].filter(({ disabled }) => disabled).map(({ name }) => name))
    const identities = new Map<Account, Identity>()
    const identify = (account: Account) => {
      const identity = identities.get(account) ?? identityOf(account)
      identities.set(account, identity)
      return identity
    }
    const index = new LiveIndex()
    const early: SessionRecord[] = []
    for await (const record of this.#store.sessions()) {
      if (!isSound(record)) continue
      const { issuer, subject, user } = record.identity
      if (record.parent !== null) {
        if (index.add(record, record.identity) === undefined) early.push(record)
      } else if (issuer !== LOCAL) {
        if (!shut.has(user)) index.add(record, record.identity)
      } else {
        const account = accounts.get(subject)
        if (account !== undefined && stillHolds(account, record.authentication)) index.add(record, identify(account))
      }
    }
    // A store may give them in any order: those that came before their portal session.
    for (const record of early) index.add(record, record.identity)
    return index
  }

  look({ kind, key }: Change, index: LiveIndex): Promise<void> {
    return kind === 'account' ? this.#lookAtAccount(key, index) : this.#lookAtSession(key, index)
  }

  /** One session with all it depends on: its portal session, and the account of its person. */
  async lookAgain(id: string, index: LiveIndex): Promise<void> {
    await this.#lookAtSession(id, index)
    const session = index.get(id)
    if (session === undefined) return
    if (session.root !== session) await this.#lookAtSession(session.root.id, index)
    const identity = await this.#identityNow(session.identity, session.authentication)
    if (identity === undefined) index.remove(session.root.id)
    else index.setIdentity(identity)
  }

  async #lookAtSession(id: string, index: LiveIndex): Promise<void> {
    // Asked before the store is: what ends while it answers was known, and does not come back.
    const known = index.get(id) !== undefined
    const record = await this.#store.session(id)
    if (record === undefined || !isSound(record)) return index.remove(id)
    if (known) {
      // Renewed with their provider, by whichever process. A local account's words come from the account alone.
      if (record.identity.issuer !== LOCAL) index.setIdentity(record.identity)
      return
    }
    if (record.parent !== null && index.get(record.parent) === undefined) await this.#addRoot(record.parent, index)
    if (record.parent !== null) index.add(record, record.identity)
    else await this.#admit(record, index)
  }

  async #addRoot(id: string, index: LiveIndex): Promise<void> {
    const record = await this.#store.session(id)
    if (record !== undefined && record.parent === null && isSound(record)) await this.#admit(record, index)
  }

  async #admit(record: SessionRecord, index: LiveIndex): Promise<void> {
    const identity = await this.#identityNow(record.identity, record.authentication)
    if (identity !== undefined) index.add(record, identity)
  }

  async #identityNow(identity: Identity, authentication: Authentication): Promise<Identity | undefined> {
    const account = await this.#store.account(identity.user)
    if (identity.issuer !== LOCAL) return account?.disabled === true ? undefined : identity
    const holds = account?.id === identity.subject && stillHolds(account, authentication)
    return account !== undefined && holds ? identityOf(account) : undefined
  }

  async #lookAtAccount(name: string, index: LiveIndex): Promise<void> {
    const account = await this.#store.account(name)
    const others = index
      .named(name)
      .filter(({ issuer }) => (issuer === LOCAL ? account === undefined : account?.disabled))
    const ended = others.flatMap((identity) => index.rootsOf(identity)).map(({ id }) => id)
    for (const id of ended) index.remove(id)
    // of the store too: nothing that was open comes back when the account is opened again
    if (ended.length > 0) await this.#store.removeSessions(ended)
    if (account === undefined) return
    const now = identityOf(account)
    for (const { id, authentication } of index.rootsOf(now)) {
      if (!stillHolds(account, authentication)) index.remove(id)
    }
    index.setIdentity(now)
  }
}
