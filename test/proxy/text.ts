import type { RenderOptions } from '../../src/proxy/traefik/context.ts'
import * as entryPoint from '../../src/proxy/traefik/entry-point.ts'
import * as routes from '../../src/proxy/traefik/render.ts'
import type { Table } from '../../src/table/table.ts'

/** What Traefik reads: a file's text. */
export function render(table: Table, options: RenderOptions): string {
  return routes.render(table, options).text
}

export function renderEntryPoint(table: Table, options: RenderOptions): string {
  return entryPoint.renderEntryPoint(table, options).text
}
