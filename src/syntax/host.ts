/** Host names as a request gives them and as a label claims them. */

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
// Without the u flag, by which the Kelvin sign (U+212A) would be a k, as toLowerCase makes it.
const REQUEST_HOST = /^[a-z0-9_](?:[a-z0-9_.-]{0,252})?$/i
// Canonical as it stands: lower case, no port, and no number at its end.
const USUAL = /^(?:[a-z0-9_][a-z0-9_-]*\.)+[a-z_][a-z0-9_-]*$/
const BRACKETED = /^\[[\da-f:.]+\]$/i
// WHATWG URL, "ends in a number": such a name is read as an IPv4 address (`127.1`, `0x7f.1`, `2130706433`).
const ENDS_IN_NUMBER = /(?:^|\.)(?:\d+|0x[\da-f]*)$/

/**
 * The host of `X-Forwarded-Host` or `Host`, canonical: lower case, no port, no trailing dot.
 * The port is no part of the policy: whichever it is, the answer is the host's.
 * @returns undefined where it is not exactly one host with at most one valid port (RFC 3986 section 3.2.2)
 */
export function canonicalHost(text: string): string | undefined {
  if (text.length <= 253 && USUAL.test(text)) return text
  if (text.length > 261) return undefined
  if (text[0] === '[') return bracketed(text)
  let host = text
  const colon = text.indexOf(':')
  if (colon >= 0) {
    if (!isPort(text.slice(colon + 1))) return undefined
    host = text.slice(0, colon)
  }
  if (host.endsWith('.')) host = host.slice(0, -1)
  if (!REQUEST_HOST.test(host) || host.includes('..') || host.endsWith('.')) return undefined
  host = host.toLowerCase()
  if (ENDS_IN_NUMBER.test(host) && !isCanonicalIpv4(host)) return undefined
  return host
}

/** IPv6 literals are well-formed hosts that no app can claim; their spelling is made one by the URL parser. */
function bracketed(text: string): string | undefined {
  const end = text.indexOf(']') + 1
  const literal = text.slice(0, end)
  const port = text.slice(end)
  if (!BRACKETED.test(literal) || (port !== '' && !(port[0] === ':' && isPort(port.slice(1))))) return undefined
  const url = `http://${literal}/`
  return URL.canParse(url) ? new URL(url).hostname : undefined
}

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65535
}

function isCanonicalIpv4(host: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/.test(host) && !/(?:^|\.)0\d/.test(host)
}

/** A name an app may claim, lower case: letters, digits, dashes, dots (RFC 1123 section 2.1); no address, no wildcard. */
export function isHostName(host: string): boolean {
  return host.length <= 253 && host.split('.').every((label) => LABEL.test(label)) && !ENDS_IN_NUMBER.test(host)
}
