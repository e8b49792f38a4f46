/**
 * What happened, one line each: sign-ins, refusals, and what labels changed in who may open what. Whatever a stranger
 * can cause without end is written down a few times a second and counted beyond that, so that no flood fills the disk
 * or buries the rest. A request that is let in costs nothing here.
 */
import type { Decision } from './authz/decision.ts'
import type { Aside } from './http/forward/entry-point.ts'
import type { ForwardObserver } from './http/forward/forward.ts'
import type { PortalEvent } from './http/portal/deps.ts'
import { whyOf } from './identity/why.ts'
import type { Problem } from './labels/problem.ts'
import { problemFields, type Log } from './log.ts'
import { every, type Every } from './store/timer.ts'
import { tableChanges, type AppChange, type ConflictChange } from './table/changes.ts'
import type { Table } from './table/table.ts'

export interface AuditOptions {
  readonly log: Log
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Turns the hand for the count of what was not written down. Default: the clock on the wall. */
  readonly repeat?: Every
}

/** Nothing here throws. Disposing of it writes what is still counted. */
export interface Audit extends ForwardObserver, Disposable {
  observe(event: PortalEvent): void
  /** To be told of every table in turn; the first one is the ground the others are compared with. */
  tableReplaced(table: Table): void
  /** The guard was asked for what it does not pass on, or from where it may not be asked. */
  refusedByGuard(address: string | undefined, asked: string): void
  /** The operator's file was read again. @param problems what is wrong with it, so that the last good one stays */
  configured(problems: readonly string[]): void
}

const COUNTED_EVERY = 10_000
/** Lines about one table, so that thousands of changes at once do not hold up requests. */
const LINES_OF_TABLE = 500
const NO_TABLE: Table = { apps: new Map(), hosts: new Map(), wildcards: new Map(), contested: new Set(), problems: [] }

export function createAudit({ log, now, repeat = every }: AuditOptions): Audit {
  const bounds = new Map<string, Bound>()
  const mayWrite = (kind: string): boolean => {
    let bound = bounds.get(kind)
    if (bound === undefined) bounds.set(kind, (bound = new Bound()))
    return bound.take(now())
  }
  const flush = () => {
    for (const [verdict, bound] of bounds) {
      const suppressed = bound.counted()
      if (suppressed > 0) log.warn({ audit: 'refusal', verdict, suppressed }, 'there were more than are written down')
    }
  }
  const stop = repeat(COUNTED_EVERY, flush)
  let last: Table | undefined
  return {
    decided: (decision, forwarded) => {
      if (decision.verdict === 'allow' || decision.verdict === 'anonymous' || !mayWrite(decision.verdict)) return
      const { host, address } = forwarded?.request ?? {}
      log.info({ audit: 'refusal', ...refusalFields(decision), host, address }, 'request refused')
    },
    stranger: (address) => {
      if (mayWrite('stranger'))
        log.warn({ audit: 'refusal', verdict: 'stranger', address }, 'asked by no proxy of ours')
    },
    refusedByGuard: (address, asked) => {
      if (mayWrite('guard'))
        log.warn({ audit: 'refusal', verdict: 'guard', address, asked }, 'the guard does not pass that on')
    },
    failed: (error) => {
      if (mayWrite('fault')) log.error({ err: error }, 'a request failed for a fault of ours')
    },
    observe: (event) => observe(event, log, mayWrite),
    tableReplaced: (table) => {
      writeLines(log, last === undefined ? firstLines(table) : changeLines(last, table))
      last = table
    },
    configured: (problems) => writeLines(log, configLines(problems)),
    [Symbol.dispose]: () => {
      stop()
      flush()
    },
  }
}

function refusalFields(decision: Decision | Aside) {
  const { verdict, reason } = decision
  const app = 'judged' in decision ? decision.judged?.claim.app.spec.key : undefined
  const user = 'session' in decision ? decision.session?.identity.user : undefined
  return { verdict, reason, app, user }
}

function observe(event: PortalEvent, log: Log, mayWrite: (kind: string) => boolean): void {
  const { kind, address } = event
  switch (kind) {
    case 'sign-in':
    case 'set-up':
    case 'sign-out': {
      const { user, issuer } = event.identity
      return log.info({ audit: kind, verdict: 'ok', user, issuer, address }, SENTENCES[kind])
    }
    case 'sign-in-refused':
      if (mayWrite(`sign-in ${event.why}`))
        log.warn(
          {
            audit: 'sign-in',
            verdict: 'refused',
            reason: event.why,
            address,
            ...(event.provider !== undefined && { provider: event.provider, why: whyOf(event.error) }),
          },
          'sign-in refused',
        )
      return
    case 'form-refused':
      if (mayWrite('form'))
        log.warn(
          { audit: 'refusal', verdict: 'form', reason: event.why, address },
          'form refused: no page of ours sent it',
        )
  }
}

const SENTENCES = { 'sign-in': 'signed in', 'set-up': 'first account made', 'sign-out': 'signed out' } as const

type Line = readonly [level: 'error' | 'warn' | 'info', fields: object, sentence: string]

/** What was there at the start is no change, and named by its problems alone. */
function firstLines(table: Table): Line[] {
  const hosts = table.hosts.size + table.wildcards.size
  const { appeared, conflicts } = tableChanges(NO_TABLE, table)
  const start: Line = ['info', { audit: 'policy', apps: table.apps.size, hosts }, 'first table of apps']
  return [start, ...appeared.map(problemLine), ...conflicts.map(conflictLine)]
}

// What denies comes first: it is what may not be left out where there is too much to say.
function changeLines(before: Table, after: Table): Line[] {
  const { appeared, mended, conflicts, apps } = tableChanges(before, after)
  return [
    ...appeared.map(problemLine),
    ...conflicts.map(conflictLine),
    ...apps.map(appLine),
    ...mended.map((problem): Line => ['info', { audit: 'problem', ...problemFields(problem) }, 'mended']),
  ]
}

function problemLine(problem: Problem): Line {
  const level = problem.severity === 'error' ? 'error' : 'warn'
  return [level, { audit: 'problem', ...problemFields(problem) }, 'to be mended']
}

function conflictLine({ ended, ...conflict }: ConflictChange): Line {
  if (ended) return ['info', { audit: 'policy', ...conflict }, 'no longer claimed by more than one app']
  return ['warn', { audit: 'policy', ...conflict }, 'claimed by more than one app, so denied to everybody']
}

function appLine({ app, before, after }: AppChange): Line {
  const what = before === undefined ? 'added' : 'changed'
  return ['info', { audit: 'policy', app, before, after }, after === undefined ? 'app removed' : `app ${what}`]
}

function configLines(problems: readonly string[]): Line[] {
  if (problems.length === 0) return [['info', { audit: 'config', verdict: 'replaced' }, 'the settings were read again']]
  const wrong = problems.map((problem): Line => ['error', { audit: 'config', problem }, 'the settings are wrong'])
  return [['error', { audit: 'config', verdict: 'refused' }, 'the last good settings stay'], ...wrong]
}

function writeLines(log: Log, lines: readonly Line[]): void {
  for (const [level, fields, sentence] of lines.slice(0, LINES_OF_TABLE)) log[level](fields, sentence)
  const suppressed = lines.length - LINES_OF_TABLE
  if (suppressed > 0) log.warn({ audit: 'policy', suppressed }, 'more changed at once than is written down')
}

const BURST = 20
/** Milliseconds for one more: five a second. */
const REFILL = 200

/** So many at once, then five a second. What it does not let through is counted. */
class Bound {
  #free = BURST
  #at = Number.NEGATIVE_INFINITY
  #counted = 0

  take(now: number): boolean {
    // A clock that was set back gives nothing, and goes on from there (threat I-29).
    this.#free = Math.min(BURST, this.#free + Math.max(0, now - this.#at) / REFILL)
    this.#at = now
    if (this.#free < 1) {
      this.#counted += 1
      return false
    }
    this.#free -= 1
    return true
  }

  /** How many since it was asked last. */
  counted(): number {
    const counted = this.#counted
    this.#counted = 0
    return counted
  }
}
