import { createHash, randomBytes } from 'node:crypto'
import { answerKind } from '../../authz/answer-kind.ts'
import type { Decision } from '../../authz/decision.ts'
import type { Forwarded } from '../../authz/forwarded.ts'
import type { Portal } from '../../config/settings.ts'
import { setCookie } from '../../session/cookie.ts'
import { needOf } from '../need.ts'
import { forbiddenPage, notReadyPage, tooLargePage, unknownHostPage } from '../pages/app-pages.ts'
import { pageHeaders, type Page } from '../pages/page.ts'
import type { Site } from '../pages/site.ts'
import { json, redirect, type Reply } from './reply.ts'

/** Seconds a browser has for a sign-in that it began. */
const NONCE_AGE = 600
/** Longest return address carried along; nginx and others refuse long headers. Beyond it only the path is kept. */
const MAX_RETURN = 4000

export interface RefusalWords {
  readonly portal: Portal
  readonly site: Site
  /** Value of the nonce cookie the browser already has. */
  readonly nonce: string | undefined
  /** It shows a credential of ours other than a cookie, so it is never sent to a page. */
  readonly program: boolean
}

/** The answer to every request that may not pass: for a person a page or the way to sign in, for a program a status. */
export function refusal(decision: Decision, forwarded: Forwarded, words: RefusalWords): Reply {
  const { host } = forwarded.request
  const navigation = !words.program && answerKind(forwarded.request.method, forwarded.fields) === 'navigation'
  switch (decision.verdict) {
    case 'sign-in':
    case 'step-up':
      return navigation ? toSignIn(decision, forwarded, words) : unauthorized(decision, forwarded, words.portal)
    case 'forbid':
      return navigation
        ? forbidden(decision, forwarded, words)
        : json(403, { error: 'forbidden', reason: decision.reason })
    case 'unknown-host':
      return navigation ? page(403, unknownHostPage(words.site, host)) : json(403, { error: 'unknown-host' })
    case 'too-large':
      return tooLarge(decision, host, navigation ? words.site : undefined)
    case 'not-ready':
      return navigation
        ? page(503, notReadyPage(words.site, 'gate', host), SOON)
        : json(
            decision.reason === 'throttled' ? 429 : 503,
            { error: 'not-ready', reason: decision.reason },
            wait(decision),
          )
    case 'bad-request':
    case 'allow':
    case 'anonymous':
      // an allowed request never comes here; were it to, it would not pass
      return badRequest()
  }
}

/** RFC 9110 sections 15.5.12 and 15.5.14. */
function tooLarge(
  { reason, limit }: Extract<Decision, { verdict: 'too-large' }>,
  host: string,
  site: Site | undefined,
): Reply {
  if (reason === 'body-unsaid') return json(411, { error: 'length-required', limit })
  return site === undefined ? json(413, { error: 'too-large', limit }) : page(413, tooLargePage(site, limit, host))
}

export function badRequest(): Reply {
  return json(400, { error: 'bad-request' })
}

type Unsigned = Extract<Decision, { verdict: 'sign-in' | 'step-up' }>

function toSignIn(decision: Unsigned, forwarded: Forwarded, { portal, nonce }: RefusalWords): Reply {
  const status = forwarded.request.method === 'GET' || forwarded.request.method === 'HEAD' ? 302 : 303
  const returnTo = returnUrl(forwarded, portal)
  // no cookie over plain http, where a browser would drop a Secure one; so no code can wait for this browser yet
  if (decision.reason === 'plain-http') return redirect(status, loginUrl(portal, returnTo))
  const again = decision.verdict === 'step-up' ? stepUp(decision) : ''
  return toPortal(status, { returnTo, again, nonce }, portal)
}

/**
 * To the sign-in page, and from there to `returnTo` in the end.
 * @param nonce value of the nonce cookie the browser already has
 */
export function toPortal(
  status: 302 | 303,
  { returnTo, again, nonce }: { returnTo: string; again: string; nonce: string | undefined },
  portal: Portal,
): Reply {
  // one nonce a browser and host: parallel pages share it, and nothing piles up (threat D-25)
  const value = nonce !== undefined && /^[\w-]{43}$/.test(nonce) ? nonce : randomBytes(32).toString('base64url')
  const hash = createHash('sha256').update(value).digest('base64url')
  const cookie = setCookie('nonce', value, { secure: portal.secure, maxAge: NONCE_AGE })
  return redirect(status, `${loginUrl(portal, returnTo)}&n=${hash}${again}`, ['Set-Cookie', cookie])
}

function loginUrl({ origin }: Portal, returnTo: string): string {
  return `${origin}/login?rd=${encodeURIComponent(returnTo)}`
}

function stepUp({ judged }: Unsigned): string {
  const need = needOf(judged.policy.require)
  return `&prompt=login${need === undefined ? '' : `&need=${encodeURIComponent(need)}`}`
}

/** Where the app is reached: on the portal's scheme and port, whatever port the request claims (threat A-18). */
export function appOrigin(host: string, portal: Portal): string {
  const { protocol, port } = new URL(portal.origin)
  return `${protocol}//${host}${port === '' ? '' : `:${port}`}`
}

function returnUrl({ request, uri }: Forwarded, portal: Portal): string {
  const origin = appOrigin(request.host, portal)
  if (encodeURIComponent(uri).length <= MAX_RETURN) return origin + uri
  const path = uri.split('?', 1)[0] ?? '/'
  return encodeURIComponent(path).length <= MAX_RETURN ? origin + path : `${origin}/`
}

function unauthorized(decision: Unsigned, forwarded: Forwarded, portal: Portal): Reply {
  const signIn = `${portal.origin}/login?rd=${encodeURIComponent(`${appOrigin(forwarded.request.host, portal)}/`)}`
  const challenges = challengesTo(decision, forwarded).flatMap((challenge) => ['WWW-Authenticate', challenge])
  return json(401, { error: decision.verdict, reason: decision.reason, sign_in: signIn }, challenges)
}

/**
 * RFC 9110 section 15.5.2 asks for a challenge. Bearer makes no browser open its own password window; Basic does, so
 * it is for what sends nothing that only browsers send. git, WebDAV clients and curl wait for it (RFC 7617). The realm
 * is one constant: no host or label becomes part of a challenge (threat G-25).
 */
function challengesTo({ reason, judged }: Unsigned, { fields }: Forwarded): readonly string[] {
  const bearer = `Bearer realm="labelgate"${reason === 'credential-invalid' ? ', error="invalid_token"' : ''}`
  const browser = fields.fetchMode + fields.fetchSite + fields.origin + fields.requestedWith + fields.cookie !== ''
  const { accept } = judged.policy
  const takesPasswords = accept.includes('basic') || accept.includes('token')
  if (browser || !takesPasswords || reason === 'plain-http') return [bearer]
  return [bearer, 'Basic realm="labelgate", charset="UTF-8"']
}

function forbidden(
  decision: Extract<Decision, { verdict: 'forbid' }>,
  forwarded: Forwarded,
  { portal, site }: RefusalWords,
): Reply {
  const { host } = forwarded.request
  const html = forbiddenPage(site, {
    ...(decision.session !== undefined && { account: decision.session.identity.user }),
    app: decision.judged?.claim.app.spec.card.title ?? host,
    host,
    reason: decision.reason,
    returnTo: returnUrl(forwarded, portal),
  })
  return page(403, html)
}

/** A page on an app's host, in the proxy's name. */
export function page(status: number, made: Page, lines: readonly string[] = []): Reply {
  const headers = Object.entries(pageHeaders(made)).filter(([name]) => !SET_BY_SEND.has(name))
  return { status, lines: [...lines, ...headers.flat()], body: made.html, type: 'text/html; charset=utf-8' }
}

const SET_BY_SEND = new Set(['cache-control', 'content-type'])
const SOON = ['Retry-After', '2']

function wait({ reason }: Decision): readonly string[] {
  // the shortest that anybody has to wait after too many failures (identity/local/throttle.ts)
  return reason === 'throttled' ? ['Retry-After', '30'] : SOON
}
