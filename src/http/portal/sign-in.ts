import type { FastifyInstance, FastifyReply } from 'fastify'
import { readCookie, setCookie } from '../../session/cookie.ts'
import { readNeed } from '../need.ts'
import { portalErrorPage } from '../pages/error-pages.ts'
import type { PortalDeps, SignInResult } from './deps.ts'
import { destination, readWish } from './destination.ts'
import { enter } from './enter.ts'
import { readForm } from './form.ts'
import { isNavigation } from './guards.ts'
import { offerFor } from './offer.ts'
import { readQuery } from './query.ts'
import { seeOther, sendPage } from './reply.ts'
import { stepUp } from './step-up.ts'
import { showForm, type Visit } from './visit.ts'
import { currentSession } from './visitor.ts'
import { begin } from './with-provider.ts'

/** One sentence whoever tried and whatever was wrong (threat G-01). */
const REFUSED = 'User name or password is not right.'

/**
 * `GET /login?rd=<return URL>&n=<nonce hash>[&prompt=…][&need=…]` and `POST /login`. `prompt` as in OpenID Connect Core
 * section 3.1.2.1: `login` for apps that want a fresh sign-in although a session exists, `select_account` for whoever
 * came to use another account.
 */
export function signInRoutes(portal: FastifyInstance, deps: PortalDeps): void {
  portal.get('/login', async (request, reply) => {
    const read = readQuery(request)
    const [prompt, demand] = [read('prompt'), readNeed(read('need'))]
    const choose = prompt === 'select_account'
    const visit: Visit = { deps, request, reply, wish: readWish(deps, read), demand, choose }
    const session = await currentSession(deps, request)
    if (session === undefined || choose) return signIn(visit)
    if (prompt === 'login') return stepUp(visit, session)
    return seeOther(reply, await destination(deps, visit.wish, session))
  })

  portal.post('/login', async (request, reply) => {
    const form = readForm(request.body)
    const name = form?.get('username')
    const password = form?.get('password')
    if (form === undefined || name === undefined || password === undefined)
      return sendPage(reply, 400, portalErrorPage(deps.site, 400))
    const address = deps.clientAddress(request)
    const device = readCookie(request.headers.cookie, 'device', deps.settings.portal.secure)
    const result = await deps.accounts.signIn({ name, password, address, device }, deps.now())
    const wish = readWish(deps, (name) => form.get(name))
    if (result.kind !== 'ok') return refuse({ deps, request, reply, wish }, result)
    const session = await enter(deps, request, reply, { ...result, kind: 'sign-in' })
    if (session === undefined) return refuse({ deps, request, reply, wish }, { kind: 'refused' })
    if (result.device !== undefined) rememberDevice(deps, reply, result.device)
    return seeOther(reply, await destination(deps, wish, session))
  })
}

/** Where there is but one way, and it leads away, nobody has to press its button; unless they came for another account. */
async function signIn(visit: Visit): Promise<FastifyReply> {
  const { deps, request, choose } = visit
  const offer = await offerFor(deps, visit.wish)
  const [only, ...others] = offer.providers
  const alone = only !== undefined && others.length === 0 && !offer.password
  if (alone && choose !== true && isNavigation(request)) return begin(visit, only)
  const empty = offer.providers.length === 0 && offer.password && !(await deps.accounts.any())
  return showForm(visit, 200, { empty }, offer)
}

async function refuse(visit: Visit, result: Exclude<SignInResult, { kind: 'ok' }>): Promise<FastifyReply> {
  const { deps, request, reply } = visit
  deps.observe({ kind: 'sign-in-refused', why: result.kind, address: deps.clientAddress(request) })
  switch (result.kind) {
    case 'refused':
      return showForm(visit, 401, { problem: REFUSED })
    case 'not-admitted':
      return showForm(visit, 403, { problem: 'The password is right, but this account is not admitted here.' })
    case 'unavailable':
      reply.header('retry-after', '10')
      return showForm(visit, 503, {
        problem: 'Who knows your password cannot be asked just now. Try again in a minute.',
      })
    case 'throttled':
      reply.header('retry-after', String(result.retryAfter))
      return showForm(visit, 429, { problem: `Too many attempts. Wait ${inWords(result.retryAfter)}, then try again.` })
    case 'busy':
      reply.header('retry-after', String(result.retryAfter))
      return showForm(visit, 503, { problem: 'Many people are signing in just now. Try again in a few seconds.' })
  }
}

function inWords(seconds: number): string {
  if (seconds > 90) return `${Math.ceil(seconds / 60)} minutes`
  return seconds === 1 ? '1 second' : `${seconds} seconds`
}

function rememberDevice(deps: PortalDeps, reply: FastifyReply, value: string): void {
  const { secure } = deps.settings.portal
  reply.header('set-cookie', setCookie('device', value, { secure, maxAge: 180 * 86_400 }))
}
