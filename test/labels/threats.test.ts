/** The vectors of threats.md that labels alone can answer. `authctl.` of the vectors is `labelgate.` here. */
import { describe, expect, test } from 'vitest'
import type { Operator } from '../../src/labels/operator.ts'
import { readLabels } from '../../src/labels/read.ts'
import type { AppSpec, Reading } from '../../src/labels/spec.ts'
import { OPERATOR } from './operator.ts'

const HOST = { 'labelgate.host': 'app.example.com' }

function read(labels: Readonly<Record<string, string>>, name = 'web', operator: Operator = OPERATOR): Reading {
  return readLabels({ name, labels }, operator)
}

function only(reading: Reading): AppSpec {
  const [app, ...more] = reading.apps
  if (app === undefined || more.length > 0) throw new Error(`expected one app, got ${reading.apps.length}`)
  return app
}

/** Claimed, so that it is denied, and said aloud. */
function expectDenied(reading: Reading, hosts: readonly string[] = ['app.example.com']): void {
  const app = only(reading)
  expect(app.broken).toBe(true)
  expect(app.hosts).toEqual(hosts)
  expect(app.policy).toEqual({ allow: [], deny: [], require: [], public: [], accept: [], words: {} })
  expect(app.rules).toEqual([])
  expect(reading.problems.some(({ severity }) => severity === 'error')).toBe(true)
}

test.for(['[::1]', '[::1]:8443', '::1', '[::ffff:7f00:1]', '[fe80::1%25eth0]', '[::1', '[]'])(
  'B-05: %s is no host an app can claim',
  (host) => {
    expectDenied(read({ 'labelgate.host': `app.example.com,${host}` }))
  },
)

test.for(['127.0.0.1', '0x7f.1', '2130706433', '017700000001', '127.1', '127.0.0.1.', '0x7f000001'])(
  'B-06: %s is no host an app can claim, however it is written',
  (host) => {
    expectDenied(read({ 'labelgate.host': `app.example.com,${host}` }))
  },
)

test('B-14: an app has the hosts it declares whole, and none for its name', () => {
  const app = only(read({ 'labelgate.host': 'public.example.com', 'labelgate.public': '/**' }, 'public'))
  expect(app.hosts).toEqual(['public.example.com'])
})

test('B-36: what looks like a regular expression with flags is refused, each time', () => {
  const answers = Array.from({ length: 10 }, () => read({ ...HOST, 'labelgate.public': String.raw`/^\/public/g` }))
  for (const answer of answers) expectDenied(answer)
})

test.for(['group:admins,', ',', ' ', ',,', 'group:admins,,user:alice', 'user:', 'user: ', 'group:,user:alice'])(
  'E-15: allow=%j has an empty item, which is never taken for no restriction',
  (allow) => {
    expectDenied(read({ ...HOST, 'labelgate.allow': allow }))
  },
)

test.for([
  'tenant.example.com`) || Host(`admin.example.com',
  'x`)||PathPrefix(`/',
  'x") || Host("admin.example.com',
  'x`) && !Host(`y',
])('H-01: host=%s cannot break out of a rule', (host) => {
  expectDenied(read({ 'labelgate.host': host }), ['web.example.com'])
})

describe('H-02: no line break, tab or other control character', () => {
  const hidden = ['\n', '\r', '\r\n', '\u0085', '\u2028', '\u2029', '\0', '\u001b']
  test.for(hidden)('in a host (%j)', (character) => {
    expectDenied(read({ 'labelgate.host': `a.example.com${character}    middlewares: []` }), ['web.example.com'])
  })
  test.for([...hidden, '\t'])('in any value of ours (%j)', (character) => {
    for (const key of ['title', 'description', 'allow', 'public', 'headers.X-A', 'network', 'icon', 'apps.x.title'])
      expect(read({ [`labelgate.${key}`]: `user:a${character}b` }).apps.some(({ broken }) => broken)).toBe(true)
  })
  test('and none survives in what is said about it', () => {
    const { problems } = read({
      'labelgate.al\nlow\u2028\u202e': 'x\ny',
      'labelgate.rules.a\nb.path': '/x',
      'traefik.http.routers.a.rule': 'Host(`a`) "x\ty"\u2028',
      'labelgate.enable': 'x\u0007',
    })
    expect(problems.length).toBeGreaterThan(3)
    const said = problems.flatMap((problem) => Object.values(problem)).join(' ')
    expect(said).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u)
    expect(said).toContain(String.raw`\u{a}`)
  })
})

test.for(['no', 'null', 'true', '1e3', '0o17', '.inf', '12:30:45', '~', '2026-11-22', '0x1f'])(
  'H-05: group %s is the text it is',
  (name) => {
    const app = only(read({ ...HOST, 'labelgate.allow': `group:${name},user:${name}` }))
    expect(app.broken).toBe(false)
    expect(app.policy.allow).toEqual([
      { kind: 'group', name },
      { kind: 'user', name },
    ])
  },
)

describe('H-07: no container claims everything', () => {
  test.for([
    '*',
    '*.*',
    '*.com',
    '*.',
    '.',
    '0.0.0.0',
    '',
    '*.127.0.0.1',
    '*.*.example.com',
    'a.*',
    '**',
    '*.localhost',
  ])('host=%j', (host) => {
    expectDenied(read({ 'labelgate.host': host }), ['web.example.com'])
  })
  test('wildcards are claimed only where the operator lets labels do so', () => {
    const labels = { 'labelgate.host': '*.example.com' }
    expect(only(read(labels)).hosts).toEqual(['*.example.com'])
    expectDenied(read(labels, 'web', { ...OPERATOR, wildcardHosts: false }), ['web.example.com'])
  })
  test("of 300 hosts sixteen are denied, and the rest are nobody's", () => {
    const hosts = Array.from({ length: 300 }, (_, index) => `h${String(index).padStart(3, '0')}.example.com`)
    expectDenied(read({ 'labelgate.host': hosts.join() }), ['web.example.com'])
    expectDenied(read({ 'labelgate.host': hosts.slice(0, 100).join() }), hosts.slice(0, 16))
  })
})

describe('H-14: a broken label leaves the host denied, never unprotected', () => {
  test.for([
    ['labelgate.allow', 'grup:admins'],
    ['labelgate.allow', '['],
    ['labelgate.require', 'fresh=abc'],
    ['labelgate.allow', 'group:adm\ufffdins'],
    ['labelgate.allow', 'group:adm\ud800ins'],
    ['labelgate.alow', 'group:admins'],
    ['labelgate.policy', 'nobody-wrote-it'],
    ['lablegate.allow', 'group:admins'],
    ['labelgate', 'true'],
  ] as const)('%s=%s', ([key, value]) => {
    expectDenied(read({ ...HOST, [key]: value }))
  })
})

describe('H-17: enable is true or false, and nothing is truthy', () => {
  test.for(['false', 'False', 'FALSE', ' false ', '\tfalse'])('%j leaves the container alone', (enable) => {
    expect(read({ ...HOST, 'labelgate.enable': enable })).toEqual({ apps: [], problems: [] })
  })
  test.for(['true', 'TRUE', ' true', 'True '])('%j protects it', (enable) => {
    expect(only(read({ ...HOST, 'labelgate.enable': enable })).broken).toBe(false)
  })
  test.for(['0', 'no', 'off', '', 'yes', '1', 'enabled', 'false;', 'f', 'null', 'fаlse', 'ＦＡＬＳＥ'])(
    '%j denies it',
    (enable) => {
      expectDenied(read({ ...HOST, 'labelgate.enable': enable }))
    },
  )
})

describe('H-18: names out of the prototype are names like any other', () => {
  test.for([
    'labelgate.__proto__.policy',
    'labelgate.constructor.prototype.policy',
    'labelgate.apps.__proto__.public',
    'labelgate.rules.__proto__.path',
    'labelgate.headers.__proto__',
    'labelgate.toString',
    'labelgate.hasOwnProperty',
    'labelgate.valueOf.allow',
  ])('%s is refused and changes nothing', (key) => {
    // as Docker's JSON arrives: own properties, whatever they are called
    const labels = JSON.parse(`{"labelgate.host": "app.example.com", "${key}": "public"}`) as Record<string, string>
    expectDenied(read(labels))
    expect(({} as Record<string, unknown>)['policy']).toBeUndefined()
    expect(Object.hasOwn(Object.prototype, 'public')).toBe(false)
  })
  test("a label called __proto__ is nobody's", () => {
    const labels = JSON.parse('{"__proto__": "x", "__proto__.labelgate": "x"}') as Record<string, string>
    expect(read(labels)).toEqual({ apps: [], problems: [] })
  })
  test('apps and rules may be called constructor, since nothing looks names up in objects', () => {
    const { apps } = read({
      'labelgate.apps.constructor.host': 'a.example.com',
      'labelgate.apps.constructor.rules.valueof.path': '/x',
    })
    expect(apps).toMatchObject([{ id: 'constructor', broken: false, rules: [{ name: 'valueof' }] }])
  })
})

describe('H-19: there are no regular expressions in labels', () => {
  test.for([
    '(a+)+$',
    '^/(|public)',
    'public',
    '.*',
    '|',
    '^/public|',
    '(?=',
    '[',
    String.raw`\u{110000}`,
    '/(a+)+$',
    '/(?=x)',
    '/public|/',
    '/[a-z]',
    '/a{1,9}',
    String.raw`/\d`,
    '/.*',
    '/.+',
    '/*',
    '/a/*/b',
    '/a/**/b',
    '/a**',
  ])('public=%s is refused', (pattern) => {
    expectDenied(read({ ...HOST, 'labelgate.public': pattern }))
  })
  test('nor a pattern of 20 kB', () => {
    expectDenied(read({ ...HOST, 'labelgate.public': `/${'a?'.repeat(10_000)}` }))
  })
})

describe('H-23: headers of labels speak for nobody', () => {
  test.for([
    ['Remote-User', '"bob"'],
    ['remote-groups', '"admins"'],
    ['X-A', '"a\r\nSet-Cookie: b=c"'],
    ['Host', '"evil"'],
    ['Authorization', '"Basic Ym9iOmJvYg=="'],
    ['X:Not:OK', '"x"'],
    ['Set-Cookie', '"x"'],
    ['__proto__', '"x"'],
    ['Cookie', 'user'],
    ['X-Forwarded-For', 'user'],
    ['X-Original-URL', '"/"'],
    ['Transfer-Encoding', '"chunked"'],
    ['Content-Length', '"0"'],
    ['Connection', '"Remote-User"'],
    ['Remote_User', 'user'],
    ['Remote.User', 'user'],
    ['', 'user'],
  ] as const)('headers.%s=%s is refused', ([name, value]) => {
    expectDenied(read({ ...HOST, [`labelgate.headers.${name}`]: value }))
  })
  test('also those the operator named', () => {
    const operator: Operator = { ...OPERATOR, defaultHeaders: [{ name: 'X-Auth-User', value: { kind: 'user' } }] }
    for (const name of ['X-Auth-User', 'x-auth-user', 'Remote-User'])
      expectDenied(read({ ...HOST, [`labelgate.headers.${name}`]: '"bob"' }, 'web', operator))
  })
})

describe('H-25: a flood of labels denies the container and costs little', () => {
  test('65 labels of ours are one too many, 64 are not', () => {
    const titles = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`labelgate.headers.X-${index}`, 'user']))
    expect(only(read({ ...HOST, ...titles(63) })).broken).toBe(false)
    expectDenied(read({ ...HOST, ...titles(64) }))
  })
  test('10,000 labels and a value of 1 MB are read in no time', () => {
    const labels: Record<string, string> = { ...HOST }
    for (let index = 0; index < 10_000; index++) labels[`labelgate.apps.a${index}.title`] = 'x'
    labels['labelgate.title'] = 'x'.repeat(1_000_000)
    labels['labelgate.description'] = ' '.repeat(1_000_000)
    labels['com.example.big'] = '`'.repeat(1_000_000)
    const before = process.cpuUsage()
    const reading = read(labels)
    const { user } = process.cpuUsage(before)
    expectDenied(reading)
    expect(reading.problems.length).toBeLessThan(70)
    expect(user).toBeLessThan(1_000_000)
  })
  test('a value of 4097 characters is too long, wherever it stands', () => {
    expect(read({ ...HOST, 'labelgate.allow': `user:${'x'.repeat(200)}` }).problems).toEqual([])
    expectDenied(read({ ...HOST, 'labelgate.allow': 'x'.repeat(4097) }))
    expectDenied(read({ ...HOST, [`labelgate.headers.X-${'a'.repeat(600)}`]: 'user' }))
  })
  test('more rules, apps and items than are allowed', () => {
    const some = (count: number, key: (index: number) => string, value: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [key(index), value.replace('?', String(index))]))
    const rules = (count: number) => some(count, (index) => `labelgate.rules.r${index}.path`, '/?')
    expect(only(read({ ...HOST, ...rules(32) })).broken).toBe(false)
    expectDenied(read({ ...HOST, ...rules(33) }))
    const apps = (count: number) => some(count, (index) => `labelgate.apps.a${index}.host`, 'a?.example.com')
    expect(read(apps(16)).apps.map(({ broken }) => broken)).toEqual(Array(16).fill(false))
    expect(read(apps(17)).apps.map(({ broken }) => broken)).toEqual(Array(16).fill(true))
    const users = (count: number) => Array.from({ length: count }, (_, index) => `user:u${index}`).join()
    expect(only(read({ ...HOST, 'labelgate.allow': users(64) })).broken).toBe(false)
    expectDenied(read({ ...HOST, 'labelgate.allow': users(65) }))
  })
})

describe('H-26: what cannot be seen is refused', () => {
  test.for([
    'group:admins\u200b',
    '\ufeffgroup:admins',
    '\u00a0group:admins',
    'group:\u00a0admins',
    'group:\u202esnimda',
    'group:ad\u00admins',
    'group:ad\u2060mins',
    'group:admins\u3164',
    'group:admins\ufe0f',
    'group:admins\u{e0041}',
  ])('allow=%j', (allow) => {
    expectDenied(read({ ...HOST, 'labelgate.allow': allow }))
  })
  test.for([
    'app\u200b.example.com',
    'app.example.com\u2028',
    '\ufeffapp.example.com',
    'аpp.example.com',
    'app。example.com',
  ])('host=%j', (host) => {
    expectDenied(read({ 'labelgate.host': `ok.example.com,${host}` }), ['ok.example.com'])
  })
  test.for([
    'label\u200bgate.allow',
    '\ufefflabelgate.allow',
    'labelgate\u00a0.allow',
    'lаbelgate.allow',
    'labelgate.al\u200blow',
  ])('key %j', (key) => {
    expectDenied(read({ ...HOST, [key]: 'group:admins' }))
  })
  test('blanks at the ends do not count', () => {
    expect(only(read({ ...HOST, 'labelgate.allow': ' \tgroup:admins \t' })).policy.allow).toEqual([
      { kind: 'group', name: 'admins' },
    ])
  })
})
