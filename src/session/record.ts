import type { SessionRecord } from '../store/store.ts'

/** SHA-256 or 32 random bytes in base64url (RFC 4648 section 5), without padding. */
export const ID_SHAPE = /^[\w-]{43}$/

/** The last moment that is a date (ECMA-262, Time Values). */
const MAX_TIME = 8.64e15

/**
 * Could we have written this? Every limit is counted from these times: one that is no time would never be reached
 * (threat D-12).
 */
export function isSound({ id, parent, host, authentication, createdAt, lastSeen }: SessionRecord): boolean {
  const times = [createdAt, lastSeen, authentication.at]
  return ID_SHAPE.test(id) && (parent === null) === (host === null) && times.every(isTime)
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= MAX_TIME
}
