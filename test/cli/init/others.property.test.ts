/**
 * tinyauth's rules (`internal/service/access_controls_rules.go`, with trusted proxies) and those of traefik-forward-auth
 * (`internal/server.go`), against what is written in their place: nobody passes whom they would not let through.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { carryOver } from '../../../src/cli/init/carry.ts'
import { operatorBy } from '../../../src/cli/init/check-output.ts'
import { inNetworks, parseNetworks } from '../../../src/syntax/networks.ts'
import { type Asked, type Person, passes, tableOf } from './world.ts'

const HOST = 'app.example.com'
const PATHS = [
  '/',
  '/api',
  '/api/',
  '/api/x',
  '/apix',
  '/api?q',
  '/admin',
  '/admin/x',
  '/administrator',
  '/health',
  '/health/x',
  '/x;/admin',
  '/a.b',
  '/axb',
]
const PEOPLE: readonly (Person | undefined)[] = ['alice', 'bob'].flatMap((user) =>
  [[], ['staff'], ['ops']].flatMap((groups) =>
    ['@example.com', '@partner.example'].map((domain) => ({ user, groups, email: user + domain })),
  ),
)
const asked: fc.Arbitrary<Asked> = fc.record({
  host: fc.constant(HOST),
  path: fc.constantFrom(...PATHS),
  method: fc.constantFrom('GET', 'POST'),
  from: fc.constantFrom('10.1.2.3', '192.168.1.8', '203.0.113.9'),
  who: fc.oneof(fc.constant(undefined), fc.constantFrom(...PEOPLE)),
})

/** @returns the share of requests that pass */
function expectNoneMore<T>(
  configurations: fc.Arbitrary<T>,
  written: (one: T) => [string, string][],
  lets: (one: T, request: Asked) => boolean,
): number {
  let passed = 0
  let all = 0
  fc.assert(
    fc.property(configurations, fc.array(asked, { minLength: 60, maxLength: 60 }), (one, requests) => {
      const result = new Map(written(one))
      const operator = operatorBy(result.get('labelgate.yaml'))
      if (typeof operator === 'string') throw new Error(operator)
      const { table, problems } = tableOf(result.get('labelgate.override.yaml') ?? 'services: {}', operator)
      expect(problems).toEqual([])
      for (const request of requests) {
        all++
        if (!passes(table, request)) continue
        passed++
        // a path that can be read in two ways is judged by the stricter here
        if (!lets(one, request)) throw new Error(`passes: ${JSON.stringify(request)}`)
      }
    }),
    { numRuns: Number(process.env['LABELGATE_TEST_RUNS'] ?? 250) },
  )
  return passed / all
}

/** Half of the time not there. */
const maybe = <T>(...values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 1 })

const tinyauth = fc.record({
  'users.allow': maybe('alice', 'alice,bob'),
  'users.block': maybe('bob'),
  'ldap.groups': maybe('staff', 'staff,ops'),
  'ip.allow': maybe('10.0.0.0/8', '10.0.0.0/8,192.168.0.0/16'),
  'ip.block': fc.constantFrom(...Array.from({ length: 9 }, () => undefined), '10.0.0.0/8'),
  'ip.bypass': maybe('192.168.0.0/16', '10.1.2.3'),
  'path.allow': maybe('/api', '/api,/health', '/^\\/api([/?].*)?$/', '/^\\/a.b$/', '/', '/api/', '/admin/'),
  'path.block': maybe('/admin', '/^\\/admin([/?].*)?$/', '/^\\/ad/', '/admin/', '/ad,/health'),
})
type Tinyauth = typeof tinyauth extends fc.Arbitrary<infer T> ? T : never

/** People of an LDAP directory, of whom tinyauth asks both. */
function tinyauthLets(app: Tinyauth, { path, from, who }: Asked): boolean {
  if (within(app['ip.bypass'], from)) return true
  if (app['path.block'] !== undefined && !pathMatches(app['path.block'], path)) return true
  if (app['path.allow'] !== undefined && pathMatches(app['path.allow'], path)) return true
  if (within(app['ip.block'], from) || (app['ip.allow'] !== undefined && !within(app['ip.allow'], from))) return false
  if (who === undefined) return false
  const named = (list: string) => list.split(',').includes(who.user)
  if (
    app['users.block'] !== undefined
      ? named(app['users.block'])
      : app['users.allow'] !== undefined && !named(app['users.allow'])
  )
    return false
  return app['ldap.groups'] === undefined || app['ldap.groups'].split(',').some((group) => who.groups.includes(group))
}

function pathMatches(paths: string, path: string): boolean {
  if (paths === '/') return true
  if (paths.startsWith('/') && paths.endsWith('/')) return new RegExp(paths.slice(1, -1)).test(path)
  return paths.split(',').some((prefix) => path.startsWith(prefix))
}

function within(networks: string | undefined, from: string): boolean {
  const parsed = parseNetworks(networks?.split(',') ?? [])
  return 'list' in parsed && inNetworks(parsed, from)
}

test('tinyauth', { timeout: 60_000 }, () => {
  const written = (app: Tinyauth): [string, string][] => {
    const own = Object.entries(app).flatMap(([key, value]) =>
      value === undefined ? [] : [[`tinyauth.apps.app.${key}`, value.replaceAll('$', '$$$$')]],
    )
    const labels = {
      'traefik.http.routers.app.rule': `Host(\`${HOST}\`)`,
      ...(Object.fromEntries(own) as Record<string, string>),
    }
    return [
      ...carryOver('tinyauth', [{ file: 'compose.yaml', text: JSON.stringify({ services: { app: { labels } } }) }], {})
        .result,
    ].map(([name, text]) => [name, text])
  }
  expect(expectNoneMore(tinyauth, written, tinyauthLets)).toBeGreaterThan(0.15)
})

const RULES = {
  'PathPrefix(`/api`)': (path: string) => path.startsWith('/api'),
  'PathPrefix(`/api/`)': (path: string) => path.startsWith('/api/'),
  'Path(`/health`)': (path: string) => path.split('?')[0] === '/health',
  'Host(`app.example.com`)': () => true,
  'Host(`app.example.com`, `b.example.com`) && Path(`/admin`)': (path: string) => path.split('?')[0] === '/admin',
  'Host(`b.example.com`)': () => false,
  '!Path(`/api`)': (path: string) => path.split('?')[0] !== '/api',
  'PathPrefix(`/admin`) && Method(`GET`)': (path: string, method: string) =>
    path.startsWith('/admin') && method === 'GET',
} as const

const forwardAuth = fc.record({
  action: fc.constantFrom('auth', 'allow'),
  domain: maybe('example.com'),
  whitelist: maybe('alice@partner.example'),
  either: fc.boolean(),
  rules: fc.array(
    fc.record({
      rule: fc.constantFrom(...(Object.keys(RULES) as (keyof typeof RULES)[])),
      action: fc.constantFrom('auth', 'allow'),
      whitelist: maybe('bob@example.com'),
    }),
    { maxLength: 3 },
  ),
})
type ForwardAuth = typeof forwardAuth extends fc.Arbitrary<infer T> ? T : never

/** Where several rules match, which one holds is chance: all of them have to let it through. */
function forwardAuthLets(
  { action, domain, whitelist, either, rules }: ForwardAuth,
  { path, method, who }: Asked,
): boolean {
  const matching = rules.filter(({ rule }) => RULES[rule](path, method))
  const may = (list: string | undefined, domains: string | undefined) =>
    who !== undefined &&
    ((list === undefined && domains === undefined) ||
      who.email === list ||
      ((list === undefined || either) && domains !== undefined && who.email?.endsWith(`@${domains}`) === true))
  if (matching.length === 0) return action === 'allow' || may(whitelist, domain)
  return matching.every(
    (rule) =>
      rule.action === 'allow' ||
      (rule.whitelist === undefined ? may(whitelist, domain) : may(rule.whitelist, undefined)),
  )
}

test('traefik-forward-auth', { timeout: 60_000 }, () => {
  const written = ({ action, domain, whitelist, either, rules }: ForwardAuth): [string, string][] => {
    const lines = [
      `default-action=${action}`,
      ...(domain === undefined ? [] : [`domain=${domain}`]),
      ...(whitelist === undefined ? [] : [`whitelist=${whitelist}`]),
      ...(either ? ['match-whitelist-or-domain=true'] : []),
      ...rules.flatMap(({ rule, action, whitelist }, i) => [
        `rule.r${i}.rule=${rule}`,
        `rule.r${i}.action=${action}`,
        ...(whitelist === undefined ? [] : [`rule.r${i}.whitelist=${whitelist}`]),
      ]),
    ]
    const labels = { 'traefik.http.routers.app.rule': `Host(\`${HOST}\`)` }
    const compose = JSON.stringify({ services: { app: { labels } } })
    return [
      ...carryOver(
        'traefik-forward-auth',
        [
          { file: 'a.ini', text: lines.join('\n') },
          { file: 'compose.yaml', text: compose },
        ],
        {},
      ).result,
    ].map(([name, text]) => [name, text])
  }
  expect(expectNoneMore(forwardAuth, written, forwardAuthLets)).toBeGreaterThan(0.15)
})
