import type { Version } from '../../syntax/version.ts'
import { atLeast } from './version.ts'

/** Why a version of Traefik should not stand before sign-in. */
export interface Advisory {
  readonly id: string
  /** What it lets happen, in a few words. */
  readonly what: string
}

type Fixed = readonly [major: number, minor: number, patch: number]

// Those of Traefik 3 that touch forward-auth, the headers it sets, or which path it is asked about; by the first
// version of each line that has the fix. A line without one never got it.
const ADVISORIES: readonly (Advisory & { readonly fixed: readonly Fixed[] })[] = [
  { id: 'CVE-2024-45410', what: 'a client removes X-Forwarded headers by Connection', fixed: [[3, 1, 3]] },
  { id: 'CVE-2025-32431', what: 'dot segments pass path matchers', fixed: [[3, 3, 6]] },
  { id: 'CVE-2025-47952', what: 'encoded dot segments pass path matchers', fixed: [[3, 4, 1]] },
  { id: 'CVE-2025-66490', what: 'encoded reserved characters pass path matchers', fixed: [[3, 6, 4]] },
  { id: 'CVE-2026-29054', what: 'a client removes X-Real-Ip by Connection', fixed: [[3, 6, 9]] },
  { id: 'CVE-2026-33433', what: 'user names spoofed by an odd spelling of headerField', fixed: [[3, 6, 11]] },
  { id: 'CVE-2026-39858', what: 'X_Forwarded_Proto reaches forward-auth', fixed: [[3, 6, 14]] },
  { id: 'CVE-2026-35051', what: 'X-Forwarded-Prefix of a client reaches forward-auth', fixed: [[3, 6, 14]] },
  { id: 'CVE-2026-40912', what: 'StripPrefixRegex: forward-auth judges another path', fixed: [[3, 6, 14]] },
  {
    id: 'CVE-2026-48020',
    what: 'StripPrefix and dot segments pass by sign-in',
    fixed: [
      [3, 6, 19],
      [3, 7, 3],
    ],
  },
  {
    id: 'CVE-2026-54764',
    what: 'X-Forwarded-Port is taken from a spoofed header',
    fixed: [
      [3, 6, 22],
      [3, 7, 6],
    ],
  },
  {
    id: 'CVE-2026-54763',
    what: 'Remote_User of a client reaches apps beside Remote-User',
    fixed: [
      [3, 6, 22],
      [3, 7, 6],
    ],
  },
  {
    id: 'CVE-2026-65600',
    what: 'ReplacePathRegex and dot segments pass by sign-in',
    fixed: [
      [3, 6, 23],
      [3, 7, 7],
    ],
  },
  { id: 'CVE-2026-71324', what: 'CONNECT poisons the answers of others', fixed: [[3, 7, 9]] },
  { id: 'CVE-2026-88011', what: 'Remote.User of a client reaches apps beside Remote-User', fixed: [[3, 7, 12]] },
  { id: 'CVE-2026-88004', what: 'identity headers smuggled in as trailers', fixed: [[3, 7, 13]] },
  { id: 'CVE-2026-88009', what: 'a request target without a slash passes by sign-in', fixed: [[3, 7, 13]] },
  { id: 'CVE-2026-88008', what: 'Upgrade: h2c opens a tunnel past sign-in', fixed: [[3, 7, 13]] },
]

/** Those that this version still has. None where it is not known to the patch. */
export function openAdvisories(version: Version): readonly Advisory[] {
  if (version.patch === undefined) return []
  return ADVISORIES.filter(({ fixed }) => !isFixed(version, fixed))
}

/** In its own line, or in a line before it. */
function isFixed(version: Version, fixed: readonly Fixed[]): boolean {
  const own = fixed.find(([major, minor]) => major === version.major && minor === version.minor)
  if (own !== undefined) return atLeast(version, own)
  return fixed.some(([major, minor]) => version.major > major || (version.major === major && version.minor > minor))
}
