import { parseVersion, type Version } from '../syntax/version.ts'
import type { Parser } from './parsed.ts'

/** `3.7` or `3.7.13`. What we write is for Traefik 3. */
export const traefikVersion: Parser<Version> = (text) => {
  const mend = 'write a version like 3.7 or 3.7.13'
  const value = parseVersion(text)
  if (value === undefined) return { wrong: 'is no version', mend }
  return value.major < 3 ? { wrong: 'is older than Traefik 3, which is needed', mend } : { value }
}
