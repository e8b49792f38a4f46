/**
 * CGI, WSGI and PHP servers read `Remote~User` as `Remote-User`: each of the token characters that is neither letter
 * nor digit stands for the dash (CVE-2026-54763, CVE-2026-88011). The proxy takes `_` and `.` spellings out by our
 * configuration; a request that comes with any other is no honest one.
 * @returns a test over header lines (names and values in turn)
 */
export function aliasTest(names: readonly string[]): (lines: readonly string[]) => boolean {
  const folded = new Set(names.map((name) => name.toLowerCase()))
  // most lines are as long as none of them
  const lengths = new Uint8Array(LONGEST)
  for (const { length } of names) if (length < LONGEST) lengths[length] = 1
  return (lines) => {
    for (let i = 0; i < lines.length; i += 2) {
      const name = lines[i] as string
      if (
        (lengths[name.length] === 1 || name.length >= LONGEST) &&
        UNUSUAL.test(name) &&
        folded.has(name.replaceAll(/[^A-Za-z0-9]/g, '-').toLowerCase())
      ) {
        return true
      }
    }
    return false
  }
}

const LONGEST = 256
const UNUSUAL = /[^A-Za-z0-9._-]/
