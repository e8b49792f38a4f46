/**
 * Headers that begin alike, as the operator writes them: `X-Ptl-*`. Held as the beginning in lower case, `x-ptl-`. What
 * stands in place of a dash is no matter: CGI, WSGI and PHP read `X_Ptl_User` as `X-Ptl-User` (CVE-2026-88011).
 */

// Families that every request has some of, or that say where it came from, or are ours.
const NOT_THESE = /^x-(?:forwarded|original|real|requested|http|method|csrf|xsrf|labelgate)-$/

/** @returns undefined for what is no family, or one that a request cannot do without */
export function parseHeaderFamily(text: string): string | undefined {
  const beginning = /^(x(?:-[a-z0-9]+)+-)\*$/.exec(text.toLowerCase())?.[1]
  return beginning === undefined || NOT_THESE.test(beginning) ? undefined : beginning
}

/** Does this header belong to one of them? */
export function inFamily(name: string, families: readonly string[]): boolean {
  if (families.length === 0) return false
  const folded = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')
  return families.some((family) => folded.startsWith(family))
}

/** Regular expressions, as Go and POSIX have them, for the beginnings of names in lower case. */
export function familyPatterns(families: readonly string[]): readonly string[] {
  return families.map((family) => family.replaceAll('-', '[^a-z0-9]'))
}
