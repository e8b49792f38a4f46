import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SCHEMA } from '../../../src/config/file/schema.ts'
import type { Schema } from '../../../src/config/file/schema-words.ts'
import { bearerText, providerText, wrongIn } from './file-helper.ts'

type Rows = Readonly<Record<string, readonly (readonly [value: string, said: RegExp])[]>>

/** What people write for each key, as it would stand in the file, and what is said of it. */
const COMMON: Rows = {
  title: [
    ['', /is empty/],
    ['5', /is a number/],
    ['"a\\u200bb"', /not seen/],
    [`"${'x'.repeat(61)}"`, /too long/],
  ],
  admit: [
    ['', /is empty/],
    ["''", /is empty/],
    ['[]', /is an empty list/],
    ['group:a,', /has an empty item/],
    ["['']", /is empty/],
    ["'*, user:a'", /has \* beside others/],
    ['signed-in', /write '\*'/],
    ['admins', /group:admins/],
    ['{}', /write text or a list/],
  ],
  refresh: [
    ['5', /is a number/],
    ['5 minutes', /is not a duration/],
    ['59s', /too short/],
    ['2h', /too long/],
  ],
  'allow-plain': [['yes', /write true or false/]],
  'ca-file': [
    ['ca.pem', /no absolute path/],
    ['/none', /names a file that is not there/],
    ['/secret', /without a certificate/],
  ],
}

const OIDC: Rows = {
  ...COMMON,
  type: [
    ['saml', /is none of oidc, github, ldap/],
    ['gihub', /did you mean github/],
    ['', /is empty/],
  ],
  preset: [
    ['keycloack', /did you mean keycloak/],
    ['entra', /tenant: is needed/],
  ],
  issuer: [
    ['id.example.com', /no address of an issuer/],
    ['https://id.example.com?a=b', /no address of an issuer/],
    ['https://user:hunter2@id.example.com', /no address of an issuer/],
    ['http://id.example.com', /is plain http/],
    ['https://[', /no address/],
  ],
  'client-id': [
    ['', /is empty/],
    ['12345', /is a number, and quotes make it text/],
  ],
  'client-secret-file': [
    ['hunter2', /no absolute path/],
    ['/none', /names a file that is not there/],
  ],
  scopes: [
    ['profile', /without openid/],
    ['openid, "a"', /no scope/],
    ['openid,,email', /empty item/],
  ],
  'claims.user': [
    ['a..b', /no path of claims/],
    ['__proto__', /no path of claims/],
  ],
  'claims.email': [['constructor.name', /no path of claims/]],
  'claims.name': [['', /is empty/]],
  'claims.groups': [
    ['a.b.__proto__', /no path of claims/],
    ['prototype', /no path of claims/],
  ],
  'trust-email': [['"true"', /write true or false/]],
  'mfa.acr': [['2', /is a number/]],
  'mfa.amr': [['[]', /is an empty list/]],
  'acr-values': [['2', /is a number/]],
  'hosted-domain': [['[a]', /is a list/]],
  'upstream-tokens.tokens': [
    ['[]', /is an empty list/],
    ['[refresh]', /access, id/],
    ['access', /write a list/],
  ],
  'upstream-tokens.apps': [
    ['"a,,b"', /empty item/],
    ['""', /is empty/],
  ],
  tenant: [
    ['common', /no id of a tenant/],
    ['organizations', /no id of a tenant/],
  ],
}

const GITHUB: Rows = {
  ...COMMON,
  type: [['git', /is none of/]],
  'client-id': [['', /is empty/]],
  'client-secret-file': [['/none', /is not there/]],
  origin: [
    ['git.example.com', /no address/],
    ['http://git.example.com', /is plain http/],
  ],
  'api-url': [['ftp://git.example.com', /no address/]],
}

const LDAP: Rows = {
  ...COMMON,
  type: [['ldaps', /did you mean ldap/]],
  preset: [['ad', /is none of generic, active-directory/]],
  urls: [
    ['[]', /is an empty list/],
    ['ldap.example.com', /no server/],
    ['https://ldap.example.com', /no server/],
    ['ldap://ldap.example.com', /passwords in the open/],
    ['ldaps://user:pw@ldap.example.com', /no server/],
  ],
  'start-tls': [
    ['on', /write true or false/],
    ['true', /has no use with ldaps/],
  ],
  'bind-dn': [['cn=a', /without bind-password-file/]],
  'bind-password-file': [['/secret', /without bind-dn/]],
  'user-dn': [['ou=people', /names nobody/]],
  'user-base': [['', /is empty/]],
  'user-filter': [
    ['(uid=alice)', /the same for everybody/],
    ['uid={username}', /no filter/],
    ['(&(a=b)(uid={username})', /no filter/],
  ],
  'attributes.user': [['a b', /no name of an attribute/]],
  'attributes.email': [['mail)(uid=*', /no name of an attribute/]],
  'attributes.name': [['1', /is a number/]],
  'attributes.id': [['', /is empty/]],
  'groups.base': [['', /is empty/]],
  'groups.filter': [
    ['(cn=admins)', /the same for everybody/],
    ['"(member={dn})"', /is without base/],
  ],
  'groups.name': [['c n', /no name of an attribute/]],
  'groups.nested': [['nested', /write true or false/]],
  timeout: [
    ['5000', /is a number/],
    ['1m', /too long/],
  ],
}

const BEARER: Rows = {
  admit: COMMON['admit'] ?? [],
  'allow-plain': COMMON['allow-plain'] ?? [],
  'ca-file': COMMON['ca-file'] ?? [],
  issuer: OIDC['issuer'] ?? [],
  audience: [
    ['', /is empty/],
    ['a,,b', /empty item/],
  ],
  'jwks-uri': [
    ['/jwks', /no address/],
    ['http://id.example.com/jwks', /is plain http/],
  ],
  algorithms: [
    ['[none]', /is none of RS256/],
    ['[HS256]', /is none of RS256/],
    ['RS256', /write a list/],
    ['[]', /is an empty list/],
  ],
  types: [['', /is empty/]],
  required: [
    ['{scope: 1}', /is a number/],
    ['{scope: false}', /is false: write true/],
    ['{"a b": x}', /cannot be the name of a claim/],
    ['[scope]', /is a list/],
  ],
  'claims.user': [['__proto__', /no path of claims/]],
  'claims.email': [['.', /no path of claims/]],
  'claims.name': [['1', /is a number/]],
  'claims.groups': [['a.constructor', /no path of claims/]],
  cookie: [
    ['a b', /name of a cookie/],
    ['__Host-labelgate', /cookie of labelgate itself/],
  ],
}

const POLICY: Rows = {
  allow: [
    ['admins', /group:admins/],
    ['', /is empty/],
    ['group:a,', /empty item/],
    ["['group:a', '']", /is empty/],
  ],
  deny: [['signed-in', /would refuse everybody/]],
  require: [
    ['mfa=yes', /takes no value/],
    ['fresh=1s', /between 1m and 30d/],
    ['provider=nobody', /sign-in providers/],
  ],
  public: [['assets', /begin with/]],
  'public-from': [['lan', /not a network/]],
  accept: [
    ['cookie', /is not one of/],
    ['bearer', /names no bearer issuer/],
  ],
  bearer: [['devices', /bearer issuers/]],
  login: [['google', /sign-in providers/]],
}

const LABELS: Rows = {
  public: [
    ['no', /is none of allowed, refused/],
    ['false', /write text/],
  ],
  'wildcard-hosts': [['off', /is none of allowed, refused/]],
  'host-suffixes': [
    ["'*.example.com'", /not a host name/],
    ['[]', /is an empty list/],
  ],
  'opt-out': [['never', /is none of allowed, refused/]],
  entrypoints: [['web secure', /not such a name/]],
  middlewares: [['compress', /not such a name/]],
  certresolvers: [['a/b', /not such a name/]],
  'default-allow': [
    ['admins', /group:admins/],
    ['[signed-in, ""]', /is empty/],
  ],
  'default-accept': [
    ['cookies', /is not one of/],
    ['bearer', /names no bearer issuer/],
  ],
  'default-headers': [['nginx', /is none of remote/]],
}

const TOKENS: Rows = {
  header: [
    ['Authorization', /for something else/],
    ['x-forwarded-for', /for something else/],
    ['X_Api_Key', /name of a header/],
    ['', /is empty/],
  ],
}
const UPSTREAM: Rows = {
  username: [
    ['a:b', /cannot be a user name/],
    ['', /is empty/],
  ],
  'password-file': [
    ['hunter2', /no absolute path/],
    ['/none', /is not there/],
  ],
  apps: [['a,,b', /empty item/]],
}
const HEADERS: Rows = {
  assertion: [['on', /write true or false/]],
  reserved: [
    ['X-Ptl-User', /write them like X-Ptl-\*/],
    ['X-Ptl-*, Content-*', /write them like X-Ptl-\*/],
    ['X-Forwarded-*', /write them like X-Ptl-\*/],
    ['X-Ptl-*,,X-Other-*', /empty item/],
  ],
}

/** One key that may lie deeper: `claims.user` with `x` is `claims: { user: x }`. */
function keyLine(key: string, value: string): string {
  const [outer = '', inner] = key.split('.')
  return inner === undefined ? `${outer}: ${value}` : `${outer}: { ${inner}: ${value} }`
}

function upstreamText(line: string): string {
  const enough = ['username: admin', 'password-file: /secret', 'apps: router']
  const rest = enough.filter((one) => one.split(':')[0] !== line.split(':')[0])
  return `upstream-basic:\n  it:\n${[line, ...rest].map((one) => `    ${one}\n`).join('')}`
}

const section = (name: string) => (line: string) => `${name}:\n  ${line}\n`
const SECTIONS: Readonly<Record<string, readonly [Schema | undefined, Rows, (line: string) => string]>> = {
  'providers.it (oidc)': [SCHEMA.definitions?.['oidc'], OIDC, (line) => providerText(line)],
  'providers.it (github)': [SCHEMA.definitions?.['github'], GITHUB, (line) => providerText(line, 'github')],
  'providers.it (ldap)': [SCHEMA.definitions?.['ldap'], LDAP, (line) => providerText(line, 'ldap')],
  'bearer.it': [SCHEMA.definitions?.['bearer'], BEARER, bearerText],
  'policies.it': [SCHEMA.definitions?.['policy'], POLICY, (line) => `policies:\n  it:\n    ${line}\n`],
  labels: [SCHEMA.properties?.['labels'], LABELS, section('labels')],
  tokens: [SCHEMA.properties?.['tokens'], TOKENS, section('tokens')],
  'upstream-basic.it': [SCHEMA.definitions?.['upstream'], UPSTREAM, upstreamText],
  headers: [SCHEMA.properties?.['headers'], HEADERS, section('headers')],
}

const rows = Object.entries(SECTIONS).flatMap(([where, [, table, textOf]]) =>
  Object.entries(table).flatMap(([key, list]) =>
    list.map(([value, said]) => ({ where, key, value, said, text: textOf(keyLine(key, value)) })),
  ),
)

test.for(rows)('$where: $key: $value is refused with a line, a place, a reason and a mend', ({ text, said, where }) => {
  const found = wrongIn(text)
  expect(found.length).toBeGreaterThan(0)
  for (const one of found)
    expect(one).toMatch(new RegExp(`^\\d+: ${where.split(' ')[0]}|^1: holds a char|^\\d+: .*not seen`))
  expect(found.join('\n')).toMatch(said)
  expect(found.join('\n')).not.toMatch(/hunter2|a-secret|:pw@/)
})

function keysOf({ properties = {} }: Schema, prefix = ''): string[] {
  return Object.entries(properties).flatMap(([name, schema]) =>
    schema.properties === undefined ? [`${prefix}${name}`] : keysOf(schema, `${prefix}${name}.`),
  )
}

test.for(Object.entries(SECTIONS))('every key of %s has a wrong value in the table', ([, [schema, table]]) => {
  expect(Object.keys(table).toSorted()).toEqual(keysOf(schema ?? {}).toSorted())
})

test.for(Object.entries(SECTIONS))(
  'a key that %s does not have is refused with a did-you-mean',
  ([where, [schema = {}, , textOf]]) => {
    const [key = ''] = Object.keys(schema.properties ?? {})
      .filter((name) => name.length > 4)
      .toSorted()
    const found = wrongIn(textOf(`${key.slice(0, -1)}x: marker-secret`))
    expect(found[0]).toMatch(
      new RegExp(`^\\d+: ${where.split(' ')[0]}\\.${key.slice(0, -1)}x: .*did you mean ${key}\\?$`),
    )
    expect(found.join('\n')).not.toContain('marker')
  },
)

test.for([
  ['provider: {}', /^1: provider: .*did you mean providers\?/],
  ['polices: {}', /^1: polices: .*did you mean policies\?/],
  ['[]', /^1: the file: is a list: write keys with values/],
  ['policies:', /^1: policies: is empty/],
  ['policies: { it: {} }', /^1: policies\.it: is empty: write at least one of allow/],
  ['policies: { it: }', /^1: policies\.it: is empty/],
  ['providers: { local: { issuer: https://a, client-id: b, admit: "*" } }', /^1: providers\.local: .*another name/],
  ['providers: { My Own: { issuer: https://a, client-id: b, admit: "*" } }', /^1: providers\.My Own: cannot be a name/],
  ['providers: { it: { client-secret: hunter2 } }', /client-secret: .*did you mean client-secret-file\?/],
  ['providers: { it: { issuer: https://a, client-id: b } }', /^1: providers\.it\.admit: is not there, so that whoever/],
  ['providers: { it: { type: ldap, urls: ldaps://a, admit: "*" } }', /user-base: is needed, or user-dn/],
] as const)('%s is refused', ([text, said]) => {
  const found = wrongIn(text)
  expect(found.join('\n')).toMatch(said)
  expect(found.join('\n')).not.toContain('hunter2')
})

test('all that is wrong is said at once, each with its line', () => {
  const found = wrongIn(
    `labels:
  publik: refused
  host-suffixes: '*.a'
providers:
  kc:
    preset: keycloack
    client-id: 5
  gh:
    type: github
    client-id: a
    client-secret-file: /none
    admit: admins
policies:
  a:
    allow: [group:a, admins]
    require: mfa=1
bearer:
  b: {}
`,
    { LABELGATE_STORE: 'redis://x' },
  )
  expect(found.map((one) => one.replace(/^(LABELGATE_STORE|\d+: [\w.-]+).*$/, '$1'))).toEqual([
    'LABELGATE_STORE',
    '3: labels.host-suffixes',
    '2: labels.publik',
    '5: providers.kc.admit',
    '5: providers.kc.issuer',
    '6: providers.kc.preset',
    '7: providers.kc.client-id',
    '11: providers.gh.client-secret-file',
    '12: providers.gh.admit',
    '15: policies.a.allow',
    '16: policies.a.require',
    '18: bearer.b.issuer',
    '18: bearer.b.audience',
    '18: bearer.b.admit',
  ])
})

test(
  'whatever is written, each problem is one line that a terminal can show, and nothing is thrown',
  { timeout: 60_000 },
  () => {
    const key = fc.constantFrom(...rows.map(({ key, where }) => ({ key, where })))
    const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string({ unit: 'binary', maxLength: 100 }))
    fc.assert(
      fc.property(key, value, ({ key, where }, value) => {
        const [, , textOf] = SECTIONS[where] ?? expect.fail(where)
        for (const problem of wrongIn(textOf(keyLine(key, JSON.stringify(value))))) {
          expect(problem).not.toMatch(/[\p{C}\u2028\u2029]/u)
          expect(problem.length).toBeLessThan(1500)
        }
      }),
      // what has no text to show was once thrown at whoever read it
      { examples: [[{ key: 'require', where: 'policies.it' }, [{ toString: false }]]] },
    )
  },
)

test(
  'no text at all is more than wrong: nothing is thrown, and lines are those of the text',
  { timeout: 60_000 },
  () => {
    const yaml = fc.array(
      fc.constantFrom(
        'a',
        '- ',
        ': ',
        '\n',
        '  ',
        '{',
        '}',
        '[',
        ']',
        '&x ',
        '*x',
        '!!',
        '?',
        '|',
        '"',
        'providers',
        '#',
        '---\n',
        '%',
      ),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(yaml, (parts) => {
        const text = parts.join('')
        for (const problem of wrongIn(text)) {
          const line = Number(/^(\d+): /.exec(problem)?.[1])
          expect(line).toBeLessThanOrEqual(text.split('\n').length)
          expect(line).toBeGreaterThan(0)
        }
      }),
    )
  },
)
