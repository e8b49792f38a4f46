import { printable } from '../config/reader.ts'
import type { Problem } from '../labels/problem.ts'

/** One line: `error: web: labelgate.alow="x" is not known: did you mean labelgate.allow?` */
export function problemLine({ severity, container, key, value, reason, mend }: Problem, place = ''): string {
  const said = key === undefined ? '' : `${key}${value === undefined ? '' : `="${value}"`} `
  return printable(`${place}${severity}: ${container}: ${said}${reason}${mend === undefined ? '' : `: ${mend}`}`)
}
