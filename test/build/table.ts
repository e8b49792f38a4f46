import type { Container } from '../../src/docker/container.ts'
import type { Operator } from '../../src/labels/operator.ts'
import { readLabels } from '../../src/labels/read.ts'
import type { Policy } from '../../src/labels/spec.ts'
import { build, type Entry } from '../../src/table/build.ts'
import type { Table } from '../../src/table/table.ts'
import type { Networking } from '../../src/table/upstream.ts'

/** A policy of the operator's that no label can say yet. */
const WITH_MFA: Policy = {
  allow: [{ kind: 'signed-in' }],
  deny: [],
  require: [{ kind: 'mfa' }],
  public: [],
  accept: ['session'],
  words: { allow: 'policy with-mfa', require: 'policy with-mfa' },
}

/** The defaults of the service, and the named policy `with-mfa`. */
export const operator: Operator = {
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
  entrypoints: ['websecure'],
  allowedEntrypoints: [],
  tls: true,
  allowedCertresolvers: [],
  allowedMiddlewares: [],
  policies: new Map([['with-mfa', WITH_MFA]]),
  providers: ['local', 'keycloak'],
  bearer: [],
  ownsRoutes: true,
}

/** We and the apps are on the network `proxy`. */
export const networking: Networking = { own: ['proxy'] }

export function entry(container: Container, by: Operator = operator): Entry {
  return { container, reading: readLabels(container, by) }
}

/** From labels to the table, as the program does it. */
export function tableOf(containers: readonly Container[], by: Operator = operator): Table {
  return build(
    containers.map((one) => entry(one, by)),
    networking,
  )
}
