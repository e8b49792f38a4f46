import type { FastifyInstance } from 'fastify'
import type { Current } from '../config/current.ts'
import type { Configured, Settings } from '../config/settings.ts'
import { clientAddress } from '../http/client-address.ts'
import { entryPoint } from '../http/forward/entry-point.ts'
import { forwardAuth, type ForwardDeps, type ForwardObserver } from '../http/forward/forward.ts'
import { openSite } from '../http/pages/site.ts'
import type { PortalDeps } from '../http/portal/deps.ts'
import { createFrontDoor } from '../http/server.ts'
import { traefikProvider } from '../http/traefik/provider.ts'
import type { Accounts } from '../identity/local/accounts.ts'
import { SetupLink } from '../identity/local/setup.ts'
import { Handover } from '../session/handover.ts'
import { Seal } from '../session/seal.ts'
import type { Sessions } from '../session/sessions.ts'
import { loadKeys, makeKeys } from '../store/keys.ts'
import { openStore } from '../store/open.ts'
import { every } from '../store/timer.ts'
import type { Table } from '../table/table.ts'
import { openCredentials } from './credentials.ts'
import { openPeople, type PeopleNote } from './people.ts'
import { openSigning } from './signing.ts'

export interface GateOptions {
  readonly settings: Settings
  /** What changes of them while the process runs: providers, policies, limits. */
  readonly config: Current<Configured>
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly table: () => Table | undefined
  readonly observer: ForwardObserver
  readonly observe: PortalDeps['observe']
  /** A fault of ours, or of the store. */
  readonly fault: (error: unknown) => void
  /** What Traefik's HTTP provider is answered, undefined before the first table; undefined itself: it is not. */
  readonly document?: (() => string | undefined) | undefined
  /** What providers do besides sign-ins. Default: nobody is told. */
  readonly note?: (note: PeopleNote) => void
}

/** The role that is reachable: forward-auth and the portal, over the sessions and accounts they answer by. */
export interface Gate extends AsyncDisposable {
  /** Not listening yet. */
  readonly frontDoor: FastifyInstance
  /** What forward-auth answers by; for the built-in gateway. */
  readonly forward: ForwardDeps
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly proxyKey: string
  /** Path and query of the page that makes the first account; undefined where there is an account. */
  readonly setup: string | undefined
}

/** Last-seen times are written in batches of so many milliseconds. */
const FLUSH_EVERY = 5000

/** Opens store and keys. Rejects with a StoreError, or with an Error that names the option, where they cannot be. */
export async function openGate(options: GateOptions): Promise<Gate> {
  const { settings, now, table, fault } = options
  await using opened = new AsyncDisposableStack()
  const site = openSite(settings.portal, settings.brand)
  const keys = settings.store === 'memory' ? makeKeys() : await loadKeys(settings.dataDir)
  const store = opened.adopt(await openStore(settings.store, settings.dataDir), (store) => store.close())
  const { portal, trustedProxies, tlsBefore } = settings
  const seal = Seal.from(keys.master)
  const people = opened.use(await openPeople(store, seal, options))
  const { accounts, sessions, passwords } = people
  flushing(opened, () => sessions.flush(now()).catch(fault))

  const handover = new Handover(seal, sessions, store)
  const proxyKey = settings.proxyKey ?? keys.proxyKey
  const setup = (await accounts.any()) ? undefined : SetupLink.create({ accounts, store }, now())
  const credentials = opened.use(await openCredentials({ store, passwords, config: options.config, fault }))
  const signing = opened.use(await openSigning(settings, options))
  const forward: ForwardDeps = {
    portal,
    site,
    handover,
    sessions,
    credentials,
    assertions: signing.assertions,
    upstreamTokens: people.upstreamTokens,
    reservedHeaders: () => options.config.current().operator.reservedHeaders ?? [],
    sessionMax: settings.sessionMax / 1000,
    table,
    now,
    proxyKey,
    trustedProxies,
    tlsBefore,
    observer: options.observer,
    entryPoint: entryPointOf(options, () => credentials.tokenHeader()),
  }
  const frontDoor = createFrontDoor(forwardAuth(forward), {
    settings,
    site,
    now,
    table,
    sessions,
    accounts: people.portalAccounts,
    redirects: people.redirects,
    publicKeys: signing.publicKeys,
    setup: setup?.link,
    handover,
    clientAddress: ({ raw }) => clientAddress(raw, { proxyKey, trustedProxies }),
    observe: options.observe,
    fault,
    provider: providerOf(options, proxyKey),
  })
  opened.defer(() => frontDoor.close())
  const owned = opened.move()
  const parts = { frontDoor, forward, accounts, sessions, proxyKey }
  return {
    ...parts,
    setup: setup && `/setup?token=${setup.token}`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function entryPointOf({ settings, table }: GateOptions, tokenHeader: () => string | undefined) {
  const { portal, traefikMode } = settings
  return traefikMode === 'entrypoint' ? entryPoint({ portal, table, tokenHeader }) : undefined
}

function providerOf({ document, observer }: GateOptions, proxyKey: string) {
  return document && traefikProvider({ proxyKey, document, observer })
}

function flushing(opened: AsyncDisposableStack, flush: () => Promise<void>): void {
  opened.defer(flush)
  opened.defer(every(FLUSH_EVERY, () => void flush()))
}
