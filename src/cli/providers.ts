import { matches } from '../authz/subject.ts'
import type { Current } from '../config/current.ts'
import type { Admit, ProviderConfig } from '../config/operator-file.ts'
import type { Configured } from '../config/settings.ts'
import { GithubProvider } from '../identity/github/provider.ts'
import type { Identity } from '../identity/identity.ts'
import { LdapProvider } from '../identity/ldap/provider.ts'
import { OidcProvider } from '../identity/oidc/provider.ts'
import type { RedirectProvider, Renewing } from '../identity/provider.ts'

type Provider = OidcProvider | GithubProvider | LdapProvider

/** What the operator should know of a provider; for the log. */
export type ProviderNote =
  | { readonly kind: 'warning'; readonly provider: string; readonly sentence: string }
  | { readonly kind: 'trouble'; readonly provider: string; readonly error: Error }

interface Made {
  readonly said: string
  readonly provider: Provider
}

/**
 * The sign-in providers of the operator's file, in its order. One whose words did not change stays the same when the
 * file does: what it knows of its keys, and that it is down, is kept.
 */
export class Providers implements Disposable {
  readonly #note: (note: ProviderNote) => void
  readonly #stop: () => void
  #made: readonly Made[] = []

  constructor(config: Current<Configured>, note: (note: ProviderNote) => void) {
    this.#note = note
    this.#take(config.current())
    this.#stop = config.subscribe((next) => this.#take(next))
  }

  /** Those that browsers are sent to. */
  redirects(): readonly RedirectProvider[] {
    return this.#made.flatMap(({ provider }) => (provider instanceof LdapProvider ? [] : [provider]))
  }

  /** Those that take a password. */
  directories(): readonly LdapProvider[] {
    return this.#made.map(({ provider }) => provider).filter((provider) => provider instanceof LdapProvider)
  }

  /** All, by name. */
  renewing(): ReadonlyMap<string, Renewing> {
    return new Map(this.#made.map(({ provider }) => [provider.name, provider]))
  }

  [Symbol.dispose](): void {
    this.#stop()
    close(this.#made)
  }

  #take({ file }: Configured): void {
    const before = this.#made
    this.#made = file.providers.map((config) => {
      const said = JSON.stringify(config)
      return before.find((made) => made.said === said) ?? { said, provider: make(config, this.#note) }
    })
    close(before.filter((made) => !this.#made.includes(made)))
  }
}

/** Directories keep a connection open. */
function close(made: readonly Made[]): void {
  for (const { provider } of made) if (provider instanceof LdapProvider) provider.close()
}

function make(config: ProviderConfig, note: (note: ProviderNote) => void): Provider {
  const { name } = config
  const admits = (identity: Identity) => admitted(config.admit, identity)
  switch (config.type) {
    case 'oidc':
      return new OidcProvider(config, {
        admits,
        warn: (provider, sentence) => note({ kind: 'warning', provider, sentence }),
      })
    case 'github':
      return new GithubProvider(config, { admits })
    case 'ldap':
      return new LdapProvider(config, {
        admits,
        report: (error) => note({ kind: 'trouble', provider: name, error }),
      })
  }
}

/** Nobody by default: an empty list admits none. */
export function admitted(admit: Admit, identity: Identity): boolean {
  return admit.some((subject) => subject === '*' || matches(subject, identity))
}
