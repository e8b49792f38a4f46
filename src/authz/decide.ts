import type { LiveSession } from '../session/live.ts'
import { inNetworks } from '../syntax/networks.ts'
import { claimsAt, hasHost, lookup } from '../table/lookup.ts'
import type { Claim, Table } from '../table/table.ts'
import { withinLimit } from './body-limit.ts'
import type { CanonicalRequest, Decision, Judged, Reason, SessionState } from './decision.ts'
import { everyPolicy, isPublic, judge } from './judge.ts'
import { evaluate } from './policy.ts'

/** What holds for every request of this moment. */
export interface Setting {
  /** Undefined until the first complete list of containers. */
  readonly table: Table | undefined
  /** Epoch milliseconds. */
  readonly now: number
  /** Apps are served over https alone. */
  readonly secure: boolean
  /** The app the question was bound to by its address; undefined where it came without one. */
  readonly app: string | undefined
}

/** May this request pass, and as whom? Pure. Everything that is not a clear yes is a no with its reason. */
export function decide(setting: Setting, request: CanonicalRequest, session: SessionState): Decision {
  const found = findClaim(setting, request)
  if ('verdict' in found) return found
  if (setting.secure && request.scheme !== 'https')
    return { verdict: 'sign-in', reason: 'plain-http', judged: judge(found, request) }
  if (request.socketOrigin !== undefined && !hasHost(setting.table as Table, request.socketOrigin)) {
    return { verdict: 'forbid', reason: 'foreign-websocket', judged: judge(found, request) }
  }
  const decision = judgeRequest(setting, judge(found, request), request, session)
  const limit = found.app.spec.route.bodyLimit
  return limit === undefined ? decision : withinLimit(decision, request.body, limit)
}

/** Whose host and path it is, where that alone does not already refuse. */
export function findClaim({ table, app }: Setting, request: Pick<CanonicalRequest, 'host' | 'path'>): Claim | Decision {
  if (table === undefined) return { verdict: 'not-ready', reason: 'not-synced' }
  const claim = lookup(table, request.host, request.path)
  if (claim === undefined) return { verdict: 'unknown-host', reason: 'unknown-host' }
  if (app !== undefined && claim.app.spec.id !== app) return { verdict: 'forbid', reason: 'other-app' }
  if (claim.conflict) return { verdict: 'forbid', reason: 'conflict' }
  if (claim.app.spec.broken) return { verdict: 'forbid', reason: 'broken-labels' }
  return claim
}

/**
 * Whose an ambiguous path may be: the app's that the proxy has chosen, or anybody's on this host where it chose none,
 * since it may have read the path otherwise than we do.
 */
export function possibleClaims({ table, app }: Setting, claim: Claim, host: string): readonly Claim[] {
  return app === undefined && table !== undefined ? claimsAt(table, host) : [claim]
}

function judgeRequest(setting: Setting, judged: Judged, request: CanonicalRequest, session: SessionState): Decision {
  const open = opening(judged, request)
  if (typeof session === 'string') {
    // an app that asks who is there must not be told "nobody" where that is not known
    const known = open !== undefined && (open !== 'identify' || session === 'invalid')
    return known ? { verdict: 'anonymous', reason: open, judged } : unproven(session, judged)
  }
  const own = session !== undefined && isFor(session, request.host) ? session : undefined
  if (own === undefined) {
    if (open !== undefined) return { verdict: 'anonymous', reason: open, judged }
    return { verdict: 'sign-in', reason: session === undefined ? 'no-session' : 'session-of-another-host', judged }
  }
  const reason = against(setting, judged, request, own)
  if (reason === 'allowed') return { verdict: 'allow', reason: open ?? 'allowed', judged, session: own }
  // what is open to everybody is open to somebody who may not see the rest, but as nobody
  if (open !== undefined) return { verdict: 'anonymous', reason: open, judged }
  // who shows a token or a password in each request cannot be sent to sign in anew
  const mendable = own.credential === 'session' && (reason === 'not-fresh' || reason === 'no-mfa')
  if (mendable) return { verdict: 'step-up', reason, judged, session: own }
  return { verdict: 'forbid', reason, judged, session: own }
}

/** A cookie opens the one host it was set for; what shows itself in each request is bound to none. */
function isFor(session: LiveSession, host: string): boolean {
  return session.credential !== 'session' || session.host === host
}

function unproven(state: Extract<SessionState, string>, judged: Judged): Decision {
  if (state === 'invalid') return { verdict: 'sign-in', reason: 'credential-invalid', judged }
  return { verdict: 'not-ready', reason: state === 'unavailable' ? 'store-unavailable' : state }
}

/** Why no sign-in is needed, if so. */
function opening({ policy }: Judged, request: CanonicalRequest): Reason | undefined {
  if (request.path.ambiguous) return undefined
  if (policy.identify === true) return 'identify'
  if (isPublic(policy.public, request.method, request.path)) return 'public-path'
  return policy.publicFrom !== undefined && inNetworks(policy.publicFrom, request.address)
    ? 'public-network'
    : undefined
}

function against(setting: Setting, judged: Judged, request: CanonicalRequest, session: LiveSession): Reason {
  const circumstances = { session, address: request.address, now: setting.now }
  if (!request.path.ambiguous)
    return inScope(session, judged.claim) ? evaluate(judged.policy, circumstances) : 'token-scope'
  const claims = possibleClaims(setting, judged.claim, request.host)
  if (claims.some(({ conflict }) => conflict)) return 'conflict'
  if (claims.some(({ app }) => app.spec.broken)) return 'broken-labels'
  if (!claims.every((claim) => inScope(session, claim))) return 'token-scope'
  for (const policy of everyPolicy(claims)) {
    const reason = evaluate(policy, circumstances)
    if (reason !== 'allowed') return reason
  }
  return 'allowed'
}

/** A token names its apps by id, or by key where two apps have one id. */
function inScope({ apps }: LiveSession, { app: { spec } }: Claim): boolean {
  return apps === undefined || apps.has(spec.id) || apps.has(spec.key)
}
