import { statSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Row } from './rows.ts'
import type { Change, Store } from './store.ts'
import type { Every } from './timer.ts'

const POLL = 250

type Listener = Parameters<Store['subscribe']>[0]

/**
 * Tells what was written into a SQLite file, by whichever process. Every quarter of a second it asks whether another
 * connection has written at all (`data_version`, which reads no page of a table), and only then what.
 */
export class ChangeFeed {
  readonly #path: string
  readonly #file: string
  readonly #every: Every
  readonly #listeners = new Set<Listener>()
  readonly #version: StatementSync
  readonly #latest: StatementSync
  readonly #since: StatementSync
  #seq = 0
  #seenVersion: unknown
  #broken = false
  #stop: (() => void) | undefined

  constructor(db: DatabaseSync, path: string, every: Every) {
    this.#path = path
    this.#file = fileId(path)
    this.#every = every
    this.#version = db.prepare('PRAGMA data_version')
    this.#latest = db.prepare("SELECT coalesce(max(seq), 0) AS seq FROM sqlite_sequence WHERE name = 'changes'")
    this.#since = db.prepare('SELECT seq, kind, key FROM changes WHERE seq > ? ORDER BY seq')
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    if (this.#stop === undefined) {
      this.#stop = this.#every(POLL, () => this.#poll())
      this.#guarded(() => {
        this.#seenVersion = this.#version.get()?.['data_version']
        this.#seq = this.#newest()
      })
    }
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** To be called after a write of our own, which changes no `data_version`. */
  look(): void {
    if (this.#listeners.size > 0 && !this.#broken) this.#guarded(() => this.#readNew())
  }

  close(): void {
    this.#stop?.()
    this.#listeners.clear()
  }

  #poll(): void {
    this.#guarded(() => {
      if (fileId(this.#path) !== this.#file) throw new Error(`${this.#path} is another file now`)
      const version = this.#version.get()?.['data_version']
      if (this.#broken) this.#restore()
      else if (version !== this.#seenVersion) this.#readNew()
      this.#seenVersion = version
    })
  }

  #guarded(read: () => void): void {
    try {
      read()
    } catch {
      // Why does not matter here: nobody can tell what was missed, and whoever asks the store itself is told the cause.
      if (!this.#broken) this.#tell({ kind: 'broken' })
      this.#broken = true
    }
  }

  #readNew(): void {
    const rows = this.#since.all(this.#seq)
    const [first] = rows
    if (first === undefined) return
    // The oldest ones are dropped in time: who slept longer reads everything anew.
    if (seqOf(first) !== this.#seq + 1) {
      this.#tell({ kind: 'broken' })
      return this.#restore()
    }
    for (const row of rows) this.#tell({ kind: row['kind'] as Change['kind'], key: String(row['key']) })
    this.#seq = seqOf(rows.at(-1) ?? first)
  }

  #restore(): void {
    this.#seq = this.#newest()
    this.#broken = false
    this.#tell({ kind: 'restored' })
  }

  #newest(): number {
    return seqOf(this.#latest.get() ?? {})
  }

  #tell(change: Parameters<Listener>[0]): void {
    // Later, so that what a listener does is no part of the write.
    queueMicrotask(() => this.#listeners.forEach((listener) => listener(change)))
  }
}

function seqOf(row: Row): number {
  return Number(row['seq'] ?? 0)
}

/** A file that was moved away, or replaced by a backup, is still open to us and told nothing any more. */
function fileId(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true })
  return `${dev}:${ino}`
}
