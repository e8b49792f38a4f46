import type { CredentialDeps } from '../../src/http/forward/credentials.ts'

/** No app asks for any. */
export const noAssertions = { of: () => Promise.reject(new Error('nothing is signed')) }

/** Nobody knows any credential but cookies. */
export const noCredentials: CredentialDeps = {
  tokens: { trustworthy: true, find: () => undefined },
  passwords: { recall: () => undefined, prove: () => 'invalid' },
  bearer: { cookies: [], prove: () => 'invalid' },
  tokenHeader: () => undefined,
  upstreamBasic: () => undefined,
}
