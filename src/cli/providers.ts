import { matches } from '../authz/subject.ts'
import type { Current } from '../config/current.ts'
import type { Admit, ProviderConfig } from '../config/operator-file.ts'
import type { Configured } from '../config/settings.ts'
import type { GithubProvider } from '../identity/github/provider.ts'
import type { Identity } from '../identity/identity.ts'
import type { LdapProvider } from '../identity/ldap/provider.ts'
import type { OidcProvider } from '../identity/oidc/provider.ts'
import type { RedirectProvider, Renewing } from '../identity/provider.ts'

type Provider =
  | { readonly type: 'redirect'; readonly provider: OidcProvider | GithubProvider }
  | { readonly type: 'directory'; readonly provider: LdapProvider }

/** What the operator should know of a provider; for the log. */
export type ProviderNote =
  | { readonly kind: 'warning'; readonly provider: string; readonly sentence: string }
  | { readonly kind: 'trouble'; readonly provider: string; readonly error: Error }

type Made = Provider & {
  /** The words it was made of. */
  readonly said: string
}

/**
 * The sign-in providers of the operator's file, in its order. One whose words did not change stays the same when the
 * file does: what it knows of its keys, and that it is down, is kept. What speaks a protocol is loaded with the first
 * provider that needs it.
 */
export class Providers implements Disposable {
  readonly #note: (note: ProviderNote) => void
  readonly #stop: () => void
  #made: readonly Made[] = []
  #turn: Promise<void> = Promise.resolve()

  private constructor(config: Current<Configured>, note: (note: ProviderNote) => void) {
    this.#note = note
    this.#stop = config.subscribe((next) => void this.#take(next))
  }

  static async open(config: Current<Configured>, note: (note: ProviderNote) => void): Promise<Providers> {
    const providers = new Providers(config, note)
    await providers.#take(config.current())
    return providers
  }

  /** Those that browsers are sent to. */
  redirects(): readonly RedirectProvider[] {
    return this.#made.flatMap((made) => (made.type === 'redirect' ? [made.provider] : []))
  }

  /** Those that take a password. */
  directories(): readonly LdapProvider[] {
    return this.#made.flatMap((made) => (made.type === 'directory' ? [made.provider] : []))
  }

  /** All, by name. */
  renewing(): ReadonlyMap<string, Renewing> {
    return new Map(this.#made.map(({ provider }) => [provider.name, provider]))
  }

  [Symbol.dispose](): void {
    this.#stop()
    close(this.#made)
  }

  /** One file after the other. */
  #take({ file }: Configured): Promise<void> {
    this.#turn = this.#turn.then(() => this.#replace(file.providers))
    return this.#turn
  }

  async #replace(configs: readonly ProviderConfig[]): Promise<void> {
    const before = this.#made
    const made = configs.map(async (config) => {
      const said = JSON.stringify(config)
      return before.find((known) => known.said === said) ?? { said, ...(await make(config, this.#note)) }
    })
    this.#made = await Promise.all(made)
    close(before.filter((known) => !this.#made.includes(known)))
  }
}

/** Directories keep a connection open. */
function close(made: readonly Made[]): void {
  for (const { type, provider } of made) if (type === 'directory') provider.close()
}

async function make(config: ProviderConfig, note: (note: ProviderNote) => void): Promise<Provider> {
  const { name } = config
  const admits = (identity: Identity) => admitted(config.admit, identity)
  switch (config.type) {
    case 'oidc': {
      const { OidcProvider } = await import('../identity/oidc/provider.ts')
      const warn = (provider: string, sentence: string) => note({ kind: 'warning', provider, sentence })
      return { type: 'redirect', provider: new OidcProvider(config, { admits, warn }) }
    }
    case 'github': {
      const { GithubProvider } = await import('../identity/github/provider.ts')
      return { type: 'redirect', provider: new GithubProvider(config, { admits }) }
    }
    case 'ldap': {
      const { LdapProvider } = await import('../identity/ldap/provider.ts')
      const report = (error: Error) => note({ kind: 'trouble', provider: name, error })
      return { type: 'directory', provider: new LdapProvider(config, { admits, report }) }
    }
  }
}

/** Nobody by default: an empty list admits none. */
export function admitted(admit: Admit, identity: Identity): boolean {
  return admit.some((subject) => subject === '*' || matches(subject, identity))
}
