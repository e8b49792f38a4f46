import { beforeEach, expect, test } from 'vitest'
import { SetupLink } from '../../../src/identity/local/setup.ts'
import { Desk, PASSWORD } from './desk.ts'

const HOUR = 3_600_000

let desk: Desk
let link: SetupLink
let token: string
const wanted = { name: 'Alice', password: PASSWORD }
const create = () => SetupLink.create({ accounts: desk.accounts, store: desk.store }, desk.now)
beforeEach(() => {
  desk = new Desk()
  const made = create()
  link = made.link
  token = made.token
})

test('the link makes the first account, an administrator, who is signed in by it', async () => {
  expect(token).toMatch(/^[\w-]{43}$/)
  expect(link.opens(token, desk.now)).toBe(true)
  const result = await link.redeem(token, wanted, desk.now)
  expect(result).toMatchObject({
    kind: 'ok',
    identity: { issuer: 'local', user: 'alice', groups: ['admins'] },
    authentication: { provider: 'local', at: desk.now, amr: ['pwd'] },
  })
  expect(await desk.signIn('alice', PASSWORD)).toMatchObject({ kind: 'ok' })
})

test('it works once', async () => {
  await link.redeem(token, wanted, desk.now)
  expect(link.opens(token, desk.now)).toBe(false)
  expect(await link.redeem(token, { ...wanted, name: 'mallory' }, desk.now)).toEqual({ kind: 'closed' })
  expect(await desk.accounts.list()).toHaveLength(1)
})

test('of many at once one makes an account', async () => {
  const all = Array.from({ length: 10 }, (_, i) => link.redeem(token, { ...wanted, name: `user-${i}` }, desk.now))
  const kinds = (await Promise.all(all)).map(({ kind }) => kind)
  expect(kinds.toSorted()).toEqual([...Array(9).fill('closed'), 'ok'])
  expect(await desk.accounts.list()).toHaveLength(1)
})

test('of two processes with a link each, one makes an account', async () => {
  const other = create()
  const both = [
    link.redeem(token, wanted, desk.now),
    other.link.redeem(other.token, { ...wanted, name: 'bob' }, desk.now),
  ]
  const kinds = (await Promise.all(both)).map(({ kind }) => kind)
  expect(kinds.toSorted()).toEqual(['invalid', 'ok'])
  expect(await desk.accounts.list()).toHaveLength(1)
  expect(await other.link.redeem(other.token, { ...wanted, name: 'bob' }, desk.now)).toEqual({ kind: 'closed' })
})

test('a slip of the fingers is told, and the link goes on', async () => {
  const short = await link.redeem(token, { name: 'alice', password: 'short' }, desk.now)
  expect(short).toEqual({ kind: 'invalid', reason: 'The password is shorter than 8 characters.' })
  const name = await link.redeem(token, { name: 'al ice', password: PASSWORD }, desk.now)
  expect(name).toEqual({ kind: 'invalid', reason: expect.stringMatching(/^The user name may have 1 to 64/) })
  expect(await link.redeem(token, wanted, desk.now)).toMatchObject({ kind: 'ok' })
})

test('a store that fails uses nothing up', async () => {
  const put = desk.store.putAccount.bind(desk.store)
  desk.store.putAccount = () => Promise.reject(new Error('disk full'))
  await expect(link.redeem(token, wanted, desk.now)).rejects.toThrow('disk full')
  desk.store.putAccount = put
  desk.now += 60_000
  expect(await link.redeem(token, wanted, desk.now)).toMatchObject({ kind: 'ok' })
})

test('it is good for an hour, and a clock set back does not lengthen it without end', () => {
  expect(link.opens(token, desk.now + HOUR - 1)).toBe(true)
  expect(link.opens(token, desk.now + HOUR)).toBe(false)
  expect(link.opens(token, desk.now - HOUR)).toBe(false)
  expect(link.opens(token, Number.NaN)).toBe(false)
})

test('another token opens nothing', async () => {
  const flipped = (token.startsWith('A') ? 'B' : 'A') + token.slice(1)
  for (const other of ['', 'a', flipped, `${token}=`, token.slice(0, -1), create().token]) {
    expect(link.opens(other, desk.now)).toBe(false)
    expect(await link.redeem(other, wanted, desk.now)).toEqual({ kind: 'closed' })
  }
  expect(await desk.accounts.list()).toEqual([])
})

test('once there is an account, however it was made, the link makes none', async () => {
  await desk.add('bob')
  expect(await link.redeem(token, wanted, desk.now)).toEqual({ kind: 'closed' })
  expect(await desk.accounts.list()).toHaveLength(1)
})
