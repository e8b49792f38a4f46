import type { Entry } from 'ldapts'
import { describe, expect, test } from 'vitest'
import type { Search } from '../../../src/identity/ldap/connection.ts'
import { groupsOf, MOST_GROUPS, TooManyGroups } from '../../../src/identity/ldap/groups.ts'

const PERSON = 'cn=alice (it),dc=x'
const SETTINGS = { base: 'ou=groups,dc=x', name: 'cn', nested: true }

/** Answers every search with these entries, and remembers what it was asked. */
class Source {
  readonly asked: { base: string; search: Search }[] = []
  readonly #entries: readonly Entry[]
  readonly #active: boolean

  constructor(entries: readonly Entry[], active = true) {
    this.#entries = entries
    this.#active = active
  }

  search(base: string, search: Search): Promise<Entry[]> {
    this.asked.push({ base, search })
    return Promise.resolve(this.asked.length === 1 ? [...this.#entries] : [])
  }

  isActiveDirectory(): Promise<boolean> {
    return Promise.resolve(this.#active)
  }
}

function entries(...names: string[]): Entry[] {
  return names.map((name) => ({ dn: `cn=${name},ou=groups,dc=x`, cn: name }))
}

describe('Active Directory', () => {
  test('follows the chain of groups itself, in one question', async () => {
    const source = new Source(entries('Staff', 'All'))
    expect(await groupsOf(source, { dn: PERSON }, 'alice', SETTINGS)).toEqual(['All', 'Staff'])
    expect(source.asked).toEqual([
      {
        base: 'ou=groups,dc=x',
        search: {
          filter: String.raw`(member:1.2.840.113556.1.4.1941:=cn=alice \28it\29,dc=x)`,
          attributes: ['cn'],
        },
      },
    ])
  })

  test('gives long lists in parts, of which none is taken for all', async () => {
    const person = { dn: PERSON, memberOf: [], 'memberOf;range=0-1499': ['cn=a,dc=x'] }
    const { base: _, ...settings } = SETTINGS
    await expect(groupsOf(new Source([]), person, 'alice', settings)).rejects.toThrow(TooManyGroups)
  })

  test('names a person’s groups, whose own names say what they are called', async () => {
    const source = new Source([])
    const person = { dn: PERSON, memberOf: ['CN=Staff,DC=x', String.raw`CN=Sales\, EMEA,DC=x`, 'CN=Łódź,DC=x'] }
    expect(await groupsOf(source, person, 'alice', { name: 'cn', nested: false })).toEqual(['Staff', 'Łódź'])
    expect(source.asked).toEqual([])
  })
})

test('a group that cannot be read is one nevertheless', async () => {
  const person = { dn: PERSON, memberOf: 'cn=hidden,dc=x' }
  expect(await groupsOf(new Source([], false), person, 'alice', { name: 'cn', nested: true })).toEqual(['hidden'])
})

test('a group is no member by a person’s user name', async () => {
  const source = new Source(entries('alice'), false)
  const settings = { ...SETTINGS, filter: '(memberUid={username})' }
  expect(await groupsOf(source, { dn: PERSON }, 'alice', settings)).toEqual(['alice'])
  expect(source.asked.map(({ search }) => search.filter)).toEqual(['(|(memberUid=alice))'])
})

test.for([true, false])('more than %s are nobody’s: a `deny` might name one that is left out', async (active) => {
  const many = entries(...Array.from({ length: MOST_GROUPS + 1 }, (_, i) => `g${i}`))
  const settings = { ...SETTINGS, filter: '(member={dn})' }
  await expect(groupsOf(new Source(many, active), { dn: PERSON }, 'alice', settings)).rejects.toThrow(TooManyGroups)
})
