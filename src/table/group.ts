import type { Container } from '../docker/container.ts'
import type { Problem } from '../labels/problem.ts'
import type { AppSpec } from '../labels/spec.ts'
import type { App } from './table.ts'
import { upstreamOf, type Networking } from './upstream.ts'

/** One container's declaration of one app. */
export interface Member {
  readonly container: Container
  readonly spec: AppSpec
}

/** What the members of one group come to. */
export interface Group {
  readonly app: App
  readonly problems: readonly Problem[]
}

/**
 * What makes two declarations one app: the service they belong to. Containers that stand alone are one app where they
 * say the same of the same hosts, word for word, as replicas started by hand do.
 */
export function groupKey(spec: AppSpec): string {
  if (!spec.key.startsWith('container/')) return spec.key
  return `alone/${spec.hosts.join(',')} ${spec.path} ${spec.fingerprint}`
}

/** The newest generation's words win; where two were created in the same second and differ, nobody is let in. */
export function resolveGroup(unsorted: readonly Member[], networking: Networking): Group {
  const members = unsorted.toSorted(byName)
  const newest = members.filter((member) => member.container.created === newestSecond(members))
  const first = newest[0]
  if (first === undefined) throw new Error('a group has no member')
  const torn = newest.some((member) => member.spec.fingerprint !== first.spec.fingerprint)
  const spec = torn ? denied(newest) : first.spec
  const current = members.filter((member) => member.spec.fingerprint === first.spec.fingerprint)
  const reached = upstreams(torn ? [] : current, networking)
  // while the new generation is not up yet, the old one serves, under the new words
  const serving = reached.found.length > 0 || torn ? reached : upstreams(members, networking)
  const app: App = {
    spec,
    containers: members.map((member) => member.container.name),
    upstreams: serving.found.toSorted((a, b) => compare(a.url, b.url)),
  }
  return { app, problems: [...generations(members, newest, torn), ...serving.problems] }
}

function upstreams(members: readonly Member[], networking: Networking) {
  const results = members.map((member) => upstreamOf(member.container, member.spec.route, networking))
  return {
    found: results.flatMap((result) => result.upstream ?? []),
    problems: results.flatMap((result) => result.problem ?? []),
  }
}

function generations(members: readonly Member[], newest: readonly Member[], torn: boolean): Problem[] {
  const words = new Set(members.map((member) => member.spec.fingerprint))
  if (words.size < 2) return []
  const names = members.map((member) => member.container.name).join(', ')
  const container = newest[0]?.container.name ?? names
  if (torn) {
    return [
      {
        severity: 'error',
        container,
        reason: `containers of one service carry different labels and are equally new: ${names}`,
        mend: 'give the replicas of a service the same labels, then recreate them',
      },
    ]
  }
  return [
    {
      severity: 'warning',
      container,
      reason: `containers of one service carry different labels; those of the newest hold: ${names}`,
      mend: 'recreate the older ones',
    },
  ]
}

/** Everybody's hosts claimed, nobody let in. */
function denied(members: readonly Member[]): AppSpec {
  const specs = members.map((member) => member.spec)
  const [first] = specs.toSorted((a, b) => compare(a.fingerprint, b.fingerprint))
  if (first === undefined) throw new Error('a group has no member')
  const hosts = [...new Set(specs.flatMap((spec) => spec.hosts))].toSorted(compare)
  const paths = new Set(specs.map((spec) => spec.path))
  return { ...first, hosts, path: paths.size === 1 ? first.path : '/', broken: true }
}

function newestSecond(members: readonly Member[]): number {
  return members.reduce((newest, member) => Math.max(newest, member.container.created), -Infinity)
}

function byName(a: Member, b: Member): number {
  return compare(a.container.name, b.container.name) || compare(a.container.id, b.container.id)
}

/** By code unit: the same on every machine, whatever its locale. */
export function compare(a: string, b: string): number {
  if (a < b) return -1
  return a > b ? 1 : 0
}
