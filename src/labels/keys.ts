/**
 * Every key once: where it may stand, what reads its value, what holds without it, and how it is explained.
 * Reading, the did-you-mean of wrong keys, and the reference (reference.ts) all come from here.
 */
import { parseAccept, parseBearer, parseLogin, parseUpstreamBasic } from './credentials.ts'
import { parseHeader, parseHeaderPreset } from './headers.ts'
import { parseHosts } from './hosts.ts'
import type { Key, KeyName, Scope, Values } from './key.ts'
import { CARD_KEYS } from './keys-card.ts'
import { ROUTE_KEYS } from './keys-route.ts'
import { parseMethods, parsePath } from './paths.ts'
import { parsePublic, parsePublicFrom } from './public.ts'
import { parseRequire } from './requirements.ts'
import { parseAllow, parseDeny } from './subjects.ts'
import { parsePolicy } from './policy-name.ts'
import { parseBoolean } from './words.ts'

const APP = ['app'] as const
const POLICY = ['app', 'rule'] as const

export const KEYS: { readonly [K in KeyName]: Key<Values[K]> } = {
  enable: {
    scopes: ['container'],
    group: 'What is protected',
    parse: parseBoolean,
    default: '`true` where any other key stands',
    sentence: '`false` leaves the container alone, where the operator allows that; alone, `true` protects it.',
    example: 'true',
    also: ['enabled', 'protect', 'auth', 'on'],
  },
  host: {
    scopes: APP,
    group: 'What is protected',
    parse: parseHosts,
    default: "the hosts of the container's Traefik router rules, else `LABELGATE_DEFAULT_HOST`",
    sentence: 'Hosts, comma-separated; `*.example.com` is one label deep.',
    example: 'app.example.com, *.app.example.com',
    also: ['hostname', 'domain', 'domains', 'url', 'rule', 'fqdn'],
  },
  path: {
    scopes: POLICY,
    group: 'What is protected',
    parse: parsePath,
    default: '`/`',
    sentence: 'Path prefix; ends where a segment does: `/api` has `/api/x`, not `/apix`. A rule must name one.',
    example: '/api',
    also: ['prefix', 'pathprefix', 'location'],
  },
  methods: {
    scopes: ['rule'],
    group: 'What is protected',
    parse: parseMethods,
    default: 'every method',
    sentence: 'Methods a rule is about; `GET` is `HEAD` too.',
    example: 'GET|POST',
    also: ['verbs'],
  },
  allow: {
    scopes: POLICY,
    group: 'Who may',
    parse: parseAllow,
    default: '`LABELGATE_DEFAULT_ALLOW`: `signed-in`',
    sentence:
      'Subjects, any of them: `signed-in`, `user:…`, `group:…`, `email:…`, `email:*@domain`, `claim:name=value`.',
    example: 'group:admins, user:alice, email:*@example.com, claim:dept=it',
    also: [
      'group',
      'groups',
      'user',
      'users',
      'role',
      'roles',
      'email',
      'emails',
      'claim',
      'permit',
      'access',
      'members',
    ],
  },
  deny: {
    scopes: POLICY,
    group: 'Who may',
    parse: parseDeny,
    default: 'nobody',
    sentence: "Subjects, refused whatever else says. A rule's come on top of its app's.",
    example: 'user:mallory, group:guests',
    also: ['block', 'refuse', 'forbid'],
  },
  require: {
    scopes: POLICY,
    group: 'Who may',
    parse: parseRequire,
    default: 'nothing',
    sentence:
      'All of: `fresh=1h` (signed in no longer ago; 1m to 30d), `network=10.0.0.0/8` (several: any of them), `provider=local`, `mfa` (signed in with a second factor).',
    example: 'mfa, fresh=1h, network=10.0.0.0/8, network=fd00::/8',
    also: ['mfa', '2fa', 'totp', 'fresh', 'requires'],
  },
  public: {
    scopes: POLICY,
    group: 'Who may',
    parse: parsePublic,
    default: 'nothing',
    sentence:
      'Paths that need no sign-in: `[METHOD[|METHOD]] /path` for just this one, `/path/**` with all below. A rule does not inherit it.',
    example: '/healthz, GET|HEAD /assets/**',
    also: ['bypass', 'skip', 'exclude', 'anonymous', 'unauthenticated', 'open'],
  },
  'public-from': {
    scopes: POLICY,
    group: 'Who may',
    parse: parsePublicFrom,
    default: 'nowhere',
    sentence: 'Networks from which no sign-in is needed. A rule does not inherit it.',
    example: '192.168.1.0/24',
    also: ['trusted-networks', 'ip', 'whitelist', 'bypass-from', 'networks'],
  },
  policy: {
    scopes: POLICY,
    group: 'Who may',
    parse: parsePolicy,
    default: 'none',
    sentence:
      "A named policy of the operator's. Only `deny` and `require` may stand beside it, since they narrow it; a rule below it may name another. `identify` is built in: nobody is refused, and the app is told who is there (deploy/resolver.md).",
    example: 'staff',
  },
  accept: {
    scopes: POLICY,
    group: 'Who may',
    parse: parseAccept,
    default: '`session, token`, unless the operator names others',
    sentence:
      'Credentials taken: `session`, `token`, `basic` (name and password of an account), `bearer` (a JWT of an issuer in the operator’s file).',
    example: 'session, token, bearer',
    also: ['credentials', 'tokens'],
  },
  bearer: {
    scopes: POLICY,
    group: 'Who may',
    parse: parseBearer,
    default: "all of the operator's file",
    sentence: 'Whose JWTs `accept=bearer` takes: names of bearer issuers in the operator’s file.',
    example: 'devices',
    also: ['issuer', 'issuers', 'audience'],
  },
  login: {
    scopes: POLICY,
    group: 'Who may',
    parse: parseLogin,
    default: 'all',
    sentence:
      'Which sign-in providers are offered, in this order. Who is signed in already stays so: `require=provider=…` insists.',
    example: 'keycloak, local',
    also: ['provider', 'providers'],
  },
  headers: {
    scopes: APP,
    group: 'What the app receives',
    parse: parseHeader,
    parameter: '<Name>',
    default: '`Remote-User`, `Remote-Email`, `Remote-Name`, `Remote-Groups`, unless the operator names others',
    sentence:
      'What stands in one more header: `user`, `email`, `name`, `groups`, `claim:…`, `issuer`, `subject` (never reused within an issuer), `amr`, `authenticated-at` (seconds since 1970) or `"text"`; or `access-token`, `id-token` of the provider they signed in with, where `upstream-tokens` in the operator’s file names the app.',
    example: 'email',
    also: ['header'],
  },
  'header-preset': {
    scopes: APP,
    group: 'What the app receives',
    parse: parseHeaderPreset,
    default: "the operator's: `remote`",
    sentence:
      'The headers that say who is there: `remote` (`Remote-User` …), `x-forwarded` (`X-Forwarded-User` …), `x-auth-request` (`X-Auth-Request-User` …) or `authgear` (`X-Authgear-Session-Valid` …).',
    example: 'x-forwarded',
    also: ['preset', 'headers-preset', 'header-style'],
  },
  assertion: {
    scopes: APP,
    group: 'What the app receives',
    parse: parseBoolean,
    default: '`false`, unless the operator gives it to every app',
    sentence:
      '`true` adds `X-Labelgate-Assertion`: who is there, as a JWT signed for this app, which it can verify by `/.well-known/jwks.json` of the portal.',
    example: 'true',
    also: ['jwt', 'signed'],
  },
  'upstream-basic': {
    scopes: APP,
    group: 'What the app receives',
    parse: parseUpstreamBasic,
    default: 'none',
    sentence:
      'User name and password the app itself wants, by their name in the operator’s file, which has to name the app too. Sent as `Authorization` with the requests of whoever may.',
    example: 'router',
    also: ['basic-auth', 'basicauth', 'upstream-auth'],
  },
  ...ROUTE_KEYS,
  ...CARD_KEYS,
}

export function isKeyName(text: string): text is KeyName {
  return Object.hasOwn(KEYS, text)
}

/** Keys that may stand there, in the order of the reference. */
export function keysIn(scope: Scope): readonly KeyName[] {
  return Object.keys(KEYS)
    .filter(isKeyName)
    .filter((name) => KEYS[name].scopes.includes(scope))
}
