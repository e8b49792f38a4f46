import { findClaim, type Setting } from '../../authz/decide.ts'
import type { SessionState } from '../../authz/decision.ts'
import type { Forwarded } from '../../authz/forwarded.ts'
import { judge } from '../../authz/judge.ts'
import type { Policy } from '../../labels/spec.ts'
import { looksLikeToken } from '../../session/token-text.ts'
import { takeCookie, type OurCookies } from '../../session/cookie.ts'
import type { LiveSession, Proven } from '../../session/live.ts'
import { headerValues, hidesToken, readAuthorization, readPair, type Pair } from './authorization.ts'

/** Who knows credentials that stand in the request itself, rather than in a cookie of ours. */
export interface CredentialDeps {
  readonly tokens: {
    /** False while a token may have been taken back without our knowing. */
    readonly trustworthy: boolean
    find(token: string, now: number): LiveSession | undefined
  }
  readonly passwords: {
    /** Somebody who showed the same text before, and may be remembered. */
    recall(text: string, now: number): LiveSession | undefined
    /** @param shown `text`: user name and password as they stand in the header */
    prove(shown: Pair & { readonly text: string; readonly address: string }, now: number): Proven | Promise<Proven>
  }
  readonly bearer: {
    /** Cookies that carry JWTs too. */
    readonly cookies: readonly string[]
    /** @param issuers names of those whose JWTs are taken; undefined: all. `cookie`: the one it came in. */
    prove(
      jwt: string,
      by: { readonly issuers: readonly string[] | undefined; readonly cookie?: string },
      now: number,
    ): Proven | Promise<Proven>
  }
  /** A further header in which tokens are taken, lower case; undefined: none. */
  tokenHeader(): string | undefined
  /** What the app is signed in with, by its name in the operator's file: a value for `Authorization`. */
  upstreamBasic(name: string): string | undefined
}

/** What a request shows for itself, and what of it the app may see. */
export interface Shown {
  readonly session: SessionState
  /** In place of `session`, where somebody has to be asked first. */
  readonly later: Promise<SessionState> | undefined
  /** A credential of ours stands in the request itself: it is no person who could be sent to a sign-in page. */
  readonly program: boolean
  /** Names and values of headers that could have been ours, and are not. */
  readonly kept: readonly string[]
  /** The `Cookie` header without what was ours. */
  readonly cookie: string
}

interface Request {
  readonly setting: Setting
  readonly forwarded: Forwarded
  readonly lines: readonly string[]
  readonly cookies: OurCookies
  /** Whose session cookie it is. */
  readonly session: SessionState
}

const NONE: readonly string[] = []

/**
 * The first of these that stands in the request decides, and if it does not hold nothing after it is asked: a token in
 * the operator's header; a token in `Authorization`; a password or JWT there, where the app takes such; our cookie; a
 * JWT in a cookie. Two in headers are two opinions, and refused.
 */
export function shown(deps: CredentialDeps, request: Request): Shown {
  const { authorization } = request.forwarded.fields
  const name = deps.tokenHeader()
  if (authorization === '' && name === undefined) return byCookie(deps, request, NONE)
  const found = authorization === '' ? undefined : fromAuthorization(deps, request, authorization)
  const kept = authorization === '' || found !== undefined ? NONE : ['Authorization', authorization]
  if (name !== undefined) return besideHeader(deps, request, { name, found, kept })
  return found === undefined ? byCookie(deps, request, kept) : byHeader(found, request, kept)
}

/** @param beside what `Authorization` says, and what of it the app may see */
function besideHeader(
  deps: CredentialDeps,
  request: Request,
  beside: { readonly name: string; readonly found: Look | undefined; readonly kept: readonly string[] },
): Shown {
  const { name, found } = beside
  const looks = found === undefined ? [] : [found]
  const kept = [...beside.kept]
  for (const value of headerValues(request.lines, name)) {
    if (looksLikeToken(value)) looks.push(() => byToken(deps, request, value))
    else kept.push(name, value)
  }
  const [look] = looks
  if (look === undefined) return byCookie(deps, request, kept)
  return byHeader(looks.length === 1 ? look : () => 'invalid', request, kept)
}

type Look = () => SessionState | Promise<SessionState>

function byHeader(look: Look, { setting, forwarded, cookies }: Request, kept: readonly string[]): Shown {
  // what came in the clear is not looked at, and refused for that alone (threat G-23)
  const inTheClear = setting.secure && forwarded.request.scheme !== 'https'
  return { ...outcome(inTheClear ? undefined : look()), program: true, kept, cookie: cookies.rest }
}

/** Undefined: it is the app's own. */
function fromAuthorization(deps: CredentialDeps, request: Request, header: string): Look | undefined {
  const said = readAuthorization(header)
  switch (said.kind) {
    case 'other':
      return undefined
    case 'token':
      return () => byToken(deps, request, said.text)
    case 'basic':
      return fromBasic(deps, request, said.text)
    case 'bearer': {
      const policy = policyOf(request)
      if (policy?.accept.includes('bearer') !== true) return undefined
      const { text } = said
      const by = { issuers: policy.bearer }
      return () => (text === undefined ? 'invalid' : deps.bearer.prove(text, by, request.setting.now))
    }
  }
}

function fromBasic(deps: CredentialDeps, request: Request, text: string | undefined): Look | undefined {
  const { forwarded, setting } = request
  const taken = policyOf(request)?.accept.includes('basic') === true
  const known = taken && text !== undefined ? deps.passwords.recall(text, setting.now) : undefined
  if (known !== undefined) return () => known
  const pair = text === undefined ? undefined : readPair(text)
  if (pair !== undefined && looksLikeToken(pair.password)) return () => byToken(deps, request, pair.password)
  if (pair === undefined && text !== undefined && hidesToken(text)) return () => 'invalid'
  if (!taken) return undefined
  if (text === undefined || pair === undefined) return () => 'invalid'
  const { address } = forwarded.request
  return () => deps.passwords.prove({ text, ...pair, address }, setting.now)
}

function byToken({ tokens }: CredentialDeps, { setting }: Request, token: string | undefined): SessionState {
  if (token === undefined) return 'invalid'
  return tokens.trustworthy ? (tokens.find(token, setting.now) ?? 'invalid') : 'unavailable'
}

/** A JWT in a cookie counts where no session of ours does: else who signs in after it has expired never gets in. */
function byCookie(deps: CredentialDeps, request: Request, kept: readonly string[]): Shown {
  const { session, cookies, forwarded, setting } = request
  const nobody = { session, later: undefined, program: false, kept, cookie: cookies.rest }
  if (session !== undefined || deps.bearer.cookies.length === 0 || cookies.rest === '') return nobody
  if (setting.secure && forwarded.request.scheme !== 'https') return nobody
  const policy = policyOf(request)
  if (policy?.accept.includes('bearer') !== true) return nobody
  for (const name of deps.bearer.cookies) {
    const { value, rest } = takeCookie(cookies.rest, name)
    if (value === undefined) continue
    const proven = deps.bearer.prove(value, { issuers: policy.bearer, cookie: name }, setting.now)
    return { ...nobody, ...outcome(orNobody(proven)), cookie: rest }
  }
  return nobody
}

function outcome(state: SessionState | Promise<SessionState>): Pick<Shown, 'session' | 'later'> {
  return state instanceof Promise ? { session: undefined, later: state } : { session: state, later: undefined }
}

/** A person whose other cookie has expired may sign in. */
function orNobody(proven: Proven | Promise<Proven>): SessionState | Promise<SessionState> {
  if (proven instanceof Promise) return proven.then(orNobody)
  return proven === 'invalid' ? undefined : proven
}

/** The one that will judge, where there is one. */
function policyOf({ setting, forwarded }: Request): Policy | undefined {
  const claim = findClaim(setting, forwarded.request)
  return 'verdict' in claim ? undefined : judge(claim, forwarded.request).policy
}
