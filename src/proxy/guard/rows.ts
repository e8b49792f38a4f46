import type { Seen } from './labels.ts'

/** What Docker says of one container, in its list or alone. */
export type Row = Readonly<Record<string, unknown>>

/** Of a row of the list. It also has the names under which others link to it, `/other/app`. */
export function seenIn(row: Row): Seen {
  const names = (row['Names'] ?? []) as readonly unknown[]
  const own = names.find((name) => typeof name === 'string' && !name.slice(1).includes('/'))
  return {
    id: String(row['Id']),
    name: nameOf(own ?? names[0] ?? String(row['Id']).slice(0, 12)),
    labels: (row['Labels'] ?? {}) as Seen['labels'],
  }
}

/** Of a container that was looked at alone. */
export function seenOf(container: Row): Seen {
  const labels = (container['Config'] as Row | undefined)?.['Labels'] ?? {}
  return { id: String(container['Id']), name: nameOf(container['Name']), labels: labels as Seen['labels'] }
}

function nameOf(name: unknown): string {
  return String(name).replace(/^\//, '')
}

/**
 * The network on which whoever has this address shares with the container of this id. Of several that a container is
 * in, Traefik takes any, also one that it is not in itself.
 */
export function sharedNetwork(rows: readonly Row[], id: string | undefined, address: string): string | undefined {
  const own = rows.find((row) => row['Id'] === id)
  if (id === undefined || own === undefined) return undefined
  const theirs = address.replace(/^::ffff:/i, '')
  const names = new Set(networksOf(own).map(([name]) => name))
  for (const row of rows) {
    if (row === own) continue
    const found = networksOf(row).find(
      ([name, { IPAddress, GlobalIPv6Address }]) =>
        names.has(name) && theirs !== '' && (IPAddress === theirs || GlobalIPv6Address === theirs),
    )
    if (found !== undefined) return found[0]
  }
  return undefined
}

/** By what Traefik would lead elsewhere, or nowhere: does it run, is it well, and where is it? */
export function reachOf(row: Row): string {
  const { Status: status = '' } = row
  const health = typeof status === 'string' ? (/ \((?:health: )?\w+\)$/.exec(status)?.[0] ?? '') : ''
  const addresses = networksOf(row).map(([name, { IPAddress = '' }]) => `${name}=${String(IPAddress)}`)
  return `${String(row['State'])}${health} ${addresses.toSorted().join(' ')}`
}

function networksOf(row: Row): [string, Row][] {
  const settings = row['NetworkSettings'] as Row | null | undefined
  return Object.entries((settings?.['Networks'] ?? {}) as Readonly<Record<string, Row | null>>).map(
    ([name, network]) => [name, network ?? {}],
  )
}
