import type { LiveSession } from '../../session/live.ts'
import { lookup } from '../../table/lookup.ts'
import type { Carried } from '../pages/portal-pages.ts'
import type { PortalDeps } from './deps.ts'
import { checkReturnUrl, portSuffix, type ReturnUrl } from './return-url.ts'

/** Where a visitor wants to go after signing in, as far as it was found good. */
export interface Wish {
  readonly target: ReturnUrl | undefined
  /** SHA-256 (base64url) of the nonce cookie on the app's host: the browser the code will be good for. */
  readonly nonceHash: string | undefined
}

/** Path, below the app's own, that forward-auth answers itself. */
const CALLBACK = '/.labelgate/callback'

/** @param read a query parameter or form field by name; undefined where it is absent or given twice */
export function readWish(deps: PortalDeps, read: (name: 'rd' | 'n') => string | undefined): Wish {
  const target = checkReturnUrl(read('rd') ?? '', { portal: deps.settings.portal, table: deps.table() })
  const nonceHash = read('n')
  return { target, nonceHash: nonceHash !== undefined && /^[\w-]{43}$/.test(nonceHash) ? nonceHash : undefined }
}

/** The wish as hidden fields of the next form. */
export function carry({ target, nonceHash }: Wish): Carried {
  if (target === undefined) return {}
  return { rd: target.url, ...(nonceHash === undefined ? {} : { n: nonceHash }) }
}

/**
 * Where somebody who is signed in is sent: into the app by a one-time code, or plainly to the address they asked for
 * where no browser waits for a code, or home. The code never stands in the app's own URL (threat C-11).
 */
export async function destination(deps: PortalDeps, wish: Wish, portal: LiveSession): Promise<string> {
  const { target, nonceHash } = wish
  const table = deps.table()
  if (target === undefined || table === undefined) return '/'
  const claim = nonceHash === undefined ? undefined : lookup(table, target.host, target.path)
  if (claim === undefined || nonceHash === undefined) return target.url
  const grant = { portal, host: target.host, returnTo: target.url, nonceHash }
  const code = await deps.handover.issue(grant, deps.now())
  const scheme = deps.settings.portal.secure ? 'https' : 'http'
  const prefix = claim.path === '/' ? '' : claim.path
  const path = `${encodeURI(prefix)}${CALLBACK}`
  return `${scheme}://${target.host}${portSuffix(deps.settings.portal)}${path}?code=${encodeURIComponent(code)}`
}
