import type { Container } from '../docker/container.ts'
import type { Problem } from '../labels/problem.ts'
import type { Reading } from '../labels/spec.ts'

const LOOPBACK = /^(?:127\.|::1$)/

/** A protected container whose port is also published on the host can be reached around the proxy. */
export function exposureOf(container: Container, reading: Reading): readonly Problem[] {
  if (reading.apps.length === 0) return []
  const open = container.published.filter((port) => !LOOPBACK.test(port.address))
  if (open.length === 0) return []
  const ports = [...new Set(open.map((port) => port.hostPort))].toSorted((a, b) => a - b)
  return [
    {
      severity: 'warning',
      container: container.name,
      reason: `publishes port ${ports.join(', ')} of the host, which leads past the proxy and past sign-in`,
      mend: 'remove "ports:" (or -p), or publish on 127.0.0.1 only',
    },
  ]
}
