import type { Current } from '../config/current.ts'
import type { Configured } from '../config/settings.ts'
import { render } from '../proxy/traefik/render.ts'
import type { DynamicFile } from '../proxy/traefik/write.ts'
import type { Table } from '../table/table.ts'

type Outcome = Awaited<ReturnType<DynamicFile['publish']>>

export interface PublisherOptions {
  /** How the proxy reaches us. */
  readonly internalUrl: string
  readonly config: Current<Configured>
  readonly proxyKey: string
  readonly published: (outcome: Outcome) => void
  /** A text that must not be in the file: the one before stays. */
  readonly fault: (error: unknown) => void
}

/** Writes the newest table, one at a time: a slow disk holds up the file, never the table. */
export class Publisher {
  readonly #file: DynamicFile
  readonly #options: PublisherOptions
  #next: Table | undefined
  #busy = false

  constructor(file: DynamicFile, options: PublisherOptions) {
    this.#file = file
    this.#options = options
  }

  publish(table: Table): void {
    this.#next = table
    if (!this.#busy) void this.#drain()
  }

  async #drain(): Promise<void> {
    const { published, fault } = this.#options
    this.#busy = true
    for (let table = this.#next; table !== undefined; table = this.#next) {
      this.#next = undefined
      try {
        published(await this.#file.publish(this.#render(table)))
      } catch (error) {
        fault(error)
      }
    }
    this.#busy = false
  }

  #render(table: Table): string {
    const { internalUrl, proxyKey, config } = this.#options
    const { operator, file } = config.current()
    return render(table, { internalUrl, proxyKey, operator, tokenHeader: file.tokens.header })
  }
}
