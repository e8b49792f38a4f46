/**
 * What Docker says of one container, cut to the fields this project keeps.
 * One shape for a list row and for a single look, so that nothing depends on which of the two came first.
 */
export interface Container {
  /** Full id, 64 hex digits; of a Swarm service its own. */
  readonly id: string
  /** Name without the leading slash. */
  readonly name: string
  /** Epoch seconds; Docker's list gives no finer time. A Swarm service is newer than anything. */
  readonly created: number
  readonly state: ContainerState
  readonly health: Health
  /** As Docker gives them; never changed in a container's life, but a service's may change. */
  readonly labels: Readonly<Record<string, string>>
  readonly networks: readonly ContainerNetwork[]
  /** TCP ports inside the container, ascending; known only while it runs. */
  readonly ports: readonly number[]
  /** Ports bound on an address of the host: a way around the proxy. */
  readonly published: readonly PublishedPort[]
  /** `host`, `container:<id>`, or the name of the first network. */
  readonly networkMode: string
  /** A Swarm service, of which only a manager tells; its containers stand beside it. */
  readonly swarmService?: true
}

export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'

export type Health = 'none' | 'starting' | 'healthy' | 'unhealthy'

export interface ContainerNetwork {
  readonly name: string
  /** IPv4 address, or IPv6 where there is no other; empty while not connected. */
  readonly address: string
}

export interface PublishedPort {
  /** Host address the port is bound to: `0.0.0.0`, `127.0.0.1`, `::` … */
  readonly address: string
  readonly hostPort: number
  readonly containerPort: number
}

/** Every container of a daemon at one moment, by id. */
export type Containers = ReadonlyMap<string, Container>
