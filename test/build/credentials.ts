import type { CredentialDeps } from '../../src/http/forward/credentials.ts'

/** Nobody knows any credential but cookies. */
export const noCredentials: CredentialDeps = {
  tokens: { trustworthy: true, find: () => undefined },
  passwords: { prove: () => 'invalid' },
  bearer: { cookies: [], prove: () => 'invalid' },
  tokenHeader: () => undefined,
}
