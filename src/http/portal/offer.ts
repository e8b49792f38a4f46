/** Which ways of signing in are offered to somebody who wants to get to a certain app. */
import { judge } from '../../authz/judge.ts'
import type { RedirectProvider } from '../../identity/provider.ts'
import { lookup } from '../../table/lookup.ts'
import type { PortalDeps } from './deps.ts'
import type { Wish } from './destination.ts'

export interface Offer {
  /** The form for user name and password. */
  readonly password: boolean
  /** In the order of the operator's file. */
  readonly providers: readonly RedirectProvider[]
}

export async function offerFor(deps: PortalDeps, wish: Wish): Promise<Offer> {
  const all = deps.redirects?.all() ?? []
  const names = namesFor(deps, wish)
  const providers = all.filter(({ name }) => names?.includes(name) ?? true)
  // whatever is no provider to be sent to takes a password: `local`, and directories
  const wanted = names?.some((name) => !all.some((provider) => provider.name === name)) ?? true
  // Where nobody has a password the form would only mislead, unless it is all there is: it says where to begin.
  const password = wanted && (providers.length === 0 || (await deps.accounts.any()))
  return { password, providers }
}

/** `labelgate.login` of what was asked for; undefined: every way will do. */
function namesFor(deps: PortalDeps, { target }: Wish): readonly string[] | undefined {
  const table = deps.table()
  const claim = target === undefined || table === undefined ? undefined : lookup(table, target.host, target.path)
  if (claim === undefined || target === undefined) return undefined
  const request = { method: 'GET', scheme: 'https', address: '', socketOrigin: undefined } as const
  return judge(claim, { ...request, host: target.host, path: target.path }).policy.login
}
