/** People as a golden file names them, and the session each has: through the real store and its rules, not by hand. */
import type { Authentication, Identity } from '../../src/identity/identity.ts'
import { identityOf } from '../../src/identity/local/account.ts'
import type { SessionState } from '../../src/authz/decision.ts'
import { Sessions } from '../../src/session/sessions.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { person, NOW } from '../build/people.ts'
import { account, identity } from '../store/samples.ts'

const MINUTE = 60_000
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: MINUTE, h: 60 * MINUTE, d: 24 * 60 * MINUTE }
const LIMITS = { idle: 8 * 60 * MINUTE, max: 7 * 24 * 60 * MINUTE }

/** Local accounts: `alice` is a user, `bob` an admin, `dora` has neither groups nor an address. */
const LOCALS = {
  alice: { groups: ['users'], email: 'alice@example.com' },
  bob: { groups: ['users', 'admins'], email: 'bob@sub.example.com' },
  dora: { groups: [], email: '' },
} as const

/** From elsewhere: `carol` of the department `it`, and `admins`, who only bears the name of a group. */
const FOREIGN: Readonly<Record<string, Identity>> = {
  carol: identity('carol', { email: 'carol@partner.example', groups: ['it'] }),
  admins: identity('admins', { email: 'alice@example.com@partner.example', groups: ['admin', 'Admins', 'admins2'] }),
}

/**
 * @param words `nobody`; `alice`, with a session on the asked host, begun a minute ago with a password; then, after
 *   commas, `2h ago`, `mfa`, `by keycloak`, `disabled`, `removed`, `new password`, `signed out`, `portal only`,
 *   `on other.example.com`; or `whoever, store unavailable`
 */
export async function stateOf(words: string, host: string): Promise<SessionState> {
  const [name = '', ...more] = words.split(', ')
  if (name === 'nobody') return undefined
  if (more.includes('store unavailable')) return 'unavailable'
  const store = new MemoryStore(() => NOW)
  const local = name in LOCALS ? account(name, { ...LOCALS[name as keyof typeof LOCALS], passwordAt: 0 }) : undefined
  if (local !== undefined) await store.putAccount(local)
  const who = local === undefined ? (FOREIGN[name] ?? person(name)) : identityOf(local)
  const sessions = await Sessions.open(store, LIMITS, { every: () => () => undefined })
  const authentication = signedIn(more)
  const at = authentication.at
  const portal = sessions.find(await sessions.startPortal(who, authentication, at), at)
  if (portal === undefined) throw new Error(`${words} could not sign in`)
  const where = more.find((word) => word.startsWith('on '))?.slice(3) ?? host
  const cookie = await sessions.startApp(portal, where, at)
  if (more.includes('disabled')) await store.changeAccount(name, (old) => ({ ...old, disabled: true }))
  if (more.includes('new password')) await store.changeAccount(name, (old) => ({ ...old, passwordAt: NOW }))
  if (more.includes('removed')) await store.removeAccount(name)
  if (more.includes('signed out')) await sessions.end(portal)
  await settled(sessions)
  sessions.close()
  if (more.includes('portal only')) return sessions.portal(portal.id, NOW)
  return sessions.find(cookie ?? '', NOW)
}

function signedIn(words: readonly string[]): Authentication {
  const [, digits = '1', unit = 'm'] = words.map((word) => /^(\d+)([smhd]) ago$/.exec(word)).find(Boolean) ?? []
  const by = words.find((word) => word.startsWith('by '))?.slice(3) ?? 'local'
  const amr = words.includes('mfa') ? ['pwd', 'otp', 'mfa'] : ['pwd']
  return { provider: by, at: NOW - Number(digits) * (UNITS[unit] ?? MINUTE), amr }
}

/** What the store told of has been looked at: its news come in microtasks, and are all in before the next turn. */
async function settled(sessions: Sessions): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  if (!sessions.trustworthy) throw new Error('the sessions do not follow their store')
}
