import { subjectText } from '../../labels/subjects.ts'
import type { App, Table } from '../../table/table.ts'
import { problemLine } from '../problems.ts'

/** Tells at the terminal what has become of the apps, each change once. */
export function narrator(out: (text: string) => void, portal: string): (table: Table) => void {
  let told = new Map<string, string>()
  return (table) => {
    const lines = new Map<string, string>()
    for (const app of table.apps.values()) lines.set(app.spec.key, appLine(app, portal))
    for (const problem of table.problems) lines.set(JSON.stringify(problem), `  ${problemLine(problem)}`)
    for (const [key, line] of lines) if (told.get(key) !== line) out(line)
    for (const [key, line] of told)
      if (!lines.has(key) && !key.startsWith('{')) out(line.replace(/ {3,}.*$/, '   gone'))
    told = lines
  }
}

function appLine({ spec, upstreams }: App, portal: string): string {
  const { host: authority, protocol } = new URL(portal)
  const port = authority.replace(/^[^:]*/, '')
  const places = spec.hosts.map((host) => `${protocol}//${host}${port}${spec.path === '/' ? '' : spec.path}`)
  const allow = spec.policy.allow.map(subjectText).join(', ')
  const state = upstreams.length > 0 ? `for ${allow}` : 'not running'
  return `  ${spec.id}: ${places.join(' ')}   ${spec.broken ? 'denied to everybody' : state}`
}
