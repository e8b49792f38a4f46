import { expect, test } from 'vitest'
import type { LdapConfig } from '../../../src/config/operator-file.ts'
import { settingsProblem } from '../../../src/identity/ldap/settings.ts'

const GOOD: LdapConfig = {
  type: 'ldap',
  name: 'corp',
  title: 'Corp',
  admit: ['*'],
  urls: ['ldaps://ldap.example.com'],
  startTls: false,
  allowPlain: false,
  userBase: 'ou=people,dc=example,dc=com',
  userFilter: '(uid={username})',
  attributes: { user: 'uid', email: 'mail', name: 'cn', id: 'entryUUID' },
  groups: { name: 'cn', nested: false },
  refresh: 300_000,
  timeout: 5000,
}
const { userBase: _, ...NOWHERE } = GOOD
const BASE = { name: 'cn', nested: false, base: 'ou=groups,dc=example,dc=com' }

test.for([
  { what: 'all of it', it: GOOD },
  { what: 'people by their own name', it: { ...NOWHERE, userDn: 'uid={username},dc=example,dc=com' } },
  { what: 'StartTLS', it: { ...GOOD, urls: ['ldap://ldap.example.com'], startTls: true } },
  {
    what: 'plain LDAP on this machine',
    it: { ...GOOD, urls: ['ldap://localhost', 'ldap://127.1.2.3', 'ldap://[::1]'] },
  },
  { what: 'plain LDAP, said outright', it: { ...GOOD, urls: ['ldap://lldap:3890'], allowPlain: true } },
  { what: 'groups by user name', it: { ...GOOD, groups: { ...BASE, filter: '(memberUid={username})' } } },
])('good: $what', ({ it }) => {
  expect(settingsProblem(it)).toBeUndefined()
})

test.for([
  { what: 'no server', it: { ...GOOD, urls: [] }, problem: 'no server' },
  { what: 'another protocol', it: { ...GOOD, urls: ['https://ldap.example.com'] }, problem: 'no address' },
  { what: 'no address at all', it: { ...GOOD, urls: ['ldap.example.com'] }, problem: 'no address' },
  { what: 'plain LDAP over a network', it: { ...GOOD, urls: ['ldap://127.example.com'] }, problem: 'unencrypted' },
  {
    what: 'plain LDAP as the second',
    it: { ...GOOD, urls: [...GOOD.urls, 'ldap://10.0.0.1'] },
    problem: 'unencrypted',
  },
  { what: 'people nowhere', it: NOWHERE, problem: 'userBase' },
  { what: 'one name for everybody', it: { ...GOOD, userDn: 'uid=alice,dc=example,dc=com' }, problem: 'userDn' },
  { what: 'one entry for everybody', it: { ...GOOD, userFilter: '(uid=alice)' }, problem: 'userFilter' },
  { what: 'half a filter', it: { ...GOOD, userFilter: '(uid={username})(cn=*)' }, problem: 'userFilter' },
  {
    what: 'one group for everybody',
    it: { ...GOOD, groups: { ...BASE, filter: '(cn=staff)' } },
    problem: 'groups.filter',
  },
  {
    what: 'groups nowhere',
    it: { ...GOOD, groups: { name: 'cn', nested: false, filter: '(member={dn})' } },
    problem: 'groups.base',
  },
])('not good: $what', ({ it, problem }) => {
  expect(settingsProblem(it)).toContain(problem)
})
