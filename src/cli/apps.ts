import { subjectText } from '../labels/subjects.ts'
import type { App, Table } from '../table/table.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { tableNow } from './look.ts'
import { problemLine } from './problems.ts'
import { columns, type Terminal } from './terminal.ts'

/** `labelgate apps`: the apps of the containers that run now, and what is wrong with them. */
export async function listApps(terminal: Terminal, json: boolean): Promise<ExitCode> {
  const { table } = await tableNow(terminal)
  const rows = [...table.apps.values()].map((app) => rowOf(app, table))
  const apps = rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  if (json) terminal.out(JSON.stringify({ apps, problems: table.problems }, null, 2))
  else {
    for (const problem of table.problems) terminal.err(problemLine(problem))
    if (apps.length === 0) terminal.out('no app: give a container the label labelgate.host=app.example.com')
    else {
      const cells = apps.map((app) => [
        app.id,
        app.at.join(', ') || '-',
        app.state,
        app.allow,
        app.containers.join(', '),
      ])
      terminal.out(columns([['APP', 'AT', 'STATE', 'ALLOW', 'CONTAINERS'], ...cells]))
    }
  }
  return table.problems.some(({ severity }) => severity === 'error') ? EXIT.problems : EXIT.ok
}

function rowOf(app: App, table: Table) {
  const { id, hosts, path, policy } = app.spec
  return {
    id,
    at: hosts.map((host) => `${host}${path === '/' ? '' : path}`),
    state: stateOf(app, table),
    allow: policy.allow.map(subjectText).join(', '),
    containers: app.containers,
    upstreams: app.upstreams.map(({ url }) => url),
  }
}

function stateOf(app: App, { hosts, wildcards }: Table): 'denied' | 'conflict' | 'serving' | 'not running' {
  if (app.spec.broken) return 'denied'
  const claims = app.spec.hosts.flatMap((host) => hosts.get(host) ?? wildcards.get(host.slice(2)) ?? [])
  if (claims.some((claim) => claim.conflict && claim.app === app)) return 'conflict'
  return app.upstreams.length > 0 ? 'serving' : 'not running'
}
