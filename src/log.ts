/**
 * JSON lines by pino, from which secrets are kept by construction: whatever is logged goes through `redact.ts`, fields
 * and sentences both, and every finished line is searched for the keys we hold. Nothing has to be remembered where
 * something is logged.
 */
import { pino, type DestinationStream, type Logger } from 'pino'
import type { Settings } from './config/settings.ts'
import type { Problem } from './labels/problem.ts'
import { scrubFields, scrubText } from './redact.ts'

/** The log as everybody sees it: fields, then one sentence, lower case, no full stop. Never throws. */
export interface Log {
  fatal(fields: object, sentence: string): void
  error(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
  info(fields: object, sentence: string): void
  debug(fields: object, sentence: string): void
  trace(fields: object, sentence: string): void
  /** A log whose lines all carry these fields too. */
  child(fields: object): Log
}

export interface LogOptions {
  readonly level: Settings['logLevel']
  /** Where lines go; standard output unless it is given. */
  readonly destination?: DestinationStream
  /**
   * Values that must stand in no line, such as the proxy key; its owner may add some later. Those with fewer than 16
   * characters are passed over: they could be parts of words.
   */
  readonly secrets?: ReadonlySet<string>
  /** Epoch milliseconds; `Date.now` unless it is given. */
  readonly now?: () => number
}

const SHORTEST_SECRET = 16

/** The log of the process. pino's own logger stays within, as its children would write what they are given. */
export function createLog({ level, destination, secrets = new Set(), now = Date.now }: LogOptions): Log {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
    // pino's own takes what scrubFields makes of an error for one, and forgets its type and causes
    serializers: { err: (error: unknown) => error },
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: { streamWrite: (line: string) => withoutSecrets(line, secrets) },
  }
  return logOf(pino(options, destination ?? pino.destination(1)))
}

function logOf(logger: Logger): Log {
  const write = (level: Exclude<keyof Log, 'child'>) => (fields: object, sentence: string) => {
    if (logger.isLevelEnabled(level)) logger[level](scrubbed(fields), scrubText(sentence))
  }
  return {
    fatal: write('fatal'),
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    trace: write('trace'),
    child: (fields) => logOf(logger.child(scrubbed(fields))),
  }
}

// Getters may throw, and a log that does would take down what it is to explain.
function scrubbed(fields: object): Record<string, unknown> {
  try {
    return fields instanceof Error ? scrubFields({ err: fields }) : scrubFields(fields)
  } catch {
    return { fields: '[unreadable]' }
  }
}

// Keys are base64url: no letter of theirs is escaped in JSON, and the line stays JSON without them.
function withoutSecrets(line: string, secrets: ReadonlySet<string>): string {
  let safe = line
  for (const secret of secrets) {
    if (secret.length >= SHORTEST_SECRET && safe.includes(secret)) safe = safe.replaceAll(secret, '***')
  }
  return safe
}

/** A problem's fields; its key is called `label`, as `key` is the name of a secret. */
export function problemFields({ key, ...problem }: Problem): Record<string, unknown> {
  return { ...problem, ...(key !== undefined && { label: key }) }
}
