import { hash, randomBytes } from 'node:crypto'
import type { Authentication, Identity } from '../identity/identity.ts'
import { StoreError } from '../store/error.ts'
import type { SessionRecord, Store } from '../store/store.ts'
import { every, type Every } from '../store/timer.ts'
import { Follower } from './follower.ts'
import type { Given, Grants } from './grants.ts'
import { KnownCookies } from './known-cookies.ts'
import { LiveIndex } from './live-index.ts'
import type { LiveSession } from './live.ts'
import { Loader } from './loader.ts'
import { ID_SHAPE } from './record.ts'

/** Milliseconds. */
export interface SessionLimits {
  /** Without any request, counted over the portal session and its apps together. */
  readonly idle: number
  /** From sign-in on, whatever happens. */
  readonly max: number
}

export interface SessionOptions {
  /** Turns the hand for what is tried again. Default: the clock on the wall. */
  readonly every?: Every
  /** Told when the store could not be read; nobody is trusted until it can. Default: nothing. */
  readonly onError?: (error: unknown) => void
  /** Keeps what a provider gave along with a sign-in. Default: it is not kept. */
  readonly grants?: Grants
}

/** Clocks of machines differ by so much; what is from further ahead was not made by ours (threat I-29). */
const SKEW = 60_000
const MAX_PORTALS_OF_PERSON = 100
const MAX_APPS_OF_PORTAL = 200
const PRUNE_EVERY = 600_000
/** A step of the clock by more is no passing of time: what it would end is left alone, once. */
const CLOCK_STEP = 3_600_000

/** Who is signed in. All of it in memory and in step with the store; the hot path asks nothing else. */
export class Sessions {
  readonly #store: Store
  readonly #limits: SessionLimits
  readonly #loader: Loader
  readonly #grants: Grants | undefined
  readonly #known = new KnownCookies()
  #index = new LiveIndex()
  #follower: Follower | undefined
  /** Ids of portal sessions seen since the last batch. */
  #touched = new Set<string>()
  #flushedAt = Number.NaN
  #prunedAt = Number.NaN

  private constructor(store: Store, limits: SessionLimits, grants: Grants | undefined) {
    this.#store = store
    this.#limits = limits
    this.#grants = grants
    this.#loader = new Loader(store)
  }

  /** Reads every session. Rejects with a StoreError where the store cannot be read. */
  static async open(store: Store, limits: SessionLimits, options: SessionOptions = {}): Promise<Sessions> {
    const sessions = new Sessions(store, limits, options.grants)
    sessions.#follower = await Follower.start(store, {
      look: (change) => sessions.#loader.look(change, sessions.#index),
      reload: () => sessions.#reload(),
      kinds: ['account', 'session'],
      every: options.every ?? every,
      onError: options.onError ?? (() => undefined),
    })
    return sessions
  }

  /** False while somebody's session may have ended without our knowing: then nobody is to be let in by find(). */
  get trustworthy(): boolean {
    return this.#follower?.trustworthy ?? false
  }

  /** Sessions held, expired ones included until they are pruned. */
  get size(): number {
    return this.#index.size
  }

  /**
   * Whose cookie this is, if it still holds at `now` (epoch ms). The portal session counts as seen.
   * On the path of every request: no I/O, at most a hash, and two look-ups.
   */
  find(cookieValue: string, now: number): LiveSession | undefined {
    // By shape first: what is no cookie of ours costs no hash (threats D-01, D-26).
    if (cookieValue.length !== 43) return undefined
    const known = this.#known.idOf(cookieValue)
    if (known === undefined && !ID_SHAPE.test(cookieValue)) return undefined
    const session = this.#index.get(known ?? idOf(cookieValue))
    if (session === undefined || !this.#lives(session, now)) return undefined
    if (known === undefined) this.#known.remember(cookieValue, session.id)
    this.#see(session.root, now)
    return session
  }

  /** As find(), after a look at the store itself: for the time in which this is not trustworthy. May reject. */
  async findAgain(cookieValue: string, now: number): Promise<LiveSession | undefined> {
    if (!ID_SHAPE.test(cookieValue)) return undefined
    await this.#loader.lookAgain(idOf(cookieValue), this.#index)
    return this.find(cookieValue, now)
  }

  /** The portal session of this id, if it still holds. Not counted as seen. */
  portal(id: string, now: number): LiveSession | undefined {
    const session = this.#index.get(id)
    return session !== undefined && session.root === session && this.#lives(session, now) ? session : undefined
  }

  /**
   * Begins a portal session. Of more than 100 of one person the oldest end.
   * @param given what its provider is asked with again
   * @returns the cookie's value; it opens nothing where a local account was disabled, removed or given another password
   *   since that authentication
   */
  async startPortal(
    identity: Identity,
    authentication: Authentication,
    now: number,
    given: Given = {},
  ): Promise<string> {
    const value = newCookie()
    const record = {
      id: idOf(value),
      parent: null,
      host: null,
      identity,
      authentication,
      createdAt: now,
      lastSeen: now,
    }
    await this.#put(record)
    // After it rests in the store: whoever shuts the account from now on ends this session too.
    await this.#loader.lookAgain(record.id, this.#index)
    if (this.#index.get(record.id) === undefined) await this.#store.removeSessions([record.id])
    else await this.#keep(record, given, now)
    await this.#endOldest(this.#index.rootsOf(identity), MAX_PORTALS_OF_PERSON)
    return value
  }

  /**
   * Begins the session of one app host. Of more than 200 on one portal session the oldest end.
   * @returns the cookie's value; undefined where the portal session has ended
   */
  async startApp(portal: LiveSession, host: string, now: number): Promise<string | undefined> {
    const root = this.portal(portal.root.id, now)
    if (root === undefined) return undefined
    const value = newCookie()
    const { id: parent, identity, authentication } = root
    const record = { id: idOf(value), parent, host, identity, authentication, createdAt: now, lastSeen: now }
    try {
      await this.#put(record)
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'no-parent')) throw error
      this.#index.remove(parent)
      return undefined
    }
    await this.#endOldest(this.#index.childrenOf(root), MAX_APPS_OF_PORTAL)
    return this.#index.get(record.id) === undefined ? undefined : value
  }

  /** Signs out: ends the portal session it belongs to, and every app session with it. */
  async end(session: LiveSession): Promise<void> {
    // In memory first: from here on nobody gets in, even if the store needs a second.
    this.#index.remove(session.root.id)
    await this.#store.removeSessions([session.root.id])
  }

  /** Ends these portal sessions, and every app session with them. */
  async endThese(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#index.remove(id)
    await this.#store.removeSessions(ids)
  }

  /** Who this person is from now on, in each of their sessions and on every replica. */
  async changeIdentity(identity: Identity): Promise<void> {
    this.#index.setIdentity(identity)
    await this.#store.changeIdentity(identity)
  }

  /** Ends every session of one person. Gives how many. */
  async endAllOf(issuer: string, subject: string): Promise<number> {
    for (const { id } of this.#index.rootsOf({ issuer, subject })) this.#index.remove(id)
    return this.#store.removeSessionsOf(issuer, subject)
  }

  /** Writes what was seen since the last time, and every ten minutes forgets what has expired. To be called often. */
  async flush(now: number): Promise<void> {
    const touched = this.#touched
    this.#touched = new Set()
    const seen = [...touched].flatMap((id) => this.#index.get(id) ?? [])
    try {
      await this.#store.touchSessions(new Map(seen.map(({ id, lastSeen }) => [id, lastSeen])))
    } catch (error) {
      for (const id of touched) this.#touched.add(id)
      throw error
    }
    await this.#prune(now)
  }

  /** Ends the following; the store stays open. */
  close(): void {
    this.#follower?.close()
  }

  /** To the second: nobody asks for more, and most requests then write nothing. */
  #see(root: LiveSession, now: number): void {
    if (Math.abs(now - root.lastSeen) < 1000) return
    root.lastSeen = now
    this.#touched.add(root.id)
  }

  /** Written so that a time that is no number never holds. */
  #lives({ root, createdAt }: LiveSession, now: number): boolean {
    const { idle, max } = this.#limits
    return (
      now - root.createdAt < max &&
      now - root.lastSeen < idle &&
      root.createdAt - now <= SKEW &&
      createdAt - now <= SKEW
    )
  }

  /** In memory before the store tells of it, so that whoever ends it from now on finds it here. */
  async #put(record: SessionRecord): Promise<void> {
    this.#index.add(record, record.identity)
    try {
      await this.#store.putSession(record)
    } catch (error) {
      this.#index.remove(record.id)
      throw error
    }
  }

  /** A session that its provider could not end again is none. */
  async #keep({ id, authentication }: SessionRecord, given: Given, now: number): Promise<void> {
    try {
      await this.#grants?.keep(id, authentication.provider, given, now)
    } catch (error) {
      await this.endThese([id])
      if (!(error instanceof StoreError && error.code === 'no-parent')) throw error
    }
  }

  async #endOldest(oldestFirst: readonly LiveSession[], kept: number): Promise<void> {
    if (oldestFirst.length <= kept) return
    await this.endThese(oldestFirst.slice(0, oldestFirst.length - kept).map(({ id }) => id))
  }

  async #reload(): Promise<void> {
    const next = await this.#loader.load()
    for (const id of this.#touched) {
      const [before, after] = [this.#index.get(id), next.get(id)]
      if (before !== undefined && after !== undefined) after.lastSeen = Math.max(after.lastSeen, before.lastSeen)
    }
    this.#index = next
  }

  async #prune(now: number): Promise<void> {
    const sinceFlush = now - this.#flushedAt
    this.#flushedAt = now
    if (Math.abs(now - this.#prunedAt) < PRUNE_EVERY || !(Math.abs(sinceFlush) < CLOCK_STEP)) return
    this.#prunedAt = now
    const { idle, max } = this.#limits
    // What another process saw may rest in its memory still.
    await this.#store.prune({ createdBefore: now - max, seenBefore: now - idle - PRUNE_EVERY, now })
  }
}

function newCookie(): string {
  return randomBytes(32).toString('base64url')
}

/** What the store knows a cookie by: who reads it there cannot sign in with it. */
function idOf(cookieValue: string): string {
  return hash('sha256', cookieValue, 'base64url')
}
