/**
 * Authelia's own rules, as `internal/authorization` has them, against what is written in their place: whatever the rules
 * are, nobody passes whom they would not let through. A rule of ours holds whatever the case of a path's letters, and one
 * for GET is one for HEAD too, which is why a request passes where Authelia would let its plain form pass.
 */
import fc from 'fast-check'
import { stringify } from 'yaml'
import { expect, test } from 'vitest'
import { carryOver } from '../../../src/cli/init/carry.ts'
import { METHODS } from '../../../src/labels/spec.ts'
import { inNetworks, parseNetworks } from '../../../src/syntax/networks.ts'
import { type Asked, passes, tableOf } from './world.ts'

const HOSTS = ['app.example.com', 'deep.app.example.com', 'other.example.org']
const COMPOSE = `services:
${HOSTS.map((host, i) => `  s${i}:\n    labels:\n      traefik.http.routers.r${i}.rule: Host(\`${host}\`)\n`).join('')}`

const RESOURCES = [
  '^/api([/?].*)?$',
  '^/api/admin([/?].*)?$',
  '^/api/.*$',
  '^/api',
  '^/API([/?].*)?$',
  '^/health$',
  '^/health(\\?.*)?$',
  '.*',
  '^/$',
  '^/(a|api)/(x|admin)([/?].*)?$',
  '/admin',
  '^/a\\d+$',
  '^/robots.txt(\\?.*)?$',
  '^/api(/.*)?$',
  '^/a(\\?.*)?$',
  '^/a([/?].*)?$',
  '(?i)^/api',
  '^/a|^/b',
  '^$',
]
const PATHS = [
  '/',
  '/api',
  '/api/',
  '/api?x=1',
  '/apix',
  '/API',
  '/api/x',
  '/api/admin',
  '/api/admin/y',
  '/api/ADMIN',
  '/api/admin?z',
  '/health',
  '/health?x',
  '/health/x',
  '/a',
  '/a/x',
  '/a/admin',
  '/a12',
  '/b',
  '/x/admin',
  '/robots.txt',
  '/robotsxtxt',
  '/api;/admin',
  '/api//admin',
  '/a?q',
]
const SUBJECTS = ['user:alice', 'user:bob', 'group:dev', 'group:ops', 'oauth2:client:x']
const NETWORKS = ['internal', '10.0.0.0/8', '192.168.1.7']
const NAMED = ['10.1.0.0/16', '172.16.0.0/12']

const few = <T>(from: readonly T[], least = 0) =>
  fc.uniqueArray(fc.constantFrom(...from), { minLength: least, maxLength: 3 })
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 })
/** Of one host, of few networks, people and resources: rules that have to do with each other. */
const focused = fc
  .record({
    resources: few(RESOURCES, 1),
    subjects: few(SUBJECTS.slice(0, 4), 1),
    networks: few(NETWORKS.slice(0, 2), 1),
  })
  .map(({ resources, subjects, networks }) => ({ domains: [HOSTS[0] ?? ''], resources, subjects, networks }))
const broad = fc.constant({
  domains: [...HOSTS, '*.example.com', '*.app.example.com', '{user}.example.com'],
  resources: RESOURCES,
  subjects: SUBJECTS,
  networks: NETWORKS,
})
const scope = fc.oneof(focused, focused, broad)

const control = scope.chain(({ domains, resources, subjects, networks }) => {
  const rare = <T>(arbitrary: fc.Arbitrary<T>, weight = domains.length > 1 ? 6 : 30) =>
    fc.oneof({ weight, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
  const rule = fc
    .record({
      domain: optional(few(domains, 1)),
      domain_regex: rare(fc.constantFrom('^app\\.', '^(?P<User>\\w+)\\.example\\.com$', 'example')),
      policy: fc.constantFrom('bypass', 'one_factor', 'two_factor', 'deny'),
      subject: optional(
        fc.array(fc.oneof(fc.constantFrom(...subjects), few(subjects, 1)), { minLength: 1, maxLength: 3 }),
      ),
      networks: optional(few(networks, 1)),
      resources: optional(few(resources, 1)),
      methods: rare(few(['GET', 'HEAD', 'POST', 'OPTIONS', 'TRACE'], 1), 3),
      query: rare(fc.constant([{ key: 'x' }])),
    })
    // Authelia refuses the one, and would not start
    .map((one) => (one.policy === 'bypass' ? { ...one, subject: undefined } : one))
  return fc.record({
    default_policy: fc.constantFrom('bypass', 'one_factor', 'two_factor', 'deny'),
    networks: fc.constant([{ name: 'internal', networks: NAMED }]),
    rules: fc.array(rule, { maxLength: 6 }),
  })
})
type Control = typeof control extends fc.Arbitrary<infer T> ? T : never
type Rule = Control['rules'][number]

const PEOPLE = [
  undefined,
  ...['alice', 'bob', 'app'].flatMap((user) =>
    [[], ['dev'], ['ops'], ['dev', 'ops']].flatMap((groups) => [false, true].map((mfa) => ({ user, groups, mfa }))),
  ),
]
const asked: fc.Arbitrary<Asked> = fc.record({
  host: fc.constantFrom(HOSTS[0] ?? '', ...HOSTS),
  path: fc.constantFrom(...PATHS),
  method: fc.constantFrom(...METHODS.slice(0, 7)),
  from: fc.constantFrom('10.1.2.3', '10.200.0.1', '192.168.1.7', '192.168.1.8', '172.16.3.4'),
  who: fc.oneof(fc.constant(undefined), fc.constantFrom(...PEOPLE)),
})

const LEVELS = ['bypass', 'one_factor', 'two_factor', 'deny']

function autheliaLets({ default_policy, rules }: Control, request: Asked): boolean {
  const level = LEVELS.indexOf(rules.find((one) => matches(one, request))?.policy ?? default_policy)
  return level < 3 && (request.who === undefined ? 0 : request.who.mfa === true ? 2 : 1) >= level
}

function matches(
  { domain, domain_regex, subject, networks, resources, methods, query }: Rule,
  { host, path, method, from, who }: Asked,
): boolean {
  const [first = '', ...rest] = host.split('.')
  const domains = [
    ...(domain ?? []).map((name) =>
      name.startsWith('*.')
        ? host.endsWith(name.slice(1))
        : name.startsWith('{user}')
          ? first === who?.user && rest.join('.') === name.slice(7)
          : name === host,
    ),
    ...(domain_regex === undefined ? [] : [regexDomain(domain_regex, host, who?.user)]),
  ]
  if (domains.length > 0 && !domains.includes(true)) return false
  if (resources !== undefined && !resources.some((text) => regexOf(text).test(path))) return false
  if (query !== undefined && !/[?&]x(?:=|&|$)/.test(path)) return false
  if (methods !== undefined && !methods.includes(method)) return false
  if (networks !== undefined && !networks.some((name) => within(name === 'internal' ? NAMED : [name], from)))
    return false
  return (
    subject === undefined ||
    who === undefined ||
    subject.some((all) =>
      [all].flat().every((one) => one === `user:${who.user}` || who.groups.some((group) => one === `group:${group}`)),
    )
  )
}

function regexOf(text: string): RegExp {
  return text.startsWith('(?i)') ? new RegExp(text.slice(4), 'i') : new RegExp(text.replaceAll('(?P<', '(?<'))
}

function regexDomain(text: string, host: string, user: string | undefined): boolean {
  const found = regexOf(text).exec(host)
  return found !== null && (found.groups?.['User'] === undefined || found.groups['User'] === user)
}

function within(networks: readonly string[], from: string): boolean {
  const parsed = parseNetworks(networks)
  return 'list' in parsed && inNetworks(parsed, from)
}

function written(access_control: Control) {
  const files = [
    { file: 'configuration.yml', text: stringify({ access_control }) },
    { file: 'compose.yaml', text: COMPOSE },
  ]
  const { result, notes } = carryOver('authelia', files, {})
  return { text: result[0]?.[1] ?? '', whole: notes.notCarried.length === 0 }
}

/** Everything that is said of the rules and the requests: what is wrong, and how many pass. */
function expectJudged(access_control: Control, requests: readonly Asked[]) {
  const { text, whole } = written(access_control)
  const { table, problems } = tableOf(text)
  expect(problems).toEqual([])
  let passed = 0
  let alike = 0
  for (const request of requests) {
    const here = passes(table, request)
    const there = autheliaLets(access_control, request)
    if (here && !forms(request).some((form) => autheliaLets(access_control, form)))
      throw new Error(`passes: ${JSON.stringify(request)}`)
    // what is not said to be left is all there; paths that can be read in two ways are never open here
    if (whole && here !== there && PLAIN.test(request.path) && request.method !== 'HEAD')
      throw new Error(`is judged otherwise, and that is not said: ${JSON.stringify(request)}`)
    if (here) passed++
    if (here === there) alike++
  }
  return { passed, alike, whole }
}

const PLAIN = /^(?!.*\/\/)[a-z0-9/?.=]+$/

function forms(request: Asked): readonly Asked[] {
  const plain = { ...request, path: request.path.toLowerCase().replaceAll(/;|(?<=\/)\//g, '') }
  const get = [request, plain].map((form) => ({ ...form, method: 'GET' as const }))
  return request.method === 'HEAD' ? [request, plain, ...get] : [request, plain]
}

const RUNS = Number(process.env['LABELGATE_TEST_RUNS'] ?? 100)
const EACH = 120

test('what is written reads without a problem, and lets through nobody whom Authelia would not', () => {
  const sum = { passed: 0, alike: 0, whole: 0 }
  fc.assert(
    fc.property(control, fc.array(asked, { minLength: EACH, maxLength: EACH }), (access_control, requests) => {
      const { passed, alike, whole } = expectJudged(access_control, requests)
      sum.passed += passed
      sum.alike += alike
      if (whole) sum.whole++
    }),
    {
      numRuns: RUNS,
      ...(process.env['LABELGATE_TEST_SEED'] !== undefined && { seed: Number(process.env['LABELGATE_TEST_SEED']) }),
    },
  )
  // it is no proof where everybody is refused
  expect(sum.passed / (RUNS * EACH)).toBeGreaterThan(0.1)
  expect(sum.alike / (RUNS * EACH)).toBeGreaterThan(0.6)
  expect(sum.whole / RUNS).toBeGreaterThan(0.05)
}, 60_000)

/** Each rule of a small kind after each other, and each request. */
interface World {
  readonly subject: readonly (readonly (string | readonly string[])[] | undefined)[]
  readonly networks: readonly (readonly string[] | undefined)[]
  readonly resources: readonly (readonly string[] | undefined)[]
  readonly methods: readonly (readonly string[] | undefined)[]
  readonly policies: readonly string[]
  readonly defaults: readonly string[]
}
const WORLDS: Readonly<Record<string, World>> = {
  'people and networks': {
    subject: [undefined, ['group:dev', 'user:alice'], [['group:dev', 'group:ops']]],
    networks: [undefined, ['10.0.0.0/8']],
    resources: [undefined],
    methods: [undefined],
    policies: LEVELS,
    defaults: ['one_factor', 'deny'],
  },
  paths: {
    subject: [undefined],
    networks: [undefined],
    resources: [
      undefined,
      ['^/api([/?].*)?$'],
      ['^/api/admin([/?].*)?$'],
      ['^/api'],
      ['^/api/.*$'],
      ['^/health$'],
      ['^/health(\\?.*)?$'],
    ],
    methods: [undefined],
    policies: ['bypass', 'one_factor', 'deny'],
    defaults: ['two_factor'],
  },
  methods: {
    subject: [undefined],
    networks: [undefined],
    resources: [undefined, ['^/api([/?].*)?$']],
    methods: [undefined, ['GET'], ['HEAD'], ['POST', 'HEAD']],
    policies: ['bypass', 'two_factor', 'deny'],
    defaults: ['one_factor'],
  },
}

const REQUESTS: readonly Asked[] = [
  '/',
  '/api',
  '/api/',
  '/apix',
  '/API',
  '/api/admin/x',
  '/health',
  '/health?x',
  '/health/x',
].flatMap((path) =>
  (['GET', 'HEAD', 'POST'] as const).flatMap((method) =>
    ['10.1.2.3', '192.168.1.8'].flatMap((from) =>
      [
        undefined,
        ...['alice', 'bob'].flatMap((user) =>
          [[], ['dev'], ['dev', 'ops']].flatMap((groups) => [false, true].map((mfa) => ({ user, groups, mfa }))),
        ),
      ].map((who) => ({ host: HOSTS[0] ?? '', path, method, from, who })),
    ),
  ),
)

test.for(Object.keys(WORLDS))('so it is for each pair of rules about %s', { timeout: 60_000 }, (name) => {
  const world = WORLDS[name]
  const rules = world === undefined ? [] : rulesIn(world)
  const requests = REQUESTS.filter(({ path, who, method }) =>
    name === 'people and networks' ? path === '/' && method === 'GET' : who === undefined || who.user === 'bob',
  )
  for (const one of rules)
    for (const other of rules)
      for (const default_policy of world?.defaults ?? [])
        expectJudged({ default_policy, networks: [], rules: [one, other] } as unknown as Control, requests)
})

function rulesIn({ subject, networks, resources, methods, policies }: World): readonly Rule[] {
  const bare = { domain: undefined, domain_regex: undefined, query: undefined }
  return subject.flatMap((subject) =>
    networks.flatMap((networks) =>
      resources.flatMap((resources) =>
        methods.flatMap((methods) =>
          policies
            .filter((policy) => policy !== 'bypass' || subject === undefined)
            .map((policy) => ({ ...bare, subject, networks, resources, methods, policy }) as unknown as Rule),
        ),
      ),
    ),
  )
}
