import { decodeJwt } from 'jose'
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  refreshTokenGrant,
  ResponseBodyError,
  type Configuration,
} from 'openid-client'
import type { OidcConfig } from '../../config/operator-file.ts'
import { isUnreachable } from '../fetch.ts'
import type { Identity } from '../identity.ts'
import type { Answer, Ask, LoggedOut, RedirectProvider, Refusal, Renewal, Vouched } from '../provider.ts'
import { identityFrom, merged, type Claims } from './claims.ts'
import { Discovery } from './discovery.ts'
import { grantText, readGrant, type OidcGrant } from './grant.ts'
import { authenticationOf, checkIdToken, payloadOf, TokenError } from './id-token.ts'
import { LogoutTokens } from './logout-token.ts'
import { passedTokens } from './passed-tokens.ts'
import { choosing, extraParameters, isOfTenant, straightened, type Warn } from './quirks.ts'

export interface OidcDeps {
  /** Does `admit` name this person? */
  readonly admits: (identity: Identity) => boolean
  readonly warn: Warn
}

type Tokens = Awaited<ReturnType<typeof authorizationCodeGrant>>

/** Sign-in by OpenID Connect Core 1.0: authorization code, PKCE, state, nonce and `iss` (RFC 9700, RFC 9207). */
export class OidcProvider implements RedirectProvider {
  readonly name: string
  readonly title: string
  readonly origin: string
  readonly refresh: number
  readonly #config: OidcConfig
  readonly #deps: OidcDeps
  readonly #discovery: Discovery
  readonly #logoutTokens: LogoutTokens
  #saidTooLong = false

  constructor(config: OidcConfig, deps: OidcDeps) {
    this.name = config.name
    this.title = config.title
    this.origin = new URL(config.issuer).origin
    this.refresh = config.refresh
    this.#config = config
    this.#deps = deps
    this.#discovery = new Discovery(config)
    this.#logoutTokens = new LogoutTokens(config)
  }

  async begin(ask: Ask, now: number): ReturnType<RedirectProvider['begin']> {
    const [nonce, verifier] = [randomNonce(), randomPKCECodeVerifier()]
    try {
      const server = await this.#discovery.get(now)
      const challenge = await calculatePKCECodeChallenge(verifier)
      const url = buildAuthorizationUrl(server, {
        scope: [...new Set(['openid', ...this.#config.scopes])].join(' '),
        redirect_uri: ask.redirectUri,
        state: ask.state,
        nonce,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...extraParameters(this.#config),
        ...demands(ask, this.#config),
      })
      return { kind: 'ok', url: url.href, nonce, verifier }
    } catch (error) {
      return { kind: 'unavailable', error }
    }
  }

  async finish({ query, redirectUri, state, nonce, verifier }: Answer, now: number): Promise<Vouched | Refusal> {
    try {
      // JARM and the implicit flow are refused by openid-client, a bare access token here (threat E-22)
      if (query.has('access_token')) return { kind: 'refused', error: new TokenError('response mode') }
      const server = await this.#discovery.get(now)
      const tokens = await authorizationCodeGrant(server, new URL(`${redirectUri}?${query.toString()}`), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
      const idToken: Claims = checked(tokens, now) ?? {}
      const found = await this.#identify(server, tokens, idToken)
      if ('kind' in found) return found
      const sid = idToken['sid']
      return {
        kind: 'ok',
        identity: found,
        authentication: authenticationOf(idToken, this.#config),
        grant: grantText(grantOf(tokens, { subject: found.subject })),
        ...this.#passed(tokens, now),
        ...(typeof sid === 'string' && sid !== '' && { sid }),
      }
    } catch (error) {
      return { kind: isUnreachable(error) ? 'unavailable' : 'refused', error }
    }
  }

  async renew(grant: string, now: number): Promise<Renewal> {
    try {
      const before = readGrant(grant)
      if (before.refreshToken === undefined) return { kind: 'impossible' }
      const server = await this.#discovery.get(now)
      const tokens = await refreshTokenGrant(server, before.refreshToken)
      const idToken = checked(tokens, now) ?? lastClaims(before)
      // another person's tokens (OpenID Connect Core section 12.2)
      if (idToken['sub'] !== before.subject) return { kind: 'ended' }
      const found = await this.#identify(server, tokens, idToken)
      if ('kind' in found)
        return found.kind === 'unavailable' ? { kind: 'unavailable', error: found.error } : { kind: 'ended' }
      return { kind: 'ok', identity: found, grant: grantText(grantOf(tokens, before)), ...this.#passed(tokens, now) }
    } catch (error) {
      // RFC 6749 section 5.2: the refresh token is invalid, expired or revoked
      const refused = error instanceof ResponseBodyError && error.error === 'invalid_grant'
      return refused ? { kind: 'ended' } : { kind: 'unavailable', error }
    }
  }

  async signOutUrl(grant: string | undefined, back: string, now: number): Promise<string | undefined> {
    const server = await this.#discovery.get(now).catch(() => undefined)
    if (server?.serverMetadata().end_session_endpoint === undefined) return undefined
    const hint = grant === undefined ? undefined : readGrant(grant).idToken
    const url = buildEndSessionUrl(server, {
      post_logout_redirect_uri: back,
      ...(hint !== undefined && { id_token_hint: hint }),
    })
    return url.href
  }

  async loggedOut(token: string, now: number): Promise<LoggedOut> {
    try {
      const { issuer, jwks_uri: keys } = (await this.#discovery.get(now)).serverMetadata()
      return await this.#logoutTokens.read(token, { issuer, keys }, now)
    } catch (error) {
      return { kind: isUnreachable(error) ? 'unavailable' : 'refused', error }
    }
  }

  #passed(tokens: Tokens, now: number): Pick<Vouched, 'tokens'> {
    const passed = passedTokens(tokens, this.#config, now, (sentence) => {
      // as long for everybody, as a rule: a line for each renewal would say nothing more
      if (this.#saidTooLong) return
      this.#saidTooLong = true
      this.#deps.warn(this.name, sentence)
    })
    return passed === undefined ? {} : { tokens: passed }
  }

  /** Who it is, by the ID token and UserInfo together. */
  async #identify(server: Configuration, tokens: Tokens, idToken: Claims): Promise<Identity | Refusal> {
    const { issuer, userinfo_endpoint: endpoint } = server.serverMetadata()
    const subject = String(idToken['sub'])
    // never without the subject that is expected: UserInfo could be of somebody else (threat E-17)
    const info = endpoint === undefined ? {} : await fetchUserInfo(server, tokens.access_token, subject)
    const claims = straightened(
      merged(idToken, info),
      this.#config,
      payloadOf(tokens.access_token, issuer, subject),
      this.#deps.warn,
    )
    const read = identityFrom(issuer, claims, this.#config)
    if ('wrong' in read) return { kind: 'refused', error: new Error(`the claim for ${read.wrong} cannot be used`) }
    // what was sent along binds nobody, and UserInfo is not signed: the ID token has to say it
    const admitted = isOfTenant(idToken, this.#config) && this.#deps.admits(read.identity)
    return admitted ? read.identity : { kind: 'not-admitted', user: read.identity.user }
  }
}

function demands({ demand, choose = false }: Ask, config: OidcConfig): Record<string, string> {
  if (demand === undefined) return choose ? { prompt: choosing(config) } : {}
  const acr = demand.mfa ? config.acrValues : undefined
  return {
    ...(demand.fresh !== undefined && { max_age: String(demand.fresh) }),
    ...(acr !== undefined && { acr_values: acr }),
    // a provider that knows classes asks for what is lacking; any other is to ask for all of it again
    ...((demand.fresh !== undefined || acr === undefined) && { prompt: 'login' }),
  }
}

/** The ID token's claims, undefined where there is no ID token. Throws where it does not do. */
function checked(tokens: Tokens, now: number): Claims | undefined {
  const claims = tokens.claims() as Claims | undefined
  if (claims === undefined || tokens.id_token === undefined) return undefined
  checkIdToken(tokens.id_token, claims, tokens.access_token, now)
  return claims
}

function grantOf({ refresh_token: fresh, id_token: idToken }: Tokens, before: OidcGrant): OidcGrant {
  const refreshToken = fresh ?? before.refreshToken
  const hint = idToken ?? before.idToken
  return {
    subject: before.subject,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(hint !== undefined && { idToken: hint }),
  }
}

/** What the last ID token said: a renewal need not bring another one (OpenID Connect Core section 12.2). */
function lastClaims({ subject, idToken }: OidcGrant): Claims {
  return idToken === undefined ? { sub: subject } : decodeJwt(idToken)
}
