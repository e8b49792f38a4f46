/** The certified provider from npm, in this process: accounts without passwords, every interaction granted at once. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import * as oidc from 'oidc-provider'
import { presetOf } from '../../../src/config/file/presets.ts'
import type { OidcConfig } from '../../../src/config/operator-file.ts'
import { freePort } from '../../free-port.ts'

export interface Certified extends AsyncDisposable {
  readonly issuer: string
  /** Groups by account; an account that is taken out is closed. */
  readonly accounts: Map<string, readonly string[]>
  /** The domain an account belongs to, as Google says it (`hd`); most belong to none. */
  readonly domains: Map<string, string>
  /** Who signs in next. */
  next: string
  /** How often somebody had to sign in there. */
  logins: number
  /** Requests to the token endpoint by their grant type. */
  readonly grants: string[]
  config(more?: Partial<OidcConfig>): OidcConfig
}

/** Carries what the provider says to the back channel. Gives the status of the answer. */
export type Deliver = (path: string, body: string) => Promise<number>

type Asked = Pick<Certified, 'next' | 'logins'>

/**
 * @param anyOrigin the portal may be anywhere, by any name of ours: its port is not known yet. Default:
 *   `https://auth.example.com`, by the name `idp`
 * @param host its own name, where containers are to reach it: then it listens on every address
 */
export async function startCertified(deliver?: Deliver, anyOrigin = false, host?: string): Promise<Certified> {
  const port = await freePort()
  const issuer = `http://${host ?? '127.0.0.1'}:${port}`
  const people = { accounts: new Map<string, readonly string[]>(), domains: new Map<string, string>() }
  const state = { ...people, next: 'alice', grants: [] as string[], logins: 0 }
  const provider = new oidc.Provider(issuer, await configuration(people, deliver))
  if (anyOrigin) {
    const of = (path: RegExp) => (uri: string) => path.test(new URL(uri).pathname)
    Object.assign(provider.Client.prototype, {
      redirectUriAllowed: of(/^\/callback\/[a-z]+$/),
      postLogoutRedirectUriAllowed: of(/^\/signed-out$/),
    })
  }
  const server = createServer((req, res) => void answer(provider, state, req, res))
  provider.on('grant.success', ({ oidc }) => state.grants.push(String(oidc.params?.['grant_type'])))
  server.listen(port, host === undefined ? '127.0.0.1' : '0.0.0.0')
  await once(server, 'listening')
  return Object.assign(state, {
    issuer,
    config: (more: Partial<OidcConfig> = {}) => configOf(issuer, more),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

async function answer(provider: oidc.Provider, state: Asked, req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (req.url?.startsWith('/interaction/') === true) await interaction(provider, state, req, res)
  else await provider.callback()(req, res)
}

function configOf(issuer: string, more: Partial<OidcConfig>): OidcConfig {
  return {
    type: 'oidc',
    preset: 'generic',
    name: 'idp',
    title: 'The IdP',
    admit: ['*'],
    issuer,
    clientId: 'labelgate',
    clientSecret: 'a-secret',
    trustEmail: false,
    refresh: 300_000,
    ...presetOf('generic', 'labelgate'),
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
    ...more,
  }
}

async function configuration(
  { accounts, domains }: Pick<Certified, 'accounts' | 'domains'>,
  deliver: Deliver | undefined,
): Promise<oidc.Configuration> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig' }] },
    clients: [
      {
        client_id: 'labelgate',
        client_secret: 'a-secret',
        redirect_uris: ['https://auth.example.com/callback/idp'],
        post_logout_redirect_uris: ['https://auth.example.com/signed-out'],
        grant_types: ['authorization_code', 'refresh_token'],
        id_token_signed_response_alg: 'ES256',
        require_auth_time: true,
        ...(deliver !== undefined && {
          backchannel_logout_uri: 'https://auth.example.com/backchannel-logout/idp',
          backchannel_logout_session_required: true,
        }),
      },
    ],
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
    claims: {
      openid: ['sub', 'acr', 'amr', 'hd'],
      profile: ['preferred_username', 'name'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        // its own page asks with a form; here it is answered by who stands before it
        logoutSource: (ctx, form) => void (ctx.body = form),
      },
    },
    ...(deliver !== undefined && {
      fetch: async (url, options) =>
        new Response(null, { status: await deliver(new URL(url).pathname, await new Response(options?.body).text()) }),
    }),
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['a key of this test'] },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    pkce: { required: () => true },
    findAccount: (_ctx, id) => {
      const groups = accounts.get(id)
      if (groups === undefined) return undefined
      const email = { email: `${id}@example.com`, email_verified: true }
      const said = { ...email, groups: [...groups], hd: domains.get(id) }
      const claims = () => ({ sub: id, preferred_username: id, name: id, ...said })
      return { accountId: id, claims }
    },
  }
}

/** Signs in who is next, and grants what is asked for. */
async function interaction(
  provider: oidc.Provider,
  state: Asked,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(req, res)
  if (prompt.name === 'login') {
    state.logins += 1
    const login = { accountId: state.next, amr: ['pwd', 'otp', 'mfa'] }
    await provider.interactionFinished(req, res, { login }, { mergeWithLastSubmission: false })
    return
  }
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const grant =
    known ?? new provider.Grant({ accountId: String(session?.accountId), clientId: String(params['client_id']) })
  grant.addOIDCScope(String(params['scope']))
  const consent = { grantId: await grant.save() }
  await provider.interactionFinished(req, res, { consent }, { mergeWithLastSubmission: true })
}

/** A browser at the provider: follows its redirects, with its cookies, until one leads elsewhere. */
export class AtProvider {
  readonly #cookies = new Map<string, string>()

  async go(address: string, form?: URLSearchParams): Promise<{ readonly location: string; readonly body: string }> {
    const { origin } = new URL(address)
    let url = address
    let body = form
    for (let step = 0; step < 10; step++) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const method = body === undefined ? 'GET' : 'POST'
      const answer = await fetch(url, { method, headers: { cookie }, redirect: 'manual', ...(body && { body }) })
      body = undefined
      for (const line of answer.headers.getSetCookie()) this.#keep(line)
      const location = answer.headers.get('location')
      if (location === null) return { location: '', body: await answer.text() }
      url = new URL(location, url).href
      if (new URL(url).origin !== origin) return { location: url, body: '' }
    }
    throw new Error('redirected for ever')
  }

  #keep(line: string): void {
    const [pair = ''] = line.split(';')
    this.#cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
  }
}
