import type { Socket } from 'node:net'
import { Client, ResultCodeError, type Entry } from 'ldapts'
import { dial, type DialOptions } from './dial.ts'

/** What one operation may bring, in bytes. The server's own limit cannot be trusted to be there. */
const MOST_BYTES = 8 * 1024 * 1024

/** Result codes (RFC 4511 appendix A). */
const SIZE_LIMIT = 4
const REFERRAL = 10
const NO_SUCH_OBJECT = 32
/** With each of these a server says no to this name with this password: what differs is not for others to know. */
const REFUSALS = new Set([
  19, // constraintViolation: locked, as 389 Directory Server says it
  NO_SUCH_OBJECT,
  34, // invalidDNSyntax
  48, // inappropriateAuthentication: there is no password to compare with
  49, // invalidCredentials
  53, // unwillingToPerform: inactive
])

export interface Search {
  readonly filter: string
  /** `sub` by default. */
  readonly scope?: 'base' | 'sub'
  readonly attributes: readonly string[]
  /** Attribute whose values are bytes. */
  readonly bytes?: string
}

/** More entries than the server gives: what came is not all there is, so it is nothing. */
export class TooManyEntries extends Error {}

/** One connection to one server. It ends for good: nothing is ever said on another that took its place unnoticed. */
export class Connection {
  readonly url: string
  readonly #socket: Socket
  readonly #client: Client
  readonly #timeout: number
  #received = 0
  #activeDirectory: Promise<boolean> | undefined

  private constructor(url: string, socket: Socket, timeout: number) {
    this.url = url
    this.#socket = socket
    this.#timeout = timeout
    // ldapts dials anew by itself where a connection has ended: anonymously, and without StartTLS.
    let handed = false
    const createConnection = (): Socket => {
      if (handed) throw new Error(`the connection to ${url} has ended`)
      handed = true
      return socket
    }
    this.#client = new Client({ url: 'ldap://localhost', createConnection, timeout })
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.length
      if (this.#received > MOST_BYTES) socket.destroy(new Error(`${url} sends more than ${MOST_BYTES} bytes`))
    })
  }

  static async open(url: string, options: DialOptions): Promise<Connection> {
    return new Connection(url, await dial(url, options), options.timeout)
  }

  get ended(): boolean {
    return this.#socket.destroyed || this.#socket.readableEnded
  }

  /**
   * Simple bind. Rejects where the server says neither yes nor no.
   * @returns is it the password of this name? Never, where either is empty: a server takes such a bind for an anonymous
   *   one and says yes to it (RFC 4513 sections 5.1.1, 5.1.2)
   */
  async bind(dn: string, password: string): Promise<boolean> {
    if (dn === '' || password === '') return false
    try {
      await this.#client.bind(dn, password)
      return true
    } catch (error) {
      if (error instanceof ResultCodeError && REFUSALS.has(error.code)) return false
      throw error
    }
  }

  /**
   * All entries that match; none where the base is not there, or elsewhere: referrals are not followed. Rejects with
   * TooManyEntries rather than give a part.
   */
  async search(base: string, { filter, scope = 'sub', attributes, bytes }: Search): Promise<Entry[]> {
    try {
      // Without a size limit of ours: ldapts keeps silent about an answer cut short where it has set one.
      const { searchEntries } = await this.#client.search(base, {
        filter,
        scope,
        attributes: [...attributes],
        explicitBufferAttributes: bytes === undefined ? [] : [bytes],
        timeLimit: Math.ceil(this.#timeout / 1000),
      })
      return searchEntries
    } catch (error) {
      const code = error instanceof ResultCodeError ? error.code : undefined
      if (code === NO_SUCH_OBJECT || code === REFERRAL) return []
      if (code === SIZE_LIMIT) throw new TooManyEntries(`more entries than ${this.url} gives`, { cause: error })
      throw error
    } finally {
      this.#received = 0
    }
  }

  /** Asked once; by what it says of itself (MS-ADTS 3.1.1.3.2.11, LDAP_CAP_ACTIVE_DIRECTORY_OID). */
  isActiveDirectory(): Promise<boolean> {
    const attributes = ['supportedCapabilities']
    this.#activeDirectory ??= this.search('', { filter: '(objectClass=*)', scope: 'base', attributes }).then(
      ([root]) => [root?.['supportedCapabilities'] ?? []].flat().includes('1.2.840.113556.1.4.800'),
      (error: unknown) => {
        // Another server may not tell everybody of itself.
        if (error instanceof ResultCodeError) return false
        throw error
      },
    )
    return this.#activeDirectory
  }

  close(): void {
    this.#socket.end()
    this.#socket.destroy()
  }
}
