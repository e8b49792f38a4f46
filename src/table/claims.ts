import type { Problem } from '../labels/problem.ts'
import { compare } from './group.ts'
import type { App, Claim } from './table.ts'

export interface HostClaims {
  /** Longest path first. */
  readonly claims: readonly Claim[]
  readonly problems: readonly Problem[]
}

/** Who has which path of one host. One path claimed by two apps is nobody's: both are named, none is picked. */
export function claimsOf(host: string, apps: readonly App[]): HostClaims {
  const byPath = Map.groupBy(apps, (app) => app.spec.path)
  const claims: Claim[] = []
  const problems: Problem[] = []
  for (const [path, claimants] of byPath) {
    const conflict = claimants.length > 1
    for (const app of claimants) claims.push({ host, path, app, conflict })
    if (conflict) problems.push(...claimants.map((app) => conflictProblem(host, path, app, claimants)))
  }
  return {
    claims: claims.toSorted((a, b) => b.path.length - a.path.length || compare(a.path, b.path)),
    problems,
  }
}

function conflictProblem(host: string, path: string, app: App, claimants: readonly App[]): Problem {
  const others = claimants.filter((other) => other !== app).flatMap((other) => other.containers)
  return {
    severity: 'error',
    container: app.containers[0] ?? app.spec.id,
    reason: `claims ${host}${path}, and so does ${others.join(', ')}: both are denied to everybody`,
    mend: 'give one of them another labelgate.host or labelgate.path',
  }
}
