/**
 * The portal on a Fastify server that does not listen, over hand-written stand-ins for accounts, sessions, set-up link
 * and hand-over: each keeps what it was asked, so that a test can look. One person, `alice`.
 */
import { randomBytes } from 'node:crypto'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Portal } from '../../../src/config/settings.ts'
import { openSite } from '../../../src/http/pages/site.ts'
import type { PortalDeps, PortalEvent, SignInAttempt, SignInResult } from '../../../src/http/portal/deps.ts'
import { frameworkErrors, registerPortal } from '../../../src/http/portal/register.ts'
import type { Identity } from '../../../src/identity/identity.ts'
import type { LiveSession } from '../../../src/session/live.ts'
import { StoreError } from '../../../src/store/error.ts'
import type { Table } from '../../../src/table/table.ts'
import { tableOf } from './table.ts'

export const PASSWORD = 'correct horse battery staple'
export const SETUP_TOKEN = 'setup-token-of-the-log'
export const NONCE_HASH = 'n'.repeat(43)

export const alice: Identity = {
  issuer: 'local',
  subject: 'a1',
  user: 'alice',
  email: '',
  name: 'Alice Example',
  groups: ['users'],
  claims: {},
}

export const httpsPortal: Portal = { origin: 'https://auth.example.com', host: 'auth.example.com', secure: true }

export interface Fixture {
  readonly app: FastifyInstance
  readonly deps: PortalDeps
  /** Live sessions by cookie value. */
  readonly sessions: Map<string, LiveSession>
  readonly attempts: SignInAttempt[]
  readonly grants: unknown[]
  readonly events: PortalEvent[]
  readonly faults: unknown[]
  /** Epoch milliseconds; set it to let time pass. */
  clock: { now: number }
  /** What the next sign-in answers, whoever it is; undefined: by the password. */
  answer: { signIn?: SignInResult }
  table: { current: Table | undefined }
  /** `broken`: the feed is, so the store is asked; `gone`: the store does not answer either. */
  trust: { sessions: 'good' | 'broken' | 'gone' }
}

export function startSession(fixture: Pick<Fixture, 'sessions' | 'clock'>, host: string | null = null): string {
  const value = randomBytes(32).toString('base64url')
  const base = { id: value, host, identity: alice, createdAt: fixture.clock.now, lastSeen: fixture.clock.now }
  const session = {
    ...base,
    credential: 'session' as const,
    authentication: { provider: 'local', at: fixture.clock.now, amr: ['pwd'] },
  }
  fixture.sessions.set(value, Object.assign(session, { root: session as unknown as LiveSession }))
  return value
}

export function portalFixture(portal: Portal = httpsPortal): Fixture {
  const state = {
    sessions: new Map<string, LiveSession>(),
    attempts: [] as SignInAttempt[],
    grants: [] as unknown[],
    events: [] as PortalEvent[],
    faults: [] as unknown[],
    clock: { now: Date.UTC(2026, 10, 25) },
    answer: {} as Fixture['answer'],
    table: { current: standardTable() as Table | undefined },
    trust: { sessions: 'good' as Fixture['trust']['sessions'] },
  }
  return { ...portalOf(depsOf(portal, state)), ...state }
}

export function portalOf(deps: PortalDeps): Pick<Fixture, 'app' | 'deps'> {
  const app = Fastify({ frameworkErrors: frameworkErrors(deps.site) })
  registerPortal(app, deps)
  return { app, deps }
}

export function standardTable(): Table {
  return tableOf(
    { id: 'app', hosts: ['app.example.com'], card: { title: 'Notes', description: 'What I must not forget' } },
    { id: 'wiki', hosts: ['tools.example.com'], path: '/wiki' },
    { id: 'any', hosts: ['*.apps.example.com'] },
  )
}

type State = Omit<Fixture, 'app' | 'deps'>

/** What every portal of these tests is given, whatever is behind it. */
export function standardParts(portal: Portal = httpsPortal) {
  return {
    settings: { portal, sessionMax: 7 * 86_400_000 },
    site: openSite(portal, { title: 'Example' }),
    table: (): Table | undefined => standardTable(),
    clientAddress: () => '203.0.113.9',
    observe: (_event: PortalEvent) => undefined,
    fault: (error: unknown): void => {
      throw error
    },
  }
}

function depsOf(portal: Portal, state: State): PortalDeps {
  return {
    ...standardParts(portal),
    now: () => state.clock.now,
    table: () => state.table.current,
    observe: (event) => void state.events.push(event),
    fault: (error) => void state.faults.push(error),
    sessions: {
      get trustworthy() {
        return state.trust.sessions === 'good'
      },
      find: (value) => state.sessions.get(value),
      findAgain: async (value) => {
        if (state.trust.sessions === 'gone') throw new StoreError('failed', 'the disk is gone')
        return state.sessions.get(value)
      },
      startPortal: async () => startSession(state),
      end: async (session) => void state.sessions.delete(session.id),
    },
    accounts: {
      any: async () => true,
      signIn: async (attempt) => {
        state.attempts.push(attempt)
        return state.answer.signIn ?? byPassword(attempt, state.clock.now)
      },
    },
    setup: {
      opens: (token) => token === SETUP_TOKEN,
      redeem: async (token, { name, password }, now) => {
        if (token !== SETUP_TOKEN) return { kind: 'closed' }
        if (password.length < 8) return { kind: 'invalid', reason: 'A password has at least 8 characters.' }
        return {
          kind: 'ok',
          identity: { ...alice, user: name },
          authentication: { provider: 'local', at: now, amr: ['pwd'] },
        }
      },
    },
    handover: {
      issue: async (grant) => {
        state.grants.push(grant)
        return 'one-time-code'
      },
    },
  }
}

function byPassword({ name, password }: SignInAttempt, now: number): SignInResult {
  if (name !== 'alice' || password !== PASSWORD) return { kind: 'refused' }
  const authentication = { provider: 'local', at: now, amr: ['pwd'] }
  return { kind: 'ok', identity: alice, authentication, device: 'device-token' }
}

/** `a=1&b=2`, as a browser sends a form. */
export function formBody(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString()
}

/** Sends a form as the portal's own page would. */
export function postForm(
  fixture: Pick<Fixture, 'app' | 'deps'>,
  url: string,
  fields: Readonly<Record<string, string>> | string,
  headers: Readonly<Record<string, string>> = {},
) {
  const { host, origin } = fixture.deps.settings.portal
  return fixture.app.inject({
    method: 'POST',
    url,
    headers: { host, origin, 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: typeof fields === 'string' ? fields : formBody(fields),
  })
}

export function getPage(
  fixture: Pick<Fixture, 'app' | 'deps'>,
  url: string,
  headers: Readonly<Record<string, string>> = {},
) {
  return fixture.app.inject({ url, headers: { host: fixture.deps.settings.portal.host, ...headers } })
}
