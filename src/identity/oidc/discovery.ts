import {
  allowInsecureRequests,
  clockTolerance,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
  type ClientAuth,
  type ServerMetadata,
} from 'openid-client'
import type { OidcConfig } from '../../config/operator-file.ts'
import { ALGORITHMS } from '../../syntax/algorithms.ts'
import { boundedFetch, UnreachableError } from '../fetch.ts'

/** After a failure the provider is left alone for so long, however many people press its button. */
const COOL_DOWN = 10_000
/** What a provider says of itself is read again so often; where that fails the last word holds. */
const GOOD_FOR = 3_600_000
/** Seconds. */
const SKEW = 60
const TIMEOUT = 5

/**
 * What a provider says of itself, asked for when first somebody needs it: a provider that is down at start costs
 * nothing but its button. One question at a time, whoever asks.
 */
export class Discovery {
  readonly #config: OidcConfig
  #known: Configuration | undefined
  #pending: Promise<Configuration> | undefined
  #readAt = Number.NEGATIVE_INFINITY
  #failed: { readonly at: number; readonly error: unknown } | undefined

  constructor(config: OidcConfig) {
    this.#config = config
  }

  /** Rejects with UnreachableError where the provider cannot be reached or says what it should not. */
  async get(now: number): Promise<Configuration> {
    const known = this.#known
    if (known !== undefined && Math.abs(now - this.#readAt) < GOOD_FOR) return known
    if (this.#failed !== undefined && Math.abs(now - this.#failed.at) < COOL_DOWN) {
      if (known !== undefined) return known
      throw this.#failed.error
    }
    this.#pending ??= this.#read(now).finally(() => (this.#pending = undefined))
    return known === undefined ? this.#pending : this.#pending.catch(() => known)
  }

  async #read(now: number): Promise<Configuration> {
    try {
      this.#known = await discover(this.#config)
      this.#readAt = now
      this.#failed = undefined
      return this.#known
    } catch (cause) {
      const error = new UnreachableError(`provider ${this.#config.name} cannot be used`, { cause })
      this.#failed = { at: now, error }
      throw error
    }
  }
}

async function discover(config: OidcConfig): Promise<Configuration> {
  const fetch = boundedFetch(config.ca === undefined ? {} : { ca: config.ca })
  const plain = config.issuer.startsWith('http:')
  const found = await discovery(new URL(config.issuer), config.clientId, undefined, None(), {
    [customFetch]: fetch,
    timeout: TIMEOUT,
    ...(plain && { execute: [allowInsecureRequests] }),
  })
  const server = pinned(found.serverMetadata())
  const made = new Configuration(server, config.clientId, { [clockTolerance]: SKEW }, authentication(config, server))
  made[customFetch] = fetch
  made.timeout = TIMEOUT
  if (plain) allowInsecureRequests(made)
  // the ID token's signature is checked although TLS vouches for it already (OpenID Connect Core section 3.1.3.7)
  enableNonRepudiationChecks(made)
  return made
}

/** The provider's algorithms that are ours too. RS256 is what every provider must have (Discovery section 3). */
function pinned(server: ServerMetadata): ServerMetadata {
  const said = server.id_token_signing_alg_values_supported ?? ['RS256']
  const usable = said.filter((name) => ALGORITHMS.includes(name))
  if (usable.length === 0) throw new Error('it signs ID tokens by no algorithm that is accepted here')
  return { ...server, id_token_signing_alg_values_supported: usable }
}

function authentication({ clientSecret }: OidcConfig, server: ServerMetadata): ClientAuth {
  if (clientSecret === undefined) return None()
  const methods = server.token_endpoint_auth_methods_supported
  // `client_secret_basic` is the default (Discovery section 3)
  const post = methods?.includes('client_secret_post') === true && !methods.includes('client_secret_basic')
  return post ? ClientSecretPost(clientSecret) : ClientSecretBasic(clientSecret)
}
