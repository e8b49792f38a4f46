import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Container, Containers } from '../docker/container.ts'
import { ownContainer } from '../docker/self.ts'

/** Finds the container this process runs in, if it does. */
export function selfFinder(): (containers: Containers) => Container | undefined {
  const [name, mounts] = [hostname(), mountinfo()]
  return (containers) => ownContainer(containers, name, mounts)
}

/** Empty where there is none: not Linux. */
function mountinfo(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8')
  } catch {
    return ''
  }
}
