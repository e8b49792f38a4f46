import { isIP, isIPv4 } from 'node:net'

/**
 * The one name of where somebody is: an IPv4 address as it stands, a mapped one (`::ffff:1.2.3.4`) as the IPv4 address
 * it is, IPv6 by its /64, which is what one household has (threat G-06). Whatever is no address shares one name.
 */
export function addressKey(text: string): string {
  const [address = ''] = text.split('%')
  if (isIPv4(address)) return address
  if (isIP(address) === 0) return 'unknown'
  const groups = ipv6Groups(address)
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (mapped)
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 255])
      .join('.')
  const prefix = groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')
  return `${prefix}::/64`
}

/** All eight, of a valid address. The URL parser makes the spelling one (RFC 5952) and takes dotted ends apart. */
function ipv6Groups(address: string): number[] {
  const [front = '', back] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::')
  const [head, tail] = [numbers(front), numbers(back ?? '')]
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

function numbers(part: string): number[] {
  return part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
}
