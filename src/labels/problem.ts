/**
 * Something a person has to mend, said so that a stranger can: which container, which key, what was read,
 * why it does not do, and what to write instead. Problems are values, never exceptions.
 */
export interface Problem {
  /** `error`: what it concerns is denied to everybody. `warning`: shown aloud, nothing is denied for it. */
  readonly severity: 'error' | 'warning'
  /** Container name; `table` problems that concern two name both in `reason`. */
  readonly container: string
  /** The label key as it was written, or undefined where no single label is at fault. */
  readonly key?: string
  /** The value as it was written, cut to 80 characters, control characters escaped. */
  readonly value?: string
  /** One sentence, lower case, no full stop: `is not a host name`. */
  readonly reason: string
  /** What to do: `did you mean labelgate.allow?` */
  readonly mend?: string
}
