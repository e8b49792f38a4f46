import type { Settings } from '../config/settings.ts'
import { connect } from '../docker/client.ts'
import type { Table } from '../table/table.ts'
import { CommandError, EXIT } from './exit.ts'
import { selfFinder } from './self.ts'
import { offlineSettingsOf } from './settings.ts'
import { Tables } from './tables.ts'
import { waitingFor, type Terminal } from './terminal.ts'

/** The table as it would be made of what runs at this moment: the daemon is asked, not a server of ours. */
export async function tableNow(terminal: Terminal): Promise<{ table: Table; settings: Settings }> {
  const settings = offlineSettingsOf(terminal.env)
  const { dockerHost, dockerCertPath, operator, network } = settings
  try {
    const docker = connect({ host: dockerHost, ...(dockerCertPath !== undefined && { certPath: dockerCertPath }) })
    const all = await waitingFor(terminal, `the Docker daemon at ${dockerHost}`, docker.list(undefined))
    const containers = new Map(all.map((container) => [container.id, container]))
    const tables = new Tables({ operator, network, self: selfFinder() })
    return { table: tables.of({ containers, changed: 'all', syncedAt: Date.now() }), settings }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandError(EXIT.unreachable, `DOCKER_HOST: ${dockerHost} cannot be asked: ${why}`, { cause: error })
  }
}
