/** What the process says by its exit code; the README lists them. */
export const EXIT = {
  ok: 0,
  /** Labels with errors, a request that would not pass, an account that is not there. */
  problems: 1,
  /** An option or an argument that does not do. */
  usage: 2,
  /** A part that is needed cannot be reached: the daemon, the store, an address to listen on. */
  unreachable: 3,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Ends a command. The message is for the person at the terminal: what is wrong, and the mend. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: ExitCode

  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
