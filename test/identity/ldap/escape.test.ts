import fc from 'fast-check'
import { EqualityFilter, FilterParser, OrFilter, type Filter } from 'ldapts'
import { describe, expect, test } from 'vitest'
import { escapeDnValue, fillDn, fillFilter } from '../../../src/identity/ldap/escape.ts'
import { foldDn, rdnValue } from '../../../src/identity/ldap/rdn.ts'

/** Any text, of characters that mean something in either syntax more often than not. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...Array.from('*()\\\0 ,+"<>;=#&|!{}ué𝒜'), '\\2a', '{dn}', '{username}', 'uid=') }),
)

describe('a filter', () => {
  test.for([
    { typed: '*', filter: String.raw`(uid=\2a)` },
    { typed: '*)(uid=*', filter: String.raw`(uid=\2a\29\28uid=\2a)` },
    { typed: 'a\\b', filter: String.raw`(uid=a\5cb)` },
    { typed: 'a\0', filter: String.raw`(uid=a\00)` },
    { typed: 'Ünal', filter: '(uid=Ünal)' },
    { typed: '{dn}', filter: '(uid={dn})' },
    { typed: '', filter: '(uid=)' },
  ])('takes $typed for a value', ({ typed, filter }) => {
    expect(fillFilter('(uid={username})', { username: typed, dn: 'cn=never' })).toBe(filter)
  })

  test('asks what its template asks, whatever is typed', () => {
    fc.assert(
      fc.property(hostile, hostile, (username, dn) => {
        const filled = FilterParser.parseString(fillFilter('(|(uid={username})(member={dn}))', { username, dn }))
        expect(plain(filled)).toEqual([
          ['uid', username],
          ['member', dn],
        ])
      }),
    )
  })
})

function plain(filter: Filter): unknown {
  if (filter instanceof OrFilter) return filter.filters.map(plain)
  return filter instanceof EqualityFilter ? [filter.attribute, filter.value] : filter
}

describe('a name', () => {
  test.for([
    { typed: 'alice,ou=admins', dn: String.raw`uid=alice\,ou\=admins,dc=x` },
    { typed: 'a+cn=b', dn: String.raw`uid=a\+cn\=b,dc=x` },
    { typed: ' ', dn: String.raw`uid=\ ,dc=x` },
    { typed: '  a  ', dn: String.raw`uid=\  a \ ,dc=x` },
    { typed: '#04', dn: String.raw`uid=\#04,dc=x` },
    { typed: String.raw`"\<>;`, dn: String.raw`uid=\"\\\<\>\;,dc=x` },
    { typed: 'a\0b', dn: String.raw`uid=a\00b,dc=x` },
    { typed: '{username}', dn: 'uid={username},dc=x' },
  ])('takes $typed for a value', ({ typed, dn }) => {
    expect(fillDn('uid={username},dc=x', { username: typed })).toBe(dn)
  })

  test('says what was typed, and nothing else', () => {
    fc.assert(
      fc.property(
        hostile.filter((text) => text.isWellFormed() && !text.includes('\uFFFD')),
        (typed) => {
          expect(rdnValue(`uid=${escapeDnValue(typed)},cn=x`, 'uid')).toBe(typed)
        },
      ),
    )
  })

  test.for([
    { dn: 'cn=Staff,ou=Groups,dc=x', type: 'cn', value: 'Staff' },
    { dn: 'CN=Staff,dc=x', type: 'cn', value: 'Staff' },
    { dn: 'ou=a,cn=b', type: 'cn', value: undefined },
    { dn: String.raw`cn=Sales\, EMEA,dc=x`, type: 'cn', value: 'Sales, EMEA' },
    { dn: String.raw`cn=Sales\2c EMEA,dc=x`, type: 'cn', value: 'Sales, EMEA' },
    { dn: String.raw`cn=L\c3\bcbeck,dc=x`, type: 'cn', value: 'Lübeck' },
    { dn: 'uid=a+cn=b,dc=x', type: 'cn', value: 'b' },
    { dn: String.raw`cn=half \c3 of it,dc=x`, type: 'cn', value: undefined },
    { dn: 'cn=#040141,dc=x', type: 'cn', value: undefined },
    { dn: '', type: 'cn', value: undefined },
  ])('$dn begins with $type $value', ({ dn, type, value }) => {
    expect(rdnValue(dn, type)).toBe(value)
  })

  test('is one name in whatever case', () => {
    expect(foldDn('CN=Staff,DC=X')).toBe(foldDn('cn=staff,dc=x'))
  })
})
