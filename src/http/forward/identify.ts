import type { Dialect, Forwarded } from '../../authz/forwarded.ts'
import { claimsAt } from '../../table/lookup.ts'
import type { App, Table } from '../../table/table.ts'
import { putHeader } from './tokens.ts'

/**
 * Seconds for which a proxy may keep what an app with `policy=identify` is told. Caches count in whole seconds, and
 * nginx holds an answer up to one longer: a session that has ended is told as valid for five at most.
 */
export const KEPT = 4

interface Passed {
  readonly pass: string[]
  readonly app: App
  readonly keep?: readonly string[] | undefined
}

interface Question {
  readonly dialect: Dialect
  readonly forwarded: Forwarded
}

interface Known {
  readonly table: Table
  /** Somebody showed a credential, and it does not hold: other than nobody at all. */
  readonly invalid: boolean
  /** A further header in which tokens are taken; undefined: none. */
  readonly tokenHeader: string | undefined
}

/** The yes of an app that refuses nobody. */
export function identified<P extends Passed>(passed: P, { dialect, forwarded }: Question, known: Known): P {
  if (known.invalid) {
    for (const { name, value } of passed.app.spec.headers)
      if (value.kind === 'valid') putHeader(passed.pass, name, 'false')
  }
  return mayBeKept(passed.app, known.table, forwarded)
    ? { ...passed, keep: keeping(dialect, known.tokenHeader) }
    : passed
}

/** Only where path and body make no difference, since a cache leaves them out, and where the answer holds no secret. */
function mayBeKept({ spec }: App, table: Table, { request }: Forwarded): boolean {
  const { rules, route, assertion, upstreamBasic, upstreamTokens } = spec
  const secret = assertion || upstreamBasic !== undefined || upstreamTokens !== undefined
  const alike = rules.length === 0 && route.bodyLimit === undefined
  return !secret && alike && !request.path.ambiguous && claimsAt(table, request.host).length === 1
}

function keeping(dialect: Dialect, tokenHeader: string | undefined): readonly string[] {
  const asked = dialect === 'nginx' ? ['X-Original-URL'] : ['X-Forwarded-Host', 'X-Forwarded-Proto']
  const vary = ['Cookie', 'Authorization', ...(tokenHeader === undefined ? [] : [tokenHeader]), ...asked]
  // nginx keeps nothing that is private but by its own word, which comes first
  return ['X-Accel-Expires', String(KEPT), 'Cache-Control', `private, max-age=${KEPT}`, 'Vary', vary.join(', ')]
}
