import { lstatSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** Somebody else writes the file. The message says which, and what to do. */
export class FileInUseError extends Error {
  override readonly name = 'FileInUseError'
}

const SQLITE_BUSY = 5

/**
 * Makes sure that one process at a time writes a file. Node has no flock(2); an exclusive transaction of SQLite is a
 * lock of the same kind: the kernel takes it back however the process ends, so that none is ever left behind.
 */
export class FileLock {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #inode: bigint | undefined

  private constructor(path: string, database: DatabaseSync) {
    this.#path = path
    this.#database = database
    this.#inode = inodeOf(path)
  }

  /**
   * @param path lies in a folder that nobody else can write, so what is seen here is what SQLite opens
   * @throws FileInUseError where somebody has the lock, at once
   */
  static acquire(path: string, file: string): FileLock {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) {
      throw new Error(`${path} is not a regular file: remove it`)
    }
    const database = new DatabaseSync(path, { timeout: 0 })
    try {
      database.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      database.close()
      if (!isBusy(error)) throw error
      throw new FileInUseError(
        `another labelgate already writes ${file}: stop it, or give this one another LABELGATE_TRAEFIK_FILE`,
        { cause: error },
      )
    }
    return new FileLock(path, database)
  }

  /** False once its file was removed: another process would then get a lock of its own on a new one. */
  get held(): boolean {
    return this.#inode !== undefined && inodeOf(this.#path) === this.#inode
  }

  release(): void {
    this.#database.close()
  }
}

function inodeOf(path: string): bigint | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}
