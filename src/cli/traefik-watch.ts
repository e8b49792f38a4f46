import type { Log } from '../log.ts'
import { readTraefik } from '../proxy/traefik/api.ts'
import { findingsOf, type Finding, type OurSide } from '../proxy/traefik/findings.ts'
import type { TraefikView } from '../proxy/traefik/seen.ts'
import { parseVersion, versionText, type Version } from '../syntax/version.ts'

export interface TraefikWatchOptions {
  /** Asks Traefik. Default: over HTTP at this origin. */
  readonly api: string
  readonly read?: (origin: string, signal: AbortSignal) => Promise<TraefikView>
  readonly ours: () => OurSide
  readonly log: Pick<Log, 'error' | 'warn' | 'info'>
  /** Traefik is of another version than was known. */
  readonly changed: (version: Version) => void
  /** Calls once, after so many milliseconds; gives what stops it. Default: the clock on the wall. */
  readonly later?: (milliseconds: number, call: () => void) => () => void
}

const EVERY = 180_000
/** A Traefik that starts, or reads a new file, is not yet what it will be: what is seen twice is said. */
const AGAIN = 5000
const FIRST_RETRY = 1000
const LAST_RETRY = 60_000

/**
 * Looks at Traefik's own settings, now and again, in the background. Nothing waits for it, and a Traefik that is away
 * costs nothing but a question a minute.
 */
export class TraefikWatch implements Disposable {
  readonly #options: TraefikWatchOptions
  readonly #ended = new AbortController()
  #version: Version | undefined
  #retryAfter = FIRST_RETRY
  #away = false
  #last: ReadonlyMap<string, Finding> = new Map()
  #said: ReadonlyMap<string, Finding> = new Map()
  #stop: () => void = () => undefined

  constructor(options: TraefikWatchOptions) {
    this.#options = options
    void this.#look()
  }

  /** Undefined until it has answered once. */
  get version(): Version | undefined {
    return this.#version
  }

  [Symbol.dispose](): void {
    this.#ended.abort()
    this.#stop()
  }

  async #look(): Promise<void> {
    const { api, read = readTraefik, later = onTheWall, log } = this.#options
    let wait: number
    try {
      wait = this.#saw(await read(api, this.#ended.signal))
      this.#away = false
      this.#retryAfter = FIRST_RETRY
    } catch (error) {
      if (this.#ended.signal.aborted) return
      const reason = error instanceof Error ? error.message : String(error)
      if (!this.#away) log.info({ api, reason }, "Traefik's API does not answer; it is asked again in the background")
      this.#away = true
      wait = this.#retryAfter
      this.#retryAfter = Math.min(this.#retryAfter * 2, LAST_RETRY)
    }
    if (!this.#ended.signal.aborted) this.#stop = later(wait, () => void this.#look())
  }

  /** @returns when to look again */
  #saw(view: TraefikView): number {
    const { ours, changed, log } = this.#options
    const version = parseVersion(view.version)
    if (version !== undefined && (this.#version === undefined || versionText(version) !== versionText(this.#version))) {
      this.#version = version
      log.info({ version: versionText(version) }, 'Traefik answers')
      changed(version)
    }
    const found = new Map(findingsOf(view, ours()).map((finding) => [JSON.stringify(finding), finding]))
    const steady = found.size === this.#last.size && [...found.keys()].every((key) => this.#last.has(key))
    this.#last = found
    if (!steady) return AGAIN
    this.#say(found)
    return EVERY
  }

  #say(found: ReadonlyMap<string, Finding>): void {
    for (const [key, finding] of found) if (!this.#said.has(key)) this.#line(finding)
    for (const [key, { subject, reason }] of this.#said)
      if (!found.has(key)) this.#options.log.info({ audit: 'traefik', subject, reason }, 'mended')
    this.#said = found
  }

  #line({ severity, ...fields }: Finding): void {
    const level = severity === 'warning' ? 'warn' : severity
    this.#options.log[level]({ audit: 'traefik', ...fields }, "to be mended in Traefik's settings")
  }
}

function onTheWall(milliseconds: number, call: () => void): () => void {
  const timer = setTimeout(call, milliseconds).unref()
  return () => clearTimeout(timer)
}
