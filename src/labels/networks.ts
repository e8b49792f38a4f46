import { type Networks, parseNetworks } from '../syntax/networks.ts'
import { bad, good, type Parsed } from './parsed.ts'
import { list, quote } from './text.ts'

/** Ranges and addresses, comma-separated. */
export function parseNetworkList(text: string): Parsed<Networks> {
  const items = list(text, parseNetwork)
  if (items.value === undefined || items.faults.length > 0) return { faults: items.faults }
  return joined(items.value)
}

/** One of them, as written: they are made one set by `joined`. */
export function parseNetwork(item: string): Parsed<string> {
  const parsed = parseNetworks([item])
  if ('list' in parsed) return good(item)
  const mend = /^[a-z-]+$/i.test(item) ? 'names are not looked up: write the range' : 'write it like 10.0.0.0/8'
  return bad(`${quote(item)} is not a network`, mend)
}

export function joined(items: readonly string[]): Parsed<Networks> {
  const parsed = parseNetworks([...new Set(items)])
  return 'list' in parsed ? good(parsed) : bad(`${quote(parsed.invalid)} is not a network`)
}
