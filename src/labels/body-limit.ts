import { bad, good, type Parsed } from './parsed.ts'
import { quote } from './text.ts'

/** Octets each; `kB` and the like by the SI, `KiB` and the like by IEC 80000-13. */
const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
}

/** `10MB`, in octets. A bare letter is refused: nginx takes `10m` for MiB, others for MB. */
export function parseBodyLimit(text: string): Parsed<number> {
  const [, digits = '', unit = ''] = /^(\d{1,15}) ?([a-z]*)$/i.exec(text) ?? []
  const size = UNITS[unit.toLowerCase()]
  if (digits === '') return bad(`${quote(text)} is not a size`, 'write a whole number and its unit: 10MB')
  if (size === undefined) return bad(`${quote(text)} has no unit that is known`, `write ${digits}${meant(unit)}`)
  const octets = Number(digits) * size
  if (octets === 0) return bad(`${quote(text)} would let no upload through`, 'take the label away for no limit')
  return Number.isSafeInteger(octets) ? good(octets) : bad(`${quote(text)} is more than can be counted`)
}

function meant(unit: string): string {
  const beginning = unit.slice(0, 1).toUpperCase()
  return 'KMG'.includes(beginning) && beginning !== '' ? `${beginning === 'K' ? 'k' : beginning}B` : 'MB'
}
