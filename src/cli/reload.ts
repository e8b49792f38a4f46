import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Held } from '../config/current.ts'
import type { Loaded } from '../config/load.ts'
import type { ReadFile } from '../config/reader.ts'
import type { Configured } from '../config/settings.ts'
import { every, type Every } from '../store/timer.ts'

/** What came of reading the settings again. */
export type Reload =
  | { readonly kind: 'replaced' }
  /** Wrong: the last good ones stay. */
  | { readonly kind: 'refused'; readonly problems: readonly string[] }

export interface ReloadOptions {
  readonly held: Held<Configured>
  /** Reads and judges everything; what it reads by `readFile` is watched. */
  readonly load: (readFile: ReadFile) => Loaded
  /** Told of each change once. */
  readonly heard: (reload: Reload) => void
  /** Turns the hand. Default: the clock on the wall. */
  readonly repeat?: Every
}

/** Milliseconds between two looks. A change is believed at the second look that sees it, so that nothing half is read. */
const LOOK_EVERY = 500

/**
 * Reads the operator's file again when it, or a file of a secret that it names, has changed. Looks instead of listening:
 * a bind mount, a file that is renamed over, and the links by which Kubernetes swaps a folder give no event to rely on.
 */
export class Reloader implements Disposable {
  readonly #options: ReloadOptions
  readonly #stop: () => void
  #paths: readonly string[] = []
  #contents = ''
  #read = ''
  #changed: string | undefined
  #looking = false

  /** Reads at once, as what was read before it was made may be older. */
  constructor(options: ReloadOptions) {
    this.#options = options
    this.reload()
    this.#stop = (options.repeat ?? every)(LOOK_EVERY, () => void this.look())
  }

  /** Looks whether something changed. Rejects never. */
  async look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    const seen = await stampOf(this.#paths)
    this.#looking = false
    if (seen === this.#read) this.#changed = undefined
    else if (seen !== this.#changed) this.#changed = seen
    else {
      this.#read = seen
      this.#changed = undefined
      this.reload()
    }
  }

  /** Reads at once, changed or not. */
  reload(): void {
    const { held, load, heard } = this.#options
    const texts = new Map<string, string>()
    const loaded = load((path) => read(path, texts))
    this.#paths = [...texts.keys()]
    const contents = hash('sha256', JSON.stringify([...texts]))
    const before = this.#contents
    this.#contents = contents
    if (contents === before) return
    if (!loaded.ok) return heard({ kind: 'refused', problems: loaded.problems })
    const { operator, file } = loaded.settings
    held.replace({ operator, file })
    if (before !== '') heard({ kind: 'replaced' })
  }

  [Symbol.dispose](): void {
    this.#stop()
  }
}

/** What cannot be read is part of what was found, too. */
function read(path: string, texts: Map<string, string>): string {
  try {
    const text = readFileSync(path, 'utf8')
    texts.set(path, `text ${text}`)
    return text
  } catch (error) {
    texts.set(path, `error ${codeOf(error)}`)
    throw error
  }
}

/** Links are followed: where one leads elsewhere the inode is another. */
async function stampOf(paths: readonly string[]): Promise<string> {
  const stamps = paths.map((path) =>
    stat(path, { bigint: true }).then(
      ({ dev, ino, mtimeNs, size }) => `${path} ${dev} ${ino} ${mtimeNs} ${size}`,
      (error: unknown) => `${path} ${codeOf(error)}`,
    ),
  )
  return (await Promise.all(stamps)).join('\n')
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
