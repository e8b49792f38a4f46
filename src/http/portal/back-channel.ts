import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import type { RedirectProvider } from '../../identity/provider.ts'
import type { PortalDeps } from './deps.ts'
import { MAX_FORM, readForm } from './form.ts'

/**
 * `POST /backchannel-logout[/<provider>]` (OpenID Connect Back-Channel Logout 1.0): a provider ends sessions. It asks
 * from machine to machine, under whatever name it reaches us; what it brings is signed, so neither host nor origin counts.
 * Without a name it is whichever provider the token is good for.
 */
export function backChannelRoutes(app: FastifyInstance, deps: PortalDeps): void {
  void app.register(async (routes) => {
    routes.removeAllContentTypeParsers()
    await routes.register(formbody, { bodyLimit: MAX_FORM })
    routes.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))
    routes.post<{ Params: { provider?: string } }>('/backchannel-logout/:provider?', async (request, reply) => {
      const token = readForm(request.body)?.get('logout_token') ?? ''
      const outcome = await end(deps, request.params.provider, token)
      if (outcome === 'ok') return reply.code(200).send()
      if (outcome === 'unavailable') return reply.code(503).send({ error: 'temporarily_unavailable' })
      return reply.code(400).send({ error: 'invalid_request' })
    })
    routes.setErrorHandler((error, _request, reply) => {
      const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
      if (status >= 500) deps.fault(error)
      return reply.code(status).send({ error: status < 500 ? 'invalid_request' : 'server_error' })
    })
  })
}

type Outcome = 'ok' | 'refused' | 'unavailable'

async function end(deps: PortalDeps, name: string | undefined, token: string): Promise<Outcome> {
  let outcome: Outcome = 'refused'
  for (const provider of deps.redirects?.all() ?? []) {
    if (name !== undefined && provider.name !== name) continue
    const said = await endBy(deps, provider, token)
    if (said === 'ok') return said
    if (said === 'unavailable') outcome = said
  }
  return outcome
}

async function endBy(deps: PortalDeps, provider: RedirectProvider, token: string): Promise<Outcome> {
  const { redirects } = deps
  const word = await provider.loggedOut?.(token, deps.now())
  if (word?.kind !== 'ok' || redirects === undefined) return word?.kind === 'unavailable' ? 'unavailable' : 'refused'
  // a word is good once (section 2.6, step 8)
  if (!(await redirects.firstTime(provider.name, word.jti, deps.now()))) return 'refused'
  await redirects.endSessions({ ...word, provider: provider.name })
  return 'ok'
}
