import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OPTIONS } from '../../src/config/options.ts'
import { beside, problems } from './load-helper.ts'

const KEY = 'kD8_pQ2-xW7vL0sN4bT9hY3mR6cJ1fGzA5eU'

/** What people write, and what is said of it. Every option has at least one. */
const WRONG: Readonly<Record<string, readonly (readonly [text: string, said: RegExp])[]>> = {
  LABELGATE_PORTAL_URL: [
    ['', /it is empty/],
    ['auth.example.com', /does not begin with https:\/\/ or http:\/\//],
    ['//auth.example.com', /does not begin with/],
    ['ftp://auth.example.com', /does not begin with/],
    ['https://', /something follows|no valid host/],
    ['https://auth.example.com/login', /something follows the host/],
    ['https://auth.example.com/?a=b', /something follows the host/],
    ['https://auth.example.com?', /something follows the host/],
    ['https://auth.example.com#', /something follows the host/],
    ['https://auth.example.com//', /something follows the host/],
    ['https:\\\\auth.example.com', /does not begin with/],
    ['https://auth.example.com\\@evil.example', /carries a user name/],
    ['https://auth.example.com:0', /no valid host/],
    ['https://auth.example.com:99999', /no valid host/],
    ['https://auth.example.com:', /no valid host/],
    ['https://auth..example.com', /no valid host/],
    ['https://*.example.com', /no valid host/],
    ['https://auth_1.example.com', /cannot use/],
    ['https://[::1]:4180', /cannot use/],
    ['https://127.1', /no valid host/],
    ['https://bücher.example', /no valid host/],
    ['https://auth.example.com, https://b.example.com', /something follows|no valid host/],
  ],
  LABELGATE_LISTEN: [
    ['', /not an address and a port/],
    ['4180', /not an address and a port/],
    ['0.0.0.0', /not an address and a port/],
    ['0.0.0.0:65536', /above 65535/],
    ['0.0.0.0:http', /not an address and a port/],
    ['localhost:4180', /does not begin with an IP address/],
    ['::1:4180', /not an address and a port/],
    ['[127.0.0.1]:4180', /does not begin with an IP address/],
    ['http://0.0.0.0:4180', /not an address and a port/],
    ['256.0.0.1:4180', /does not begin with an IP address/],
  ],
  LABELGATE_STATUS_LISTEN: [
    ['127.0.0.1', /not an address and a port/],
    ['127.0.0.1:4180', /is where LABELGATE_LISTEN is too/],
    ['0.0.0.0:4180', /is where LABELGATE_LISTEN is too/],
  ],
  LABELGATE_INTERNAL_URL: [
    ['labelgate:4180', /does not begin with/],
    ['http://labelgate:4180/auth', /something follows the host/],
    ['http://user@labelgate:4180', /carries a user name/],
  ],
  LABELGATE_DATA_DIR: [
    ['', /is empty/],
    ['/da\u0000ta', /not seen/],
    ['/da\u202eta', /not seen/],
  ],
  LABELGATE_STORE: [
    ['', /none of the words/],
    ['SQLite', /none of the words/],
    ['postgres://db', /none of the words/],
    ['redis://cache:6379', /not available yet/],
    ['rediss://cache:6379', /not available yet/],
  ],
  LABELGATE_CONFIG: [
    ['', /is empty/],
    ['/etc/labelgate', /does not end in .yml or .yaml/],
    ['/etc/labelgate/none.yaml', /none.yaml is not there/],
  ],
  LABELGATE_OIDC_ISSUER: [
    ['', /no address of an issuer/],
    ['id.example.com', /no address of an issuer/],
    ['https://id.example.com?x', /no address of an issuer/],
    ['https://', /no address of an issuer/],
  ],
  LABELGATE_OIDC_CLIENT_ID: [['', /is empty/]],
  LABELGATE_OIDC_CLIENT_SECRET: [['', /is empty/]],
  LABELGATE_OIDC_ADMIT: [['', /is empty/]],
  LABELGATE_OIDC_NAME: [
    ['', /cannot be its name/],
    ['local', /cannot be its name/],
    ['My Provider', /cannot be its name/],
    ['__proto__', /cannot be its name/],
  ],
  LABELGATE_OIDC_TITLE: [['x'.repeat(61), /too long/]],
  LABELGATE_OIDC_PRESET: [['gogle', /none of the words/]],
  LABELGATE_OIDC_SCOPES: [['', /is empty/]],
  LABELGATE_LOG_LEVEL: [
    ['', /none of the words/],
    ['warning', /none of the words/],
    ['INFO', /none of the words/],
  ],
  LABELGATE_SESSION_IDLE: [
    ['', /not a duration/],
    ['8', /not a duration/],
    ['8 h', /not a duration/],
    ['-8h', /not a duration/],
    ['8H', /not a duration/],
    ['1.5h', /not a duration/],
    ['1h30m', /not a duration/],
    ['PT8H', /not a duration/],
    ['1e3s', /not a duration/],
    ['0s', /too short/],
    ['366d', /too long/],
    ['999999999d', /too long/],
    ['9999999999s', /not a duration/],
    ['8d', /longer than LABELGATE_SESSION_MAX/],
  ],
  LABELGATE_SESSION_MAX: [
    ['0', /not a duration/],
    ['for ever', /not a duration/],
  ],
  LABELGATE_TITLE: [
    ['', /is empty/],
    ['a\nb', /not seen/],
    ['a'.repeat(61), /too long/],
  ],
  LABELGATE_LOGO: [
    ['', /is empty/],
    ['/logo.svg', /the file is not there/],
  ],
  DOCKER_HOST: [
    ['/var/run/docker.sock', /no socket and no host/],
    ['unix://var/run/docker.sock', /no socket and no host/],
    ['unix://', /no socket and no host/],
    ['ssh://root@host', /kind that is not supported/],
    ['npipe:////./pipe/docker_engine', /kind that is not supported/],
    ['tcp://host', /names no port/],
    ['tcp://host:2375/path', /no socket and no host/],
    ['tcp://', /no socket and no host/],
    ['host:2375', /no socket and no host/],
  ],
  DOCKER_TLS_VERIFY: [
    ['0', /does not say yes/],
    ['false', /does not say yes/],
    ['1', /TLS without certificates/],
  ],
  DOCKER_CERT_PATH: [
    ['/certs', /no tcp:\/\/ address/],
    ['/ce\u0007rts', /not seen/],
  ],
  LABELGATE_NETWORK: [
    ['', /no such name|not such a name/],
    ['my network', /not such a name/],
    ['-proxy', /not such a name/],
  ],
  LABELGATE_TABLE_MAX_AGE: [
    ['5s', /too short/],
    ['never', /not a duration/],
    ['0s', /too short/],
  ],
  LABELGATE_PROXY_KEY: [
    ['', /is empty/],
    ['changeme', /too short/],
    ['123456789012345', /too short/],
    ['0'.repeat(43), /sample or a pattern/],
    ['changeme'.repeat(5), /sample or a pattern/],
    ['this-is-a-sample-key-please-replace-me', /sample or a pattern/],
    ['correct-horse-battery-staple-password', /sample or a pattern/],
    ['0123456789abcdef0123456789abcdef', /sample or a pattern/],
    ['kD8_pQ2-xW7vL0sNkD8_pQ2-xW7vL0sN', /sample or a pattern/],
    [`${KEY}/x`, /no place in an address/],
    [`${KEY} x`, /no place in an address/],
    [`${KEY}ä`, /no place in an address/],
    [KEY.repeat(8), /too long/],
  ],
  LABELGATE_TRUSTED_PROXIES: [
    [',', /empty item/],
    ['10.0.0.0/8,', /empty item/],
    ['0.0.0.0/0', /nearly every address/],
    ['::/0', /nearly every address/],
    ['10.0.0.0/8, 0.0.0.0/0', /nearly every address/],
    ['0.0.0.0/1,128.0.0.0/1', /nearly every address/],
    ['::ffff:0.0.0.0/96', /IPv4 network written as IPv6/],
    ['127.0.0.1/33', /no network/],
    ['10.0.0.0/-1', /no network/],
    ['10.0.0/8', /no network/],
    ['traefik', /no network/],
    ['10.0.0.0/8 172.16.0.0/12', /no network/],
    ['*', /no network/],
  ],
  LABELGATE_TRAEFIK_FILE: [
    ['', /is empty/],
    ['/etc/traefik/dynamic', /does not end in .yml or .yaml/],
    ['/etc/traefik/dynamic.toml', /does not end in .yml or .yaml/],
    ['/etc/traefik/\u200bdynamic.yml', /not seen/],
  ],
  LABELGATE_GATEWAY_LISTEN: [
    ['443', /not an address and a port/],
    ['0.0.0.0:443', /serves plain http while the portal is https/],
    ['0.0.0.0:4180', /is where LABELGATE_LISTEN or LABELGATE_STATUS_LISTEN is too/],
  ],
  LABELGATE_GATEWAY_TLS_CERT: [
    ['', /is empty/],
    ['/a.pem,', /empty item/],
    ['/a.pem', /no use without the gateway/],
  ],
  LABELGATE_GATEWAY_TLS_KEY: [
    ['', /is empty/],
    ['/a.pem', /not name as many files/],
  ],
  LABELGATE_GATEWAY_TIMEOUT: [
    ['60', /not a duration/],
    ['0s', /too short/],
    ['2d', /too long/],
  ],
  LABELGATE_TRAEFIK_HTTP: [['yes', /neither true nor false/]],
  LABELGATE_TRAEFIK_MODE: [
    ['', /none of the words/],
    ['entryPoint', /none of the words/],
    ['entrypoint', /Traefik is told nothing/],
  ],
  LABELGATE_TRAEFIK_VERSION: [
    ['', /no version/],
    ['latest', /no version/],
    ['3', /no version/],
    ['2.11.30', /older than Traefik 3/],
  ],
  LABELGATE_TRAEFIK_API: [
    ['', /it is empty/],
    ['traefik:8080', /does not begin with/],
    ['http://traefik:8080/api', /something follows the host/],
    ['http://user@traefik:8080', /carries a user name/],
  ],
  LABELGATE_GUARD_LISTEN: [['2375', /is not an address and a port/]],
  LABELGATE_GUARD_NETWORKS: [
    ['traefik', /is no network/],
    ['0.0.0.0/0', /trusts nearly every address/],
  ],
  LABELGATE_GUARD_TLS_CERT: [['', /empty/]],
  LABELGATE_GUARD_TLS_KEY: [['', /empty/]],
  LABELGATE_GUARD_TLS_CLIENT_CA: [['', /empty/]],
  LABELGATE_TRAEFIK_ENTRYPOINTS: [
    ['web,,websecure', /empty item/],
    ['web`) || Host(`x', /not such a name/],
  ],
  LABELGATE_TRAEFIK_TLS: [
    ['', /neither true nor false/],
    ['yes', /neither true nor false/],
    ['1', /neither true nor false/],
  ],
  LABELGATE_TRAEFIK_CERTRESOLVER: [
    ['', /not such a name/],
    ['{{env}}', /not such a name/],
  ],
  LABELGATE_PROTECT: [
    ['', /none of the words/],
    ['everything', /none of the words/],
    ['ALL', /none of the words/],
  ],
  LABELGATE_OPT_OUT: [
    ['', /neither allowed nor refused/],
    ['true', /neither allowed nor refused/],
  ],
  LABELGATE_DEFAULT_HOST: [
    ['', /\{name\} in it exactly once/],
    ['example.com', /\{name\} in it exactly once/],
    ['{name}.{name}.example.com', /\{name\} in it exactly once/],
    ['{NAME}.example com', /not a host name/],
    ['https://{name}.example.com', /not a host name/],
    ['{name}.example.com:443', /not a host name/],
    ['{name}.example.com/', /not a host name/],
    ['*.{name}.example.com', /not a host name/],
    ['{{name}}.example.com', /not a host name/],
  ],
  LABELGATE_DEFAULT_ALLOW: [
    ['', /is empty/],
    ['admins', /no list of subjects.*group:admins/],
    ['grup:admins', /no list of subjects/],
    ['signed-in,', /no list of subjects/],
    ['public', /no list of subjects/],
    ['email:*', /no list of subjects/],
  ],
  LABELGATE_PUBLIC_LABELS: [['no', /neither allowed nor refused/]],
  LABELGATE_WILDCARD_HOSTS: [['false', /neither allowed nor refused/]],
  LABELGATE_HOST_SUFFIXES: [
    ['', /is empty/],
    [',', /empty item/],
    ['*.example.com', /not a host name/],
    ['https://example.com', /not a host name/],
    ['10.0.0.1', /not a host name/],
  ],
  LABELGATE_ALLOWED_ENTRYPOINTS: [['web secure', /not such a name/]],
  LABELGATE_ALLOWED_MIDDLEWARES: [
    ['compress', /not such a name/],
    ['compress@', /not such a name/],
    ['a@file,', /empty item/],
  ],
  LABELGATE_ALLOWED_CERTRESOLVERS: [['a/b', /not such a name/]],
}

const rows = Object.entries(WRONG).flatMap(([name, list]) => list.map(([text, said]) => ({ name, text, said })))

test.for(rows)('$name=$text is refused with a reason', ({ name, text, said }) => {
  const found = problems({ ...beside(name), [name]: text })
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(new RegExp(`^${name}: `))
  expect(found[0]).toMatch(said)
  expect(found[0]).toMatch(/: .*(write|leave|give|make|put|remove|serve)/)
})

test('every option has a wrong value in the table', () => {
  expect(Object.keys(WRONG).toSorted()).toEqual(
    Object.values(OPTIONS)
      .map(({ name }) => name)
      .toSorted(),
  )
})

test('whatever is written, each problem is one line that a terminal can show', () => {
  const name = fc.constantFrom(...Object.values(OPTIONS).map((option) => option.name))
  fc.assert(
    fc.property(name, fc.string({ unit: 'binary', maxLength: 200 }), (name, text) => {
      for (const problem of problems({ [name]: text })) {
        expect(problem).not.toMatch(/[\p{C}\u2028\u2029]/u)
        expect(problem.length).toBeLessThan(1500)
      }
    }),
  )
})
