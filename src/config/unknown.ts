import { distance } from '../syntax/nearest.ts'
import { OPTIONS } from './options.ts'
import { printable, type Environment } from './reader.ts'

const NAMES = Object.values(OPTIONS).flatMap(({ name }) => [name, `${name}_FILE`])
const KNOWN = new Set(NAMES)
const PREFIX = 'LABELGATE_'
const NEAR = 2

/**
 * Variables that mean us and that no option has: `LABELGATE_…` in whatever case, or a slip away from an option.
 * They are never passed over: a limit that is misspelt would not hold. `LABELGATE_TEST_…` is the tests'.
 */
export function unknownVariables(env: Environment): string[] {
  return Object.keys(env).flatMap((name) => {
    if (KNOWN.has(name) || name.startsWith('LABELGATE_TEST_') || env[name] === undefined) return []
    const upper = name.toUpperCase()
    // by its beginning first: environments are long, and so is the list of options
    if (distance(upper.slice(0, PREFIX.length), PREFIX) > NEAR) return []
    const nearest = NAMES.toSorted((a, b) => distance(upper, a) - distance(upper, b))[0] ?? ''
    const away = distance(upper, nearest)
    if (!upper.startsWith(PREFIX) && !(away <= NEAR && nearest.startsWith(PREFIX))) return []
    const mend = away <= Math.max(NEAR, upper.length / 4) ? `did you mean ${nearest}?` : 'leave it out'
    return [`${printable(name.slice(0, 80))}: is no option of labelgate: ${mend}`]
  })
}
