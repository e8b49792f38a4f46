import { join } from 'node:path'
import type { Document } from './document.ts'
import { FileInUseError, FileLock } from './lock.ts'
import { placeOf, prepareStage, replaceFile, stampIfHolding, stampOf, type Place, type Stamp } from './stage.ts'

/** `waiting`: nothing was published yet. `failing`: the last content we wrote is still there, but not the newest. */
export type FileState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'current' }
  | { readonly kind: 'failing'; readonly reason: string }

/** What a person may want to read of in the log. */
export type FileEvent =
  | { readonly kind: 'repaired' }
  | { readonly kind: 'recovered' }
  | { readonly kind: 'failing'; readonly reason: string }

export interface DynamicFileOptions {
  readonly report?: (event: FileEvent) => void
  /** Milliseconds that only go forward; by default those of the process. */
  readonly now?: () => number
}

/** How often the file is looked at: an edit or a deletion lasts no longer than this. Milliseconds. */
const LOOK_EVERY = 500
const FIRST_RETRY = 500
const LAST_RETRY = 30_000

/**
 * The dynamic configuration file, which is ours alone: it holds what was published last, at any moment whole, and
 * again within a second when somebody edits or deletes it. Nothing is written where the bytes are there already, so a
 * restart does not make Traefik reload. Closing leaves the file.
 */
export class DynamicFile {
  readonly #place: Place
  readonly #report: (event: FileEvent) => void
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #state: FileState = { kind: 'waiting' }
  #lock: FileLock | undefined
  #wanted: Document | undefined
  #stamp: Stamp
  /** The stamp was seen at two looks in turn: clocks of file systems tick too slowly for one to tell. */
  #settled = false
  #retryAt = 0
  #retryAfter = FIRST_RETRY
  #turn: Promise<unknown> = Promise.resolve()
  #looking = false
  #closed = false

  private constructor(path: string, { report = () => {}, now = () => performance.now() }: DynamicFileOptions) {
    this.#place = placeOf(path)
    this.#report = report
    this.#now = now
    this.#timer = setInterval(() => void this.#lookUnlessBusy(), LOOK_EVERY).unref()
  }

  /**
   * Takes the file for this process. Where that fails for another reason than that it is taken (no folder, no right to
   * write), the state is `failing` and it is tried again.
   * @param path absolute; its folder must be there, `.labelgate/` is made in it
   * @throws FileInUseError where another process has it
   */
  static async open(path: string, options: DynamicFileOptions = {}): Promise<DynamicFile> {
    const file = new DynamicFile(path, options)
    try {
      await file.#own()
    } catch (error) {
      if (error instanceof FileInUseError) {
        await file.close()
        throw error
      }
      file.#failed(error)
    }
    return file
  }

  get state(): FileState {
    return this.#state
  }

  /**
   * Makes the document the file's content. Does not wait out a fault: on `failing` it is tried again, at growing intervals,
   * until it is there or something newer is published.
   */
  publish(document: Document): Promise<'written' | 'unchanged' | 'failing'> {
    return this.#inTurn(async () => {
      if (this.#state.kind === 'current' && this.#wanted?.sameAs(document)) return 'unchanged'
      this.#wanted = document
      return this.#bring(document)
    })
  }

  /** One look at the file, and what has to be done about it. A timer does this; tests need not wait for it. */
  look(): Promise<void> {
    return this.#inTurn(async () => {
      const document = this.#wanted
      if (document === undefined || (await this.#nothingToDo())) return
      const wasCurrent = this.#state.kind === 'current'
      if ((await this.#bring(document)) === 'written' && wasCurrent) this.#report({ kind: 'repaired' })
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#turn
    this.#lock?.release()
    this.#lock = undefined
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #lookUnlessBusy(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    await this.look()
    this.#looking = false
  }

  /** One thing at a time, in the order asked for. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the dynamic configuration file was closed'))
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  async #nothingToDo(): Promise<boolean> {
    if (this.#state.kind === 'failing') return this.#now() < this.#retryAt
    return this.#settled && (await stampOf(this.#place).catch(() => undefined)) === this.#stamp
  }

  async #bring(document: Document): Promise<'written' | 'unchanged' | 'failing'> {
    try {
      await this.#own()
      const stamp = await stampIfHolding(this.#place, document)
      this.#settled = stamp !== undefined && stamp === this.#stamp
      this.#stamp = stamp
      if (stamp === undefined) await replaceFile(this.#place, document)
      this.#succeeded()
      return stamp === undefined ? 'written' : 'unchanged'
    } catch (error) {
      this.#failed(error)
      return 'failing'
    }
  }

  async #own(): Promise<void> {
    await prepareStage(this.#place)
    if (this.#lock?.held) return
    this.#lock?.release()
    this.#lock = undefined
    this.#lock = FileLock.acquire(join(this.#place.stage, 'lock'), this.#place.file)
  }

  #succeeded(): void {
    if (this.#state.kind === 'failing') this.#report({ kind: 'recovered' })
    this.#state = { kind: 'current' }
    this.#retryAfter = FIRST_RETRY
  }

  #failed(error: unknown): void {
    const reason = reasonOf(error, this.#place)
    if (this.#state.kind !== 'failing' || this.#state.reason !== reason) this.#report({ kind: 'failing', reason })
    this.#state = { kind: 'failing', reason }
    this.#retryAt = this.#now() + this.#retryAfter
    this.#retryAfter = Math.min(this.#retryAfter * 2, LAST_RETRY)
  }
}

const MEND: Readonly<Record<string, string>> = {
  ENOENT: 'make the folder, or mount it, for Traefik and for labelgate',
  ENOTDIR: 'the folder of the file is none',
  EACCES: 'let the user labelgate runs as write in the folder',
  EPERM: 'let the user labelgate runs as write in the folder',
  EROFS: 'mount the folder without read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
}

function reasonOf(error: unknown, { file }: Place): string {
  if (error instanceof FileInUseError) return error.message
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const mend = MEND[code]
  return `cannot write ${file}: ${message}${mend === undefined ? '' : ` (${mend})`}`
}
