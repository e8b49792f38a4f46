import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { portalErrorPage } from '../pages/error-pages.ts'
import { setUpClosedPage, setUpPage } from '../pages/portal-pages.ts'
import type { PortalDeps } from './deps.ts'
import { enter } from './enter.ts'
import { readForm } from './form.ts'
import { readQuery } from './query.ts'
import { seeOther, sendPage } from './reply.ts'
import { formProof } from './visitor.ts'

/** `GET /setup?token=…` and `POST /setup`: the first account, by the link that stands in the log. */
export function setUpRoutes(portal: FastifyInstance, deps: PortalDeps): void {
  portal.get('/setup', async (request, reply) => {
    const token = readQuery(request)('token') ?? ''
    if (deps.setup?.opens(token, deps.now()) !== true) return sendPage(reply, 403, setUpClosedPage(deps.site))
    return showForm(deps, request, reply, { token })
  })

  portal.post('/setup', async (request, reply) => {
    const form = readForm(request.body)
    const token = form?.get('token')
    const name = form?.get('username')
    const password = form?.get('password')
    if (token === undefined || name === undefined || password === undefined)
      return sendPage(reply, 400, portalErrorPage(deps.site, 400))
    if (deps.setup === undefined) return sendPage(reply, 403, setUpClosedPage(deps.site))
    if ((form?.get('repeat') ?? password) !== password) {
      return showForm(deps, request, reply, { token, username: name, problem: 'The two passwords are not the same.' })
    }
    const result = await deps.setup.redeem(token, { name, password }, deps.now())
    switch (result.kind) {
      case 'closed':
        return sendPage(reply, 403, setUpClosedPage(deps.site))
      case 'invalid':
        return showForm(deps, request, reply, { token, username: name, problem: result.reason })
      case 'ok':
        await enter(deps, request, reply, { ...result, kind: 'set-up' })
        return seeOther(reply, '/')
    }
  })
}

interface Attempt {
  readonly token: string
  readonly username?: string
  readonly problem?: string
}

function showForm(
  deps: PortalDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { token, ...attempt }: Attempt,
): FastifyReply {
  const carried = { token, ...formProof(deps, request, reply) }
  return sendPage(reply, attempt.problem === undefined ? 200 : 422, setUpPage(deps.site, { carried, ...attempt }))
}
