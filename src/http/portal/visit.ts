import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Demand } from '../../identity/provider.ts'
import { needText } from '../need.ts'
import { signInPage, type SignIn } from '../pages/portal-pages.ts'
import type { PortalDeps } from './deps.ts'
import { carry, type Wish } from './destination.ts'
import { offerFor, type Offer } from './offer.ts'
import { sendPage } from './reply.ts'
import { formProof } from './visitor.ts'

/** Somebody who is signing in, and what for. */
export interface Visit {
  readonly deps: PortalDeps
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly wish: Wish
  /** What the app demands of this sign-in. */
  readonly demand?: Demand | undefined
  /** They came to use another account than the last. */
  readonly choose?: boolean
}

/** Host they came from and go back to; undefined for the portal's own. */
export function hostOf({ deps, wish: { target } }: Visit): string | undefined {
  return target?.host === deps.settings.portal.host ? undefined : target?.host
}

/** The sign-in page, with every way that is offered, or those of `offer` alone. */
export async function showForm(
  visit: Visit,
  status: number,
  more: Partial<SignIn> = {},
  offer?: Offer,
): Promise<FastifyReply> {
  const { deps, request, reply, wish } = visit
  const { password, providers } = offer ?? (await offerFor(deps, wish))
  const page = signInPage(deps.site, {
    host: hostOf(visit),
    carried: { ...carried(visit), ...formProof(deps, request, reply) },
    password,
    providers,
    ...more,
  })
  return sendPage(reply, status, page)
}

function carried({ wish, demand, choose }: Visit): Readonly<Record<string, string>> {
  const need = demand === undefined ? undefined : needText(demand)
  return { ...carry(wish), ...(need !== undefined && { need }), ...(choose === true && { prompt: 'select_account' }) }
}
