import { beforeEach, expect, test } from 'vitest'
import { LOCAL } from '../../../src/identity/local/account.ts'
import { session, identity, NOON } from '../../store/samples.ts'
import { Desk, done, PASSWORD } from './desk.ts'

let desk: Desk
beforeEach(() => {
  desk = new Desk()
})

test('an account that is added can be listed, and its password is nowhere in it', async () => {
  expect(await desk.accounts.any()).toBe(false)
  const wanted = {
    name: ' Alice ',
    password: PASSWORD,
    email: 'A@Example.com',
    displayName: 'Alice',
    groups: ['b', 'a', 'b'],
  }
  const alice = done(await desk.accounts.add(wanted, NOON))
  expect(alice).toMatchObject({
    name: 'alice',
    email: 'a@example.com',
    displayName: 'Alice',
    groups: ['a', 'b'],
    disabled: false,
    createdAt: NOON,
    passwordAt: NOON,
  })
  expect(await desk.accounts.list()).toEqual([alice])
  expect(JSON.stringify(alice)).not.toContain(PASSWORD)
  expect(await desk.accounts.any()).toBe(true)
})

test.for([
  [
    { name: 'alice', password: 'short' },
    { kind: 'invalid', field: 'password', reason: 'is shorter than 8 characters' },
  ],
  [
    { name: 'al ice', password: PASSWORD },
    { kind: 'invalid', field: 'name' },
  ],
  [
    { name: 'jos\u00e9', password: PASSWORD },
    { kind: 'invalid', field: 'name' },
  ],
  [
    { name: 'jose\u0301', password: PASSWORD },
    { kind: 'invalid', field: 'name' },
  ],
  [
    { name: 'alice', password: PASSWORD, email: 'no' },
    { kind: 'invalid', field: 'email', reason: 'is not an address' },
  ],
  [
    { name: 'alice', password: PASSWORD, groups: ['a,b'] },
    { kind: 'invalid', field: 'groups' },
  ],
  [
    { name: 'alice', password: PASSWORD, displayName: 'a\nb' },
    { kind: 'invalid', field: 'displayName' },
  ],
] as const)('what cannot be an account is refused by field: %j', async ([wanted, problem]) => {
  expect(await desk.accounts.add(wanted, NOON)).toMatchObject(problem)
  expect(await desk.accounts.list()).toEqual([])
})

test.for(['alice', 'ALICE', ' alice', '\uff41lice'])(
  'G-22 a name is had once, whatever the spelling: %s',
  async (name) => {
    await desk.add('alice')
    expect(await desk.accounts.add({ name, password: PASSWORD }, NOON)).toEqual({ kind: 'taken' })
    expect(await desk.accounts.list()).toHaveLength(1)
  },
)

test('of several that add one name at once, one does', async () => {
  const all = Array.from({ length: 5 }, () => desk.accounts.add({ name: 'alice', password: PASSWORD }, NOON))
  const kinds = (await Promise.all(all)).map(({ kind }) => kind)
  expect(kinds.toSorted()).toEqual(['ok', 'taken', 'taken', 'taken', 'taken'])
})

test('what is not there is unknown, whatever is asked of it', async () => {
  const { accounts } = desk
  for (const name of ['nobody', 'no body', '__proto__', undefined]) {
    expect(await accounts.passwd(name, PASSWORD, NOON)).toEqual({ kind: 'unknown' })
    expect(await accounts.setGroups(name, [], NOON)).toEqual({ kind: 'unknown' })
    expect(await accounts.disable(name, NOON)).toEqual({ kind: 'unknown' })
    expect(await accounts.enable(name, NOON)).toEqual({ kind: 'unknown' })
    expect(await accounts.remove(name, NOON)).toEqual({ kind: 'unknown' })
  }
})

type Accounts = Desk['accounts']
const endings: readonly [string, (accounts: Accounts) => Promise<unknown>, number][] = [
  ['a new password', (accounts) => accounts.passwd('alice', `${PASSWORD}!`, NOON + 1), 0],
  ['disabling', (accounts) => accounts.disable('alice', NOON + 1), 0],
  ['enabling', (accounts) => accounts.enable('alice', NOON + 1), 0],
  ['removing', (accounts) => accounts.remove('alice', NOON + 1), 0],
  ['other groups', (accounts) => accounts.setGroups('alice', ['x'], NOON + 1), 1],
  ['a new password that is refused', (accounts) => accounts.passwd('alice', 'short', NOON + 1), 1],
]

test.for(endings)('%s leaves so many sessions of the person, and all of others', async ([, change, left]) => {
  const alice = await desk.add('alice')
  await desk.store.putSession(session('a', { identity: identity('alice', { issuer: LOCAL, subject: alice.id }) }))
  await desk.store.putSession(session('b', { identity: identity('bob') }))
  await change(desk.accounts)
  const there = await Promise.all(['a', 'b'].map((id) => desk.store.session(session(id).id)))
  expect(there.map((it) => (it === undefined ? 0 : 1))).toEqual([left, 1])
})

test('a new password takes the place of the old one', async () => {
  await desk.add('alice')
  done(await desk.accounts.passwd('Alice', 'another long password', NOON))
  expect(await desk.signIn('alice', PASSWORD)).toEqual({ kind: 'refused' })
  expect(await desk.signIn('alice', 'another long password')).toMatchObject({ kind: 'ok' })
})

test('who is disabled is refused until enabled again', async () => {
  await desk.add('alice')
  await desk.accounts.disable('alice', NOON)
  expect(await desk.signIn('alice', PASSWORD)).toEqual({ kind: 'refused' })
  await desk.accounts.enable('alice', NOON)
  expect(await desk.signIn('alice', PASSWORD)).toMatchObject({ kind: 'ok' })
})

test('each change is noted down, groups with old and new, and no secret with it', async () => {
  const { accounts } = desk
  const alice = await desk.add('alice', { groups: ['users'] })
  await accounts.setGroups('alice', ['admins'], NOON)
  await accounts.passwd('alice', 'another long password', NOON)
  await accounts.disable('alice', NOON)
  await accounts.enable('alice', NOON)
  await accounts.remove('alice', NOON)
  expect(desk.store.noted.map(({ event, user, detail }) => ({ event, user, ...detail }))).toEqual([
    { event: 'account-changed', user: 'alice', action: 'added', groups: ['users'] },
    { event: 'account-changed', user: 'alice', action: 'groups', old: ['users'], new: ['admins'] },
    { event: 'account-changed', user: 'alice', action: 'password', ended: 0 },
    { event: 'account-changed', user: 'alice', action: 'disabled', ended: 0 },
    { event: 'account-changed', user: 'alice', action: 'enabled', ended: 0 },
    { event: 'account-changed', user: 'alice', action: 'removed', groups: ['admins'] },
  ])
  const text = JSON.stringify(desk.store.noted)
  for (const secret of [PASSWORD, 'another long password', alice.passwordHash]) expect(text).not.toContain(secret)
})
