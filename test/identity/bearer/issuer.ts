/** An issuer of JWTs as it should be, and as it should not be: keys it publishes, tokens it signs. */
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose'
import type { BearerIssuer } from '../../../src/config/operator-file.ts'
import { UnreachableError } from '../../../src/identity/fetch.ts'
import { BearerVerifier } from '../../../src/identity/bearer/verifier.ts'
import { ShownJwts } from '../../../src/session/shown-jwts.ts'
import { NOW } from '../../build/people.ts'

export const ISSUER = 'https://idp.example.com'
export const SECONDS = NOW / 1000

export const config: BearerIssuer = {
  name: 'devices',
  issuer: ISSUER,
  audience: ['api'],
  jwksUri: `${ISSUER}/keys`,
  algorithms: ['RS256', 'ES256', 'EdDSA'],
  types: ['at+jwt'],
  required: {},
  claims: { user: [['preferred_username'], ['sub']], email: [['email']], name: [['name']], groups: [['groups']] },
  admit: ['*'],
}

export const CLAIMS = {
  iss: ISSUER,
  sub: 'device-7',
  aud: 'api',
  preferred_username: 'Printer',
  groups: ['devices'],
  iat: SECONDS - 10,
  exp: SECONDS + 600,
}

export interface Signer {
  readonly kid: string
  readonly alg: string
  readonly key: CryptoKey
  readonly jwk: JWK
}

export async function signer(kid: string, alg = 'ES256', more: object = {}): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true, ...more })
  return { kid, alg, key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } }
}

export function sign(by: Signer, claims: JWTPayload | object = {}, header: object = {}): Promise<string> {
  const all = Object.fromEntries(Object.entries({ ...CLAIMS, ...claims }).filter(([, value]) => value !== undefined))
  const protectedHeader = { alg: by.alg, kid: by.kid, typ: 'at+jwt', ...header }
  return new SignJWT(all).setProtectedHeader(protectedHeader).sign(by.key)
}

/** Publishes these keys; `publish` changes them, and counts who asks. */
export function publisher(...keys: readonly unknown[]) {
  const state = { body: JSON.stringify({ keys }) as string | Error, status: 200, asked: [] as string[] }
  const fetch = async (url: string): Promise<Response> => {
    state.asked.push(url)
    if (state.body instanceof Error) throw new UnreachableError('gone', { cause: state.body })
    return new Response(state.body, { status: state.status })
  }
  const publish = (...next: readonly unknown[]) => void (state.body = JSON.stringify({ keys: next }))
  return { state, fetch, publish }
}

export interface Asking {
  readonly issuers?: readonly string[]
  readonly now?: number
}

/** What a gate would answer that trusts these. */
export function jwtsOf(published: ReturnType<typeof publisher>, ...configs: readonly Partial<BearerIssuer>[]) {
  const faults: unknown[] = []
  const verifiers = (configs.length === 0 ? [{}] : configs).map(
    (more) =>
      new BearerVerifier(
        { ...config, ...more },
        { admits: () => true, fault: (error) => void faults.push(error), fetch: published.fetch },
      ),
  )
  const jwts = new ShownJwts(verifiers)
  /** The name of who it is, or why nobody. */
  const ask = async (jwt: string, { issuers, now = NOW }: Asking = {}) => {
    const proven = await jwts.prove(jwt, { issuers }, now)
    return typeof proven === 'string' ? proven : proven.identity.user
  }
  return { jwts, verifiers, ask, faults }
}
