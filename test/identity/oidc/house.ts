/** The portal over the real people of the program (cli/people.ts), and browsers that go there and to a provider. */
import { createHash, randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { openPeople, type People, type PeopleNote } from '../../../src/cli/people.ts'
import { Held } from '../../../src/config/current.ts'
import type { ProviderConfig } from '../../../src/config/operator-file.ts'
import type { Configured } from '../../../src/config/settings.ts'
import type { PortalEvent } from '../../../src/http/portal/deps.ts'
import type { Identity } from '../../../src/identity/identity.ts'
import { Handover } from '../../../src/session/handover.ts'
import type { LiveSession } from '../../../src/session/live.ts'
import { Seal } from '../../../src/session/seal.ts'
import { MemoryStore } from '../../../src/store/memory.ts'
import type { Store } from '../../../src/store/store.ts'
import { operator } from '../../build/table.ts'
import { portalOf, standardParts } from '../../http/portal/fixture.ts'
import { tableOf } from '../../http/portal/table.ts'

export const APP = 'https://app.example.com/notes?id=7'
const HOUR = 3_600_000
const DAY = 24 * HOUR

export interface House {
  /** The portal's server, which does not listen. */
  readonly app: App
  readonly people: People
  readonly store: Store
  readonly events: PortalEvent[]
  readonly notes: PeopleNote[]
  readonly faults: unknown[]
  readonly config: Held<Configured>
  readonly browser: () => Browser
  /** Milliseconds by which this house is ahead of the clock on the wall; providers are not. */
  readonly clock: { ahead: number }
  readonly now: () => number
}

export interface HouseOptions {
  readonly store?: Store
  readonly master?: Uint8Array
  /** `labelgate.login` of the app. */
  readonly login?: readonly string[]
}

export async function openHouse(providers: readonly ProviderConfig[], options: HouseOptions = {}): Promise<House> {
  const clock = { ahead: 0 }
  const now = () => Date.now() + clock.ahead
  const store = options.store ?? new MemoryStore(now)
  const seal = Seal.from(options.master ?? randomBytes(32))
  const config = new Held<Configured>(configured(providers))
  const [events, notes, faults]: [PortalEvent[], PeopleNote[], unknown[]] = [[], [], []]
  const fault = (error: unknown) => void faults.push(error)
  const settings = { sessionIdle: 8 * HOUR, sessionMax: 7 * DAY }
  const note = (said: PeopleNote) => void notes.push(said)
  const people = await openPeople(store, seal, { settings, config, now, fault, note })
  onTestFinished(() => people[Symbol.asyncDispose]())
  const table = tableOf({ id: 'app', hosts: ['app.example.com'], ...(options.login && { login: options.login }) })
  const { app } = portalOf({
    ...standardParts(),
    now,
    table: () => table,
    sessions: people.sessions,
    accounts: people.portalAccounts,
    redirects: people.redirects,
    setup: undefined,
    handover: new Handover(seal, people.sessions, store),
    observe: (event) => void events.push(event),
    fault,
  })
  await app.ready()
  return { app, people, store, events, notes, faults, config, clock, now, browser: () => new Browser(app, people) }
}

export function configured(providers: readonly ProviderConfig[]): Configured {
  const file = {
    providers,
    policies: new Map(),
    bearer: [],
    tokens: {},
    headers: { assertion: false },
    upstreamBasic: new Map(),
  }
  return { operator, file }
}

type App = ReturnType<typeof portalOf>['app']

export interface Answer {
  readonly status: number
  readonly location: string
  readonly body: string
  readonly headers: Readonly<Record<string, unknown>>
}

/** One person's browser on the portal's origin: it keeps cookies, and follows nothing by itself. */
export class Browser {
  readonly cookies = new Map<string, string>()
  readonly nonce = randomBytes(32).toString('base64url')
  readonly #app: App
  readonly #people: People

  constructor(app: App, people: People) {
    this.#app = app
    this.#people = people
  }

  /** For the app's own nonce cookie, as forward-auth hands it on. */
  get n(): string {
    return createHash('sha256').update(this.nonce).digest('base64url')
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.ask('GET', path, undefined, headers)
  }

  post(path: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://auth.example.com' }
    return this.ask('POST', path, new URLSearchParams(fields).toString(), form)
  }

  async ask(
    method: 'GET' | 'HEAD' | 'POST' | 'OPTIONS',
    path: string,
    payload: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const url = path.startsWith('https://auth.example.com') ? path.slice('https://auth.example.com'.length) : path
    const answer = await this.#app.inject({
      method,
      url,
      headers: { host: 'auth.example.com', ...(cookie !== '' && { cookie }), ...headers },
      ...(payload !== undefined && { payload }),
    })
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) this.#keep(line)
    const location = answer.headers.location ?? ''
    return { status: answer.statusCode, location, body: answer.body, headers: answer.headers }
  }

  /** Presses the provider's button. Gives where the browser is sent. */
  async press(provider = 'idp', fields: Readonly<Record<string, string>> = { rd: APP, n: this.n }): Promise<string> {
    return (await this.post(`/login/${provider}`, fields)).location
  }

  /** The whole way, to a provider that approves: `approve` gives where it sends the browser back. */
  async signIn(approve: (address: string) => string, provider = 'idp'): Promise<Answer> {
    return this.get(approve(await this.press(provider)))
  }

  get session(): LiveSession | undefined {
    return this.#people.sessions.find(this.cookies.get('__Host-labelgate') ?? '', Date.now())
  }

  get identity(): Identity | undefined {
    return this.session?.identity
  }

  get logins(): string[] {
    return [...this.cookies.keys()].filter((name) => name.startsWith('__Host-labelgate-login-'))
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ')
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}
