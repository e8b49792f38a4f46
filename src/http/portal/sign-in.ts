import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readCookie, setCookie } from '../../session/cookie.ts'
import { portalErrorPage } from '../pages/error-pages.ts'
import { signInPage, type SignIn } from '../pages/portal-pages.ts'
import type { PortalDeps, SignInResult } from './deps.ts'
import { carry, destination, readWish, type Wish } from './destination.ts'
import { enter } from './enter.ts'
import { readForm } from './form.ts'
import { readQuery } from './query.ts'
import { seeOther, sendPage } from './reply.ts'
import { currentSession, formProof } from './visitor.ts'

/** One sentence whoever tried and whatever was wrong (threat G-01). */
const REFUSED = 'User name or password is not right.'

/**
 * `GET /login?rd=<return URL>&n=<nonce hash>[&prompt=login]` and `POST /login`. `prompt=login` (OpenID Connect Core
 * section 3.1.2.1): the password is asked for although a session exists, for apps that want a fresh sign-in.
 */
export function signInRoutes(portal: FastifyInstance, deps: PortalDeps): void {
  portal.get('/login', async (request, reply) => {
    const read = readQuery(request)
    const wish = readWish(deps, read)
    const session = await currentSession(deps, request)
    if (session === undefined)
      return showForm({ deps, request, reply, wish }, 200, { empty: !(await deps.accounts.any()) })
    if (read('prompt') !== 'login') return seeOther(reply, await destination(deps, wish, session))
    return showForm({ deps, request, reply, wish }, 200, { again: { user: session.identity.user } })
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

interface Visit {
  readonly deps: PortalDeps
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly wish: Wish
}

function showForm({ deps, request, reply, wish }: Visit, status: number, more: Partial<SignIn>): FastifyReply {
  const host = wish.target?.host === deps.settings.portal.host ? undefined : wish.target?.host
  const carried = { ...carry(wish), ...formProof(deps, request, reply) }
  return sendPage(reply, status, signInPage(deps.site, { host, carried, ...more }))
}

function refuse(visit: Visit, result: Exclude<SignInResult, { kind: 'ok' }>): FastifyReply {
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
