import type { Settings } from '../config/settings.ts'
import { render } from '../proxy/traefik/render.ts'
import type { DynamicFile } from '../proxy/traefik/write.ts'
import type { Table } from '../table/table.ts'

type Outcome = Awaited<ReturnType<DynamicFile['publish']>>

export interface PublisherOptions {
  readonly settings: Pick<Settings, 'internalUrl' | 'operator'>
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
    const { settings, proxyKey, published, fault } = this.#options
    this.#busy = true
    for (let table = this.#next; table !== undefined; table = this.#next) {
      this.#next = undefined
      try {
        published(await this.#file.publish(render(table, { ...settings, proxyKey })))
      } catch (error) {
        fault(error)
      }
    }
    this.#busy = false
  }
}
