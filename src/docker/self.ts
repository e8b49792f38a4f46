import type { Container, Containers } from './container.ts'

// proc_pid_mountinfo(5): the fourth field is the file within its file system, the fifth where it is mounted. Others'
// folders may be mounted here too, so only the three files count that Docker gives to each container.
const OWN_FILE = /^\S+ \S+ \S+ \S*\/([0-9a-f]{64})\/(?:userdata\/)?(?:hostname|hosts|resolv\.conf) \/etc\//m

/**
 * The container we run in; undefined outside of one, and in a container of another daemon. Where we share the network
 * of another container that one may be found, which is as good: it is asked for its networks.
 *
 * @param hostname unless it was chosen, Docker makes it of the id's first 12 digits
 * @param mountinfo text of /proc/self/mountinfo
 */
export function ownContainer(containers: Containers, hostname: string, mountinfo = ''): Container | undefined {
  const [, id] = OWN_FILE.exec(mountinfo) ?? []
  const mounted = id === undefined ? undefined : containers.get(id)
  if (mounted !== undefined) return mounted
  if (!/^[0-9a-f]{12}$/.test(hostname)) return undefined
  for (const container of containers.values()) if (container.id.startsWith(hostname)) return container
  return undefined
}
