/**
 * An OpenID provider of a few lines whose every answer can be bent: the real flow over real HTTP, signed with real keys,
 * unless a knob says otherwise. Where no knob is turned it is an honest one.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import type { OidcConfig } from '../../../src/config/operator-file.ts'
import { presetOf } from '../../../src/config/file/presets.ts'

type Claims = Record<string, unknown>

export interface Knobs {
  discovery?: (document: Claims) => unknown
  idToken?: (claims: Claims) => Claims
  header?: (header: Claims) => Claims
  /** Claims of the person; groups, e-mail and the like. */
  person?: Claims
  userInfo?: (claims: Claims) => unknown
  tokens?: (body: Claims) => unknown
  /** Parameters of the answer to the browser. */
  answer?: (query: URLSearchParams) => void
  /** Instead of answering a path at all. */
  serve?: (path: string, res: ServerResponse) => boolean
  /** Milliseconds before the token and UserInfo endpoints answer. */
  delay?: () => number
  /** Access tokens as they should look. */
  accessToken?: (subject: string) => Promise<string> | string
  refuseRefresh?: boolean
  noRefreshToken?: boolean
}

interface Code {
  readonly nonce: string
  readonly challenge: string
  readonly redirectUri: string
  readonly user: string
}

const text = (value: unknown) => (typeof value === 'string' ? value : '')

export class HostileProvider {
  readonly knobs: Knobs = {}
  readonly asked: { readonly path: string; readonly body: URLSearchParams }[] = []
  readonly #server: Server
  readonly #key: CryptoKey
  readonly #jwk: JWK
  readonly #codes = new Map<string, Code>()
  readonly #refreshTokens = new Map<string, string>()
  #port = 0

  private constructor(key: CryptoKey, jwk: JWK) {
    this.#key = key
    this.#jwk = jwk
    this.#server = createServer((req, res) => void this.#serve(req, res).catch(() => res.destroy()))
  }

  static async start(): Promise<HostileProvider> {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const provider = new HostileProvider(privateKey, { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' })
    await provider.listen()
    return provider
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve))
    const address = this.#server.address()
    this.#port = typeof address === 'object' && address !== null ? address.port : 0
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  config(more: Partial<OidcConfig> = {}): OidcConfig {
    const { claims, mfa, scopes } = presetOf(more.preset ?? 'generic', 'labelgate')
    return {
      type: 'oidc',
      preset: 'generic',
      name: 'idp',
      title: 'The IdP',
      issuer: this.issuer,
      admit: ['*'],
      clientId: 'labelgate',
      clientSecret: 'a secret',
      trustEmail: false,
      refresh: 300_000,
      claims,
      mfa,
      scopes,
      ...more,
    }
  }

  /** Turns all knobs back, and forgets what was asked. */
  reset(): void {
    for (const name of Object.keys(this.knobs)) delete this.knobs[name as keyof Knobs]
    this.asked.length = 0
  }

  count(path: string): number {
    return this.asked.filter((one) => one.path === path).length
  }

  sign(claims: Claims, header: Claims = {}): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header }).sign(this.#key)
  }

  /** What its sign-in page would do with somebody who agrees. Gives the address the browser is sent back to. */
  approve(address: string, user: string): string {
    const { searchParams: query } = new URL(address)
    const code = randomBytes(16).toString('hex')
    const redirectUri = text(query.get('redirect_uri'))
    const challenge = text(query.get('code_challenge'))
    this.#codes.set(code, { nonce: text(query.get('nonce')), challenge, redirectUri, user })
    const answer = new URL(redirectUri)
    answer.search = new URLSearchParams({ code, state: text(query.get('state')), iss: this.issuer }).toString()
    this.knobs.answer?.(answer.searchParams)
    return answer.href
  }

  logoutToken(claims: Claims, header: Claims = { typ: 'logout+jwt' }): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    return this.sign(
      {
        iss: this.issuer,
        aud: 'labelgate',
        iat: now,
        exp: now + 120,
        jti: randomBytes(8).toString('hex'),
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        ...claims,
      },
      header,
    )
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const [path = ''] = (req.url ?? '').split('?')
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    const body = new URLSearchParams(Buffer.concat(chunks).toString())
    this.asked.push({ path, body })
    if (this.knobs.serve?.(path, res) === true) return
    const delay = this.knobs.delay?.() ?? 0
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
    const [status, answer] = await this.#answer(path, body, req)
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }

  async #answer(path: string, body: URLSearchParams, req: IncomingMessage): Promise<[number, unknown]> {
    switch (path) {
      case '/.well-known/openid-configuration':
        return [200, (this.knobs.discovery ?? ((it) => it))(this.#document())]
      case '/jwks':
        return [200, { keys: [this.#jwk] }]
      case '/token':
        return body.get('grant_type') === 'refresh_token' ? this.#refreshed(body) : this.#exchanged(body)
      case '/userinfo': {
        const user = text(req.headers.authorization).split('.for.')[1] ?? ''
        const claims = { sub: `sub-${user}`, ...this.#personOf(user) }
        return [200, this.knobs.userInfo?.(claims) ?? claims]
      }
      default:
        return [404, {}]
    }
  }

  #document(): Claims {
    const { issuer } = this
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      end_session_endpoint: `${issuer}/logout`,
      id_token_signing_alg_values_supported: ['ES256', 'none', 'HS256'],
      authorization_response_iss_parameter_supported: true,
    }
  }

  #personOf(user: string): Claims {
    return {
      preferred_username: user,
      name: `${user} Example`,
      email: `${user}@example.com`,
      email_verified: true,
      groups: ['users'],
      ...this.knobs.person,
    }
  }

  async #exchanged(body: URLSearchParams): Promise<[number, unknown]> {
    const code = this.#codes.get(text(body.get('code')))
    this.#codes.delete(text(body.get('code')))
    const challenge = createHash('sha256')
      .update(text(body.get('code_verifier')))
      .digest('base64url')
    const good = code?.challenge === challenge && code.redirectUri === body.get('redirect_uri')
    if (code === undefined || !good) return [400, { error: 'invalid_grant' }]
    return [200, await this.#tokens(code.user, code.nonce)]
  }

  async #refreshed(body: URLSearchParams): Promise<[number, unknown]> {
    const token = text(body.get('refresh_token'))
    const user = this.#refreshTokens.get(token)
    // rotated: each is good once, and one that comes again ends them all (RFC 9700 section 4.14.2)
    this.#refreshTokens.delete(token)
    if (user === undefined || this.knobs.refuseRefresh === true) return [400, { error: 'invalid_grant' }]
    return [200, await this.#tokens(user)]
  }

  async #tokens(user: string, nonce?: string): Promise<unknown> {
    const { knobs, issuer } = this
    const now = Math.floor(Date.now() / 1000)
    const accessToken = (await knobs.accessToken?.(`sub-${user}`)) ?? `${randomBytes(8).toString('hex')}.for.${user}`
    const refresh = randomBytes(16).toString('hex')
    this.#refreshTokens.set(refresh, user)
    const claims = {
      iss: issuer,
      sub: `sub-${user}`,
      aud: 'labelgate',
      iat: now,
      exp: now + 300,
      auth_time: now,
      sid: `sid-${user}`,
      ...(nonce !== undefined && { nonce }),
      ...this.#personOf(user),
    }
    const idToken = await this.sign(knobs.idToken?.(claims) ?? claims, knobs.header?.({}) ?? {})
    const body = {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 60,
      id_token: idToken,
      ...(knobs.noRefreshToken !== true && { refresh_token: refresh }),
    }
    return knobs.tokens?.(body) ?? body
  }
}
