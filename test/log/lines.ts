import { createLog, type Log, type LogOptions } from '../../src/log.ts'

export interface Lines {
  readonly log: Log
  /** As they were written. */
  readonly text: () => string
  /** As they are read. */
  readonly all: () => Record<string, unknown>[]
}

/** A log into memory, at a fixed time. */
export function lines(options: Partial<LogOptions> = {}): Lines {
  const written: string[] = []
  const destination = { write: (line: string) => void written.push(line) }
  return {
    log: createLog({ level: 'trace', destination, now: () => Date.UTC(2026, 10, 25, 12), ...options }),
    text: () => written.join(''),
    all: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
  }
}
