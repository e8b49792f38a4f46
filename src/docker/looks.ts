/** What to look at next. */
export interface Look {
  /** Undefined: at everything. */
  readonly ids: ReadonlySet<string> | undefined
  /** The list that is due from time to time, and so one that should bring no news. */
  readonly due: boolean
}

// From here on one list of everything costs less than a long question.
const MOST_IDS = 50
// Rounds after that of the event.
const FURTHER_LOOKS = [1, 4]

/**
 * What has to be looked at again, gathered while the last look is under way: however often something is told of a
 * container meanwhile, one look answers all of it.
 */
export class Looks {
  #ids = new Set<string>()
  #everything = true
  #due = false
  /** What was told in this round, in the one before it, and so on. */
  #told: readonly Set<string>[] = [new Set()]
  #heard = new Set<string>()
  #heardBefore = new Set<string>()
  #failure: { readonly error: unknown } | undefined
  #wake: () => void = () => undefined

  /** An event named this container. */
  tell(id: string): void {
    this.#heard.add(id)
    this.#told[0]?.add(id)
    this.#ids.add(id)
    this.#wake()
  }

  /**
   * Another round is over: asks for further looks at what was told some rounds ago. The daemon announces the end of a
   * container, a pause and a connected network before its list says so: moby logs `die`, cleans up, and only then
   * checkpoints; with many containers at once that takes a second and more.
   */
  echo(): void {
    for (const round of FURTHER_LOOKS) for (const id of this.#told[round] ?? []) this.#ids.add(id)
    this.#told = [new Set(), ...this.#told.slice(0, Math.max(...FURTHER_LOOKS))]
    this.#wake()
  }

  /** The list of everything is due. */
  relist(): void {
    this.#everything = true
    this.#due = true
    this.#wake()
  }

  /** No event will come any more: `next` rejects with this. */
  end(error: unknown): void {
    this.#failure ??= { error }
    this.#wake()
  }

  /** Resolves as soon as there is something to look at. The first look is at everything. */
  async next(): Promise<Look> {
    while (this.#failure === undefined && !this.#everything && this.#ids.size === 0) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    if (this.#failure !== undefined) throw this.#failure.error
    const everything = this.#everything || this.#ids.size > MOST_IDS
    const look = { ids: everything ? undefined : this.#ids, due: this.#due }
    this.#ids = new Set()
    if (everything) this.#everythingAsked()
    return look
  }

  /** Those of which no event told, although they have changed since the last but one list of everything. */
  unheard(changed: ReadonlySet<string>): readonly string[] {
    return [...changed].filter((id) => !this.#heard.has(id) && !this.#heardBefore.has(id))
  }

  #everythingAsked(): void {
    this.#everything = false
    this.#due = false
    this.#heardBefore = this.#heard
    this.#heard = new Set()
  }
}
