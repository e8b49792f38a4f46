import type { FastifyInstance, FastifyReply } from 'fastify'
import type { RedirectProvider, Refusal, Vouched } from '../../identity/provider.ts'
import { setCookie } from '../../session/cookie.ts'
import { LOGIN_LIFE, type Login } from '../../session/login.ts'
import { meets, needText, readNeed } from '../need.ts'
import { portalErrorPage } from '../pages/error-pages.ts'
import { cannotMeetPage, lostPage, notAdmittedPage, refusedPage, unavailablePage } from '../pages/provider-pages.ts'
import type { PortalDeps } from './deps.ts'
import { carry, destination, readWish } from './destination.ts'
import { enter } from './enter.ts'
import { readForm } from './form.ts'
import { offerFor } from './offer.ts'
import { seeOther, sendPage } from './reply.ts'
import { hostOf, showForm, type Visit } from './visit.ts'

interface Named {
  readonly Params: { readonly provider: string }
}

/** `POST /login/<provider>` sends the browser away, `GET /callback/<provider>` takes it back. */
export function providerRoutes(portal: FastifyInstance, deps: PortalDeps): void {
  portal.post<Named>('/login/:provider', async (request, reply) => {
    const form = readForm(request.body)
    const wish = readWish(deps, (name) => form?.get(name))
    const provider = (await offerFor(deps, wish)).providers.find(({ name }) => name === request.params.provider)
    if (form === undefined || provider === undefined) return sendPage(reply, 404, portalErrorPage(deps.site, 404))
    const [demand, choose] = [readNeed(form.get('need')), form.get('prompt') === 'select_account']
    return begin({ deps, request, reply, wish, demand, choose }, provider)
  })

  portal.route<Named>({
    method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: '/callback/:provider',
    // response_mode=query alone (threat E-22), and before anything else could answer
    onRequest: async (request, reply) => {
      if (request.method !== 'GET') return sendPage(reply.header('allow', 'GET'), 405, portalErrorPage(deps.site, 405))
      return undefined
    },
    handler: (request, reply) => callback({ deps, request, reply }, request.params.provider),
  })
}

/** Where browsers come back to: of settings alone (threat E-23). */
export function redirectUri(deps: PortalDeps, provider: string): string {
  return `${deps.settings.portal.origin}/callback/${provider}`
}

/** Sends somebody to a provider. One that is down costs its own button: the page says so, and the others work. */
export async function begin(visit: Visit, provider: RedirectProvider): Promise<FastifyReply> {
  const { deps, request, reply, demand, choose = false } = visit
  const { redirects } = deps
  if (redirects === undefined) return sendPage(reply, 404, portalErrorPage(deps.site, 404))
  const now = deps.now()
  const state = redirects.logins.newState(now)
  const ask = { redirectUri: redirectUri(deps, provider.name), state, choose, ...(demand !== undefined && { demand }) }
  const started = await provider.begin(ask, now)
  if (started.kind !== 'ok') return down(visit, provider, started.error)
  const { secure } = deps.settings.portal
  const { nonce, verifier } = started
  const login = { provider: provider.name, state, nonce, verifier, ...carriedOf(visit) }
  const begun = await redirects.logins.start(login, { cookies: request.headers.cookie, secure }, now)
  for (const id of begun.dropped) forget(deps, reply, id)
  const { id, value } = begun.cookie
  reply.header('set-cookie', setCookie(`login-${id}`, value, { secure, maxAge: COOKIE_AGE }))
  return seeOther(reply, started.url)
}

/** Seconds; longer than a sign-in may take, so that one that came late can still be told where it was going. */
const COOKIE_AGE = (LOGIN_LIFE / 1000) * 6
/** A cookie holds 4096 bytes with everything, and all of them go into one header line. */
const LONGEST_RETURN = 1200

function carriedOf({ wish, demand }: Visit): Pick<Login, 'rd' | 'n' | 'need'> {
  const { rd, n } = carry(wish)
  const need = demand === undefined ? undefined : needText(demand)
  return {
    ...(rd !== undefined && { rd: shortened(rd) }),
    ...(n !== undefined && { n }),
    ...(need !== undefined && { need }),
  }
}

function shortened(url: string): string {
  const [path = ''] = url.split('?', 1)
  return [url, path].find((text) => text.length <= LONGEST_RETURN) ?? `${new URL(url).origin}/`
}

async function down(visit: Visit, provider: RedirectProvider, error: unknown): Promise<FastifyReply> {
  note(visit, { provider: provider.name, why: 'unavailable', error })
  visit.reply.header('retry-after', '10')
  return showForm(visit, 503, { problem: `${provider.title} cannot be reached just now. Try again in a few seconds.` })
}

type Arrival = Pick<Visit, 'deps' | 'request' | 'reply'>

async function callback({ deps, request, reply }: Arrival, name: string): Promise<FastifyReply> {
  const { redirects } = deps
  const now = deps.now()
  const query = new URLSearchParams(request.raw.url?.split('?').slice(1).join('?'))
  const [state = '', ...more] = query.getAll('state')
  const at = { cookies: request.headers.cookie, secure: deps.settings.portal.secure }
  const opened = await redirects?.logins.open(more.length === 0 ? state : '', at, now)
  if (opened?.cookie !== undefined) forget(deps, reply, opened.cookie)
  const login = opened?.login
  const visit: Visit = {
    deps,
    request,
    reply,
    demand: readNeed(login?.need),
    wish: readWish(deps, (field) => login?.[field]),
  }
  // by the transaction, never by the address alone: the two have to agree (threats E-07, E-08)
  const provider = redirects?.all().find((one) => one.name === name && one.name === login?.provider)
  const good = opened?.kind === 'ok' && provider !== undefined && (await redirects?.logins.spend(opened.login, now))
  if (good !== true || provider === undefined || login === undefined)
    return sendPage(reply, 400, lostPage(deps.site, startAgain(visit)))
  const { nonce, verifier } = login
  const answer = { query, redirectUri: redirectUri(deps, name), state: login.state, nonce, verifier }
  const result = await provider.finish(answer, now)
  return result.kind === 'ok' ? admit(visit, provider, result) : refuse(visit, provider, result)
}

async function admit(visit: Visit, provider: RedirectProvider, vouched: Vouched): Promise<FastifyReply> {
  const { deps, request, reply, wish, demand } = visit
  // whoever was shut out here is not let in by another door (threat E-30)
  if ((await deps.accounts.isShut?.(vouched.identity.user)) === true)
    return refuse(visit, provider, { kind: 'not-admitted', user: vouched.identity.user })
  if (demand !== undefined && !meets(demand, vouched.authentication, deps.now())) {
    const page = cannotMeetPage(deps.site, {
      demand,
      host: hostOf(visit),
      another: undefined,
      provider: provider.title,
    })
    return sendPage(reply, 400, page)
  }
  const session = await enter(deps, request, reply, { ...vouched, kind: 'sign-in' })
  if (session === undefined) return refuse(visit, provider, { kind: 'refused' })
  await audit(visit, provider, { event: 'sign-in', user: session.identity.user })
  return seeOther(reply, await destination(deps, wish, session))
}

async function refuse(visit: Visit, provider: RedirectProvider, refusal: Refusal): Promise<FastifyReply> {
  const { deps, reply } = visit
  const { name, title } = provider
  note(visit, { provider: name, why: refusal.kind, error: 'error' in refusal ? refusal.error : undefined })
  const again = startAgain(visit)
  switch (refusal.kind) {
    case 'refused':
      return sendPage(reply, 400, refusedPage(deps.site, title, again))
    case 'not-admitted': {
      await audit(visit, provider, {
        event: 'sign-in-refused',
        ...(refusal.user !== undefined && { user: refusal.user }),
      })
      const another = startAgain(visit, { choose: true })
      return sendPage(reply, 403, notAdmittedPage(deps.site, { account: refusal.user, provider: title, another }))
    }
    case 'unavailable':
      return sendPage(reply.header('retry-after', '10'), 503, unavailablePage(deps.site, title, again))
  }
}

/** Path on the portal that begins anew, towards the same app. */
export function startAgain({ wish, demand }: Visit, { choose = false } = {}): string {
  const query = new URLSearchParams(carry(wish))
  const need = demand === undefined ? undefined : needText(demand)
  if (need !== undefined && !choose) query.set('need', need)
  if (choose) query.set('prompt', 'select_account')
  else if (need !== undefined) query.set('prompt', 'login')
  const text = query.toString()
  return text === '' ? '/login' : `/login?${text}`
}

function forget(deps: PortalDeps, reply: FastifyReply, id: string): void {
  reply.header('set-cookie', setCookie(`login-${id}`, '', { secure: deps.settings.portal.secure, maxAge: 0 }))
}

async function audit(
  { deps, request }: Arrival,
  { name }: RedirectProvider,
  entry: { readonly event: string; readonly user?: string },
): Promise<void> {
  await deps.redirects?.audit({ ...entry, address: deps.clientAddress(request), provider: name }, deps.now())
}

function note({ deps, request }: Arrival, what: { provider: string; why: Refusal['kind']; error: unknown }): void {
  deps.observe({ kind: 'sign-in-refused', ...what, address: deps.clientAddress(request) })
}
