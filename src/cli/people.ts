import type { Current } from '../config/current.ts'
import type { Configured, Settings } from '../config/settings.ts'
import type { PortalAccounts, PortalRedirects } from '../http/portal/deps.ts'
import { Accounts } from '../identity/local/accounts.ts'
import { PasswordHasher } from '../identity/local/password.ts'
import { Throttle } from '../identity/local/throttle.ts'
import { LOGOUT_TOKEN_LIFE } from '../identity/oidc/logout-token.ts'
import { Passwords } from '../identity/passwords.ts'
import { Devices } from '../session/devices.ts'
import { Grants } from '../session/grants.ts'
import { Logins } from '../session/login.ts'
import { Renewals, type RenewalEvent } from '../session/renewal.ts'
import type { Seal } from '../session/seal.ts'
import { Sessions } from '../session/sessions.ts'
import type { Store } from '../store/store.ts'
import { Providers, type ProviderNote } from './providers.ts'

export interface PeopleOptions {
  readonly settings: Pick<Settings, 'sessionIdle' | 'sessionMax'>
  readonly config: Current<Configured>
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly fault: (error: unknown) => void
  /** What providers do besides sign-ins. Default: nobody is told. */
  readonly note?: (note: PeopleNote) => void
}

export type PeopleNote = ProviderNote | RenewalEvent

/** Who people are and who is signed in: local accounts, providers, sessions, over one store. */
export interface People extends AsyncDisposable {
  readonly accounts: Accounts
  readonly sessions: Sessions
  /** Of local accounts and directories, by one throttle. */
  readonly passwords: Passwords
  readonly portalAccounts: PortalAccounts
  readonly redirects: PortalRedirects
}

/** Rejects with a StoreError where the store cannot be read. */
export async function openPeople(store: Store, seal: Seal, options: PeopleOptions): Promise<People> {
  const { settings, now, fault, note = () => undefined } = options
  await using opened = new AsyncDisposableStack()
  const providers = opened.use(await Providers.open(options.config, note))
  const { sessionIdle: idle, sessionMax: max } = settings
  const refreshOf = (name: string) => providers.renewing().get(name)?.refresh
  const grants = new Grants(store, seal, { refreshOf, sessionMax: max })
  const sessions = await Sessions.open(store, { idle, max }, { onError: fault, grants })
  opened.defer(() => sessions.close())
  const of = () => providers.renewing()
  opened.defer(new Renewals({ store, grants, sessions, now, fault, providers: of, observe: note }).start())
  const parts = { store, hasher: new PasswordHasher(), throttle: new Throttle(), devices: new Devices(seal) }
  const accounts = new Accounts(store, parts.hasher, parts.throttle, parts.devices)
  const passwords = new Passwords(parts, () => providers.directories())
  const owned = opened.move()
  return {
    accounts,
    sessions,
    passwords,
    portalAccounts: {
      signIn: (attempt, at) => passwords.signIn(attempt, at),
      any: async () => providers.directories().length > 0 || accounts.any(),
      isShut: async (user) => (await store.account(user))?.disabled === true,
    },
    redirects: {
      all: () => providers.redirects(),
      logins: new Logins(seal, store),
      ...endings({ store, grants, sessions }),
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

interface Parts {
  readonly store: Store
  readonly grants: Grants
  readonly sessions: Sessions
}

function endings({ store, grants, sessions }: Parts): Omit<PortalRedirects, 'all' | 'logins'> {
  return {
    audit: ({ provider, ...entry }, at) => store.audit({ ...entry, at, detail: { provider } }),
    grantOf: (session, now) => grants.of(session.root.id, now),
    firstTime: (provider, jti, now) => store.once(`logout ${provider} ${jti}`, now + LOGOUT_TOKEN_LIFE),
    endSessions: async ({ provider, issuer, sid, subject }) => {
      if (sid !== undefined) await sessions.endThese(await grants.sessionsOf(provider, sid))
      else if (subject !== undefined) await sessions.endAllOf(issuer, subject)
    },
  }
}
