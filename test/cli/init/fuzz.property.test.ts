/** Whatever stands in the files, `init` gives an answer, and labelgate reads it without a problem. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { carryOver } from '../../../src/cli/init/carry.ts'
import { operatorBy } from '../../../src/cli/init/check-output.ts'
import { SOURCES } from '../../../src/cli/init/sources.ts'
import { OPERATOR, OVERRIDE } from '../../../src/cli/init/write.ts'
import { tableOf } from './world.ts'

const odd = fc.oneof(
  fc.constantFrom(
    '',
    '*',
    ',',
    '/',
    '//',
    '${X}',
    '{{ .X }}',
    '`',
    '"',
    '\\',
    '^/a([/?].*)?$',
    '/^x/',
    'a b',
    'é',
    '\u200b',
    '-',
    '[',
    '{',
    '10.0.0.0/8',
    '0.0.0.0/0',
    'group:x',
    '@',
    'a@b.example',
    'true',
    '__proto__',
    '%2e%2e',
    '^/a\nb',
    '# x',
  ),
  fc.string({ maxLength: 12 }),
)
const host = fc.constantFrom('a.example.com', 'b.example.com', '*.example.com', 'A.Example.com.', 'x')

const tinyauth = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'config.domain',
        'users.allow',
        'users.block',
        'oauth.whitelist',
        'oauth.groups',
        'ldap.groups',
        'ip.allow',
        'ip.block',
        'ip.bypass',
        'path.allow',
        'path.block',
        'response.headers',
        'x',
        '',
      ),
      odd,
    ),
    { maxLength: 6 },
  )
  .map((labels) => compose(Object.fromEntries(labels.map(([key, value]) => [`tinyauth.apps.a.${key}`, value]))))
const authelia = fc
  .record({
    default_policy: odd,
    networks: fc.oneof(
      odd,
      fc.array(fc.record({ name: odd, networks: fc.array(odd, { maxLength: 2 }) }), { maxLength: 2 }),
    ),
    rules: fc.array(
      fc.record(
        {
          domain: fc.oneof(host, odd, fc.array(host, { maxLength: 2 })),
          domain_regex: odd,
          policy: fc.oneof(odd, fc.constantFrom('bypass', 'one_factor', 'deny')),
          subject: fc.oneof(odd, fc.array(fc.array(odd, { maxLength: 2 }), { maxLength: 2 })),
          networks: odd,
          resources: fc.oneof(odd, fc.array(odd, { maxLength: 2 })),
          methods: odd,
        },
        { requiredKeys: ['domain', 'policy'] },
      ),
      { maxLength: 4 },
    ),
  })
  .map((access_control) => JSON.stringify({ access_control }))
const oauth2Proxy = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'provider',
        'client_id',
        'client_secret',
        'oidc_issuer_url',
        'email_domains',
        'allowed_groups',
        'skip_auth_routes',
        'skip_auth_regex',
        'trusted_ips',
        'upstreams',
        'redirect_url',
        'github_org',
        'github_team',
        'scope',
        'oidc_groups_claim',
        'allowed_role',
        'x',
      ),
      fc.oneof(odd, fc.constantFrom('google', 'oidc', 'github', 'https://id.example.com', 'example.com')),
    ),
    { maxLength: 10 },
  )
  .map((settings) => settings.map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join('\n'))
const forwardAuth = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'default-provider',
        'default-action',
        'providers.oidc.issuer-url',
        'providers.oidc.client-id',
        'client-id',
        'whitelist',
        'domain',
        'rule.1.action',
        'rule.1.rule',
        'rule.1.whitelist',
        'rule.two.rule',
        'rule.two.domains',
        'x',
      ),
      fc.oneof(
        odd,
        fc.constantFrom(
          'oidc',
          'allow',
          'auth',
          'https://id.example.com',
          'Path(`/x`)',
          'Host(`a.example.com`) && PathPrefix(`/y`)',
          'Host(`b.example.com`, `a.example.com`)',
          '!Path(`/z`)',
        ),
      ),
    ),
    { maxLength: 10 },
  )
  .map((settings) => settings.map(([name, value]) => `${name}=${value}`).join('\n'))

const TEXTS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  tinyauth,
  authelia,
  'oauth2-proxy': oauth2Proxy,
  'traefik-forward-auth': forwardAuth,
}

function compose(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    services: { a: { labels: { 'traefik.http.routers.a.rule': 'Host(`a.example.com`)', ...labels } } },
  })
}

test.for(Object.keys(SOURCES))('%s', { timeout: 60_000 }, (source) => {
  let written = 0
  const text = fc.oneof({ weight: 9, arbitrary: TEXTS[source] ?? fc.string() }, { weight: 1, arbitrary: fc.string() })
  fc.assert(
    fc.property(text, fc.boolean(), (text, withCompose) => {
      const files = [{ file: 'a.conf', text }, ...(withCompose ? [{ file: 'compose.yaml', text: compose({}) }] : [])]
      const { result, notes } = carryOver(source, files, {})
      for (const line of [...notes.notCarried, ...notes.remarks]) expect(line).not.toMatch(/[\n\r]/)
      const texts = new Map(result)
      const operator = operatorBy(texts.get(OPERATOR))
      if (typeof operator === 'string') throw new Error(operator)
      expect(tableOf(texts.get(OVERRIDE) ?? 'services: {}', operator).problems).toEqual([])
      if (texts.size > 0) written++
    }),
    { numRuns: Number(process.env['LABELGATE_TEST_RUNS'] ?? 200) },
  )
  expect(written).toBeGreaterThan(20)
})
