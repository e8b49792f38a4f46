import type { Forwarded } from '../../authz/forwarded.ts'
import type { Portal } from '../../config/settings.ts'
import { setCookie, type OurCookies } from '../../session/cookie.ts'
import type { LiveSession } from '../../session/live.ts'
import type { Claim } from '../../table/table.ts'
import { signInBrokenPage } from '../pages/app-pages.ts'
import type { Site } from '../pages/site.ts'
import { appOrigin, page, toPortal } from './refusal.ts'
import { json, redirect, type Reply } from './reply.ts'

/** What a browser may ask of us on an app's own host, through the proxy's question. */
export type OwnPath = 'callback' | 'login' | 'logout' | 'none-of-ours'

const OURS = '/.labelgate/'

/** Our paths lie under the app's: where it owns only a part of a host, the rest is not ours to answer. */
export function ownPath(claim: Claim, path: string): OwnPath | undefined {
  if (!path.includes(OURS)) return undefined
  const base = claim.path === '/' ? OURS : claim.path + OURS
  if (!path.startsWith(base)) return undefined
  const name = path.slice(base.length)
  return name === 'callback' || name === 'login' || name === 'logout' ? name : 'none-of-ours'
}

export interface Handover {
  redeem(
    code: string,
    arrival: { host: string; nonce: string },
    now: number,
  ): Promise<{ kind: 'ok'; cookie: string; returnTo: string } | { kind: 'refused'; reason: string }>
}

export interface OwnPathDeps {
  readonly portal: Portal
  readonly site: Site
  readonly handover: Handover
  readonly sessions: { end(session: LiveSession): Promise<void> }
  /** Seconds. */
  readonly sessionMax: number
}

export interface Arrival {
  readonly claim: Claim
  readonly forwarded: Forwarded
  readonly cookies: OurCookies
  readonly session: LiveSession | undefined
  readonly now: number
}

export async function answerOwnPath(own: OwnPath, arrival: Arrival, deps: OwnPathDeps): Promise<Reply> {
  const { method } = arrival.forwarded.request
  if (own === 'callback' && method === 'GET') return callback(arrival, deps)
  if (own === 'login' && method === 'GET') return login(arrival, deps)
  if (own === 'logout' && method === 'GET') return redirect(302, `${deps.portal.origin}/logout`)
  if (own === 'logout' && method === 'POST') return logout(arrival, deps)
  if (own === 'none-of-ours') return json(404, { error: 'not-found' })
  return json(405, { error: 'method-not-allowed' }, ['Allow', own === 'logout' ? 'GET, POST' : 'GET'])
}

/**
 * For apps that refuse nobody, and so send nobody to sign in: `?rd=/page` is where it leads to in the end,
 * `?prompt=login` asks even who is signed in.
 */
function login({ claim, forwarded, cookies }: Arrival, { portal }: OwnPathDeps): Reply {
  const asked = new URLSearchParams(forwarded.uri.split('?').slice(1).join('?'))
  const wanted = asked.get('rd') ?? ''
  const path = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(wanted) ? wanted : encodeURI(claim.path)
  const again = asked.get('prompt') === 'login' ? '&prompt=login' : ''
  const returnTo = `${appOrigin(forwarded.request.host, portal)}${path}`
  return toPortal(302, { returnTo, again, nonce: cookies.nonce }, portal)
}

/** The last step of sign-in: the portal's one-time code becomes this host's own session. */
async function callback({ claim, forwarded, cookies, session, now }: Arrival, deps: OwnPathDeps): Promise<Reply> {
  const { portal } = deps
  const { host } = forwarded.request
  // claim.path is decoded, and a header takes ASCII alone
  const start = `${appOrigin(host, portal)}${encodeURI(claim.path)}`
  const code = new URLSearchParams(forwarded.uri.split('?').slice(1).join('?')).getAll('code')
  const result =
    code.length === 1 && code[0] !== undefined && cookies.nonce !== undefined
      ? await deps.handover.redeem(code[0], { host, nonce: cookies.nonce }, now)
      : { kind: 'refused' as const, reason: cookies.nonce === undefined ? 'no-nonce' : 'malformed' }
  if (result.kind === 'ok') {
    const cookie = setCookie('session', result.cookie, { secure: portal.secure, maxAge: deps.sessionMax })
    return redirect(303, result.returnTo, ['Set-Cookie', cookie])
  }
  // a page that was gone back to, or loaded twice
  if (session?.host === host) return redirect(303, start)
  // a link, not a redirect: without cookies a redirect would go round for ever
  const noCookie = result.reason === 'no-nonce' || result.reason === 'other-browser'
  return page(400, signInBrokenPage(deps.site, { why: noCookie ? 'no-cookie' : 'used', start }))
}

/** A form of the app itself may end the session; another site's may not (threat D-20). */
async function logout({ forwarded, session }: Arrival, deps: OwnPathDeps): Promise<Reply> {
  const { portal } = deps
  const { fields, request } = forwarded
  // a page with `Referrer-Policy: no-referrer` says `null` of its own forms too (Fetch, "serializing a request origin")
  const unsaid = fields.origin === '' || fields.origin === 'null'
  const sameOrigin = unsaid ? fields.fetchSite === 'same-origin' : fields.origin === appOrigin(request.host, portal)
  if (!sameOrigin) return json(403, { error: 'forbidden', reason: 'cross-site' })
  if (session !== undefined) await deps.sessions.end(session)
  const gone = setCookie('session', '', { secure: portal.secure, maxAge: 0 })
  return redirect(303, `${portal.origin}/signed-out`, ['Set-Cookie', gone, 'Clear-Site-Data', '"cache"'])
}
