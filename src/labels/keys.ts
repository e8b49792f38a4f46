/**
 * Every key once: where it may stand, what reads its value, what holds without it, and how it is explained.
 * Reading, the did-you-mean of wrong keys, and the reference (reference.ts) all come from here.
 */
import { parseIcon, textUpTo } from './card-values.ts'
import { parseAccept, parseLogin } from './credentials.ts'
import { parseHeader } from './headers.ts'
import { parseHosts } from './hosts.ts'
import type { Key, KeyName, Scope, Values } from './key.ts'
import { parseMethods, parsePath } from './paths.ts'
import { parsePublic, parsePublicFrom } from './public.ts'
import { parseRequire } from './requirements.ts'
import * as route from './route-values.ts'
import { parseAllow, parseDeny } from './subjects.ts'
import { parseBoolean, parsePolicy } from './words.ts'

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
      'All of: `fresh=1h` (signed in no longer ago; 1m to 30d), `network=10.0.0.0/8` (several: any of them), `provider=local`. `mfa` is not available yet.',
    example: 'fresh=1h, network=10.0.0.0/8, network=fd00::/8',
    also: ['mfa', 'fresh', 'requires'],
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
      "A named policy of the operator's. Only `deny` and `require` may stand beside it, since they narrow it; a rule below it may name another.",
    example: 'staff',
  },
  accept: {
    scopes: POLICY,
    group: 'Who may',
    parse: parseAccept,
    default: '`session, token`',
    sentence: 'Credentials taken: `session`, `token`. `basic` and `bearer` are not available yet.',
    example: 'session, token',
    also: ['credentials', 'tokens'],
  },
  login: {
    scopes: POLICY,
    group: 'Who may',
    parse: parseLogin,
    default: 'all',
    sentence: 'Which sign-in providers are offered. Not available yet.',
    example: 'local',
    also: ['provider', 'providers'],
  },
  headers: {
    scopes: APP,
    group: 'What the app receives',
    parse: parseHeader,
    parameter: '<Name>',
    default: '`Remote-User`, `Remote-Email`, `Remote-Name`, `Remote-Groups`, unless the operator names others',
    sentence: 'What stands in one more header: `user`, `email`, `name`, `groups`, `claim:…` or `"text"`.',
    example: 'email',
    also: ['header'],
  },
  port: {
    scopes: APP,
    group: 'The route',
    parse: route.parsePort,
    default: 'the lowest exposed one',
    sentence: 'Port inside the container.',
    example: '8080',
  },
  scheme: {
    scopes: APP,
    group: 'The route',
    parse: route.parseScheme,
    default: '`http`',
    sentence: '`http`, `https` or `h2c`, towards the container.',
    example: 'http',
    also: ['protocol'],
  },
  network: {
    scopes: APP,
    group: 'The route',
    parse: route.parseNetworkName,
    default: 'the one shared with the proxy',
    sentence: 'Docker network on which the proxy reaches the container.',
    example: 'proxy',
  },
  entrypoints: {
    scopes: APP,
    group: 'The route',
    parse: route.parseEntrypoints,
    default: '`LABELGATE_TRAEFIK_ENTRYPOINTS`',
    sentence: "Traefik's entry points; those of the operator, or of `LABELGATE_ALLOWED_ENTRYPOINTS`.",
    example: 'websecure',
  },
  tls: {
    scopes: APP,
    group: 'The route',
    parse: parseBoolean,
    default: '`LABELGATE_TRAEFIK_TLS`',
    sentence: 'Does the router serve TLS?',
    example: 'true',
  },
  certresolver: {
    scopes: APP,
    group: 'The route',
    parse: route.parseCertresolver,
    default: '`LABELGATE_TRAEFIK_CERTRESOLVER`',
    sentence: "Traefik's certificate resolver; the operator's, or one of `LABELGATE_ALLOWED_CERTRESOLVERS`.",
    example: 'letsencrypt',
  },
  middlewares: {
    scopes: APP,
    group: 'The route',
    parse: route.parseMiddlewares,
    default: 'none',
    sentence:
      'Traefik middlewares behind the sign-in, as `name@provider`; only those of `LABELGATE_ALLOWED_MIDDLEWARES`.',
    example: 'compress@file',
  },
  title: {
    scopes: APP,
    group: 'The card on the portal',
    parse: textUpTo(120),
    default: "the app's id",
    sentence: 'Name on the card; at most 120 characters.',
    example: 'Grafana',
    also: ['name'],
  },
  icon: {
    scopes: APP,
    group: 'The card on the portal',
    parse: parseIcon,
    default: 'none',
    sentence: 'An https address, or the name of an icon.',
    example: 'https://grafana.example.com/icon.svg',
    also: ['logo', 'image'],
  },
  description: {
    scopes: APP,
    group: 'The card on the portal',
    parse: textUpTo(300),
    default: 'none',
    sentence: 'A sentence below the name; at most 300 characters.',
    example: 'Dashboards of everything',
  },
  hidden: {
    scopes: APP,
    group: 'The card on the portal',
    parse: parseBoolean,
    default: '`false`',
    sentence: 'Leaves the card out.',
    example: 'true',
    also: ['hide'],
  },
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
