/**
 * The Docker socket belongs to root and a group whose number differs from machine to machine (`docker` on Linux, root
 * with Docker Desktop and rootless Docker). So that nobody has to find it out, a container may start as root: we read
 * the number from the socket, keep that one group, and become `node` before anything else is loaded.
 */
import { statSync } from 'node:fs'

const USER = 'node'
const DEFAULT_SOCKET = 'unix:///var/run/docker.sock'

/** The part of `process` that is used. Absent functions: not a POSIX system. */
export interface Rights {
  readonly getuid?: () => number
  readonly setgroups?: (groups: readonly (string | number)[]) => void
  readonly setgid?: (group: string) => void
  readonly setuid?: (user: string) => void
}

/**
 * The group of the local Docker socket.
 * @param env as `process.env`; `DOCKER_HOST` says where the socket is
 * @returns undefined where the daemon is not a local one, or its socket is not there (yet)
 */
export function socketGroup(env: Readonly<Record<string, string | undefined>>): number | undefined {
  const host = env['DOCKER_HOST'] || DEFAULT_SOCKET
  if (!host.startsWith('unix://')) return undefined
  return statSync(host.slice('unix://'.length), { throwIfNoEntry: false })?.gid
}

/**
 * Becomes `node`, keeping one more group, where the process is root's; else does nothing.
 * @returns why it cannot, and the mend; then nothing may go on, for it would go on as root
 */
export function leaveRoot(rights: Rights, group: number | undefined): string | undefined {
  if (rights.getuid?.() !== 0) return undefined
  try {
    // In this order: after setuid nobody may change groups any more.
    rights.setgroups?.(group === undefined ? [USER] : [USER, group])
    rights.setgid?.(USER)
    rights.setuid?.(USER)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return (
      `started as root, and cannot become "${USER}" (${why}): add the capabilities SETUID and SETGID, ` +
      `or start as "${USER}" with the group of the Docker socket (group_add)`
    )
  }
  return rights.getuid() === 0 ? `started as root, and still is after becoming "${USER}"` : undefined
}
