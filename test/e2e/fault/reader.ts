/** Reads Traefik's file without pause, as Traefik might at any moment, and judges each content it finds. */
import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { parse } from 'yaml'

interface Content {
  readonly http: {
    readonly routers: Readonly<Record<string, { readonly middlewares: readonly string[] }>>
    readonly middlewares: Readonly<Record<string, unknown>>
  }
}

export class Reader implements AsyncDisposable {
  /** What was wrong with contents that were found. */
  readonly faults: string[] = []
  readonly #path: string
  readonly #reading: Promise<void>
  #text = ''
  #contents = 0
  #stopped = false

  constructor(path: string) {
    this.#path = path
    this.#reading = this.#read()
  }

  /** How many different ones were found in turn. */
  get contents(): number {
    return this.#contents
  }

  finds(text: string): Promise<void> {
    return expect.poll(() => this.#text, { timeout: 20_000, interval: 1 }).toContain(text)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    await this.#reading
  }

  async #read(): Promise<void> {
    while (!this.#stopped) {
      const text = await readFile(this.#path, 'utf8').catch(String)
      if (text === this.#text) continue
      this.#text = text
      this.#contents += 1
      this.faults.push(...faultsOf(text))
    }
  }
}

function faultsOf(text: string): string[] {
  try {
    const { routers, middlewares } = (parse(text) as Content).http
    const apps = Object.entries(routers).filter(([name]) => name !== 'labelgate-portal')
    if (routers['labelgate-portal'] === undefined) return ['there is no portal']
    return apps.flatMap(([name, router]) => {
      const guarded = router.middlewares.some((used) => used.endsWith('-auth') && used in middlewares)
      return guarded ? [] : [`${name} is open`]
    })
  } catch (error) {
    return [String(error)]
  }
}
