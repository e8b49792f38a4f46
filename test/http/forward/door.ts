/** The front door, listening, over the real sessions and hand-over with a store in memory. */
import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import type { Decision } from '../../../src/authz/decision.ts'
import type { Portal } from '../../../src/config/settings.ts'
import type { Container } from '../../../src/docker/container.ts'
import type { CredentialDeps } from '../../../src/http/forward/credentials.ts'
import type { Aside } from '../../../src/http/forward/entry-point.ts'
import { forwardAuth, type ForwardDeps } from '../../../src/http/forward/forward.ts'
import type { PortalDeps } from '../../../src/http/portal/deps.ts'
import { createFrontDoor } from '../../../src/http/server.ts'
import type { Operator } from '../../../src/labels/operator.ts'
import type { Identity } from '../../../src/identity/identity.ts'
import { Handover } from '../../../src/session/handover.ts'
import { Assertions } from '../../../src/session/assertions.ts'
import { Signing } from '../../../src/session/signing.ts'
import { MemorySigningKeys } from '../../../src/store/signing-keys.ts'
import { Seal } from '../../../src/session/seal.ts'
import { Sessions } from '../../../src/session/sessions.ts'
import { Tokens } from '../../../src/session/tokens.ts'
import { MemoryStore } from '../../../src/store/memory.ts'
import { parseNetworks } from '../../../src/syntax/networks.ts'
import type { Table } from '../../../src/table/table.ts'
import { noCredentials } from '../../build/credentials.ts'
import { NOW, person } from '../../build/people.ts'
import { operator as standardOperator, tableOf } from '../../build/table.ts'
import { fixtureContainers, fwd, type Line } from '../../threats/fixture.ts'
import { httpsPortal, portalFixture } from '../portal/fixture.ts'
import { exchange, Wire, type WireAnswer } from './wire.ts'

/** From elsewhere, so that no account has to stand in the store. */
const ISSUER = { issuer: 'https://idp.example' }
export const alice = person('alice', ISSUER)
export const bob = person('bob', { ...ISSUER, groups: ['admins'] })

export const KEY = 'k'.repeat(43)
export const LIMITS = { idle: 8 * 3_600_000, max: 7 * 86_400_000 }
const LOOPBACK = networksOf('127.0.0.1/32')

export interface DoorOptions {
  readonly containers?: readonly Container[]
  readonly operator?: Operator
  readonly portal?: Portal
  /** In place of nobody who knows any but tokens. */
  readonly credentials?: Partial<CredentialDeps>
  /** Peers that are believed without the key. Default: 127.0.0.1 alone. */
  readonly trusted?: readonly string[]
  /** What goes wrong inside: takes the place of the part it names. */
  readonly broken?: Partial<ForwardDeps>
  /** Who knows passwords. Default: a stand-in. */
  readonly accounts?: (store: MemoryStore) => PortalDeps['accounts']
}

export type Door = Awaited<ReturnType<typeof openDoor>>

/** Closed when the test is over. */
export async function openDoor(options: DoorOptions = {}) {
  const clock = { now: NOW }
  const table = tableOf(options.containers ?? fixtureContainers(), options.operator ?? standardOperator)
  const world: { table: Table | undefined } = { table }
  const store = new MemoryStore(() => clock.now)
  const sessions = await Sessions.open(store, LIMITS, { every: () => () => undefined })
  const tokens = await Tokens.open(store, { every: () => () => undefined })
  const signing = await Signing.open(new MemorySigningKeys(), {
    now: () => clock.now,
    every: () => () => undefined,
    onError: () => undefined,
  })
  const handover = new Handover(Seal.from(randomBytes(32)), sessions, store)
  const portal = options.portal ?? httpsPortal
  const fixture = portalFixture(portal)
  const seen = {
    decisions: [] as (Decision | Aside)[],
    strangers: [] as (string | undefined)[],
    failures: [] as unknown[],
  }
  const shared = { table: () => world.table, now: () => clock.now, sessions, handover, site: fixture.deps.site }
  const forward = forwardAuth({
    ...shared,
    portal,
    proxyKey: KEY,
    credentials: { ...noCredentials, tokens, ...options.credentials },
    assertions: new Assertions(signing, portal.origin),
    trustedProxies: options.trusted === undefined ? LOOPBACK : networksOf(...options.trusted),
    sessionMax: LIMITS.max / 1000,
    observer: {
      decided: (decision) => void seen.decisions.push(decision),
      stranger: (peer) => void seen.strangers.push(peer),
      failed: (error) => void seen.failures.push(error),
    },
    ...options.broken,
  })
  const app = createFrontDoor(forward, {
    ...fixture.deps,
    ...shared,
    publicKeys: () => signing.published,
    accounts: options.accounts?.(store) ?? fixture.deps.accounts,
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  onTestFinished(async () => {
    app.server.closeAllConnections()
    await app.close()
    sessions.close()
    tokens.close()
  })
  return {
    app,
    port,
    clock,
    world,
    store,
    sessions,
    signing,
    tokens,
    handover,
    seen,
    portal,
    signIn: signsIn(sessions, clock),
  }
}

function signsIn(sessions: Sessions, clock: { readonly now: number }) {
  /** Values of the cookies a browser has after a sign-in: the portal's, and those of app hosts. */
  return async (identity: Identity, ...hosts: readonly string[]) => {
    const authentication = { provider: 'keycloak', at: clock.now, amr: ['pwd'] }
    const cookie = await sessions.startPortal(identity, authentication, clock.now)
    const portal = sessions.find(cookie, clock.now)
    if (portal === undefined) throw new Error('nobody could sign in')
    const apps = await Promise.all(hosts.map(async (host) => (await sessions.startApp(portal, host, clock.now)) ?? ''))
    return { portal, cookie, apps, app: apps[0] ?? '' }
  }
}

function networksOf(...items: readonly string[]) {
  const networks = parseNetworks(items)
  if ('invalid' in networks) throw new Error(networks.invalid)
  return networks
}

export const FORWARD = '/auth/forward'

/** The bytes of a question. */
export function question(lines: readonly Line[], path = `${FORWARD}/${KEY}`): string {
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `GET ${path} HTTP/1.1\r\nHost: labelgate:4180\r\n${head}\r\n`
}

/** Asks on a connection of its own. */
export async function ask(
  door: Pick<Door, 'port'>,
  lines: readonly Line[],
  options: { readonly path?: string; readonly from?: string } = {},
): Promise<WireAnswer> {
  const answer = await exchange(door.port, question(lines, options.path), options.from)
  if (answer === undefined) throw new Error('the connection ended without an answer')
  return answer
}

/** What a browser adds when a person goes somewhere. */
export const BROWSER: readonly Line[] = [
  ['Accept', 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8'],
  ['Sec-Fetch-Mode', 'navigate'],
  ['Sec-Fetch-Dest', 'document'],
]

/** A person who goes to an app. */
export function visit(host: string, uri = '/', cookie?: string): Line[] {
  const lines = [...fwd(host, uri), ...BROWSER]
  return cookie === undefined ? lines : [...lines, ['Cookie', cookie]]
}

/** The line of a question about a request that came over plain http. */
export function overHttp([name, value]: Line): Line {
  return [name, name === 'X-Forwarded-Proto' ? 'http' : value]
}

export function session(value: string): string {
  return `__Host-labelgate=${value}`
}

export function header(answer: WireAnswer, name: string): string | undefined {
  const values = answer.headers.get(name)
  if (values !== undefined && values.length > 1) throw new Error(`${name} came ${values.length} times`)
  return values?.[0]
}

/** Everything that comes back on one connection until it ends, or until `expected` answers have come. */
export async function sent(door: Pick<Door, 'port'>, bytes: string, expected = Infinity) {
  const wire = await Wire.open(door.port)
  wire.send(bytes)
  const answers: WireAnswer[] = []
  while (answers.length < expected) {
    const answer = await wire.next()
    if (answer === undefined) break
    answers.push(answer)
  }
  wire.end()
  return answers
}

/** The next good question is answered. */
export async function stillGood(door: Pick<Door, 'port'>): Promise<void> {
  expect(word(await exchange(door.port, question(fwd('public.example.com', '/'))))).toBe('ANON')
}

const IDENTITY = ['remote-user', 'remote-email', 'remote-name', 'remote-groups']

/** The collection's words for an answer: `DENY`, `ANON`, or `AS somebody`. */
export function word(answer: WireAnswer | undefined): string {
  if (answer === undefined) return 'DENY'
  if (answer.headers.get('cache-control')?.includes('no-store') !== true && ![400, 417, 431].includes(answer.status))
    return 'may be kept'
  if (answer.status === 200) {
    const said = IDENTITY.map((name) => header(answer, name))
    if (said.includes(undefined)) return 'a yes without an identity header'
    return said[0] === '' ? (said.join('') === '' ? 'ANON' : 'torn') : `AS ${said[0]}`
  }
  const leaks = IDENTITY.some((name) => answer.headers.has(name))
  const opens = (answer.headers.get('set-cookie') ?? []).some((line) => line.startsWith('__Host-labelgate='))
  const location = header(answer, 'location')
  const astray = location !== undefined && !location.startsWith('https://auth.example.com/')
  return leaks || opens || astray || answer.status < 300 ? `not a refusal: ${answer.status}` : 'DENY'
}
