import type { Identity } from '../identity/identity.ts'
import type { SessionRecord } from '../store/store.ts'
import type { LiveSession } from './live.ts'

type Draft = { -readonly [K in keyof LiveSession]: LiveSession[K] }

interface Person {
  identity: Identity
  /** Ids of their portal sessions, oldest first. */
  readonly roots: Set<string>
}

/** The live sessions of this process, found by id, by portal session and by person. Knows no store and no time. */
export class LiveIndex {
  readonly #sessions = new Map<string, LiveSession>()
  /** Ids of app sessions by the portal session they hang on, oldest first; no entry where there are none. */
  readonly #children = new Map<string, Set<string>>()
  readonly #people = new Map<string, Person>()

  get size(): number {
    return this.#sessions.size
  }

  get(id: string): LiveSession | undefined {
    return this.#sessions.get(id)
  }

  /**
   * An app session takes who and how from the portal session it hangs on, whatever its own record says.
   * @returns undefined where that one is not here
   */
  add(record: SessionRecord, identity: Identity): LiveSession | undefined {
    const known = this.#sessions.get(record.id)
    if (known !== undefined) return known
    return record.parent === null ? this.#addRoot(record, identity) : this.#addChild(record, record.parent)
  }

  /** With what hangs on it. */
  remove(id: string): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    this.#sessions.delete(id)
    if (session.root !== session) {
      const siblings = this.#children.get(session.root.id)
      siblings?.delete(id)
      if (siblings?.size === 0) this.#children.delete(session.root.id)
      return
    }
    for (const child of this.#children.get(id) ?? []) this.#sessions.delete(child)
    this.#children.delete(id)
    const key = personKey(session.identity)
    const person = this.#people.get(key)
    person?.roots.delete(id)
    if (person?.roots.size === 0) this.#people.delete(key)
  }

  /** Portal sessions of one person, oldest first. */
  rootsOf(who: Pick<Identity, 'issuer' | 'subject'>): LiveSession[] {
    return this.#all(this.#people.get(personKey(who))?.roots)
  }

  /** App sessions that hang on this portal session, oldest first. */
  childrenOf(root: LiveSession): LiveSession[] {
    return this.#all(this.#children.get(root.id))
  }

  /** Everybody who is signed in under this user name, whoever vouches for them. */
  named(user: string): Identity[] {
    return [...this.#people.values()].map(({ identity }) => identity).filter((identity) => identity.user === user)
  }

  /** The person is now described so: their sessions are replaced by ones that say it. */
  setIdentity(identity: Identity): void {
    const person = this.#people.get(personKey(identity))
    if (person === undefined) return
    if (!sameIdentity(person.identity, identity)) person.identity = identity
    for (const id of person.roots) {
      const before = this.#sessions.get(id)
      if (before === undefined || sameIdentity(before.identity, identity)) continue
      const root = this.#place({ ...before, identity: person.identity })
      for (const child of this.#children.get(id) ?? []) {
        const session = this.#sessions.get(child)
        if (session !== undefined) this.#place({ ...session, identity: person.identity }, root)
      }
    }
  }

  #addRoot(record: SessionRecord, identity: Identity): LiveSession {
    const key = personKey(identity)
    const person = this.#people.get(key) ?? { identity, roots: new Set() }
    if (person.roots.size === 0) this.#people.set(key, person)
    person.roots.add(record.id)
    return this.#place({
      id: record.id,
      host: null,
      // One object for all their sessions: a hundred thousand need not each repeat a list of groups.
      identity: sameIdentity(person.identity, identity) ? person.identity : identity,
      authentication: record.authentication,
      createdAt: record.createdAt,
      lastSeen: record.lastSeen,
    })
  }

  #addChild({ id, host, createdAt, lastSeen }: SessionRecord, parent: string): LiveSession | undefined {
    const root = this.#sessions.get(parent)
    if (root === undefined || root.root !== root) return undefined
    const children = this.#children.get(parent) ?? new Set()
    if (children.size === 0) this.#children.set(parent, children)
    children.add(id)
    return this.#place(
      { id, host, identity: root.identity, authentication: root.authentication, createdAt, lastSeen },
      root,
    )
  }

  #place(session: Omit<Draft, 'root' | 'credential' | 'apps'>, root?: LiveSession): LiveSession {
    const { id, host, identity, authentication, createdAt, lastSeen } = session
    const placed = { id, host, identity, authentication, credential: 'session', createdAt, lastSeen } as Draft
    placed.root = root ?? placed
    this.#sessions.set(id, placed)
    return placed
  }

  #all(ids: ReadonlySet<string> | undefined): LiveSession[] {
    return [...(ids ?? [])].flatMap((id) => this.#sessions.get(id) ?? [])
  }
}

// An issuer is a word or a URL, so the first line end parts the two whatever the subject holds.
function personKey({ issuer, subject }: Pick<Identity, 'issuer' | 'subject'>): string {
  return `${issuer}\n${subject}`
}

function sameIdentity(a: Identity, b: Identity): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}
