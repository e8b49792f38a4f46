import { expect, test } from 'vitest'
import { openAdvisories } from '../../src/proxy/traefik/advisories.ts'
import { NEWEST } from '../../src/proxy/traefik/version.ts'
import { parseVersion } from '../../src/syntax/version.ts'

const open = (version: string) => openAdvisories(parseVersion(version) ?? NEWEST).map(({ id }) => id)
const LAST = ['CVE-2026-88004', 'CVE-2026-88009', 'CVE-2026-88008']

test.for([
  ['3.7.13', []],
  ['3.8.0', []],
  ['4.0.0', []],
  ['3.7.12', LAST],
  ['3.7.13-rc.1', LAST],
  ['3.7.9', ['CVE-2026-88011', ...LAST]],
  // 3.6 got some fixes of its own, and never the last ones
  ['3.6.24', ['CVE-2026-71324', 'CVE-2026-88011', ...LAST]],
] as const)('Traefik %s has these holes: %j', ([version, ids]) => {
  expect(open(version)).toEqual(ids)
})

test('an old one has nearly all, and what was mended before it is not said of it', () => {
  expect(open('3.0.0')).toHaveLength(18)
  expect(open('3.5.4')).toContain('CVE-2026-48020')
  expect(open('3.5.4')).not.toContain('CVE-2025-47952')
  expect(open('3.7.2')).toContain('CVE-2026-48020')
  expect(open('3.7.3')).not.toContain('CVE-2026-48020')
})

test('nothing is said of a version that is not known to the patch', () => {
  expect(open('3.6')).toEqual([])
})
