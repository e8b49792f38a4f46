/** From what a provider says to an identity. */
import { describe, expect, test } from 'vitest'
import { matches } from '../../../src/authz/subject.ts'
import { presetOf } from '../../../src/config/file/presets.ts'
import { OIDC_PRESETS, type ClaimPaths, type OidcPreset } from '../../../src/config/operator-file.ts'
import { identityFrom, merged, type Claims } from '../../../src/identity/oidc/claims.ts'
import { straightened } from '../../../src/identity/oidc/quirks.ts'

const ISSUER = 'https://idp.example'
const { claims: GENERIC } = presetOf('generic', 'labelgate')

function read(claims: Claims, paths: Partial<ClaimPaths> = {}, trustEmail = false) {
  return identityFrom(ISSUER, { sub: 's1', ...claims }, { claims: { ...GENERIC, ...paths }, trustEmail })
}

function identity(...args: Parameters<typeof read>) {
  const found = read(...args)
  if ('wrong' in found) throw new Error(`wrong: ${found.wrong}`)
  return found.identity
}

describe('groups', () => {
  const admins = { kind: 'group', name: 'admins' } as const
  test.for([
    ['admins', ['admins'], true],
    ['not-admins', ['not-admins'], false],
    ['superadmins', ['superadmins'], false],
    ['users,admins', ['users,admins'], false],
    ['users admins', ['users admins'], false],
    ['', [], false],
    [['users', 'admins'], ['admins', 'users'], true],
    [[], [], false],
    [undefined, [], false],
    [null, [], false],
  ] as const)('E-13: %j is the groups %j', ([groups, expected, opens]) => {
    const who = identity({ groups })
    expect(who.groups).toEqual(expected)
    expect(matches(admins, who)).toBe(opens)
  })

  test.for([[1], ['admins', null], [['admins']], { admins: true }, 7, true])(
    'E-13: %j can be read by nobody, and a deny could be got past by it: refused',
    (groups) => {
      expect(read({ groups })).toEqual({ wrong: 'groups' })
    },
  )

  test('E-15: blank ones are none', () => {
    expect(identity({ groups: ['', ' ', 'users'] }).groups).toEqual(['users'])
  })

  test('E-16: a provider without groups has nobody in any', () => {
    const who = identity({ groups: ['admins'] }, { groups: [] })
    expect(matches(admins, who)).toBe(false)
  })

  test('several paths are joined, each group once', () => {
    const paths = { groups: [['groups'], ['realm_access', 'roles']] }
    expect(identity({ groups: ['b', 'a'], realm_access: { roles: ['c', 'a'] } }, paths).groups).toEqual(['a', 'b', 'c'])
  })

  test('one that holds what is not seen, or the end of a line, is refused', () => {
    for (const group of ['ad\u200bmins', 'ad\nmins', 'ad\u0000'])
      expect(read({ groups: [group] })).toHaveProperty('wrong')
  })

  test('a thousand and one are refused', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `g${i}`)
    expect(identity({ groups: many(1000) }).groups).toHaveLength(1000)
    expect(read({ groups: many(1001) })).toEqual({ wrong: 'groups' })
  })
})

describe('names', () => {
  test.for([
    ['Alice', 'alice'],
    ['  ALICE ', 'alice'],
    ['\uff21lice', 'alice'],
    ['josé', 'josé'],
  ])('the user name %j is %j', ([said, user]) => {
    expect(identity({ preferred_username: said }).user).toBe(user)
  })

  test.for(['a\nb', 'a\u200bb', '\u202eevil', 'x'.repeat(129), 7, ['alice'], { a: 1 }])(
    '%j is no user name',
    (said) => {
      expect(read({ preferred_username: said })).toEqual({ wrong: 'user' })
    },
  )

  test('an address is a user name only where it is verified: else anybody could call themselves anything', () => {
    const paths = { user: [['email'], ['sub']] }
    expect(identity({ email: 'Root@example.com', email_verified: true }, paths).user).toBe('root@example.com')
    expect(identity({ email: 'root@example.com' }, paths).user).toBe('s1')
  })

  test('a display name that cannot be shown is none', () => {
    expect(identity({ name: 'A\u202eB' }).name).toBe('')
    expect(identity({ name: '  Ada  ' }).name).toBe('Ada')
  })

  test.for([undefined, '', 7, null, 'x'.repeat(256)])('a subject of %j is refused', (sub) => {
    expect(read({ sub })).toEqual({ wrong: 'sub' })
  })
})

describe('claims', () => {
  test('E-31: names of a prototype are nobody’s, wherever they stand', () => {
    const evil = JSON.parse(
      '{"__proto__": {"groups": ["admins"]}, "constructor": "x", "toString": "y", "Remote-User": "root", "host": "h"}',
    ) as Claims
    const who = identity(evil)
    expect(who.groups).toEqual([])
    expect(Object.getPrototypeOf(who.claims)).toBeNull()
    expect(Object.keys(who.claims).toSorted()).toEqual(['Remote-User', 'host', 'sub', 'toString'])
    expect(({} as Record<string, unknown>)['groups']).toBeUndefined()
    expect(matches({ kind: 'claim', name: '__proto__', value: '[object Object]' }, who)).toBe(false)
  })

  test.for([[['a', 'b', '__proto__']], [['constructor', 'name']], [['toString']]])(
    'E-31: the path %j leads nowhere',
    ([path]) => {
      expect(identity({ a: { b: {} } }, { groups: [path ?? []] }).groups).toEqual([])
    },
  )

  test('E-31: a property that JSON calls __proto__ is as good as none', () => {
    const claims = JSON.parse('{"__proto__": {"groups": ["admins"]}}') as Claims
    const read = identityFrom(ISSUER, Object.assign(claims, { sub: 's1' }), {
      claims: { ...GENERIC, groups: [['__proto__', 'groups']] },
      trustEmail: false,
    })
    expect(read).toMatchObject({ identity: { groups: [] } })
  })

  test('what is of one token, and not of the person, is not kept: else each renewal would make somebody new', () => {
    const token = { exp: 1, iat: 1, nonce: 'n', at_hash: 'h', sid: 's', auth_time: 1, acr: '1', amr: ['pwd'], jti: 'j' }
    expect(Object.keys(identity({ ...token, dept: 'it' }).claims).toSorted()).toEqual(['dept', 'sub'])
  })

  test('more than 32 KiB of them are refused', () => {
    expect(read({ huge: 'x'.repeat(33_000) })).toEqual({ wrong: 'size' })
  })

  test('an address and whether it is verified come from one mouth', () => {
    const idToken = { email: 'alice@example.com', email_verified: true }
    expect(merged(idToken, { email: 'victim@example.com' })).toEqual({ email: 'victim@example.com' })
    expect(merged(idToken, { groups: ['a'] })).toEqual({ ...idToken, groups: ['a'] })
  })
})

describe('presets', () => {
  const NAMESPACE = 'urn:zitadel:iam:org:project:roles'
  const said: Readonly<Record<OidcPreset, { claims: Claims; accessToken?: Claims; expected: object }>> = {
    generic: {
      claims: { preferred_username: 'alice', email: 'a@example.com', email_verified: true, name: 'A', groups: ['g'] },
      expected: { user: 'alice', email: 'a@example.com', name: 'A', groups: ['g'] },
    },
    keycloak: {
      claims: { preferred_username: 'alice', groups: ['/group2', '/staff/it'] },
      accessToken: {
        realm_access: { roles: ['offline_access'] },
        resource_access: { labelgate: { roles: ['editor'] }, account: { roles: ['view-profile'] } },
      },
      expected: { groups: ['editor', 'group2', 'offline_access', 'staff/it'] },
    },
    google: {
      claims: { email: 'A@example.com', email_verified: true, hd: 'example.com', groups: ['ignored'] },
      expected: { user: 'a@example.com', email: 'a@example.com', groups: [] },
    },
    entra: {
      claims: {
        preferred_username: 'Alice@example.com',
        tid: 't',
        groups: ['0f0f'],
        roles: ['Admin'],
        email: 'a@x.com',
      },
      // the address is not verified by them, and the name can be changed: it counts as a name alone
      expected: { user: 'alice@example.com', email: '', groups: ['0f0f', 'Admin'] },
    },
    gitlab: {
      claims: { nickname: 'alice', groups_direct: ['a/b'], groups: ['a', 'a/b'] },
      expected: { user: 'alice', groups: ['a', 'a/b'] },
    },
    authentik: {
      claims: { preferred_username: 'alice', groups: ['authentik Admins'] },
      expected: { groups: ['authentik Admins'] },
    },
    authelia: {
      claims: { preferred_username: 'alice', groups: ['dev'] },
      expected: { user: 'alice', groups: ['dev'] },
    },
    'pocket-id': { claims: { preferred_username: 'alice', groups: ['family'] }, expected: { groups: ['family'] } },
    zitadel: {
      claims: { preferred_username: 'alice', [NAMESPACE]: { admin: { 1: 'org.zitadel.cloud' }, reader: {} } },
      expected: { groups: ['admin', 'reader'] },
    },
    okta: {
      claims: { preferred_username: 'alice@example.com', groups: ['Everyone'] },
      expected: { groups: ['Everyone'] },
    },
    auth0: {
      claims: { email: 'a@example.com', email_verified: true },
      expected: { user: 'a@example.com', groups: [] },
    },
  }
  test.for(OIDC_PRESETS.map((name) => [name, said[name]] as const))(
    '%s',
    ([preset, { claims, accessToken, expected }]) => {
      const straight = straightened(claims, { preset, name: 'idp' }, accessToken, () => expect.fail('warned'))
      expect(identity(straight, presetOf(preset, 'labelgate').claims)).toMatchObject(expected)
    },
  )

  test('entra: who is in too many groups for a token is in none, and the operator is told', () => {
    const warnings: string[] = []
    const overage = { preferred_username: 'a', _claim_names: { groups: 'src1' }, groups: ['left over'] }
    const straight = straightened(overage, { preset: 'entra', name: 'ms' }, undefined, (name, words) =>
      warnings.push(`${name}: ${words}`),
    )
    expect(identity(straight).groups).toEqual([])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/^ms: .*too many groups/)
  })

  test('keycloak: roles of a mapper in the ID token are taken before those of the access token', () => {
    const straight = straightened(
      { realm_access: { roles: ['a'] } },
      { preset: 'keycloak', name: 'kc' },
      { realm_access: { roles: ['b'] } },
      () => undefined,
    )
    expect(straight['realm_access']).toEqual({ roles: ['a'] })
  })
})
