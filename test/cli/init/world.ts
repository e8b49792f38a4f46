import { decide } from '../../../src/authz/decide.ts'
import { readCompose } from '../../../src/cli/compose.ts'
import type { Identity } from '../../../src/identity/identity.ts'
import type { Operator } from '../../../src/labels/operator.ts'
import type { Method } from '../../../src/labels/spec.ts'
import { readLabels } from '../../../src/labels/read.ts'
import { standing } from '../../../src/session/live.ts'
import { canonicalPath } from '../../../src/syntax/path.ts'
import { build } from '../../../src/table/build.ts'
import type { Table } from '../../../src/table/table.ts'
import { operator } from '../../build/table.ts'

export interface Person {
  readonly user: string
  readonly groups: readonly string[]
  readonly email?: string
  readonly mfa?: boolean
}

export interface Asked {
  readonly host: string
  /** With or without a query string. */
  readonly path: string
  readonly method: Method
  readonly from: string
  /** Undefined: nobody is signed in. */
  readonly who: Person | undefined
}

/** What labelgate makes of a compose file, and what is wrong with it. */
export function tableOf(compose: string, by: Operator = operator) {
  const reading = readCompose(compose, 'compose.yaml', {})
  const entries = reading.services.map((service, i) => ({
    container: {
      id: `c${i}`,
      name: service.name,
      created: i,
      state: 'running' as const,
      health: 'none' as const,
      labels: service.labels,
      networks: [],
      ports: [],
      published: [],
      networkMode: 'default',
    },
    reading: readLabels(service, by),
  }))
  const table = build(entries, { own: [] })
  const problems = [...reading.problems, ...entries.flatMap(({ reading }) => reading.problems)]
  return { table, problems }
}

/** Does this request pass? */
export function passes(table: Table, { host, path, method, from, who }: Asked): boolean {
  const canonical = canonicalPath(path)
  if (canonical === undefined) return false
  const request = { method, host, path: canonical, address: from, scheme: 'https' as const, socketOrigin: undefined }
  const setting = { table, now: 0, secure: true, app: undefined }
  const decision = decide(setting, request, who === undefined ? undefined : sessionOf(who, host))
  return decision.verdict === 'allow' || decision.verdict === 'anonymous'
}

function sessionOf({ user, groups, email = '', mfa = false }: Person, host: string) {
  const identity: Identity = { issuer: 'local', subject: user, user, email, name: '', groups: [...groups], claims: {} }
  const authentication = { provider: 'local', at: 0, amr: mfa ? ['pwd', 'mfa'] : ['pwd'] }
  return { ...standing({ id: 's', identity, authentication, credential: 'session', createdAt: 0 }), host }
}
