/** Sign-ins under way, as a browser carries them. */
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { Logins, LOGIN_LIFE, type Login } from '../../src/session/login.ts'
import { Seal } from '../../src/session/seal.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { NOON } from '../store/samples.ts'

const seal = Seal.from(randomBytes(32))
const logins = () => new Logins(seal, new MemoryStore(() => NOON))
const RD = 'https://app.example.com/'

async function begun(by: Logins, cookies?: string, now = NOON) {
  const login: Login = { provider: 'idp', state: by.newState(now), nonce: 'n', verifier: 'v', rd: RD }
  const { cookie, dropped } = await by.start(login, { cookies, secure: true }, now)
  return { login, dropped, cookies: `__Host-labelgate-login-${cookie.id}=${cookie.value}` }
}
const at = (cookies: string) => ({ cookies, secure: true })

test('what was begun is found by its state, on any replica with the same key', async () => {
  const { login, cookies } = await begun(logins())
  expect(await logins().open(login.state, at(cookies), NOON + LOGIN_LIFE - 1)).toMatchObject({ kind: 'ok', login })
})

test('E-01: a state of the same cookie that is another is lost', async () => {
  const { login, cookies } = await begun(logins())
  const other = `${login.state.split('.')[0]}.${'A'.repeat(43)}`
  expect(await logins().open(other, at(cookies), NOON)).toEqual({ kind: 'lost', cookie: login.state.split('.')[0] })
})

test('E-02: one that came late is lost, and still knows where to', async () => {
  const { login, cookies } = await begun(logins())
  expect(await logins().open(login.state, at(cookies), NOON + LOGIN_LIFE)).toMatchObject({
    kind: 'lost',
    login: { rd: RD },
  })
})

test('D-14: a value sealed for something else is none', async () => {
  const { login } = await begun(logins())
  const value = await seal.seal('grant', { ...login, until: NOON + LOGIN_LIFE }, NOON + LOGIN_LIFE)
  const cookies = `__Host-labelgate-login-${login.state.split('.')[0]}=${value}`
  expect((await logins().open(login.state, at(cookies), NOON)).kind).toBe('lost')
})

test('E-20: it is spent once', async () => {
  const by = logins()
  const { login } = await begun(by)
  const all = await Promise.all(Array.from({ length: 20 }, () => by.spend(login, NOON)))
  expect(all.filter(Boolean)).toHaveLength(1)
})

test('D-25: of those before, the two that began last stay', async () => {
  const by = logins()
  const before = await Promise.all([3, 1, 2, 0].map((i) => begun(by, undefined, NOON + i * 1000)))
  const { dropped } = await begun(by, before.map(({ cookies }) => cookies).join('; '), NOON + 4000)
  const ids = (indices: readonly number[]) => indices.map((i) => before[i]?.login.state.split('.')[0])
  expect(dropped).toEqual(ids([3, 1]))
})
