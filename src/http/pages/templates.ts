import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Eta } from 'eta/core'

const NAMES = ['layout', 'carried', 'notice', 'sign-in', 'set-up', 'sign-out', 'home'] as const
export type TemplateName = Exclude<(typeof NAMES)[number], 'layout' | 'carried'>

// Every interpolation is escaped, and one without a value is a fault of ours: it must not reach a page as "undefined".
const eta = new Eta({ autoEscape: true, autoFilter: true, autoTrim: ['nl', 'nl'], filterFunction: text })
for (const name of NAMES) eta.loadTemplate(`@${name}`, readFileSync(join(import.meta.dirname, `${name}.eta`), 'utf8'))

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`a page interpolates a value of type ${typeof value}`)
  return value
}

/** Fills a template, compiled once when this module is loaded. Throws where a value is missing. */
export function render(name: TemplateName, values: object): string {
  return eta.render(`@${name}`, values)
}
