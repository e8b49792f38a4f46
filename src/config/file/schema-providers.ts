import { OIDC_PRESETS } from '../operator-file.ts'
import { duration, file, flag, list, object, text, words, type Schema } from './schema-words.ts'

/** Who may become a user at all: the one key that every provider must have. */
export const admit = list(
  "Who may become a user at all, of those the provider vouches for: subjects as in a label's `allow`, any of them; `*` is everybody. It has to be said, since “anybody with an account there” is seldom meant.",
  { examples: ['email:*@example.com', '*'] },
)

const URL_EXAMPLE = 'https://id.example.com'

export const issuer = (description: string): Schema =>
  text(description, {
    pattern: '^https?://[^\\s?#@\\\\]+$',
    patternErrorMessage: `is no address of an issuer: write it as the provider does, like ${URL_EXAMPLE}`,
    examples: [URL_EXAMPLE],
  })

export const ca = file('Certificates to trust besides those of the system, PEM.', {
  examples: ['/etc/labelgate/ca.pem'],
})

export const claims = object(
  'Where in the claims each part of an identity stands. A dot leads inwards: `realm_access.roles`. Names that are URLs or URNs are taken whole, and `\\.` is a dot in a name. Defaults: those of the preset.',
  {
    user: list('The name policies and apps see; the first that is there.', { examples: ['preferred_username'] }),
    email: list('The address; the first that is there.', { examples: ['email'] }),
    name: list('The name for people; the first that is there.', { examples: ['name'] }),
    groups: list('Groups; those of all of them together.', { examples: ['groups'] }),
  },
)

const title = text('On its button. Default: the name of the preset, else the name of the provider.', {
  maxLength: 60,
  examples: ['Company account'],
})

const clientId = text('The client that labelgate is to the provider.', { examples: ['labelgate'] })

const secretFile = (description: string): Schema => file(description, { examples: ['/run/secrets/client-secret'] })

const refresh = duration(
  'How often the provider is asked again about people who are signed in, from 1m to 1h. Who lost a group there loses it here within this time.',
  '5m',
)

const plain = flag('Plain http or ldap to another machine: everybody between the two reads and changes it.', false)

const upstreamTokens = object(
  'Tokens that apps are handed on, so that they can ask the provider’s other services as the person who is there. The labels of the app have to name one (`labelgate.headers.X-Forwarded-Access-Token=access-token`). An app that has a token can do whatever the token may.',
  {
    tokens: {
      type: 'array',
      description: 'Which.',
      minItems: 1,
      maxItems: 2,
      items: words('One of them.', ['access', 'id']),
      default: ['access'],
    },
    apps: list('Ids of the apps that may have them, as `labelgate apps` lists them.', { examples: ['reports'] }),
  },
  ['apps'],
)

export const OIDC = object(
  'OpenID Connect, the default type. The redirect address to register is `/callback/<name>` on the portal’s origin.',
  {
    type: text('`oidc`, `github` or `ldap`.', { default: 'oidc' }),
    preset: words('What is known of this make of provider: scopes, claims, quirks.', OIDC_PRESETS, 'generic'),
    issuer: issuer(
      'Exactly as its discovery document says. The presets google, gitlab and, with `tenant`, entra have one.',
    ),
    'client-id': clientId,
    'client-secret-file': secretFile('Holds the client’s secret. Without it: a public client, by PKCE alone.'),
    title,
    admit,
    scopes: list('What is asked for. Default: that of the preset.', { examples: ['openid, profile, email'] }),
    claims,
    'trust-email': flag('An address counts although the provider does not say that it verified it.', false),
    mfa: object('What says that somebody signed in with a second factor. Default: that of the preset.', {
      acr: list('Values of the claim `acr`.', { examples: ['2'] }),
      amr: list('Values of the claim `amr`.', { examples: ['mfa, hwk'] }),
    }),
    'acr-values': text('What is asked for where an app requires a second factor (`acr_values`).', { examples: ['2'] }),
    refresh,
    'hosted-domain': text('Google: accounts of this domain alone.', { examples: ['example.com'] }),
    tenant: text('Entra: the id of the tenant whose accounts are meant.', {
      pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
      patternErrorMessage: 'is no id of a tenant: write the 36 characters of the directory (tenant) id, lower case',
      examples: ['2f0c5e6a-0b1c-4d2e-8f3a-123456789abc'],
    }),
    'upstream-tokens': upstreamTokens,
    'allow-plain': plain,
    'ca-file': ca,
  },
  ['client-id', 'admit'],
)

export const GITHUB = object(
  'GitHub, or a GitHub Enterprise server. Groups are `organisation` and `organisation/team`.',
  {
    type: text('`github`.'),
    'client-id': clientId,
    'client-secret-file': secretFile('Holds the client’s secret.'),
    title,
    admit,
    origin: issuer('Of an Enterprise server.'),
    'api-url': issuer('Its API. Default: that of github.com, else `/api/v3` of the origin.'),
    refresh,
    'allow-plain': plain,
    'ca-file': ca,
  },
  ['type', 'client-id', 'client-secret-file', 'admit'],
)

const dn = (description: string, example: string): Schema => text(description, { examples: [example] })
const attribute = (description: string, fallback: string): Schema =>
  text(description, {
    pattern: '^[A-Za-z][A-Za-z0-9-]{0,63}$',
    patternErrorMessage: 'is no name of an attribute: write letters, digits and dashes',
    default: fallback,
  })

export const LDAP = object(
  'LDAP, or Active Directory. People sign in with name and password on the portal’s own page.',
  {
    type: text('`ldap`.'),
    preset: words(
      '`active-directory` has the filters and attributes of that.',
      ['generic', 'active-directory'],
      'generic',
    ),
    urls: list('Servers, tried in turn.', { examples: ['ldaps://ldap.example.com'] }),
    title,
    admit,
    'start-tls': flag('TLS on the port of plain LDAP, before anything else is said.', false),
    'allow-plain': plain,
    'bind-dn': dn(
      'Who searches for people. Without it people are found by `user-dn` alone.',
      'cn=labelgate,dc=example,dc=com',
    ),
    'bind-password-file': file('Holds its password.', { examples: ['/run/secrets/ldap-password'] }),
    'user-dn': dn('Where a person is, by name.', 'uid={username},ou=people,dc=example,dc=com'),
    'user-base': dn('Below which people are searched for.', 'ou=people,dc=example,dc=com'),
    'user-filter': text('Finds a person by name.', { default: '(uid={username})' }),
    attributes: object(
      'What the attributes of a person are called. With `active-directory`: sAMAccountName, mail, displayName, objectGUID.',
      {
        user: attribute('Name.', 'uid'),
        email: attribute('Address.', 'mail'),
        name: attribute('Name for people.', 'cn'),
        id: attribute('What never changes and is never given again.', 'entryUUID'),
      },
    ),
    groups: object('Whose groups somebody is in.', {
      base: dn('Below which groups are searched for.', 'ou=groups,dc=example,dc=com'),
      filter: text('Finds the groups of a person. Without it: `memberOf` of the person.', {
        examples: ['(member={dn})'],
      }),
      name: attribute('What a group is called.', 'cn'),
      nested: flag('Groups of groups too.', false),
    }),
    refresh,
    timeout: duration('Of each question to the server, from 1s to 30s.', '5s'),
    'ca-file': ca,
  },
  ['type', 'urls', 'admit'],
)
