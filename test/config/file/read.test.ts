import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { LIMITS } from '../../../src/config/file/limits.ts'
import { OIDC_PRESETS } from '../../../src/config/operator-file.ts'
import { bearerText, FILE, PEM, provider, providerText, read, wrongIn } from './file-helper.ts'
import { problems, settings } from '../load-helper.ts'

const ROOT = `${import.meta.dirname}/../../..`
const NOTHING = {
  providers: [],
  policies: new Map(),
  bearer: [],
  tokens: {},
  headers: { assertion: false },
  upstreamBasic: new Map(),
}

test('the least that a provider can say gets every default', () => {
  expect(provider('')).toEqual({
    type: 'oidc',
    name: 'it',
    title: 'it',
    admit: ['*'],
    preset: 'generic',
    issuer: 'https://id.example.com',
    clientId: 'labelgate',
    scopes: ['openid', 'profile', 'email'],
    claims: { user: [['preferred_username'], ['sub']], email: [['email']], name: [['name']], groups: [['groups']] },
    trustEmail: false,
    mfa: { acr: [], amr: ['mfa'] },
    refresh: 300_000,
  })
})

test('everything that an OpenID Connect provider can say is read', () => {
  const said = `preset: entra
issuer: https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0
client-secret-file: /secret
title: Our people
admit: [group:a, "email:*@example.com"]
scopes: [openid, email]
claims: { user: upn, groups: "roles, https://example.com/groups, a\\\\.b.c" }
trust-email: true
mfa: { acr: ["2"], amr: [mfa, hwk] }
acr-values: "2"
refresh: 1h
hosted-domain: Example.com
tenant: 11111111-2222-3333-4444-555555555555
ca-file: /ca.pem`
  expect(provider(said)).toEqual({
    type: 'oidc',
    name: 'it',
    title: 'Our people',
    admit: [
      { kind: 'group', name: 'a' },
      { kind: 'email', pattern: '*@example.com' },
    ],
    preset: 'entra',
    issuer: 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0',
    clientId: 'labelgate',
    clientSecret: 'a-secret',
    scopes: ['openid', 'email'],
    claims: {
      user: [['upn']],
      email: [['email']],
      name: [['name']],
      groups: [['roles'], ['https://example.com/groups'], ['a.b', 'c']],
    },
    trustEmail: true,
    mfa: { acr: ['2'], amr: ['mfa', 'hwk'] },
    acrValues: '2',
    refresh: 3_600_000,
    hostedDomain: 'example.com',
    tenant: '11111111-2222-3333-4444-555555555555',
    ca: PEM,
  })
})

test.for([
  ['', 'https://github.com', 'https://api.github.com'],
  ['origin: https://git.example.com/', 'https://git.example.com', 'https://git.example.com/api/v3'],
  [
    'origin: https://git.example.com\napi-url: https://api.git.example.com',
    'https://git.example.com',
    'https://api.git.example.com',
  ],
] as const)('GitHub with %o is at %s, and its API at %s', ([said, origin, apiUrl]) => {
  expect(provider(said, 'github')).toEqual({
    type: 'github',
    name: 'it',
    title: 'GitHub',
    admit: ['*'],
    clientId: 'labelgate',
    clientSecret: 'a-secret',
    origin,
    apiUrl,
    refresh: 300_000,
  })
})

test('a directory that says the least gets every default', () => {
  expect(provider('', 'ldap')).toEqual({
    type: 'ldap',
    name: 'it',
    title: 'it',
    admit: ['*'],
    urls: ['ldaps://ldap.example.com'],
    startTls: false,
    allowPlain: false,
    userBase: 'ou=people,dc=example',
    userFilter: '(uid={username})',
    attributes: { user: 'uid', email: 'mail', name: 'cn', id: 'entryUUID' },
    groups: { name: 'cn', nested: false },
    refresh: 300_000,
    timeout: 5000,
  })
})

test('everything that a directory can say is read', () => {
  const said = `preset: active-directory
urls: [ldap://a.example.com, "ldap://b.example.com:3389"]
start-tls: true
bind-dn: cn=reader
bind-password-file: /secret
user-dn: uid={username},ou=people
user-base: ou=people
user-filter: (mail={username})
attributes: { user: login }
groups: { base: ou=groups, filter: "(member={dn})", name: ou, nested: true }
refresh: 1m
timeout: 30s
ca-file: /ca.pem`
  expect(provider(said, 'ldap')).toEqual({
    type: 'ldap',
    name: 'it',
    title: 'it',
    admit: ['*'],
    urls: ['ldap://a.example.com', 'ldap://b.example.com:3389'],
    startTls: true,
    allowPlain: false,
    bind: { dn: 'cn=reader', password: 'a-secret' },
    userDn: 'uid={username},ou=people',
    userBase: 'ou=people',
    userFilter: '(mail={username})',
    attributes: { user: 'login', email: 'mail', name: 'displayName', id: 'objectGUID' },
    groups: { base: 'ou=groups', filter: '(member={dn})', name: 'ou', nested: true },
    refresh: 60_000,
    timeout: 30_000,
    ca: PEM,
  })
})

test.for([
  ['issuer: http://localhost:8080/realms/a', 'oidc'],
  ['issuer: http://127.0.0.1:8080', 'oidc'],
  ['issuer: http://keycloak:8080/realms/a\nallow-plain: true', 'oidc'],
  ['urls: ldap://localhost', 'ldap'],
  ['urls: ldap://ldap\nallow-plain: true', 'ldap'],
  ['urls: ldap://ldap\nstart-tls: true', 'ldap'],
] as const)('plain text that stays here, or was said, is taken: %s', ([said, type]) => {
  expect(wrongIn(providerText(said, type))).toEqual([])
})

const GROUPS_OF: Readonly<Record<(typeof OIDC_PRESETS)[number], readonly string[]>> = {
  generic: ['groups'],
  keycloak: ['groups', 'realm_access roles', 'resource_access labelgate roles'],
  google: [],
  entra: ['groups', 'roles'],
  gitlab: ['groups_direct', 'groups'],
  authentik: ['groups'],
  authelia: ['groups'],
  'pocket-id': ['groups'],
  zitadel: ['groups', 'keys of urn:zitadel:iam:org:project:roles'],
  okta: ['groups'],
  auth0: [],
}

test.for(OIDC_PRESETS)('the preset %s is whole with what it needs, and knows where its groups are', (preset) => {
  const tenant = preset === 'entra' ? '\ntenant: 11111111-2222-3333-4444-555555555555' : ''
  const read = provider(`preset: ${preset}${tenant}`)
  expect(read).toMatchObject({ preset, claims: { email: [['email']] } })
  const { user, groups, groupKeys = [] } = 'claims' in read ? read.claims : expect.fail(preset)
  // the one claim that is always there comes last
  expect(user.at(-1)).toEqual(['sub'])
  const found = [...groups.map((path) => path.join(' ')), ...groupKeys.map((path) => `keys of ${path.join(' ')}`)]
  expect(found).toEqual(GROUPS_OF[preset])
})

test('Keycloak keeps the roles of a client below its name, dots and all', () => {
  const read = provider('preset: keycloak\nclient-id: app.example.com')
  expect(read).toMatchObject({
    claims: { groups: [['groups'], ['realm_access', 'roles'], ['resource_access', 'app.example.com', 'roles']] },
  })
})

test('Entra’s issuer is that of the tenant', () => {
  const [read_] = read(
    `providers: { it: { preset: entra, tenant: 11111111-2222-3333-4444-555555555555, client-id: a, admit: '*' } }`,
  ).file.providers
  expect(read_).toMatchObject({ issuer: 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0' })
})

test('a bearer issuer: the least, and everything', () => {
  expect(read(bearerText('')).file.bearer).toEqual([
    {
      name: 'it',
      issuer: 'https://id.example.com',
      audience: ['api'],
      algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      types: ['at+jwt'],
      required: {},
      claims: { user: [['preferred_username'], ['sub']], email: [['email']], name: [['name']], groups: [['groups']] },
      admit: ['*'],
    },
  ])
  const said = `audience: [a, b]
jwks-uri: https://id.example.com/keys
algorithms: [ES384]
types: JWT
required: { scope: read, device: true }
claims: { user: device_id }
admit: group:devices
cookie: device
ca-file: /ca.pem`
  expect(read(bearerText(said)).file.bearer).toMatchObject([
    {
      audience: ['a', 'b'],
      jwksUri: 'https://id.example.com/keys',
      algorithms: ['ES384'],
      types: ['JWT'],
      required: { scope: 'read', device: true },
      claims: { user: [['device_id']] },
      admit: [{ kind: 'group', name: 'devices' }],
      cookie: 'device',
      ca: PEM,
    },
  ])
})

test('policies are read as labels are, and may say what labels may not', () => {
  const { operator, file } = read(`providers: { kc: { issuer: https://a.example, client-id: a, admit: '*' } }
bearer: { ci: { issuer: https://a.example, audience: a, admit: '*' } }
policies:
  staff:
    allow: [group:staff, user:ALICE]
    deny: user:mallory
    require: mfa, fresh=1h, provider=kc
    public: GET /status
    public-from: 10.0.0.0/8
    accept: session, bearer
    bearer: ci
    login: kc, local
  nearly-nothing: { deny: user:eve }
labels: { public: refused, default-allow: group:all }
`)
  expect(operator).toMatchObject({ providers: ['local', 'kc'], bearer: ['ci'], publicLabels: false })
  expect(operator.policies).toBe(file.policies)
  expect(file.policies.get('staff')).toMatchObject({
    allow: [
      { kind: 'group', name: 'staff' },
      { kind: 'user', name: 'alice' },
    ],
    deny: [{ kind: 'user', name: 'mallory' }],
    require: [{ kind: 'mfa' }, { kind: 'fresh', seconds: 3600 }, { kind: 'provider', name: 'kc' }],
    public: [{ methods: ['GET'], path: '/status', subtree: false }],
    publicFrom: { text: ['10.0.0.0/8'] },
    accept: ['session', 'bearer'],
    bearer: ['ci'],
    login: ['kc', 'local'],
    words: { allow: 'policy staff: allow=group:staff, user:ALICE' },
  })
  expect(file.policies.get('nearly-nothing')).toMatchObject({ allow: [{ kind: 'group', name: 'all' }] })
})

test('what the file says of labels holds for them', () => {
  const { operator, file } = read(`labels:
  public: refused
  wildcard-hosts: refused
  host-suffixes: [example.com, .example.org]
  opt-out: refused
  entrypoints: web, internal
  middlewares: compress@file
  certresolvers: le
  default-allow: group:staff
  default-accept: session
  default-headers: remote
tokens: { header: X-Api-Key }
headers: { assertion: true }
`)
  expect(operator).toMatchObject({
    publicLabels: false,
    wildcardHosts: false,
    hostSuffixes: ['example.com', 'example.org'],
    optOut: false,
    allowedEntrypoints: ['web', 'internal'],
    allowedMiddlewares: ['compress@file'],
    allowedCertresolvers: ['le'],
    defaultAllow: [{ kind: 'group', name: 'staff' }],
    defaultAccept: ['session'],
    defaultHeaders: [{ name: 'Remote-User' }, {}, {}, {}],
  })
  expect(file).toMatchObject({ tokens: { header: 'X-Api-Key' }, headers: { assertion: true } })
})

test('headers that nobody may bring are told to whoever passes headers on', () => {
  expect(read('headers: { reserved: [X-Ptl-*, x-my-app-*] }\n').operator.reservedHeaders).toEqual([
    'x-ptl-',
    'x-my-app-',
  ])
  expect(read('headers: { assertion: true }\n').operator).not.toHaveProperty('reservedHeaders')
})

test('no token is taken in a header that nobody may bring', () => {
  const file = 'headers: { reserved: X-Ptl-* }\ntokens: { header: X-Ptl-Token }\n'
  expect(wrongIn(file)).toEqual([expect.stringContaining('tokens.header: is for something else')])
})

test.for(Object.entries(LIMITS))('labels.%s beside its variable is refused, and both are named', ([key, { name }]) => {
  const value = key === 'default-allow' ? 'signed-in' : key === 'middlewares' ? 'a@file' : 'refused'
  const found = wrongIn(`labels:\n  ${key}: ${value}\n`, { [name]: value })
  expect(found).toEqual([`2: labels.${key}: is given twice, as ${name} too: leave one of them out`])
})

test('a provider of the file that is called like that of the environment is refused, and both are named', () => {
  const env = {
    LABELGATE_OIDC_ISSUER: 'https://id.example.com',
    LABELGATE_OIDC_CLIENT_ID: 'a',
    LABELGATE_OIDC_ADMIT: '*',
    LABELGATE_OIDC_NAME: 'it',
  }
  expect(wrongIn(providerText(''), env)).toEqual([
    '2: providers.it: is the name of LABELGATE_OIDC_NAME too: give one of them another',
  ])
  expect(read(providerText(''), { ...env, LABELGATE_OIDC_NAME: 'first' }).operator.providers).toEqual([
    'local',
    'first',
    'it',
  ])
})

test('without a file nothing is said, and {} says the same', () => {
  expect(settings({}).file).toEqual(NOTHING)
  expect(read('{}').file).toEqual(NOTHING)
})

test.for([
  [
    {},
    { [FILE]: { code: 'EACCES' } },
    /^LABELGATE_CONFIG: \/etc\/labelgate\/labelgate.yaml may not be read by this user/,
  ],
  [{}, { [FILE]: { code: 'EISDIR' } }, /^LABELGATE_CONFIG: .* is a folder/],
  [{ LABELGATE_CONFIG: '/none.yaml' }, {}, /^LABELGATE_CONFIG: \/none.yaml is not there/],
  [{ LABELGATE_CONFIG: FILE }, {}, /^LABELGATE_CONFIG: .* is not there/],
] as const)('a file that was named or is there, and cannot be read, is refused: %o %o', ([env, files, said]) => {
  const found = problems(env, files)
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(said)
})

test.for([
  ['several documents', 'policies: {}\n---\nlabels: {}\n', /^2: begins a second document/],
  ['a key twice', 'policies: {}\npolicies: {}\n', /^2: has a key twice/],
  ['a key twice, deeper', 'policies:\n  a: { deny: user:a }\n  a: { deny: user:b }\n', /^3: has a key twice/],
  ['another YAML', '%YAML 1.1\n---\nlabels: { public: refused }\n', /^1: asks for another YAML/],
  ['a tag', 'labels: !!binary aGk=\n', /^1: has a tag/],
  ['a tag of somebody', 'labels: !env X\n', /^1: has a tag/],
  ['a key that is no text', '? [a]\n: b\n', /^1: has a key that is no text/],
  ['a merge', 'policies:\n  a: &a { deny: user:a }\n  b: { <<: *a }\n', /^3: policies\.b\.<<: is no key/],
  ['an alias that leads nowhere', 'policies: *a\n', /^1: has an alias that leads nowhere/],
  ['an alias to itself', 'policies: &a { b: *a }\n', /^1: (?:has an alias|is nested)/],
  ['nothing', '', /^1: is empty: write \{\}/],
  ['remarks alone', '# soon\n', /^1: is empty/],
  ['half a line', 'policies:\n  a: [\n', /^\d: is not valid YAML/],
  ['tabs', 'policies:\n\ta: 1\n', /^2: is not valid YAML/],
  ['a control character', 'policies: { a: { deny: "user:a\\u0000" } }\n', /^1: holds a character that is not seen/],
  [
    'letters that are not seen',
    'labels: { default-headers: "re\\u200bmote" }\n',
    /^1: holds a character that is not seen/,
  ],
  ['no for refused', 'labels: { public: no }\n', /^1: labels\.public: "no" is none of allowed, refused/],
  ['more than 1 MiB', `# ${'x'.repeat(1_048_576)}\n{}\n`, /^1: is larger than 1 MiB/],
  ['a thousand brackets', '['.repeat(100_000), /^1: is n/],
] as const)('YAML: %s is refused', ([, text, said]) => {
  const found = wrongIn(text)
  expect(found.join('\n')).toMatch(said)
})

test('YAML: a bomb of aliases is refused before it unfolds', () => {
  const level = (name: string, of: string) => `${name}: &${name} [${Array.from({ length: 9 }, () => of).join()}]\n`
  const text = level('a', 'x') + level('b', '*a') + level('c', '*b') + level('d', '*c') + level('e', '*d')
  const before = performance.now()
  expect(wrongIn(text)).toEqual([expect.stringMatching(/^1: .*aliases too often/)])
  expect(performance.now() - before).toBeLessThan(1000)
})

test('YAML: an anchor that is used a few times is fine', () => {
  const { file } = read('policies:\n  a: { allow: &who [group:a, group:b] }\n  b: { allow: *who }\n')
  expect(file.policies.get('b')?.allow).toEqual(file.policies.get('a')?.allow)
})

test.for([
  ["admit: ''", 'oidc'],
  ['admit: "group:a,"', 'oidc'],
  ['admit: ","', 'github'],
  ['admit: " "', 'ldap'],
  ['admit: []', 'oidc'],
  ["admit: ['', 'group:a']", 'github'],
  ['admit: [" "]', 'ldap'],
  ['admit: "group:a,,group:b"', 'oidc'],
  ['admit: "group:"', 'oidc'],
] as const)('E-15: %s of a provider is refused', ([said, type]) => {
  expect(wrongIn(providerText(said, type))).toEqual([expect.stringMatching(/^\d+: providers\.it\.admit(?:\.0)?: /)])
})

test.for([
  ['preset: google\nadmit: group:staff', /claims\.groups/],
  ['preset: auth0\nadmit: "user:a, group:staff"', /claims\.groups/],
] as const)('E-16: a rule by group on a provider without groups is refused: %s', ([said, mend]) => {
  const found = wrongIn(providerText(said))
  expect(found).toEqual([expect.stringMatching(/admit: names a group, and this provider has none/)])
  expect(found[0]).toMatch(mend)
})

test('E-16: where the file says in which claim they are, a rule by group is taken', () => {
  expect(provider('preset: auth0\nclaims: { groups: https://example.com/roles }\nadmit: group:staff')).toMatchObject({
    claims: { groups: [['https://example.com/roles']] },
    admit: [{ kind: 'group', name: 'staff' }],
  })
})

test.for(['__proto__', 'constructor', 'toString', 'prototype', 'hasOwnProperty'])(
  'E-31: %s is no key, and no name that means more than others',
  (name) => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    expect(wrongIn(`${name}: {}`)).toHaveLength(1)
    expect(wrongIn(`labels: { ${name}: refused }`)).toHaveLength(1)
    expect(wrongIn(`labels: { default-headers: ${name} }`)).toHaveLength(1)
    expect(wrongIn(providerText(`${name}: { a: b }`))).toHaveLength(1)
    for (const section of [
      `policies: { ${name}: { deny: user:a } }`,
      `bearer: { ${name}: { issuer: https://a, audience: a, admit: '*' } }`,
    ]) {
      const found = wrongIn(section)
      if (found.length === 0) {
        const { operator } = read(section)
        expect([...operator.policies.keys(), ...operator.bearer]).toEqual([name])
      } else expect(found).toEqual([expect.stringContaining('cannot be a name')])
    }
    const [issuer] = read(bearerText(`required: { ${name}: x }`)).file.bearer
    expect(Object.getPrototypeOf(issuer?.required)).toBe(null)
    expect(Object.entries(issuer?.required ?? {})).toEqual([[name, 'x']])
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
  },
)

test('H-33: no label takes back what the file says', () => {
  const { operator } = read('labels: { public: refused, wildcard-hosts: refused, host-suffixes: example.com }')
  expect(operator).toMatchObject({ publicLabels: false, wildcardHosts: false, hostSuffixes: ['example.com'] })
})

test('deploy/labelgate.yaml, the example, is right, with the secrets it names', () => {
  const text = readFileSync(`${ROOT}/deploy/labelgate.yaml`, 'utf8')
  const secrets = ['keycloak-client', 'google-client', 'github-client', 'ldap-password']
  const files = Object.fromEntries(secrets.map((name) => [`/run/secrets/${name}`, `${name}\n`]))
  const { file } = read(text, {}, files)
  expect(file.providers.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'keycloak oidc',
    'google oidc',
    'github github',
    'directory ldap',
  ])
  expect([...file.policies.keys()]).toEqual(['admins', 'at-home'])
  expect(wrongIn(text)).toHaveLength(secrets.length)
})

test('tokens for apps: which apps may have which, by all providers together; the access token where no kind is named', () => {
  const text = `providers:
  one: { issuer: https://one.example.com, client-id: a, admit: "*", upstream-tokens: { apps: "reports, wiki" } }
  two:
    issuer: https://two.example.com
    client-id: a
    admit: "*"
    upstream-tokens: { tokens: [id, access], apps: [wiki] }
`
  const { file, operator } = read(text.replace('tokens: [id, access]', 'tokens: [id]'))
  expect(file.providers).toMatchObject([
    { upstreamTokens: { tokens: ['access'], apps: ['reports', 'wiki'] } },
    { upstreamTokens: { tokens: ['id'], apps: ['wiki'] } },
  ])
  expect(operator.upstreamTokens).toEqual(
    new Map([
      ['reports', new Set(['access'])],
      ['wiki', new Set(['access', 'id'])],
    ]),
  )
  expect(read(text).file.providers[1]).toMatchObject({ upstreamTokens: { tokens: ['access', 'id'] } })
})

test('credentials for apps themselves: the password from its file, and who may have them', () => {
  const text = `upstream-basic:
  router: { username: admin, password-file: /secret, apps: "router, switch" }
`
  const { file, operator } = read(text)
  expect(file.upstreamBasic.get('router')).toEqual({
    username: 'admin',
    password: 'a-secret',
    apps: ['router', 'switch'],
  })
  expect(operator.upstreamBasic).toEqual(new Map([['router', ['router', 'switch']]]))
})
