import { chmodSync, closeSync, openSync, statSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { StoreError } from './error.ts'
import { prepareSchema } from './schema.ts'

// SQLite waits in the thread that serves requests: not long, and then again later without holding anybody up.
const WAIT = 40
const PAUSE = 20
const ATTEMPTS = 50

/** One open SQLite file of ours: statements prepared once, one writer at a time, errors in words. */
export class SqliteFile {
  readonly path: string
  readonly db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  private constructor(path: string, db: DatabaseSync) {
    this.path = path
    this.db = db
  }

  /** @throws StoreError `corrupt`, `foreign`, `newer`, `busy`, or `failed` where there is no such folder, or no right */
  static open(path: string, now: number): Promise<SqliteFile> {
    return patiently(path, () => {
      ownersAlone(path)
      const db = new DatabaseSync(path, { timeout: WAIT, enableForeignKeyConstraints: true, defensive: true })
      try {
        prepareSchema(db, path, now)
        return new SqliteFile(path, db)
      } catch (error) {
        db.close()
        throw error
      }
    })
  }

  /** The statement for this text, prepared at its first use. */
  sql(text: string): StatementSync {
    const known = this.#statements.get(text)
    if (known !== undefined) return known
    const statement = this.db.prepare(text)
    this.#statements.set(text, statement)
    return statement
  }

  read<T>(work: () => T): Promise<T> {
    return patiently(this.path, () => {
      this.#mustBeOpen()
      return work()
    })
  }

  /** All of it or nothing. May be called again from the start where another process is writing. */
  write<T>(work: () => T): Promise<T> {
    return patiently(this.path, () => {
      this.#mustBeOpen()
      this.db.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        this.db.exec('COMMIT')
        return result
      } catch (error) {
        if (this.db.isTransaction) this.db.exec('ROLLBACK')
        throw error
      }
    })
  }

  close(): void {
    if (this.db.isOpen) this.db.close()
  }

  #mustBeOpen(): void {
    if (!this.db.isOpen) throw new StoreError('closed', `${this.path} is closed`)
  }
}

async function patiently<T>(path: string, work: () => T): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return work()
    } catch (error) {
      const known = explain(error, path)
      if (!(known instanceof StoreError && known.code === 'busy') || attempt === ATTEMPTS) throw known
    }
    await setTimeout(PAUSE)
  }
}

/** Password hashes rest in it. Created before SQLite does; its `-wal` and `-shm` take the mode over. */
function ownersAlone(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
}

/** Bugs pass through as they are. */
function explain(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error
  const cause = { cause: error }
  const damaged = (why: string) =>
    new StoreError('corrupt', `${path} is damaged (${why}): put a backup in its place, or move it away`, cause)
  if ('errcode' in error && typeof error.errcode === 'number') {
    if (error.errcode === UNIQUE) return new StoreError('name-taken', 'another account has this name', cause)
    if (error.errcode === FOREIGN_KEY) return new StoreError('no-parent', 'what it hangs on is gone', cause)
    const primary = error.errcode & 0xff
    if (primary === 5 || primary === 6) return new StoreError('busy', `${path} is held by another process`, cause)
    if (primary === 11 || primary === 26) return damaged(error.message)
    return new StoreError('failed', `${path}: ${error.message}`, cause)
  }
  // A number beyond 2^53, or a column that is not the JSON it must be.
  if (error instanceof SyntaxError || ('code' in error && error.code === 'ERR_OUT_OF_RANGE')) {
    return damaged('a row cannot be read')
  }
  if ('syscall' in error) return new StoreError('failed', `${path} cannot be opened: ${error.message}`, cause)
  return error
}

// https://sqlite.org/rescode.html, extended codes. The one unique column beside keys is account.name.
const UNIQUE = 2067
const FOREIGN_KEY = 787
