import type { SecureContext } from 'node:tls'
import type { LdapConfig } from '../../config/operator-file.ts'
import { Connection } from './connection.ts'
import { trusting } from './dial.ts'

/** A server that did not answer is asked last for so long, in milliseconds. */
const COOL_DOWN = 10_000

type ServerSettings = Pick<LdapConfig, 'urls' | 'startTls' | 'ca' | 'bind' | 'timeout'>

/**
 * The servers of one directory. One connection for all searches, bound as who searches and made anew when it ends; one
 * of its own for each password, as a bind changes who speaks on a connection.
 */
export class Directory {
  readonly #settings: ServerSettings
  readonly #clock: () => number
  /** Until when a server is asked last. */
  readonly #cooling = new Map<string, number>()
  #shared: Promise<Connection> | undefined
  #secureContext: SecureContext | undefined
  #closed = false

  /** @param clock monotonic, in milliseconds */
  constructor(settings: ServerSettings, clock: () => number) {
    this.#settings = settings
    this.#clock = clock
  }

  /** A connection of one's own, to be closed. Rejects where no server answers. */
  async connect(): Promise<Connection> {
    const { startTls, timeout, ca } = this.#settings
    if (ca !== undefined) this.#secureContext ??= trusting(ca)
    let cause: unknown
    for (const url of this.#inTurn()) {
      try {
        return await Connection.open(url, { startTls, timeout, secureContext: this.#secureContext })
      } catch (error) {
        this.#cool(url)
        cause = error
      }
    }
    throw new Error('no server of the directory answers', { cause })
  }

  /** Searches as the one who searches. Rejects where that cannot be. */
  async ask<T>(question: (connection: Connection) => Promise<T>): Promise<T> {
    // It may have ended while nobody used it, and for no fault of the server's: worth a new one.
    const used = this.#shared
    if (used === undefined) return this.#askOn((this.#shared = this.#open()), question)
    try {
      return await this.#askOn(used, question)
    } catch (error) {
      if (this.#shared === used) throw error
      return this.#askOn((this.#shared ??= this.#open()), question)
    }
  }

  /** Forgets the connection where it has come to nothing or has ended; keeps it where the server said no. */
  async #askOn<T>(shared: Promise<Connection>, question: (connection: Connection) => Promise<T>): Promise<T> {
    let connection: Connection | undefined
    try {
      connection = await shared
      return await question(connection)
    } catch (error) {
      if (connection?.ended === false) throw error
      if (connection !== undefined) this.#cool(connection.url)
      if (this.#shared === shared) this.#shared = undefined
      throw error
    }
  }

  /** Ends what is open; whatever is asked from now on is refused. */
  close(): void {
    this.#closed = true
    this.#shared?.then(
      (connection) => connection.close(),
      () => undefined,
    )
  }

  async #open(): Promise<Connection> {
    if (this.#closed) throw new Error('the directory is not used any more')
    const connection = await this.connect()
    const { bind } = this.#settings
    try {
      if (bind !== undefined && !(await connection.bind(bind.dn, bind.password)))
        throw new Error(`${connection.url} refuses the name or password of who searches`)
    } catch (error) {
      connection.close()
      throw error
    }
    if (this.#closed) connection.close()
    return connection
  }

  #cool(url: string): void {
    this.#cooling.set(url, this.#clock() + COOL_DOWN)
  }

  /** In the order they were named, those that did not answer lately behind the others. */
  #inTurn(): string[] {
    const now = this.#clock()
    const until = (url: string): number => Math.max(now, this.#cooling.get(url) ?? 0)
    return this.#settings.urls.toSorted((a, b) => until(a) - until(b))
  }
}
