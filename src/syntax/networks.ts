import { BlockList, isIP } from 'node:net'

/** A set of address ranges. `text` as written, sorted; `list` to test against (mapped IPv4 addresses included). */
export interface Networks {
  readonly text: readonly string[]
  readonly list: BlockList
}

/**
 * @param items CIDR ranges or single addresses
 * @returns the first item that is none, where there is one
 */
export function parseNetworks(items: readonly string[]): Networks | { readonly invalid: string } {
  const list = new BlockList()
  for (const item of items) {
    const [address = '', prefix, ...rest] = item.split('/')
    const family = isIP(address)
    const bits = family === 4 ? 32 : 128
    if (family === 0 || rest.length > 0 || address.includes('%')) return { invalid: item }
    if (prefix !== undefined && !(/^(?:0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= bits))
      return { invalid: item }
    list.addSubnet(address, prefix === undefined ? bits : Number(prefix), family === 4 ? 'ipv4' : 'ipv6')
  }
  return { text: items.toSorted(), list }
}

/** False for what is not an address at all (an empty string, a socket without one). */
export function inNetworks(networks: Networks, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && networks.list.check(address, family === 4 ? 'ipv4' : 'ipv6')
}
