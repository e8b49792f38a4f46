import type { Version } from '../../syntax/version.ts'
import { knows, NEWEST } from './version.ts'

/** What every way of telling Traefik about its forward-auth middleware has in common. */

/** Largest answer of ours that Traefik reads, in bytes. Ours are under 4 KiB (threat H-31); more is answered 401. */
export const MAX_ANSWER = 16_384

/** The limit as an option of the middleware; none where Traefik would refuse the whole file for it. */
export function answerLimit(version: Version = NEWEST): { maxResponseBodySize?: number } {
  return knows(version, 'forwardAuth.maxResponseBodySize') ? { maxResponseBodySize: MAX_ANSWER } : {}
}

/** Where Traefik asks for this app. The policy is bound to the app by it, not by what a request says of itself. */
export function askedAt(id: string, { internalUrl, proxyKey }: { internalUrl: string; proxyKey: string }): string {
  return `${internalUrl}/auth/forward/${proxyKey}/${encodeURIComponent(id)}`
}

/**
 * Headers that Traefik deletes from each request before it copies ours, sorted: those that say who asks, and what could
 * have been a credential of ours.
 * @param tokenHeader a further header in which tokens are taken
 */
export function takenHeaders(identityHeaders: readonly string[], tokenHeader?: string): readonly string[] {
  const credentials = ['Authorization', 'Cookie', ...(tokenHeader === undefined ? [] : [tokenHeader])]
  return [...new Set([...identityHeaders, ...credentials])].toSorted()
}
