import { LRUCache } from 'lru-cache'
import type { LdapConfig } from '../../config/operator-file.ts'
import type { Identity } from '../identity.ts'
import type { PasswordProvider } from '../passwords.ts'
import type { Refusal, Renewal, Renewing, Vouched } from '../provider.ts'
import { TooManyEntries, type Connection } from './connection.ts'
import { Directory } from './directory.ts'
import { personAttributes, readPerson, type Person } from './entry.ts'
import { fillDn, fillFilter } from './escape.ts'
import { formatGrant, parseGrant, type Grant } from './grant.ts'
import { groupsOf } from './groups.ts'
import { settingsProblem } from './settings.ts'

/** Bytes; what is longer is no password, and nothing a server should be asked to hash. */
const LONGEST_PASSWORD = 1024
/** People whose groups are kept. */
const REMEMBERED = 10_000

export interface LdapParts {
  /** The provider's `admit`. */
  readonly admits: (identity: Identity) => boolean
  /** For the log: why nobody could be asked at a sign-in, or what is wrong with an entry. Never holds a password. */
  readonly report: (error: Error) => void
  /** Monotonic, in milliseconds. Default: the process's own. */
  readonly clock?: () => number
}

interface Known {
  readonly person: Person
  readonly identity: Identity
}

/**
 * LDAP and Active Directory: who binds with a password is who the entry says. Their groups are read at each sign-in, and
 * again at each renewal; what one renewal reads serves the others of the same person for half of `refresh`, and renewals
 * come every half, so that nothing older than `refresh` is ever believed.
 */
export class LdapProvider implements PasswordProvider, Renewing {
  readonly name: string
  readonly refresh: number
  readonly #settings: LdapConfig
  readonly #parts: LdapParts
  readonly #directory: Directory
  readonly #known: LRUCache<string, Known>

  /** @throws TypeError for what settingsProblem() refuses */
  constructor(settings: LdapConfig, parts: LdapParts) {
    const problem = settingsProblem(settings)
    if (problem !== undefined) throw new TypeError(problem)
    const clock = parts.clock ?? (() => performance.now())
    this.name = settings.name
    this.refresh = settings.refresh / 2
    this.#settings = settings
    this.#parts = parts
    this.#directory = new Directory(settings, clock)
    this.#known = new LRUCache<string, Known>({
      max: REMEMBERED,
      ttl: Math.max(1, this.refresh),
      ttlResolution: 0,
      perf: { now: clock },
      fetchMethod: (grant) => this.#readAgain(parseGrant(grant)),
    })
  }

  /** Rejects never. @param user as normaliseUserName() gives it */
  async signIn(user: string, password: string, now: number): Promise<Vouched | Refusal> {
    if (!isPassword(password)) return { kind: 'refused' }
    try {
      const known = await this.#prove(user, password)
      if (known === undefined || known.person.shutFrom <= now) return { kind: 'refused' }
      const { identity, person } = known
      if (!this.#parts.admits(identity)) return { kind: 'not-admitted' }
      const authentication = { provider: this.name, at: now, amr: ['pwd'] }
      if (!this.#looksAgain) return { kind: 'ok', identity, authentication }
      const grant = formatGrant({ dn: person.dn, id: person.id, user })
      this.#known.set(grant, known)
      return { kind: 'ok', identity, authentication, grant }
    } catch (error) {
      this.#report(error)
      return { kind: 'unavailable' }
    }
  }

  async renew(grant: string, now: number): Promise<Renewal> {
    try {
      const known = await this.#known.fetch(grant)
      if (known === undefined || known.person.shutFrom <= now || !this.#parts.admits(known.identity))
        return { kind: 'ended' }
      return { kind: 'ok', identity: known.identity }
    } catch (error) {
      return { kind: 'unavailable', error }
    }
  }

  /** Ends its connections; whoever is asked about from now on is `unavailable`. */
  close(): void {
    this.#directory.close()
  }

  /** Somebody must be able to search without the person's password. */
  get #looksAgain(): boolean {
    return this.#settings.bind !== undefined || this.#settings.userDn === undefined
  }

  /** @returns undefined where it is not the password of exactly one person */
  async #prove(user: string, password: string): Promise<Known | undefined> {
    const { userDn, userBase = '' } = this.#settings
    const [dn] = userDn === undefined ? await this.#find(userBase, user) : [fillDn(userDn, { username: user })]
    if (dn === undefined) return undefined
    const connection = await this.#directory.connect()
    try {
      if (!(await connection.bind(dn, password))) return undefined
      if (!this.#looksAgain) return await this.#read(connection, { dn, user })
    } finally {
      connection.close()
    }
    return this.#directory.ask((connection) => this.#read(connection, { dn, user }))
  }

  /** The DN of the one entry of this name: none where there are several. */
  async #find(base: string, user: string): Promise<string[]> {
    const filter = fillFilter(this.#settings.userFilter, { username: user })
    try {
      const found = await this.#directory.ask((connection) => connection.search(base, { filter, attributes: ['1.1'] }))
      return found.length === 1 ? found.map(({ dn }) => dn) : []
    } catch (error) {
      if (error instanceof TooManyEntries) return []
      throw error
    }
  }

  async #readAgain(grant: Grant | undefined): Promise<Known | undefined> {
    if (grant === undefined) return undefined
    const known = await this.#directory.ask((connection) => this.#read(connection, grant))
    // A name may be given to somebody else; that is nobody who signed in.
    return known?.person.id === grant.id ? known : undefined
  }

  /** The entry as it is now, where it still is one that may sign in. */
  async #read(connection: Connection, { dn, user }: Pick<Grant, 'dn' | 'user'>): Promise<Known | undefined> {
    const { attributes, userDn, userFilter, groups } = this.#settings
    const filter = userDn === undefined ? fillFilter(userFilter, { username: user }) : '(objectClass=*)'
    const search = { filter, scope: 'base', attributes: personAttributes(attributes), bytes: attributes.id } as const
    const [entry] = await connection.search(dn, search)
    if (entry === undefined) return undefined
    const person = readPerson(entry, attributes)
    if (person === undefined) {
      this.#report(new Error(`${entry.dn} has no ${attributes.user} that could be a user name`))
      return undefined
    }
    const names = await groupsOf(connection, entry, person.user, groups)
    return { person, identity: this.#identity(person, names) }
  }

  #identity({ id, user, email, name }: Person, groups: readonly string[]): Identity {
    const claims = Object.create(null) as Record<string, unknown>
    return { issuer: `ldap:${this.name}`, subject: id, user, email, name, groups, claims }
  }

  #report(error: unknown): void {
    this.#parts.report(new Error(`LDAP provider ${this.name}`, { cause: error }))
  }
}

/** RFC 4513 section 5.1.2: an empty one would be no proof. Servers in C stop at NUL; lone surrogates all become U+FFFD. */
function isPassword(text: string): boolean {
  return text !== '' && text.isWellFormed() && !text.includes('\0') && Buffer.byteLength(text) <= LONGEST_PASSWORD
}
