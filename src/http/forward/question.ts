import { aliasTest } from '../../authz/aliases.ts'
import { decide, findClaim, type Setting } from '../../authz/decide.ts'
import type { Decision, SessionState } from '../../authz/decision.ts'
import { parseForwarded, type Forwarded } from '../../authz/forwarded.ts'
import { identityHeaders } from '../../authz/identity-headers.ts'
import type { Identity } from '../../identity/identity.ts'
import { readCookies, type OurCookies } from '../../session/cookie.ts'
import type { LiveSession } from '../../session/live.ts'
import { ASSERTION, identityHeaderNames } from '../../table/header-names.ts'
import type { App, Claim, Table } from '../../table/table.ts'
import type { Asked } from './address.ts'
import { shown, type CredentialDeps, type Shown } from './credentials.ts'
import type { Aside, EntryPoint } from './entry-point.ts'
import { identified } from './identify.ts'
import { answerOwnPath, ownPath, type OwnPath, type OwnPathDeps } from './own-paths.ts'
import { badRequest, refusal } from './refusal.ts'
import type { Reply } from './reply.ts'
import { putHeader, putTokens, type UpstreamTokenDeps } from './tokens.ts'

/** Header lines Node keeps of one request. Beyond it the rest is dropped in silence (threat A-26), so we refuse there. */
export const MAX_HEADER_LINES = 200

export interface QuestionDeps extends Omit<OwnPathDeps, 'sessions'> {
  /** Undefined while there is no table to trust. */
  table(): Table | undefined
  readonly sessions: OwnPathDeps['sessions'] & {
    find(cookie: string, now: number): LiveSession | undefined
    /** False while the store's feed is broken. */
    readonly trustworthy: boolean
  }
  readonly credentials: CredentialDeps
  readonly assertions: {
    /** A signed statement for this app of who is there. */
    of(session: LiveSession, app: string, now: number): string | Promise<string>
  }
  /** Headers that clients may not bring, by the beginning of their names in lower case. Default: none. */
  readonly reservedHeaders?: () => readonly string[]
  /** Default: no app is handed on any. */
  readonly upstreamTokens?: UpstreamTokenDeps
  /** TLS ends before the proxy, which therefore says `http` of everybody. Default: it does not. */
  readonly tlsBefore?: boolean
  /** Epoch milliseconds. */
  now(): number
  readonly observer: { decided(decision: Decision | Aside, forwarded: Forwarded | undefined): void }
  /** Where our middleware stands before a whole entry point of Traefik; undefined: it does not. */
  readonly entryPoint?: EntryPoint | undefined
}

/** The yes: every identity header there is, and of what could have been ours what the app may see. */
export interface Pass {
  /** Made for this answer alone; who sends it may add to it. */
  readonly pass: string[]
  readonly app: App
  /** Whom the app is told of; undefined: nobody. */
  readonly who: Identity | undefined
  /** The question came with a body, which is not read. */
  readonly close: boolean
  /** Header lines that say how long it may be kept, and by what it differs; undefined: not at all. */
  readonly keep?: readonly string[] | undefined
}

/** The no, or the way to a yes. */
export interface Refusal {
  readonly reply: Reply
  readonly close: boolean
}

export type Answer = Pass | Refusal

const MALFORMED: Decision = { verdict: 'bad-request', reason: 'malformed' }

/** Answers a proxy's question, whichever way it came in. `lines`: its header lines, names and values in turn. */
export function questioner(deps: QuestionDeps): (asked: Asked, lines: readonly string[]) => Answer | Promise<Answer> {
  const aliased = aliasTests()
  return (asked, lines) => {
    const forwarded =
      lines.length >= 2 * MAX_HEADER_LINES ? undefined : parseForwarded(asked.dialect, lines, deps.tlsBefore)
    const table = deps.table()
    if (forwarded === undefined || (table !== undefined && aliased(table, lines))) {
      deps.observer.decided(MALFORMED, forwarded)
      return { reply: badRequest(), close: true }
    }
    const special = deps.entryPoint?.(asked, forwarded, lines)
    if (special !== undefined) {
      deps.observer.decided(special.aside, forwarded)
      return { reply: special.reply, close: hasBody(forwarded) }
    }
    const now = deps.now()
    const cookies = readCookies(forwarded.fields.cookie, deps.portal.secure)
    const setting: Setting = { table, now, secure: deps.portal.secure, app: asked.app }
    const session = sessionOf(deps, cookies, now)
    const own = asksOurs(setting, forwarded)
    if (own !== undefined) return ours(deps, { ...own, forwarded, cookies, session, now })

    const credential = shown(deps.credentials, { setting, forwarded, lines, cookies, session })
    const question = { setting, forwarded, cookies, credential, dialect: asked.dialect }
    if (credential.later === undefined) return answer(deps, question, credential.session)
    return credential.later.then((session) => answer(deps, question, session))
  }
}

interface Question {
  readonly setting: Setting
  readonly forwarded: Forwarded
  readonly cookies: OurCookies
  readonly credential: Shown
  readonly dialect: Asked['dialect']
}

/** Waits only where somebody is to be told for the first time who is there. */
function answer(deps: QuestionDeps, question: Question, session: SessionState): Answer | Promise<Answer> {
  const { setting, forwarded, cookies, credential } = question
  const { table } = setting
  const decision = decide(setting, forwarded.request, session)
  deps.observer.decided(decision, forwarded)
  if (table !== undefined && (decision.verdict === 'allow' || decision.verdict === 'anonymous')) {
    const plain = pass(deps, table, decision, { forwarded, credential })
    const passed =
      decision.judged.policy.identify === true
        ? identified(plain, question, {
            table,
            invalid: decision.verdict === 'anonymous' && (cookies.session !== undefined || session === 'invalid'),
            tokenHeader: deps.credentials.tokenHeader(),
          })
        : plain
    const { assertion, upstreamTokens } = passed.app.spec
    return (assertion || upstreamTokens !== undefined) && decision.verdict === 'allow'
      ? filled(deps, passed, decision.session, setting.now)
      : passed
  }
  const words = { ...deps, nonce: cookies.nonce, program: credential.program }
  return { reply: refusal(decision, forwarded, words), close: hasBody(forwarded) }
}

function sessionOf(deps: QuestionDeps, cookies: OurCookies, now: number): SessionState {
  if (cookies.session === undefined) return undefined
  return deps.sessions.trustworthy ? deps.sessions.find(cookies.session, now) : 'unavailable'
}

type Yes = Extract<Decision, { verdict: 'allow' | 'anonymous' }>

function pass(
  deps: QuestionDeps,
  table: Table,
  decision: Yes,
  { forwarded, credential: { cookie, kept } }: Pick<Question, 'forwarded' | 'credential'>,
): Pass {
  const { app } = decision.judged.claim
  const session = decision.verdict === 'allow' ? decision.session : undefined
  const lines = identityHeaders(identityHeaderNames(table), app, session)
  if (cookie !== '') lines.push('Cookie', cookie)
  // the app's own credentials are for whoever may, in place of what they sent
  const upstream = app.spec.upstreamBasic !== undefined && session !== undefined ? app.spec.upstreamBasic : undefined
  const own = upstream === undefined ? undefined : deps.credentials.upstreamBasic(upstream)
  for (let i = 0; i + 1 < kept.length; i += 2) {
    if (own === undefined || kept[i] !== 'Authorization') lines.push(kept[i] as string, kept[i + 1] as string)
  }
  if (own !== undefined) lines.push('Authorization', own)
  return { pass: lines, app, who: session?.identity, close: hasBody(forwarded) }
}

/** With what has to be made or fetched for this app. */
function filled(deps: QuestionDeps, passed: Pass, session: LiveSession, now: number): Pass | Promise<Pass> {
  const { id, assertion, upstreamTokens: wanted } = passed.app.spec
  const said = assertion ? asserted(deps, passed, session, now) : passed
  const tokens = deps.upstreamTokens
  if (wanted === undefined || tokens === undefined) return said
  const put = (pass: Pass) => putTokens(tokens, pass, wanted, { session, app: id, now })
  return said instanceof Promise ? said.then(put) : put(said)
}

/** The header stands there already, empty, as one of those by which apps are told who is there. */
function asserted(deps: QuestionDeps, passed: Pass, session: LiveSession, now: number): Pass | Promise<Pass> {
  const put = (text: string): Pass => {
    putHeader(passed.pass, ASSERTION, text)
    return passed
  }
  const text = deps.assertions.of(session, passed.app.spec.id, now)
  return typeof text === 'string' ? put(text) : text.then(put)
}

function hasBody({ fields }: Forwarded): boolean {
  return fields.coding !== '' || (fields.length !== '' && fields.length !== '0')
}

function asksOurs(setting: Setting, { request }: Forwarded): { own: OwnPath; claim: Claim } | undefined {
  if (!request.path.text.includes('/.labelgate/') || (setting.secure && request.scheme !== 'https')) return undefined
  const claim = findClaim(setting, request)
  if ('verdict' in claim) return undefined
  const own = ownPath(claim, request.path.text)
  return own === undefined ? undefined : { own, claim }
}

interface OwnRequest {
  readonly own: OwnPath
  readonly claim: Claim
  readonly forwarded: Forwarded
  readonly cookies: OurCookies
  readonly session: SessionState
  readonly now: number
}

async function ours(deps: QuestionDeps, request: OwnRequest): Promise<Refusal> {
  const session = typeof request.session === 'string' ? undefined : request.session
  return { reply: await answerOwnPath(request.own, { ...request, session }, deps), close: hasBody(request.forwarded) }
}

/** The test for header aliases, made anew only when the names change. */
function aliasTests(): (table: Table, lines: readonly string[]) => boolean {
  let names: readonly string[] | undefined
  let test = aliasTest([])
  return (table, lines) => {
    const current = identityHeaderNames(table)
    if (current !== names) {
      names = current
      test = aliasTest(current)
    }
    return test(lines)
  }
}
