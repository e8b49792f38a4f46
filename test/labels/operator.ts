import type { Operator } from '../../src/labels/operator.ts'
import { parseNetworks } from '../../src/syntax/networks.ts'

function networks(...items: string[]) {
  const parsed = parseNetworks(items)
  if ('invalid' in parsed) throw new Error(parsed.invalid)
  return parsed
}

/** What an operator of these tests says: something of everything, so that each key has a value that is good. */
export const OPERATOR: Operator = {
  protect: 'labelled',
  optOut: true,
  defaultHost: '{name}.example.com',
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
  entrypoints: ['websecure'],
  allowedEntrypoints: ['web', 'internal'],
  tls: true,
  allowedCertresolvers: ['letsencrypt'],
  allowedMiddlewares: ['compress@file'],
  policies: new Map([
    [
      'staff',
      {
        allow: [{ kind: 'group', name: 'staff' }],
        deny: [{ kind: 'user', name: 'mallory' }],
        require: [{ kind: 'network', networks: networks('10.0.0.0/8') }],
        public: [],
        accept: ['session'],
        words: { allow: 'policy staff', deny: 'policy staff', require: 'policy staff' },
      },
    ],
  ]),
  providers: ['local', 'keycloak'],
  bearer: ['devices', 'ci'],
  upstreamTokens: new Map([['web', new Set(['access'] as const)]]),
  upstreamBasic: new Map([['router', ['web', 'router']]]),
  ownsRoutes: true,
}
