import { isHostName } from '../../syntax/host.ts'

const USER_NAME = /^[a-z0-9._@+-]{1,64}$/
// Everything that is not seen, and the comma that parts groups in `Remote-Groups`.
const NOT_IN_GROUP = /[\p{C}\p{Zl}\p{Zp},]/u
// Line ends and controls (header and log injection), and what turns the direction of writing (a name that reads as another).
const NOT_IN_DISPLAY_NAME = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
// What browsers take for the local part (HTML Living Standard, "valid email address").
const LOCAL_PART = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}$/

/**
 * The one spelling of a user name: blanks around it dropped, NFKC, lower case; then `a-z 0-9 . _ - @ +`, 1 to 64 of
 * them. What stays beyond ASCII is refused, so that no name only looks like another (threat G-22).
 * @param text as a form gave it, whatever its type
 */
export function normaliseUserName(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > 256) return undefined
  const name = text.normalize('NFKC').trim().toLowerCase()
  return USER_NAME.test(name) ? name : undefined
}

/** Blanks around it dropped, NFC, case kept; 1 to 128 characters that are seen, no comma. */
export function normaliseGroup(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > 512) return undefined
  const name = text.normalize('NFC').trim()
  return name !== '' && name.length <= 128 && !NOT_IN_GROUP.test(name) ? name : undefined
}

/** Lower case; ASCII, exactly one `@`, a host name after it. An empty text is good: no address. */
export function normaliseEmail(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > 254) return undefined
  if (text === '') return ''
  const [local = '', domain, ...rest] = text.trim().toLowerCase().split('@')
  const good = rest.length === 0 && domain !== undefined && LOCAL_PART.test(local) && isHostName(domain)
  return good ? `${local}@${domain}` : undefined
}

/** Blanks around it dropped, NFC; up to 128 characters on one line. An empty text is good: no name. */
export function normaliseDisplayName(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > 512) return undefined
  const name = text.normalize('NFC').trim()
  return name.length <= 128 && !NOT_IN_DISPLAY_NAME.test(name) ? name : undefined
}
