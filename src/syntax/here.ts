import { isIPv4 } from 'node:net'

/**
 * Does this host never leave the machine, so that plain text to it is nobody's to read? As `URL.hostname` gives it.
 * RFC 6761 section 6.3, RFC 1122 section 3.2.1.3.
 */
export function isHere(hostname: string): boolean {
  const local = hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]'
  return local || (isIPv4(hostname) && hostname.startsWith('127.'))
}
