import type { Current } from '../config/current.ts'
import type { Configured, Settings } from '../config/settings.ts'
import type { Document } from '../proxy/traefik/document.ts'
import { renderEntryPoint } from '../proxy/traefik/entry-point.ts'
import { render } from '../proxy/traefik/render.ts'
import type { DynamicFile } from '../proxy/traefik/write.ts'
import type { Version } from '../syntax/version.ts'
import type { Table } from '../table/table.ts'

type Outcome = Awaited<ReturnType<DynamicFile['publish']>>

export interface PublisherOptions {
  /** How the proxy reaches us. */
  readonly internalUrl: string
  readonly config: Current<Configured>
  readonly proxyKey: string
  readonly mode: Settings['traefikMode']
  /** Which Traefik reads it; undefined: the newest known. */
  readonly version: () => Version | undefined
  readonly published: (outcome: Outcome) => void
  /** A text that must not be in the file: the one before stays. */
  readonly fault: (error: unknown) => void
}

/**
 * Tells Traefik the newest table, one at a time: a slow disk holds up the file, never the table. What it was told last
 * is held for who asks over HTTP.
 */
export class Publisher {
  readonly #file: DynamicFile | undefined
  readonly #options: PublisherOptions
  #last: Table | undefined
  #next: Table | undefined
  #busy = false
  #document: Document | undefined

  /** @param file undefined: Traefik asks over HTTP alone */
  constructor(file: DynamicFile | undefined, options: PublisherOptions) {
    this.#file = file
    this.#options = options
  }

  /** Undefined before the first table. */
  get text(): string | undefined {
    return this.#document?.text
  }

  publish(table: Table): void {
    this.#last = table
    this.#next = table
    if (!this.#busy) void this.#drain()
  }

  /** The last table once more, where something besides it has changed. */
  again(): void {
    if (this.#last !== undefined) this.publish(this.#last)
  }

  async #drain(): Promise<void> {
    const { published, fault } = this.#options
    this.#busy = true
    for (let table = this.#next; table !== undefined; table = this.#next) {
      this.#next = undefined
      try {
        const document = this.#render(table)
        this.#document = document
        if (this.#file !== undefined) published(await this.#file.publish(document))
      } catch (error) {
        fault(error)
      }
    }
    this.#busy = false
  }

  #render(table: Table): Document {
    const { internalUrl, proxyKey, config, mode, version } = this.#options
    const { operator, file } = config.current()
    const options = { internalUrl, proxyKey, operator, tokenHeader: file.tokens.header, version: version() }
    return mode === 'entrypoint' ? renderEntryPoint(table, options) : render(table, options)
  }
}
