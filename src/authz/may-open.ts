import type { LiveSession } from '../session/live.ts'
import { canonicalPath } from '../syntax/path.ts'
import type { App, Table } from '../table/table.ts'
import { decide } from './decide.ts'

/** One app's entry point that a person may open. */
export interface Openable {
  readonly app: App
  readonly host: string
  readonly path: string
}

/** The apps whose start page would let this person in now, from this address; hidden ones and wildcards left out. */
export function openableApps(table: Table, portal: LiveSession, at: { address: string; now: number }): Openable[] {
  return [...table.apps.values()].flatMap((app) => {
    const host = app.spec.hosts.find((candidate) => !candidate.startsWith('*.'))
    // the label's path is decoded, and what canonicalPath reads is a request target
    const path = canonicalPath(encodeURI(app.spec.path))
    if (host === undefined || path === undefined || app.spec.card.hidden) return []
    const request = {
      method: 'GET' as const,
      scheme: 'https' as const,
      host,
      path,
      address: at.address,
      socketOrigin: undefined,
    }
    const setting = { table, now: at.now, secure: true, app: app.spec.id }
    const { verdict } = decide(setting, request, { ...portal, host })
    const opens = verdict === 'allow' || verdict === 'anonymous' || verdict === 'step-up'
    return opens ? [{ app, host, path: app.spec.path }] : []
  })
}
