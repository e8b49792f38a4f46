import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Authentication, Identity } from '../../identity/identity.ts'
import { setCookie } from '../../session/cookie.ts'
import type { Given } from '../../session/grants.ts'
import type { LiveSession } from '../../session/live.ts'
import type { PortalDeps } from './deps.ts'
import { currentSession } from './visitor.ts'

interface Proof extends Given {
  readonly kind: 'sign-in' | 'set-up'
  readonly identity: Identity
  readonly authentication: Authentication
}

/**
 * Opens a portal session for somebody who has just proved who they are, always under a new id, and ends the one this
 * browser had, whoever's it was: a cookie planted before the sign-in is worth nothing after it.
 * @returns undefined, and nothing has changed, where the account was closed in the meantime
 */
export async function enter(
  deps: PortalDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { kind, identity, authentication, ...given }: Proof,
): Promise<LiveSession | undefined> {
  const before = await currentSession(deps, request)
  const value = await deps.sessions.startPortal(identity, authentication, deps.now(), given)
  const session = deps.sessions.find(value, deps.now())
  if (session === undefined) return undefined
  if (before !== undefined) await deps.sessions.end(before)
  const { secure } = deps.settings.portal
  reply.header(
    'set-cookie',
    setCookie('session', value, { secure, maxAge: Math.floor(deps.settings.sessionMax / 1000) }),
  )
  deps.observe({ kind, identity, address: deps.clientAddress(request) })
  return session
}
