import type { FastifyInstance } from 'fastify'
import { setCookie } from '../../session/cookie.ts'
import { signedOutPage, signOutPage } from '../pages/portal-pages.ts'
import type { LiveSession } from '../../session/live.ts'
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
    return sendPage(reply, 200, signOutPage(deps.site, session?.identity.user, carried, deps.redirects?.all()))
  })

  portal.post('/logout', async (request, reply) => {
    const session = await currentSession(deps, request)
    let elsewhere: string | undefined
    if (session !== undefined) {
      elsewhere = await signOutUrl(deps, session)
      await deps.sessions.end(session)
      deps.observe({ kind: 'sign-out', identity: session.identity, address: deps.clientAddress(request) })
    }
    reply.header('set-cookie', setCookie('session', '', { secure: deps.settings.portal.secure, maxAge: 0 }))
    const form = readForm(request.body)
    const { target } = readWish(deps, (name) => form?.get(name))
    // whoever came to use another account goes on to sign in, and from there back to the app
    if (target === undefined) return seeOther(reply, elsewhere ?? '/signed-out')
    const choose = (deps.redirects?.all().length ?? 0) > 0 ? '&prompt=select_account' : ''
    return seeOther(reply, `/login?rd=${encodeURIComponent(target.url)}${choose}`)
  })

  portal.get('/signed-out', async (_request, reply) => sendPage(reply, 200, signedOutPage(deps.site)))
}

/** Where the provider of this session signs out too; undefined where it does not, or is out of reach. */
async function signOutUrl(deps: PortalDeps, session: LiveSession): Promise<string | undefined> {
  const { redirects } = deps
  const provider = redirects?.all().find(({ name }) => name === session.authentication.provider)
  if (redirects === undefined || provider?.signOutUrl === undefined) return undefined
  const grant = await redirects.grantOf(session, deps.now())
  return provider.signOutUrl(grant, `${deps.settings.portal.origin}/signed-out`, deps.now())
}
