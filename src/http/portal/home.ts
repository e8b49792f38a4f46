import type { FastifyInstance } from 'fastify'
import { openableApps } from '../../authz/may-open.ts'
import { homePage } from '../pages/portal-pages.ts'
import { cardsOf } from './cards.ts'
import type { PortalDeps } from './deps.ts'
import { seeOther, sendPage } from './reply.ts'
import { currentSession, formProof } from './visitor.ts'

/** `GET /`: the apps this person may open. */
export function homeRoute(portal: FastifyInstance, deps: PortalDeps): void {
  portal.get('/', async (request, reply) => {
    const session = await currentSession(deps, request)
    if (session === undefined) return seeOther(reply, '/login')
    const { name, user } = session.identity
    const account = name === '' || name === user ? user : `${name} (${user})`
    const table = deps.table()
    const at = { address: deps.clientAddress(request), now: deps.now() }
    const cards = table === undefined ? [] : cardsOf(openableApps(table, session, at), deps.settings.portal)
    const carried = formProof(deps, request, reply)
    return sendPage(reply, 200, homePage(deps.site, cards, { account, carried, ways: deps.redirects?.all() ?? [] }))
  })
}
