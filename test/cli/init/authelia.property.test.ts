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
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
const rule = fc
  .record({
    domain: optional(few([...HOSTS, '*.example.com', '*.app.example.com', '{user}.example.com'], 1)),
    domain_regex: fc.option(fc.constantFrom('^app\\.', '^(?P<User>\\w+)\\.example\\.com$', 'example'), {
      nil: undefined,
      freq: 6,
    }),
    policy: fc.constantFrom('bypass', 'one_factor', 'two_factor', 'deny'),
    subject: optional(
      fc.array(fc.oneof(fc.constantFrom(...SUBJECTS), few(SUBJECTS, 1)), { minLength: 1, maxLength: 3 }),
    ),
    networks: optional(few(NETWORKS, 1)),
    resources: optional(few(RESOURCES, 1)),
    methods: optional(few(['GET', 'HEAD', 'POST', 'OPTIONS', 'TRACE'], 1)),
    query: fc.option(fc.constant([{ key: 'x' }]), { nil: undefined, freq: 8 }),
  })
  // Authelia refuses the one, and would not start
  .map((one) => (one.policy === 'bypass' ? { ...one, subject: undefined } : one))
const control = fc.record({
  default_policy: fc.constantFrom('bypass', 'one_factor', 'two_factor', 'deny'),
  networks: fc.constant([{ name: 'internal', networks: NAMED }]),
  rules: fc.array(rule, { maxLength: 6 }),
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
  host: fc.constantFrom(...HOSTS),
  path: fc.constantFrom(...PATHS),
  method: fc.constantFrom(...METHODS.slice(0, 7)),
  from: fc.constantFrom('10.1.2.3', '10.200.0.1', '192.168.1.7', '192.168.1.8', '172.16.3.4'),
  who: fc.constantFrom(...PEOPLE),
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

const RUNS = Number(process.env['LABELGATE_TEST_RUNS'] ?? 100)
const PLAIN = /^(?!.*\/\/)[a-z0-9/?.=]+$/

test('what is written reads without a problem, and lets through nobody whom Authelia would not', () => {
  let passed = 0
  let exact = 0
  let wholes = 0
  fc.assert(
    fc.property(control, fc.array(asked, { minLength: 40, maxLength: 40 }), (access_control, requests) => {
      const { text, whole } = written(access_control)
      const { table, problems } = tableOf(text)
      expect(problems).toEqual([])
      for (const request of requests) {
        const here = passes(table, request)
        const plain = { ...request, path: request.path.toLowerCase().replaceAll(/;|(?<=\/)\//g, '') }
        const forms = [request, plain, { ...request, method: 'GET' as const }, { ...plain, method: 'GET' as const }]
        const there = autheliaLets(access_control, request)
        const may = forms.slice(0, request.method === 'HEAD' ? 4 : 2).some((form) => autheliaLets(access_control, form))
        if (here && !may) throw new Error(`passes: ${JSON.stringify(request)}`)
        // what is not said to be left is all there; paths that can be read in two ways are never open here
        if (whole && here !== there && PLAIN.test(request.path) && request.method !== 'HEAD')
          throw new Error(`is judged otherwise, and that is not said: ${JSON.stringify(request)}`)
        if (whole) wholes++
        if (here) passed++
        if (here === there) exact++
      }
    }),
    {
      numRuns: RUNS,
      ...(process.env['LABELGATE_TEST_SEED'] !== undefined && { seed: Number(process.env['LABELGATE_TEST_SEED']) }),
    },
  )
  process.stdout.write(
    `authelia: ${RUNS * 40} requests, ${passed} pass here, ${exact} judged alike, ${wholes} of wholly carried rules\n`,
  )
  // it is no proof where everybody is refused
  expect(passed / (RUNS * 40)).toBeGreaterThan(0.1)
  expect(exact / (RUNS * 40)).toBeGreaterThan(0.6)
  expect(wholes / (RUNS * 40)).toBeGreaterThan(0.05)
}, 60_000)
