import { isIPv6 } from 'node:net'
import type { Container } from '../docker/container.ts'
import type { Problem } from '../labels/problem.ts'
import type { Route } from '../labels/spec.ts'
import type { Upstream } from './table.ts'

/** How the proxy reaches containers. */
export interface Networking {
  /** The operator's choice where a label makes none. */
  readonly network?: string
  /** Networks our own container is on; empty where we run on the host, which reaches all of them. */
  readonly own: readonly string[]
}

type Reached = { readonly upstream?: Upstream; readonly problem?: Problem }

/** Where a container is reached, or why it is not. A container that does not run, or is not healthy, is no problem. */
export function upstreamOf(container: Container, route: Route, networking: Networking): Reached {
  if (container.state !== 'running') return {}
  // to those Traefik's own Swarm provider finds the way
  if (container.swarmService === true) return {}
  if (container.health === 'starting' || container.health === 'unhealthy') return {}
  const address = addressOf(container, route, networking)
  if ('problem' in address) return address
  const port = route.port ?? container.ports[0]
  if (port === undefined) {
    return warn(container, 'exposes no TCP port, so there is nothing to route to', 'set labelgate.port')
  }
  const host = isIPv6(address.address) ? `[${address.address}]` : address.address
  return { upstream: { container: container.name, url: `${route.scheme}://${host}:${port}` } }
}

function addressOf(
  container: Container,
  route: Route,
  networking: Networking,
): { address: string } | { problem: Problem } {
  if (container.networkMode === 'host') {
    return warn(container, 'uses the network of the host, so it has no address of its own', 'put it on a network')
  }
  const reachable = container.networks.filter((network) => network.address !== '')
  const wanted = route.network ?? networking.network
  if (wanted !== undefined) {
    const project = container.labels['com.docker.compose.project']
    const found = reachable.find(({ name }) => name === wanted || name === `${project}_${wanted}`)
    if (found !== undefined) return found
    return warn(container, `is not on the network ${wanted}`, `connect it, or name another one of its networks`)
  }
  const shared = networking.own.length === 0 ? reachable : reachable.filter(({ name }) => networking.own.includes(name))
  const first = shared.toSorted((a, b) => (a.name < b.name ? -1 : 1))[0]
  if (first !== undefined) return first
  return warn(
    container,
    'shares no network with labelgate',
    `connect it to one of ${networking.own.join(', ') || 'the networks of the proxy'}, or set labelgate.network`,
  )
}

function warn(container: Container, reason: string, mend: string): { problem: Problem } {
  return { problem: { severity: 'warning', container: container.name, reason, mend } }
}
