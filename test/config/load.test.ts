import { expect, test } from 'vitest'
import { OPTIONS } from '../../src/config/options.ts'
import { inNetworks } from '../../src/syntax/networks.ts'
import { problems, PROVIDER, settings } from './load-helper.ts'

const KEY = 'kD8_pQ2-xW7vL0sN4bT9hY3mR6cJ1fGzA5eU'

test('the portal alone is enough; everything else has the default of design.md', () => {
  expect(settings({})).toEqual({
    portal: { origin: 'https://auth.example.com', host: 'auth.example.com', secure: true },
    listen: { host: '0.0.0.0', port: 4180 },
    statusListen: { host: '127.0.0.1', port: 4181 },
    internalUrl: 'http://labelgate:4180',
    dockerHost: 'unix:///var/run/docker.sock',
    traefikHttp: false,
    traefikMode: 'routes',
    dataDir: '/data',
    store: 'sqlite',
    trustedProxies: expect.objectContaining({ text: [] }),
    sessionIdle: 8 * 3_600_000,
    sessionMax: 7 * 86_400_000,
    tableMaxAge: 0,
    tlsBefore: false,
    logLevel: 'info',
    brand: { title: 'Labelgate' },
    file: {
      providers: [],
      policies: new Map(),
      bearer: [],
      tokens: {},
      headers: { assertion: false },
      upstreamBasic: new Map(),
    },
    operator: {
      protect: 'labelled',
      optOut: true,
      defaultAllow: [{ kind: 'signed-in' }],
      defaultAccept: ['session', 'token'],
      defaultHeaders: [
        { name: 'Remote-User', value: { kind: 'user' } },
        { name: 'Remote-Email', value: { kind: 'email' } },
        { name: 'Remote-Name', value: { kind: 'name' } },
        { name: 'Remote-Groups', value: { kind: 'groups' } },
      ],
      portalHost: 'auth.example.com',
      wildcardHosts: true,
      publicLabels: true,
      hostSuffixes: [],
      entrypoints: [],
      allowedEntrypoints: [],
      tls: true,
      allowedCertresolvers: [],
      allowedMiddlewares: [],
      policies: new Map(),
      providers: ['local'],
      bearer: [],
      ownsRoutes: false,
    },
  })
})

test('everything that can be written is read', () => {
  const files = { '/certs/ca.pem': 'a', '/certs/cert.pem': 'b', '/certs/key.pem': 'c', '/logo.svg': '<svg/>' }
  const read = settings(
    {
      LABELGATE_PORTAL_URL: 'https://Auth.Example.com:8443/',
      LABELGATE_LISTEN: ':8080',
      LABELGATE_STATUS_LISTEN: '[::1]:0',
      LABELGATE_INTERNAL_URL: 'http://10.0.0.2:80',
      DOCKER_HOST: 'tcp://docker:2376',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: '/certs',
      LABELGATE_TRAEFIK_FILE: '/etc/traefik/dynamic/labelgate.yml',
      LABELGATE_TRAEFIK_HTTP: 'true',
      LABELGATE_TRAEFIK_MODE: 'routes',
      LABELGATE_TRAEFIK_VERSION: 'v3.6.9',
      LABELGATE_TRAEFIK_API: 'http://Traefik:8080/',
      LABELGATE_TRAEFIK_ENTRYPOINTS: 'websecure',
      LABELGATE_TRAEFIK_CERTRESOLVER: 'letsencrypt',
      LABELGATE_DATA_DIR: './data',
      LABELGATE_STORE: 'memory',
      LABELGATE_PROXY_KEY: KEY,
      LABELGATE_TRUSTED_PROXIES: '10.0.0.0/8, fd00::/64,127.0.0.1',
      LABELGATE_PROTECT: 'all',
      LABELGATE_OPT_OUT: 'refused',
      LABELGATE_DEFAULT_HOST: '{name}.Example.com',
      LABELGATE_DEFAULT_ALLOW: 'group:Admins, user:ALICE',
      LABELGATE_PUBLIC_LABELS: 'refused',
      LABELGATE_WILDCARD_HOSTS: 'refused',
      LABELGATE_HOST_SUFFIXES: '.example.com, Example.org',
      LABELGATE_NETWORK: 'proxy',
      LABELGATE_TABLE_MAX_AGE: '15m',
      LABELGATE_SESSION_IDLE: '90s',
      LABELGATE_SESSION_MAX: '90s',
      LABELGATE_ALLOWED_ENTRYPOINTS: 'web',
      LABELGATE_ALLOWED_MIDDLEWARES: 'compress@file, limit@http',
      LABELGATE_ALLOWED_CERTRESOLVERS: 'other',
      LABELGATE_TITLE: 'Our place',
      LABELGATE_LOGO: '/logo.svg',
      LABELGATE_LOG_LEVEL: 'debug',
    },
    files,
  )
  expect(read).toMatchObject({
    portal: { origin: 'https://auth.example.com:8443', host: 'auth.example.com', secure: true },
    listen: { host: '0.0.0.0', port: 8080 },
    statusListen: { host: '::1', port: 0 },
    internalUrl: 'http://10.0.0.2',
    dockerHost: 'tcp://docker:2376',
    dockerCertPath: '/certs',
    traefikFile: '/etc/traefik/dynamic/labelgate.yml',
    traefikHttp: true,
    traefikMode: 'routes',
    traefikVersion: { major: 3, minor: 6, patch: 9 },
    traefikApi: 'http://traefik:8080',
    dataDir: './data',
    store: 'memory',
    proxyKey: KEY,
    network: 'proxy',
    tableMaxAge: 900_000,
    sessionIdle: 90_000,
    sessionMax: 90_000,
    brand: { title: 'Our place', logo: '/logo.svg' },
    logLevel: 'debug',
    operator: {
      protect: 'all',
      optOut: false,
      defaultHost: '{name}.example.com',
      defaultAllow: [
        { kind: 'group', name: 'Admins' },
        { kind: 'user', name: 'alice' },
      ],
      publicLabels: false,
      wildcardHosts: false,
      hostSuffixes: ['example.com', 'example.org'],
      entrypoints: ['websecure'],
      allowedEntrypoints: ['web'],
      allowedMiddlewares: ['compress@file', 'limit@http'],
      allowedCertresolvers: ['other'],
      certresolver: 'letsencrypt',
      tls: true,
      ownsRoutes: true,
    },
  })
  expect(
    ['10.1.2.3', '::ffff:10.1.2.3', 'fd00::9', '127.0.0.1'].map((a) => inNetworks(read.trustedProxies, a)),
  ).toEqual([true, true, true, true])
  expect(inNetworks(read.trustedProxies, '127.0.0.2')).toBe(false)
})

test.for([
  ['https://auth.example.com:443', 'https://auth.example.com'],
  ['http://auth.example.com:80', 'http://auth.example.com'],
  ['http://auth.example.com:443', 'http://auth.example.com:443'],
  ['HTTPS://AUTH.EXAMPLE.COM./', 'https://auth.example.com'],
  ['http://auth.localhost', 'http://auth.localhost'],
  ['http://192.168.1.5:4180', 'http://192.168.1.5:4180'],
  [' https://auth.example.com\n', 'https://auth.example.com'],
])('LABELGATE_PORTAL_URL=%s is the origin %s', ([text, origin]) => {
  expect(settings({ LABELGATE_PORTAL_URL: text ?? '' }).portal.origin).toBe(origin)
})

test.for([
  ['https://a.example', undefined, true],
  ['https://a.example', 'false', false],
  ['http://a.example', undefined, false],
  ['http://a.example', 'false', false],
] as const)('with the portal %s and LABELGATE_TRAEFIK_TLS %s our routers serve TLS: %s', ([portal, tls, served]) => {
  const env = { LABELGATE_PORTAL_URL: portal, ...(tls !== undefined && { LABELGATE_TRAEFIK_TLS: tls }) }
  expect(settings(env).operator.tls).toBe(served)
})

test('A-02: no trusted proxies, or an empty list of them, trusts nobody', () => {
  for (const env of [{}, { LABELGATE_TRUSTED_PROXIES: '' }, { LABELGATE_TRUSTED_PROXIES: '  ' }]) {
    const { trustedProxies } = settings(env)
    expect(['127.0.0.1', '127.0.0.2', '::1', '10.0.0.1', ''].filter((a) => inNetworks(trustedProxies, a))).toEqual([])
  }
})

test('without the portal the one thing that is missing is named', () => {
  expect(problems({ LABELGATE_PORTAL_URL: undefined })).toEqual([
    'LABELGATE_PORTAL_URL: is required: write scheme and host alone, like https://auth.example.com',
  ])
})

test('all that is wrong is said at once, each thing once', () => {
  const found = problems({
    LABELGATE_LITSEN: 'x',
    LABELGATE_SESSION_MAX: 'x',
    LABELGATE_PORTAL_URL: 'x',
    LABELGATE_STORE: 'redis://cache',
    LABELGATE_GUARD_LISTEN: ':x',
    LABELGATE_PROXY_KEY: 'x',
    LABELGATE_TRUSTED_PROXIES: ',',
    DOCKER_HOST: 'x',
  })
  expect(found.map((problem) => problem.split(':')[0])).toEqual([
    'LABELGATE_PORTAL_URL',
    'LABELGATE_STORE',
    'DOCKER_HOST',
    'LABELGATE_PROXY_KEY',
    'LABELGATE_TRUSTED_PROXIES',
    'LABELGATE_GUARD_LISTEN',
    'LABELGATE_SESSION_MAX',
    'LABELGATE_LITSEN',
  ])
})

test.for([
  [{ LABELGATE_TRAEFIK_MODE: 'entrypoint' }, /^LABELGATE_TRAEFIK_MODE: .*LABELGATE_TRAEFIK_FILE/],
  [{ LABELGATE_TRAEFIK_TLS: 'true', LABELGATE_PORTAL_URL: 'http://a.example' }, /^LABELGATE_TRAEFIK_TLS: .*plain http/],
  [{ LABELGATE_TRAEFIK_CERTRESOLVER: 'le', LABELGATE_TRAEFIK_TLS: 'false' }, /^LABELGATE_TRAEFIK_CERTRESOLVER: /],
  [{ LABELGATE_TRAEFIK_CERTRESOLVER: 'le', LABELGATE_PORTAL_URL: 'http://a.example' }, /^LABELGATE_TRAEFIK_CERTRES/],
  [{ LABELGATE_DEFAULT_HOST: '{name}.a.example', LABELGATE_HOST_SUFFIXES: 'b.example' }, /^LABELGATE_DEFAULT_HOST: /],
  [{ LABELGATE_GUARD_LISTEN: ':2375', LABELGATE_TRAEFIK_FILE: '/t/l.yml' }, /^LABELGATE_GUARD_LISTEN: .*TRAEFIK_FILE/],
  [{ LABELGATE_GUARD_LISTEN: ':2375', LABELGATE_GATEWAY_LISTEN: ':80' }, /^LABELGATE_GUARD_LISTEN: .*GATEWAY_LISTEN/],
  [{ LABELGATE_GUARD_LISTEN: ':4180' }, /^LABELGATE_GUARD_LISTEN: is where LABELGATE_LISTEN is too/],
  [{ LABELGATE_GUARD_LISTEN: ':2375', LABELGATE_GUARD_TLS_CERT: '/c' }, /^LABELGATE_GUARD_TLS_CERT: .*go together/],
  [
    { LABELGATE_GUARD_LISTEN: ':2375', LABELGATE_GUARD_TLS_CLIENT_CA: '/c' },
    /^LABELGATE_GUARD_TLS_CERT: .*go together/,
  ],
  [{ LABELGATE_LISTEN: '[::]:1', LABELGATE_STATUS_LISTEN: '127.0.0.1:1' }, /^LABELGATE_STATUS_LISTEN: /],
  [{ DOCKER_HOST: 'tcp://d:1', DOCKER_CERT_PATH: '/none' }, /^DOCKER_CERT_PATH: ca.pem in it is not there/],
] as const)('options that contradict each other are refused: %o', ([env, said]) => {
  expect(problems(env)[0]).toMatch(said)
})

test('two addresses that do not meet may have one port, and two free ports are two', () => {
  expect(problems({ LABELGATE_LISTEN: '127.0.0.1:1', LABELGATE_STATUS_LISTEN: '127.0.0.2:1' })).toEqual([])
  expect(problems({ LABELGATE_LISTEN: '127.0.0.1:0', LABELGATE_STATUS_LISTEN: '127.0.0.1:0' })).toEqual([])
})

test("an empty DOCKER_ variable is none, as Docker's own tools take it", () => {
  expect(settings({ DOCKER_HOST: '', DOCKER_TLS_VERIFY: '', DOCKER_CERT_PATH: '' }).dockerHost).toMatch(/^unix:/)
})

test.for([
  ['LABELGATE_LISTN', /did you mean LABELGATE_LISTEN\?/],
  ['LABELGATE_PROXY_KEY_FIEL', /did you mean LABELGATE_PROXY_KEY_FILE\?/],
  ['labelgate_listen', /did you mean LABELGATE_LISTEN\?/],
  ['LABLEGATE_HOST_SUFFIXES', /did you mean LABELGATE_HOST_SUFFIXES\?/],
  ['LABELGATE_TRUSTED_PROXY', /did you mean LABELGATE_TRUSTED_PROXIES\?/],
  ['LABELGATE_SESSION_LIFETIME_IN_SECONDS', /leave it out/],
  ['LABELGATE_', /leave it out/],
  ['LABELGATE_TESTS', /is no option/],
])('the unknown variable %s is refused, and its value not shown', ([name, said]) => {
  const found = problems({ [name as string]: 'marker-secret' })
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(said as RegExp)
  expect(found[0]).not.toContain('marker')
})

test('variables of others, and of our tests, are left alone', () => {
  const env = { PATH: '/bin', LABELS: 'x', DOCKER_CONFIG: '/x', LABELGATE_TEST_REQUIRE: 'all', DOCKER_HOSTS: 'x' }
  expect(problems(env)).toEqual([])
})

const defaulted = Object.values(OPTIONS).flatMap((option) => ('default' in option ? [option] : []))

test.for(defaulted)('the default of $name is a value its own parser takes', (option) => {
  expect(option.parse(option.default)).toHaveProperty('value')
})

test('one provider needs nothing but variables, and no file', () => {
  const read = settings({
    ...PROVIDER,
    LABELGATE_OIDC_PRESET: 'keycloak',
    LABELGATE_OIDC_CLIENT_SECRET: 'not-so-secret',
    LABELGATE_OIDC_SCOPES: 'openid email',
    LABELGATE_OIDC_ADMIT: 'group:staff, email:*@example.com',
  })
  expect(read.file.providers).toMatchObject([
    {
      type: 'oidc',
      name: 'oidc',
      title: 'Keycloak',
      preset: 'keycloak',
      issuer: 'https://id.example.com',
      clientId: 'labelgate',
      clientSecret: 'not-so-secret',
      scopes: ['openid', 'email'],
      admit: [
        { kind: 'group', name: 'staff' },
        { kind: 'email', pattern: '*@example.com' },
      ],
      refresh: 300_000,
    },
  ])
  expect(read.operator.providers).toEqual(['local', 'oidc'])
})

test.for([
  ['google', {}, 'https://accounts.google.com'],
  ['gitlab', {}, 'https://gitlab.com'],
  ['gitlab', { LABELGATE_OIDC_ISSUER: 'https://git.example.com' }, 'https://git.example.com'],
] as const)('the preset %s with %o has the issuer %s', ([preset, env, issuer]) => {
  const { LABELGATE_OIDC_ISSUER: _, ...rest } = PROVIDER
  const [provider] = settings({ ...rest, ...env, LABELGATE_OIDC_PRESET: preset }).file.providers
  expect(provider).toMatchObject({ issuer })
})

test.for([
  [
    { LABELGATE_OIDC_ADMIT: undefined },
    /^LABELGATE_OIDC_ADMIT: is required with a provider: write who may become a user/,
  ],
  [{ LABELGATE_OIDC_CLIENT_ID: undefined }, /^LABELGATE_OIDC_CLIENT_ID: is required with a provider/],
  [{ LABELGATE_OIDC_ISSUER: undefined }, /^LABELGATE_OIDC_ISSUER: is required with a provider/],
  [{ LABELGATE_OIDC_ISSUER: 'http://id.example.com' }, /^LABELGATE_OIDC_ISSUER: is plain http/],
  [{ LABELGATE_OIDC_ADMIT: 'signed-in' }, /^LABELGATE_OIDC_ADMIT: .*write '\*'/],
  [{ LABELGATE_OIDC_ADMIT: '*, user:a' }, /^LABELGATE_OIDC_ADMIT: has \* beside others/],
  [{ LABELGATE_OIDC_ADMIT: 'admins' }, /^LABELGATE_OIDC_ADMIT: .*group:admins/],
  [{ LABELGATE_OIDC_SCOPES: 'profile' }, /^LABELGATE_OIDC_SCOPES: is without openid/],
  [{ LABELGATE_OIDC_PRESET: 'entra' }, /^LABELGATE_OIDC_ISSUER: .*tenant/],
  [{ LABELGATE_OIDC_PRESET: 'google', LABELGATE_OIDC_ADMIT: 'group:a' }, /^LABELGATE_OIDC_ADMIT: names a group/],
] as const)('a provider of variables that is not whole is refused: %o', ([env, said]) => {
  const found = problems({ ...PROVIDER, ...env })
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(said)
})

test.for([',', 'group:a,', ' ', 'group:', 'user:a,,user:b'])(
  'E-15: LABELGATE_OIDC_ADMIT=%o admits nobody by an empty item',
  (text) => {
    const found = problems({ ...PROVIDER, LABELGATE_OIDC_ADMIT: text })
    expect(found.length).toBeGreaterThan(0)
    expect(found[0]).toMatch(/^LABELGATE_OIDC_ADMIT: /)
  },
)

const FILE = { LABELGATE_TRAEFIK_FILE: '/dyn/labelgate.yml' }
const HTTP = { LABELGATE_TRAEFIK_HTTP: 'true' }
const ENTRYPOINT = { LABELGATE_TRAEFIK_MODE: 'entrypoint' }
test.for([
  [{}, false, undefined],
  [FILE, true, undefined],
  [HTTP, true, undefined],
  [{ ...FILE, ...ENTRYPOINT }, false, true],
  [{ ...HTTP, ...ENTRYPOINT }, false, true],
] as const)('with %j the routes are ours: %s', ([env, ownsRoutes, entryPoint]) => {
  const { operator } = settings(env)
  expect([operator.ownsRoutes, operator.entryPoint]).toEqual([ownsRoutes, entryPoint])
})
