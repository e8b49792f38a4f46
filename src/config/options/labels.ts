import { choice, defaultHost, either, hostSuffixes, line, names, ROUTER_NAME } from '../plain.ts'

const MIDDLEWARE = /^[A-Za-z0-9_.-]{1,128}@[a-z]+$/

/** Options of what labels may say, and of what holds where they say nothing. */
export const labels = {
  protect: {
    name: 'LABELGATE_PROTECT',
    parse: choice(['labelled', 'all']),
    default: 'labelled',
    unit: '`labelled` or `all`',
    sentence: '`all`: containers without labels get the default policy too.',
  },
  optOut: {
    name: 'LABELGATE_OPT_OUT',
    parse: either('allowed', 'refused'),
    default: 'allowed',
    unit: '`allowed` or `refused`',
    sentence: 'May `labelgate.enable=false` take a container out of `LABELGATE_PROTECT=all`?',
  },
  defaultHost: {
    name: 'LABELGATE_DEFAULT_HOST',
    parse: defaultHost,
    unset: 'an app must name its host',
    unit: 'host name with `{name}` in it',
    sentence: 'Host of an app that names none, such as `{name}.example.com`.',
  },
  defaultAllow: {
    name: 'LABELGATE_DEFAULT_ALLOW',
    parse: line(4096),
    default: 'signed-in',
    unit: 'subjects',
    sentence: 'Who may open an app that has no `allow` label; written as in the label.',
  },
  publicLabels: {
    name: 'LABELGATE_PUBLIC_LABELS',
    parse: either('allowed', 'refused'),
    default: 'allowed',
    unit: '`allowed` or `refused`',
    sentence: 'May labels say `public` or `public-from`?',
  },
  wildcardHosts: {
    name: 'LABELGATE_WILDCARD_HOSTS',
    parse: either('allowed', 'refused'),
    default: 'allowed',
    unit: '`allowed` or `refused`',
    sentence: 'May labels claim hosts like `*.example.com`?',
  },
  hostSuffixes: {
    name: 'LABELGATE_HOST_SUFFIXES',
    parse: hostSuffixes,
    unset: 'any host',
    unit: 'host names',
    sentence: 'Hosts that labels claim must be one of these or lie below one.',
  },
  allowedEntrypoints: {
    name: 'LABELGATE_ALLOWED_ENTRYPOINTS',
    parse: names(ROUTER_NAME, 'websecure'),
    default: '',
    unit: 'entry points',
    sentence: 'What labels may name besides `LABELGATE_TRAEFIK_ENTRYPOINTS`.',
  },
  allowedMiddlewares: {
    name: 'LABELGATE_ALLOWED_MIDDLEWARES',
    parse: names(MIDDLEWARE, 'compress@file'),
    default: '',
    unit: 'middlewares with `@provider`',
    sentence: 'Traefik middlewares that labels may add to their routers.',
  },
  allowedCertresolvers: {
    name: 'LABELGATE_ALLOWED_CERTRESOLVERS',
    parse: names(ROUTER_NAME, 'letsencrypt'),
    default: '',
    unit: 'certificate resolvers',
    sentence: 'What labels may name.',
  },
} as const
