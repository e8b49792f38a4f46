/** What of a provider's answer apps may be handed on: only what the operator names, and only what a header can carry. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { UpstreamTokensConfig } from '../../../src/config/operator-file.ts'
import { LONGEST_TOKEN, passedTokens } from '../../../src/identity/oidc/passed-tokens.ts'
import { OidcProvider } from '../../../src/identity/oidc/provider.ts'
import { HostileProvider } from './hostile.ts'

let idp: HostileProvider
beforeAll(async () => (idp = await HostileProvider.start()))
afterEach(() => idp.reset())
afterAll(() => idp.close())

const redirectUri = 'https://auth.example.com/callback/idp'
const ACCESS: UpstreamTokensConfig = { tokens: ['access'], apps: ['reports'] }

/** Signs alice in, and renews her. `body`: what the token endpoint answers in place of its own. */
async function given(upstreamTokens: UpstreamTokensConfig | undefined, body: object = {}) {
  idp.knobs.tokens = (own) => ({ ...own, ...body })
  // it does not know its own token by the text of another
  idp.knobs.userInfo = () => ({ sub: 'sub-alice', preferred_username: 'alice' })
  const warnings: string[] = []
  const config = idp.config({ ...(upstreamTokens && { upstreamTokens }) })
  const made = new OidcProvider(config, { admits: () => true, warn: (_, sentence) => void warnings.push(sentence) })
  const now = Date.now()
  const begun = await made.begin({ redirectUri, state: 'the-state' }, now)
  if (begun.kind !== 'ok') return expect.fail('down')
  const query = new URL(idp.approve(begun.url, 'alice')).searchParams
  const { nonce, verifier } = begun
  const vouched = await made.finish({ query, redirectUri, state: 'the-state', nonce, verifier }, now)
  if (vouched.kind !== 'ok') return expect.fail(vouched.kind)
  const renewed = await made.renew(vouched.grant ?? '', now)
  if (renewed.kind !== 'ok') return expect.fail(renewed.kind)
  return { now, first: vouched.tokens, second: renewed.tokens, warnings }
}

test('nothing, where the operator says nothing', async () => {
  const { first, second } = await given(undefined)
  expect([first, second]).toEqual([undefined, undefined])
})

test('the access token, until it expires, at sign-in and with each renewal', async () => {
  const { first, second, now } = await given(ACCESS, { access_token: 'at', expires_in: 60 })
  const tokens = { access: { text: 'at', until: now + 60_000 } }
  expect([first, second]).toEqual([tokens, tokens])
})

test('one that does not say how long it lives is good until the provider is asked again', async () => {
  const { first, now } = await given(ACCESS, { access_token: 'at', expires_in: undefined })
  expect(first).toEqual({ access: { text: 'at', until: now + 300_000 } })
})

test('the ID token, where the operator names it', async () => {
  const { first, now } = await given({ tokens: ['id'], apps: ['reports'] })
  expect(Object.keys(first ?? {})).toEqual(['id'])
  expect(first?.id?.text).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  expect(first?.id?.until).toBeGreaterThan(now)
})

test('the longest that a header can carry; a longer one is left out at sign-in and ever after, and that is said once', async () => {
  const longest = 'x'.repeat(LONGEST_TOKEN)
  expect((await given(ACCESS, { access_token: longest })).first?.access?.text).toBe(longest)
  const { first, second, warnings } = await given(ACCESS, { access_token: `${longest}x` })
  expect([first, second]).toEqual([{}, {}])
  expect(warnings).toEqual([expect.stringMatching(/^its access token is of 5001 characters/)])
})

test.for(['at\r\nRemote-User: admin', 'a t', 'até', '', 'a\u0000t'])('%j is no token for a header', (text) => {
  const warnings: string[] = []
  const config = { upstreamTokens: ACCESS, refresh: 300_000 }
  expect(passedTokens({ access_token: text, expires_in: 60 }, config, 0, (said) => void warnings.push(said))).toEqual(
    {},
  )
  expect(warnings).toHaveLength(1)
  expect(warnings.join()).not.toContain('Remote-User')
})
