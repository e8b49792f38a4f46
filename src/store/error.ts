/**
 * - `name-taken`: another account has the name
 * - `no-parent`: the session or account it would hang on is gone
 * - `busy`: another process holds the store, longer than is worth waiting for
 * - `closed`: close() was called
 * - `corrupt`, `foreign`, `newer`: the file is damaged, another program's, or of a later version of this one
 * - `bad-key`: a key file does not hold what it must
 * - `failed`: anything else; the cause says what
 */
export type StoreErrorCode =
  | 'name-taken'
  | 'no-parent'
  | 'busy'
  | 'closed'
  | 'corrupt'
  | 'foreign'
  | 'newer'
  | 'bad-key'
  | 'failed'

/** The message names the file and what to do, and never a value that rests in it. */
export class StoreError extends Error {
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}
