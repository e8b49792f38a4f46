import type { Operator } from '../../labels/operator.ts'
import type { Problem } from '../../labels/problem.ts'

/** A container, or a Swarm service, as the guard sees it. */
export interface Seen {
  readonly id: string
  /** As Docker says, without the slash. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

/** What the answers to Traefik have in common at one moment. */
export interface GuardContext {
  /** `ownsRoutes` is false in it: Traefik makes the routes. */
  readonly operator: Operator
  /** Id of the container that is labelgate itself, where it is one: shown as it is, and its services are its own. */
  readonly self?: string
  /** Origin at which Traefik reaches labelgate, without trailing slash. */
  readonly internalUrl: string
  /** The secret of the capability address. */
  readonly proxyKey: string
  /** A further header in which tokens are taken. */
  readonly tokenHeader?: string
  /** Every identity header of the whole table, sorted. */
  readonly identityHeaders: readonly string[]
  /** Does this Traefik know `maxResponseBodySize` (3.6.9)? */
  readonly maxResponseBody: boolean
}

/**
 * `as-is`: no app of ours. `protected`: each HTTP router asks us first. `withheld`: Traefik is told that it is not
 * enabled, so it has no route.
 */
export type Verdict = 'as-is' | 'protected' | 'withheld'

export interface Guarded {
  /** What Traefik is shown in place of the container's own. */
  readonly labels: Record<string, string>
  /** What the guard itself found. What is wrong with labels of ours is the table's to say. */
  readonly problems: readonly Problem[]
  readonly verdict: Verdict
}
