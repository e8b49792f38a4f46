import type { Current } from '../config/current.ts'
import type { OperatorFile } from '../config/operator-file.ts'
import type { Configured, Settings } from '../config/settings.ts'
import type { PortalAccounts, PortalRedirects } from '../http/portal/deps.ts'
import { Accounts } from '../identity/local/accounts.ts'
import { PasswordHasher } from '../identity/local/password.ts'
import { Throttle } from '../identity/local/throttle.ts'
import type { TokenKind } from '../labels/spec.ts'
import { LOGOUT_TOKEN_LIFE } from '../identity/oidc/logout-token.ts'
import { Passwords } from '../identity/passwords.ts'
import { Devices } from '../session/devices.ts'
import { Grants } from '../session/grants.ts'
import { Logins } from '../session/login.ts'
import { Renewals, type RenewalEvent } from '../session/renewal.ts'
import type { Seal } from '../session/seal.ts'
import { Sessions } from '../session/sessions.ts'
import { UpstreamTokens } from '../session/upstream-tokens.ts'
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
  /** Tokens of providers that apps are handed on. */
  readonly upstreamTokens: UpstreamTokens
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
  const upstreamTokens = new UpstreamTokens(grants, (...asked) => mayHave(options.config.current().file, ...asked))
  const renewed = { store, grants, sessions, upstreamTokens }
  opened.defer(new Renewals({ ...renewed, now, fault, providers: of, observe: note }).start())
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
    upstreamTokens,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** May this app have such a token of that provider, by the operator's file as it is now? */
function mayHave({ providers }: OperatorFile, name: string, app: string, kind: TokenKind): boolean {
  const provider = providers.find((one) => one.name === name)
  const said = provider?.type === 'oidc' ? provider.upstreamTokens : undefined
  return said !== undefined && said.tokens.includes(kind) && said.apps.includes(app)
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
