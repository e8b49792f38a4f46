/** What is wrong with a value, and what to write instead. Becomes a Problem where the label is known. */
export interface Fault {
  /** One sentence, lower case, no full stop. */
  readonly reason: string
  readonly mend?: string
}

/** What came of reading one text. Only a value without faults is to be relied on. */
export interface Parsed<T> {
  /** As far as it could be read: the hosts of a broken app are claimed by it, so that they are denied. */
  readonly value?: T
  readonly faults: readonly Fault[]
}

export function good<T>(value: T): Parsed<T> {
  return { value, faults: [] }
}

export function bad(reason: string, mend?: string): Parsed<never> {
  return { faults: [fault(reason, mend)] }
}

export function fault(reason: string, mend?: string): Fault {
  return mend === undefined ? { reason } : { reason, mend }
}
