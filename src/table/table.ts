import type { Problem } from '../labels/problem.ts'
import type { AppSpec } from '../labels/spec.ts'

/** A running container that serves an app. */
export interface Upstream {
  /** Name of the container, for people. */
  readonly container: string
  /** `http://172.18.0.3:8080`, no path. */
  readonly url: string
}

/** One app as the table holds it: one declaration, any number of replicas. Never changed once built. */
export interface App {
  readonly spec: AppSpec
  /** Names of the containers that declare it, sorted. */
  readonly containers: readonly string[]
  /** Sorted by URL; empty while none runs and is healthy. */
  readonly upstreams: readonly Upstream[]
}

/** One host and path prefix, and who has it. `conflict`: claimed with different words, so denied to everybody. */
export interface Claim {
  readonly host: string
  readonly path: string
  readonly app: App
  readonly conflict: boolean
}

/**
 * Everything that is true of the apps at one moment. Immutable; replaced whole. Containers in any order give the
 * same table. Made by `build` and `update`, read by `lookup`.
 */
export interface Table {
  /** By `spec.key`, in an order that depends on nothing but what is in it. */
  readonly apps: ReadonlyMap<string, App>
  /** By exact host; each list longest path first. */
  readonly hosts: ReadonlyMap<string, readonly Claim[]>
  /** By the part after `*.`; each list longest path first. */
  readonly wildcards: ReadonlyMap<string, readonly Claim[]>
  /** Hosts, as labels spell them (`*.` and all), of which one path or more is claimed twice. */
  readonly contested: ReadonlySet<string>
  readonly problems: readonly Problem[]
}
