import type { Authentication, Identity } from '../../src/identity/identity.ts'
import type { LiveSession } from '../../src/session/live.ts'

/** 2026-11-25, noon. */
export const NOW = Date.UTC(2026, 10, 25, 12)
export const MINUTE = 60_000

export function person(user: string, words: Partial<Identity> = {}): Identity {
  return {
    issuer: 'local',
    subject: `subject-of-${user}`,
    user,
    email: `${user}@example.com`,
    name: '',
    groups: ['users'],
    claims: Object.create(null) as Record<string, unknown>,
    ...words,
  }
}

export const alice = person('alice')
export const bob = person('bob', { groups: ['admins'] })

/** The session a person has on a host, begun a minute ago with a password. */
export function sessionOn(
  host: string,
  identity: Identity,
  authentication: Partial<Authentication> = {},
): LiveSession & { readonly host: string } {
  const signedIn = { provider: 'local', at: NOW - MINUTE, amr: ['pwd'], ...authentication }
  const times = { createdAt: signedIn.at, lastSeen: NOW }
  const known = { identity, credential: 'session' as const, ...times }
  const portal: Record<string, unknown> = { id: `portal-of-${identity.user}`, host: null, ...known }
  Object.assign(portal, { root: portal, authentication: signedIn })
  return {
    id: `${identity.user}-on-${host}`,
    root: portal as unknown as LiveSession,
    host,
    authentication: signedIn,
    ...known,
  }
}
