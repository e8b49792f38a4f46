/** What an app is told of the person, and what of the client's own words about it is let in (threats ). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aliasTest } from '../../src/authz/aliases.ts'
import { headerValue, identityHeaders } from '../../src/authz/identity-headers.ts'
import type { Identity } from '../../src/identity/identity.ts'
import type { LiveSession } from '../../src/session/live.ts'
import { identityHeaderNames } from '../../src/table/header-names.ts'
import { container } from '../build/container.ts'
import { NOW, person, sessionOn } from '../build/people.ts'
import { tableOf } from '../build/table.ts'

const table = tableOf([
  container('plain', 'host=plain.example.com'),
  container(
    'own',
    'host=own.example.com\nheaders.X-Who=user\nheaders.X-Dept=claim:dept\nheaders.X-Kind="person"\nheaders.X-Groups=groups',
  ),
])

function told(app: string, identity: Identity | undefined, how: Partial<LiveSession> = {}): Record<string, string> {
  const found = [...table.apps.values()].find(({ spec }) => spec.id === app)
  if (found === undefined) throw new Error(`no app ${app}`)
  const session = identity && { ...sessionOn('', identity), ...how }
  const lines = identityHeaders(identityHeaderNames(table), found, session)
  return Object.fromEntries(lines.flatMap((name, i) => (i % 2 === 0 ? [[name, lines[i + 1] ?? '']] : [])))
}

const ALL = ['Remote-Email', 'Remote-Groups', 'Remote-Name', 'Remote-User', 'X-Dept', 'X-Groups', 'X-Kind', 'X-Who']

test('A-09 every app is told every header that any app reads, empty where it has no use for it', () => {
  const alice = person('alice', { name: 'Alice', groups: ['users', 'staff'] })
  expect(told('plain', alice)).toEqual({
    'Remote-User': 'alice',
    'Remote-Email': 'alice@example.com',
    'Remote-Name': 'Alice',
    'Remote-Groups': 'users,staff',
    'X-Dept': '',
    'X-Groups': '',
    'X-Kind': '',
    'X-Who': '',
  })
  expect(told('own', alice)).toMatchObject({ 'X-Who': 'alice', 'X-Kind': 'person', 'X-Groups': 'users,staff' })
})

test('A-09 of nobody, and of somebody without groups or address, every header is there and empty', () => {
  const empty = Object.fromEntries(ALL.map((name) => [name, '']))
  expect(told('plain', undefined)).toEqual(empty)
  expect(told('own', undefined)).toEqual(empty)
  expect(told('plain', person('dora', { groups: [], email: '' }))).toEqual({ ...empty, 'Remote-User': 'dora' })
})

test.for([
  [{ dept: 'it' }, 'it'],
  [{ dept: ['it', 'a,b'] }, 'it,a%2Cb'],
  [{ dept: 7 }, '7'],
  [{ dept: true }, 'true'],
  [{ dept: { deep: 1 } }, ''],
  [{ dept: null }, ''],
  [{}, ''],
] as const)('the claims %j say the department is %j', ([claims, said]) => {
  expect(told('own', person('carol', { claims }))['X-Dept']).toBe(said)
})

test.for([
  ['Zoë ☃', 'Zo%C3%AB %E2%98%83'],
  ['alice\r\nRemote-Groups: admins', 'alice%0D%0ARemote-Groups: admins'],
  ['a\u0000', 'a%00'],
  ['100%', '100%25'],
  ['\u007f\u0085\u2028', '%7F%C2%85%E2%80%A8'],
  ['\ud800', '%EF%BF%BD'],
  ['plain ~!', 'plain ~!'],
] as const)('A-34 %j becomes the header value %j', ([text, said]) => {
  expect(headerValue(text)).toBe(said)
  expect(told('plain', person('x', { name: text, groups: [text] }))).toMatchObject({
    'Remote-Name': said,
    'Remote-Groups': said.replaceAll(',', '%2C'),
  })
})

test('A-34 whatever a value is, it is one printable line, and what was meant can be read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const said = headerValue(text)
      expect(said).toMatch(/^[ -~]*$/)
      expect(decodeURIComponent(said)).toBe(text.toWellFormed())
    }),
  )
})

test('a comma in a group is no second group', () => {
  expect(told('plain', person('x', { groups: ['a,admins', 'b'] }))['Remote-Groups']).toBe('a%2Cadmins,b')
})

describe('A-08 spellings that some servers read as one of our headers', () => {
  const aliased = aliasTest(identityHeaderNames(table))
  test.for("!#$%&'*+^`|~".split(''))('Remote%sUser is no honest one', (mark) => {
    expect(aliased([`remote${mark}USER`, 'bob'])).toBe(true)
  })
  test.for(['Remote-User', 'Remote_User', 'Remote.User', 'RemoteUser', 'Remote~Users', 'X~Other', 'Cookie'])(
    '%s is the proxy to take out, or nothing at all',
    (name) => {
      expect(aliased([name, 'bob'])).toBe(false)
    },
  )
  test('a value is not looked at, and the last line is', () => {
    expect(aliased(['Accept', 'Remote~User'])).toBe(false)
    expect(aliased(['Accept', 'x', 'X~Who', 'bob'])).toBe(true)
  })
})

describe('A-10 a header has one name, in canonical case', () => {
  const named = (name: string) =>
    tableOf([container('own', { host: 'own.example.com', [`headers.${name}`]: 'user' })])
      .apps.values()
      .next().value?.spec
  test.for(['x-who', 'X-WHO', 'X-Who'])('%s is X-Who', (name) => {
    expect(named(name)?.headers.at(-1)?.name).toBe('X-Who')
  })
  test.for(['Remote_User', 'Remote-User ', 'Remote-User\r\nX', 'Remote.User', 'Rémote-User', 'X:Y', ''])(
    '%j is refused, and its app closed',
    (name) => {
      expect(named(name)?.broken).toBe(true)
    },
  )
})

describe('presets', () => {
  const carol = person('carol', { issuer: 'https://idp.example', subject: 'c-7', groups: ['a', 'b'] })
  const as = (preset: string) => {
    const [app] = tableOf([container('app', `host=app.example.com\nheader-preset=${preset}`)]).apps.values()
    if (app === undefined) throw new Error(`no app with ${preset}`)
    return (how: Partial<LiveSession> = {}, who = carol) => {
      const names = app.spec.headers.map(({ name }) => name)
      const lines = identityHeaders(names, app, { ...sessionOn('', who), ...how })
      return Object.fromEntries(lines.flatMap((name, i) => (i % 2 === 0 ? [[name, lines[i + 1] ?? '']] : [])))
    }
  }

  test('remote', () => {
    expect(as('remote')()).toEqual({
      'Remote-User': 'carol',
      'Remote-Email': 'carol@example.com',
      'Remote-Name': '',
      'Remote-Groups': 'a,b',
    })
  })
  test.for(['x-forwarded', 'x-auth-request'])('%s, as oauth2-proxy names them', (preset) => {
    const prefix = preset === 'x-forwarded' ? 'X-Forwarded-' : 'X-Auth-Request-'
    expect(as(preset)()).toEqual({
      [`${prefix}User`]: 'carol',
      [`${prefix}Email`]: 'carol@example.com',
      [`${prefix}Groups`]: 'a,b',
      [`${prefix}Preferred-Username`]: 'carol',
    })
  })
  test('authgear, as its resolver names them', () => {
    const authentication = { provider: 'idp', at: NOW + 999, amr: ['pwd', 'mfa'] }
    expect(as('authgear')({ authentication })).toEqual({
      'X-Authgear-Session-Valid': 'true',
      'X-Authgear-Session-Amr': 'pwd mfa',
      'X-Authgear-Session-Authenticated-At': String(NOW / 1000),
      'X-Authgear-User-Id': 'c-7',
      'X-Authgear-User-Anonymous': 'false',
      'X-Authgear-User-Verified': 'true',
      'X-Authgear-User-Can-Reauthenticate': 'true',
    })
    const silent = { provider: 'idp', at: 0, amr: [] }
    const device = as('authgear')({ authentication: silent, credential: 'bearer' }, { ...carol, email: '' })
    expect(device).toMatchObject({
      'X-Authgear-Session-Amr': '',
      'X-Authgear-Session-Authenticated-At': '',
      'X-Authgear-User-Verified': 'false',
      'X-Authgear-User-Can-Reauthenticate': 'false',
    })
  })
})
