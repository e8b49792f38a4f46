import { ALGORITHMS } from '../../syntax/algorithms.ts'
import { admit, ca, claims, GITHUB, issuer, LDAP, OIDC } from './schema-providers.ts'
import { file, flag, list, named, object, text, words, type Schema } from './schema-words.ts'

function typeIs(type: string): Schema {
  return { type: 'object', properties: { type: { type: 'string', const: type } }, required: ['type'] }
}

/** Which keys a provider has, its type says. */
const provider: Schema = {
  type: 'object',
  properties: { type: words('What it speaks.', ['oidc', 'github', 'ldap'], 'oidc') },
  ...choice('github', choice('ldap', { $ref: '#/definitions/oidc' })),
}

function choice(type: string, otherwise: Schema): Schema {
  // oxlint-disable-next-line unicorn/no-thenable -- it is a word of JSON Schema
  return { if: typeIs(type), then: { $ref: `#/definitions/${type}` }, else: otherwise }
}

const POLICY = object(
  'The words of labels, read as labels are; what labels may not say may stand here. A label names it (`labelgate.policy`), and may then only narrow it.',
  {
    allow: list('Who may, any of them.', { examples: ['group:staff, user:alice'] }),
    deny: list('Who may not, whatever else says.', { examples: ['group:guests'] }),
    require: list('What must hold besides, all of it.', { examples: ['mfa, fresh=1h'] }),
    public: list('Paths that need no sign-in.', { examples: ['GET /status, /assets/**'] }),
    'public-from': list('Networks from which no sign-in is needed.', { examples: ['192.168.1.0/24'] }),
    accept: list('Credentials taken.', { examples: ['session, token, bearer'] }),
    bearer: list('Whose JWTs are taken, of the issuers of this file.', { examples: ['devices'] }),
    login: list('Which providers are offered.', { examples: ['keycloak'] }),
  },
)

const BEARER = object(
  'An issuer whose JWTs an app with `accept=bearer` takes. It is no sign-in: nobody is sent there.',
  {
    issuer: issuer('The claim `iss`, exactly.'),
    audience: list('One of these has to be in the claim `aud`.', { examples: ['https://api.example.com'] }),
    admit,
    'jwks-uri': issuer('Where its keys are. Default: as its discovery document says.'),
    algorithms: {
      type: 'array',
      description: 'Signatures taken.',
      minItems: 1,
      maxItems: 10,
      items: words('One of them.', ALGORITHMS),
      default: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    },
    types: list('Values of the header `typ` (RFC 9068).', { default: 'at+jwt' }),
    required: {
      type: 'object',
      description: 'Claims that must be there: with this value, or with any where it is `true`.',
      maxProperties: 32,
      propertyNames: {
        type: 'string',
        pattern: '^[A-Za-z0-9_:./@-]{1,256}$',
        patternErrorMessage: 'cannot be the name of a claim',
      },
      additionalProperties: { type: ['string', 'boolean'], description: 'The value, or `true` for any.', minLength: 1 },
      examples: [{ scope: 'read' }],
    },
    claims,
    cookie: text('A cookie in which it is taken too, of a device that another system has paired.', {
      pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$",
      patternErrorMessage: 'cannot be the name of a cookie',
      examples: ['device'],
    }),
    'allow-plain': flag('Plain http to another machine: everybody between the two can make tokens.', false),
    'ca-file': ca,
  },
  ['issuer', 'audience', 'admit'],
)

const LABELS = object(
  'What labels may say, and what holds where they say nothing. Each is an option too (deploy/options.md), and may stand in one of the two places.',
  {
    public: words('May labels say `public` or `public-from`?', ['allowed', 'refused'], 'allowed'),
    'wildcard-hosts': words('May labels claim hosts like `*.example.com`?', ['allowed', 'refused'], 'allowed'),
    'host-suffixes': list('Hosts that labels claim must be one of these or lie below one. Default: any host.', {
      examples: ['example.com'],
    }),
    'opt-out': words(
      'May `labelgate.enable=false` take a container out of `LABELGATE_PROTECT=all`?',
      ['allowed', 'refused'],
      'allowed',
    ),
    entrypoints: list('Entry points of Traefik that labels may name.', { examples: ['websecure'] }),
    middlewares: list('Middlewares of Traefik that labels may add.', { examples: ['compress@file'] }),
    certresolvers: list('Certificate resolvers of Traefik that labels may name.', { examples: ['letsencrypt'] }),
    'default-allow': list('Who may open an app without `allow`.', { default: 'signed-in' }),
    'default-accept': list('Credentials that an app without `accept` takes.', { default: 'session, token' }),
    'default-headers': text('The headers by which apps are told who is there.', { default: 'remote' }),
  },
)

const UPSTREAM = object(
  'User name and password that an app wants of whoever comes to it. The labels of the app have to name it (`labelgate.upstream-basic`).',
  {
    username: text('User name.', {
      maxLength: 256,
      pattern: '^[^:\\u0000-\\u001f]+$',
      patternErrorMessage: 'cannot be a user name: it may hold no colon',
      examples: ['admin'],
    }),
    'password-file': file('Holds the password.', { examples: ['/run/secrets/router'] }),
    apps: list('Ids of the apps that may have it, as `labelgate apps` lists them.', { examples: ['router'] }),
  },
  ['username', 'password-file', 'apps'],
)

const TOKENS = object('API tokens.', {
  header: text('A further header in which they are taken, so that `Authorization` stays the app’s.', {
    pattern: '^[A-Za-z][A-Za-z0-9-]{0,63}$',
    patternErrorMessage: 'cannot be the name of a header: write letters, digits and dashes',
    examples: ['X-Api-Key'],
  }),
})

const HEADERS = object('What every app receives.', {
  assertion: flag(
    'A signed statement of who is there, `X-Labelgate-Assertion`, whether labels ask for it or not.',
    false,
  ),
  reserved: list(
    'Headers that nobody may bring along, by their beginning, whatever labels say: those that a label names reach an app from us, all others not at all.',
    { examples: ['X-Ptl-*'] },
  ),
})

/** The one description of the file: it is judged by this, deploy/labelgate.schema.json and deploy/config.md are it. */
export const SCHEMA: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: "The operator's file of labelgate",
  ...object('Read at start and whenever it changes. Nothing in it is required.', {
    providers: named(
      'Sign-in providers besides the local accounts, by name. Their order is that of the buttons.',
      provider,
    ),
    policies: named('Policies that labels may name.', { $ref: '#/definitions/policy' }),
    bearer: named('Issuers of bearer tokens, by name.', { $ref: '#/definitions/bearer' }),
    tokens: TOKENS,
    headers: HEADERS,
    'upstream-basic': named('Credentials for apps themselves, by name.', { $ref: '#/definitions/upstream' }),
    labels: LABELS,
  }),
  definitions: {
    oidc: OIDC,
    github: GITHUB,
    ldap: LDAP,
    policy: { ...POLICY, minProperties: 1 },
    bearer: BEARER,
    upstream: UPSTREAM,
  },
}
