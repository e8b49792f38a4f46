import { calculatePKCECodeChallenge, randomNonce, randomPKCECodeVerifier } from 'openid-client'
import type { GithubConfig } from '../../config/operator-file.ts'
import { boundedFetch, isUnreachable, type BoundedFetch } from '../fetch.ts'
import type { Identity } from '../identity.ts'
import type { Answer, Ask, RedirectProvider, Refusal, Renewal, Vouched } from '../provider.ts'
import { GithubError, personOf } from './person.ts'

export interface GithubDeps {
  /** Does `admit` name this person? */
  readonly admits: (identity: Identity) => boolean
}

const SCOPE = 'read:user user:email read:org'

/**
 * Sign-in with GitHub, which is OAuth 2.0 (RFC 6749, RFC 7636) without an ID token: who it is comes from its API, over
 * TLS. It says neither when nor how somebody signed in, so it can bring no second factor and no fresh sign-in.
 */
export class GithubProvider implements RedirectProvider {
  readonly name: string
  readonly title: string
  readonly origin: string
  readonly refresh: number
  readonly #config: GithubConfig
  readonly #deps: GithubDeps
  readonly #fetch: BoundedFetch

  constructor(config: GithubConfig, deps: GithubDeps) {
    this.name = config.name
    this.title = config.title
    this.origin = config.origin
    this.refresh = config.refresh
    this.#config = config
    this.#deps = deps
    this.#fetch = boundedFetch(config.ca === undefined ? {} : { ca: config.ca })
  }

  async begin(ask: Ask): ReturnType<RedirectProvider['begin']> {
    const verifier = randomPKCECodeVerifier()
    const url = new URL('/login/oauth/authorize', this.#config.origin)
    url.search = new URLSearchParams({
      client_id: this.#config.clientId,
      redirect_uri: ask.redirectUri,
      scope: SCOPE,
      state: ask.state,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(ask.choose === true && { prompt: 'select_account' }),
    }).toString()
    // nothing of GitHub's carries a nonce; the transaction has one all the same
    return { kind: 'ok', url: url.href, nonce: randomNonce(), verifier }
  }

  async finish(answer: Answer): Promise<Vouched | Refusal> {
    try {
      const code = codeOf(answer)
      if (code === undefined) return { kind: 'refused' }
      const token = await this.#exchange(code, answer)
      const found = await this.#identify(token)
      if ('kind' in found) return found
      const authentication = { provider: this.name, at: 0, amr: [] }
      return { kind: 'ok', identity: found, authentication, grant: token }
    } catch (error) {
      return { kind: isUnreachable(error) ? 'unavailable' : 'refused', error }
    }
  }

  /** The token of an OAuth app does not expire; asking with it tells whether it was taken back. */
  async renew(grant: string): Promise<Renewal> {
    try {
      const found = await this.#identify(grant)
      return 'kind' in found ? { kind: 'ended' } : { kind: 'ok', identity: found }
    } catch (error) {
      return error instanceof GithubError && error.status === 401 ? { kind: 'ended' } : { kind: 'unavailable', error }
    }
  }

  async #identify(token: string): Promise<Identity | Refusal> {
    const identity = await personOf(this.#config, token, this.#fetch)
    return this.#deps.admits(identity) ? identity : { kind: 'not-admitted', user: identity.user }
  }

  async #exchange(code: string, { redirectUri, verifier }: Answer): Promise<string> {
    const { clientId, clientSecret, origin } = this.#config
    const response = await this.#fetch(new URL('/login/oauth/access_token', origin).href, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        client_id: clientId,
        client_secret: clientSecret,
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      }),
    })
    // a refusal is answered with 200 and `error`
    const { access_token: token, token_type: type } = (await response.json()) as Record<string, unknown>
    if (typeof token !== 'string' || token === '' || String(type).toLowerCase() !== 'bearer')
      throw new GithubError('the token endpoint', response.status)
    return token
  }
}

/** The state was compared when the transaction was opened (RFC 6749 section 10.12). */
function codeOf({ query }: Answer): string | undefined {
  const codes = query.getAll('code')
  return codes.length === 1 && !query.has('error') ? codes[0] : undefined
}
