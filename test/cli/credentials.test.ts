/** What a request may show follows the operator's file as it is at that moment. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openCredentials } from '../../src/cli/credentials.ts'
import { Held } from '../../src/config/current.ts'
import type { BearerIssuer, OperatorFile } from '../../src/config/operator-file.ts'
import type { Configured } from '../../src/config/settings.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { operator } from '../build/table.ts'
import { config, sign, signer } from '../identity/bearer/issuer.ts'

const NOTHING: OperatorFile = {
  providers: [],
  policies: new Map(),
  bearer: [],
  tokens: {},
  headers: { assertion: false },
  upstreamBasic: new Map(),
}

async function open(file: Partial<OperatorFile> = {}) {
  const held = new Held<Configured>({ operator, file: { ...NOTHING, ...file } })
  const faults: unknown[] = []
  const passwords = { signIn: async () => ({ kind: 'refused' as const }) }
  const fault = (error: unknown) => void faults.push(error)
  const credentials = await openCredentials({ store: new MemoryStore(), passwords, config: held, fault })
  onTestFinished(() => credentials[Symbol.asyncDispose]())
  return {
    credentials,
    faults,
    replace: (more: Partial<OperatorFile>) => held.replace({ operator, file: { ...NOTHING, ...more } }),
  }
}

/** An issuer on this machine; `asked` counts who wants its keys. */
async function startIssuer() {
  const key = await signer('k1')
  const state = { asked: 0 }
  const server = createServer((_, response) => {
    state.asked += 1
    response.end(JSON.stringify({ keys: [key.jwk] }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const jwksUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
  const issuer: BearerIssuer = { ...config, jwksUri }
  const now = Date.now()
  const jwt = await sign(key, { iat: Math.floor(now / 1000), exp: Math.floor(now / 1000) + 600 })
  return { state, issuer, jwt, now }
}

test('the header for tokens, in lower case', async () => {
  const { credentials, replace } = await open({ tokens: { header: 'X-Api-Key' } })
  expect(credentials.tokenHeader()).toBe('x-api-key')
  replace({ tokens: { header: 'X-Token' } })
  expect(credentials.tokenHeader()).toBe('x-token')
  replace({})
  expect(credentials.tokenHeader()).toBeUndefined()
})

test('credentials for apps themselves, in UTF-8', async () => {
  const router = { username: 'admin', password: 'pässword', apps: ['router'] }
  const { credentials, replace } = await open({ upstreamBasic: new Map([['router', router]]) })
  expect(credentials.upstreamBasic('router')).toBe('Basic YWRtaW46cMOkc3N3b3Jk')
  expect(credentials.upstreamBasic('constructor')).toBeUndefined()
  replace({})
  expect(credentials.upstreamBasic('router')).toBeUndefined()
})

test('an issuer that is taken away is believed no more, whatever was verified before', async () => {
  const { issuer, jwt, now } = await startIssuer()
  const { credentials, replace } = await open({ bearer: [{ ...issuer, cookie: 'device' }] })
  const ask = () => credentials.bearer.prove(jwt, { issuers: undefined }, now)
  expect(await ask()).toMatchObject({ identity: { user: 'printer' } })
  expect(credentials.bearer.cookies).toEqual(['device'])
  replace({})
  expect([await ask(), credentials.bearer.cookies]).toEqual(['invalid', []])
})

test('an issuer keeps its keys when another line changes, and what it admits holds at once', async () => {
  const { state, issuer, jwt, now } = await startIssuer()
  const { credentials, replace } = await open({ bearer: [issuer] })
  const ask = async () => credentials.bearer.prove(jwt, { issuers: ['devices'] }, now)
  await ask()
  replace({ bearer: [issuer], tokens: { header: 'X-Api-Key' } })
  expect(await ask()).toMatchObject({ credential: 'bearer' })
  expect(state.asked).toBe(1)
  replace({ bearer: [{ ...issuer, admit: [{ kind: 'group', name: 'staff' }] }] })
  expect(await ask()).toBe('invalid')
  replace({ bearer: [{ ...issuer, admit: [{ kind: 'group', name: 'devices' }] }] })
  expect(await ask()).toMatchObject({ credential: 'bearer' })
})
