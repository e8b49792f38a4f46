/** A signal that falls when its parent, if there is one, does, or when nothing was heard in time. Disposed of, it holds on to neither. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController()
  readonly #parent: AbortSignal | undefined
  readonly #timer: NodeJS.Timeout
  readonly #fall = () => this.#controller.abort(this.#parent?.reason)

  /** @param ms milliseconds until it falls by itself */
  constructor(parent: AbortSignal | undefined, ms: number) {
    this.#parent = parent
    this.#timer = setTimeout(() => this.#controller.abort(new Error(`no answer within ${ms} ms`)), ms)
    if (parent?.aborted === true) this.#fall()
    else parent?.addEventListener('abort', this.#fall, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** An answer has begun: from now on only the parent ends it. */
  met(): void {
    clearTimeout(this.#timer)
  }

  [Symbol.dispose](): void {
    this.met()
    this.#parent?.removeEventListener('abort', this.#fall)
  }
}
