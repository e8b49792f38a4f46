import type { FastifyInstance } from 'fastify'
import { setCookie } from '../../session/cookie.ts'
import { signedOutPage, signOutPage } from '../pages/portal-pages.ts'
import type { PortalDeps } from './deps.ts'
import { carry, readWish } from './destination.ts'
import { readForm } from './form.ts'
import { readQuery } from './query.ts'
import { seeOther, sendPage } from './reply.ts'
import { currentSession, formProof } from './visitor.ts'

/** `GET /logout[?rd=…]` asks, `POST /logout` does: a link, an image or a prefetch signs nobody out (threat D-20). */
export function signOutRoutes(portal: FastifyInstance, deps: PortalDeps): void {
  portal.get('/logout', async (request, reply) => {
    const session = await currentSession(deps, request)
    const carried = { ...carry(readWish(deps, readQuery(request))), ...formProof(deps, request, reply) }
    return sendPage(reply, 200, signOutPage(deps.site, session?.identity.user, carried))
  })

  portal.post('/logout', async (request, reply) => {
    const session = await currentSession(deps, request)
    if (session !== undefined) {
      await deps.sessions.end(session)
      deps.observe({ kind: 'sign-out', identity: session.identity, address: deps.clientAddress(request) })
    }
    reply.header('set-cookie', setCookie('session', '', { secure: deps.settings.portal.secure, maxAge: 0 }))
    const form = readForm(request.body)
    const { target } = readWish(deps, (name) => form?.get(name))
    // whoever came to use another account goes on to sign in, and from there back to the app
    return seeOther(reply, target === undefined ? '/signed-out' : `/login?rd=${encodeURIComponent(target.url)}`)
  })

  portal.get('/signed-out', async (_request, reply) => sendPage(reply, 200, signedOutPage(deps.site)))
}
