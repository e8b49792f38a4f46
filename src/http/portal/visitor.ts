import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { readCookie, setCookie } from '../../session/cookie.ts'
import type { LiveSession } from '../../session/live.ts'
import type { Carried } from '../pages/portal-pages.ts'
import { csrfToken, needsToken } from './csrf.ts'
import type { PortalDeps } from './deps.ts'

/** Who is signed in on the portal. Rejects with a StoreError where it cannot be known: an old yes is no yes. */
export async function currentSession(deps: PortalDeps, request: FastifyRequest): Promise<LiveSession | undefined> {
  const { sessions } = deps
  const value = readCookie(request.headers.cookie, 'session', deps.settings.portal.secure)
  if (value === undefined) return undefined
  const now = deps.now()
  const session = sessions.trustworthy ? sessions.find(value, now) : await sessions.findAgain(value, now)
  // a session that opens an app opens nothing here (threat D-14)
  return session?.host === null ? session : undefined
}

/**
 * The hidden field that proves a form to be ours, and its cookie, for browsers that send nothing to tell by.
 * One cookie a browser, kept while it lasts (threat D-25).
 */
export function formProof(deps: PortalDeps, request: FastifyRequest, reply: FastifyReply): Carried {
  const { origin, secure } = deps.settings.portal
  const cookie = readCookie(request.headers.cookie, 'csrf', secure)
  if (cookie !== undefined && cookie !== '') return { csrf: csrfToken(cookie) }
  if (!needsToken(request.headers, origin)) return {}
  const fresh = randomBytes(32).toString('base64url')
  reply.header('set-cookie', setCookie('csrf', fresh, { secure }))
  return { csrf: csrfToken(fresh) }
}
