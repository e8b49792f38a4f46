import type { FastifyReply } from 'fastify'
import type { LiveSession } from '../../session/live.ts'
import { meets } from '../need.ts'
import { cannotMeetPage } from '../pages/provider-pages.ts'
import { isNavigation } from './guards.ts'
import { sendPage } from './reply.ts'
import { hostOf, showForm, type Visit } from './visit.ts'
import { begin, startAgain } from './with-provider.ts'

/**
 * An app wants more than this session has. Whoever came by a provider goes back to it with what is demanded; whoever
 * has a password shows it again. What cannot be had is said on a page, so that nobody is sent round in circles.
 */
export async function stepUp(visit: Visit, session: LiveSession): Promise<FastifyReply> {
  const { deps, request, reply, demand } = visit
  const { identity, authentication } = session
  const again = { user: identity.user }
  const provider = deps.redirects?.all().find(({ name }) => name === authentication.provider)
  if (provider !== undefined) {
    // met already, and yet the app sent them: a page that asks, so that no redirect follows another for ever
    const fresh = demand !== undefined && !meets(demand, authentication, deps.now())
    if (fresh && isNavigation(request)) return begin(visit, provider)
    return showForm(visit, 200, { again }, { password: false, providers: [provider] })
  }
  if (demand?.mfa === true) {
    const another = (deps.redirects?.all().length ?? 0) > 0 ? startAgain(visit, { choose: true }) : undefined
    return sendPage(reply, 403, cannotMeetPage(deps.site, { demand, host: hostOf(visit), another }))
  }
  return showForm(visit, 200, { again }, { password: true, providers: [] })
}
