import type { Entry } from 'ldapts'
import { describe, expect, test } from 'vitest'
import { readPerson } from '../../../src/identity/ldap/entry.ts'
import { formatGrant, parseGrant } from '../../../src/identity/ldap/grant.ts'

const ATTRIBUTES = { user: 'sAMAccountName', email: 'mail', name: 'displayName', id: 'objectGUID' }
const GUID = Buffer.from('c3a9000102030405060708090a0b0c0d', 'hex')
const ENTRY = { dn: 'CN=Alice,DC=x', sAMAccountName: 'Alice', mail: 'Alice@Example.com', objectGUID: GUID }
const NOON = Date.UTC(2026, 10, 25, 12)
/** 100 ns since 1601. */
const windows = (ms: number) => String((BigInt(ms) + 11_644_473_600_000n) * 10_000n)

describe('a person', () => {
  test('as Active Directory has them', () => {
    expect(readPerson({ ...ENTRY, displayName: 'Alice Example' }, ATTRIBUTES)).toEqual({
      dn: 'CN=Alice,DC=x',
      id: 'c3a9000102030405060708090a0b0c0d',
      user: 'alice',
      email: 'alice@example.com',
      name: 'Alice Example',
      shutFrom: Infinity,
    })
  })

  const rows: readonly { what: string; more: Partial<Entry>; is: object }[] = [
    { what: 'of several names the first by alphabet', more: { sAMAccountName: ['bob', 'al'] }, is: { user: 'al' } },
    { what: 'a name of full width letters', more: { sAMAccountName: '\uff41lice' }, is: { user: 'alice' } },
    { what: 'E-12 no address with two @', more: { mail: 'a@evil.com@example.com' }, is: { email: '' } },
    { what: 'the first address that is one', more: { mail: ['x', 'b@x.com', 'a@x.com'] }, is: { email: 'b@x.com' } },
    { what: 'no name on two lines', more: { displayName: 'Alice\nRemote-User: root' }, is: { name: '' } },
    { what: 'an id that is text', more: { objectGUID: 'F3C0-AA' }, is: { id: 'f3c0-aa' } },
    { what: 'an id whose bytes were taken for text', more: { objectGUID: 'é\0' }, is: { id: 'c3a900' } },
    { what: 'no id: the DN', more: { objectGUID: [] }, is: { id: 'cn=alice,dc=x' } },
    {
      what: 'E-31 attributes that are no one’s',
      more: { ['__proto__']: 'x', constructor: 'x' },
      is: { user: 'alice' },
    },
  ]
  test.for(rows)('$what', ({ more, is }) => {
    expect(readPerson({ ...ENTRY, ...more }, ATTRIBUTES)).toMatchObject(is)
  })

  test('whatever the case of an attribute', () => {
    expect(readPerson({ dn: 'CN=a,DC=x', samaccountname: 'bob' }, ATTRIBUTES)).toMatchObject({ user: 'bob' })
  })

  test('the name in the entry’s own name before others', () => {
    const entry = { dn: 'uid=zed,dc=x', uid: ['abe', 'zed'] }
    expect(readPerson(entry, { ...ATTRIBUTES, user: 'uid' })).toMatchObject({ user: 'zed' })
  })

  test.for([
    { dn: 'CN=a,DC=x', sAMAccountName: [] },
    { dn: 'CN=a,DC=x', sAMAccountName: 'josé' },
    { dn: 'CN=a,DC=x', sAMAccountName: 'a b' },
    { dn: '', sAMAccountName: 'alice' },
  ])('nobody without a name: %j', (entry) => {
    expect(readPerson(entry, ATTRIBUTES)).toBeUndefined()
  })
})

describe('an account', () => {
  test.for([
    { it: {}, shut: false },
    { it: { userAccountControl: '512' }, shut: false },
    { it: { userAccountControl: '514' }, shut: true },
    { it: { userAccountControl: '66050' }, shut: true },
    { it: { userAccountControl: 'what?' }, shut: true },
    { it: { accountExpires: '0' }, shut: false },
    { it: { accountExpires: '9223372036854775807' }, shut: false },
    { it: { accountExpires: windows(NOON) }, shut: true },
    { it: { accountExpires: windows(NOON + 1) }, shut: false },
    { it: { accountExpires: 'soon' }, shut: true },
    { it: { nsAccountLock: 'TRUE' }, shut: true },
    { it: { nsAccountLock: 'false' }, shut: false },
    { it: { pwdAccountLockedTime: '000001010000Z' }, shut: true },
    // By failed attempts, whoever's they were: nobody is signed out by guessing at their password.
    { it: { pwdAccountLockedTime: '20261125115900Z' }, shut: false },
  ])('with $it is shut: $shut', ({ it, shut }) => {
    const { shutFrom } = readPerson({ ...ENTRY, ...it }, ATTRIBUTES) ?? expect.fail('nobody')
    expect(shutFrom <= NOON).toBe(shut)
  })
})

test('a grant is read as it was written', () => {
  const grant = { dn: String.raw`cn=a\,"b,dc=x`, id: 'f0', user: 'a' }
  expect(parseGrant(formatGrant(grant))).toEqual(grant)
})
