import { expect, test } from 'vitest'
import { atLeast, knows, NEWEST } from '../../src/proxy/traefik/version.ts'
import { parseVersion, versionText } from '../../src/syntax/version.ts'

test.for([
  ['3.7', { major: 3, minor: 7 }],
  ['3.7.13', { major: 3, minor: 7, patch: 13 }],
  ['v3.6.9', { major: 3, minor: 6, patch: 9 }],
  ['3.8.0-rc.1', { major: 3, minor: 8, patch: 0, pre: 'rc.1' }],
] as const)('%s is a version', ([text, version]) => {
  expect(parseVersion(text)).toEqual(version)
  expect(versionText(version)).toBe(text.replace('v', ''))
})

test.for(['', 'dev', '3', '3.', '3.7.', '3.7.1.2', ' 3.7', '3.7\n', '3.7 || 1', 'latest', '99999.1'])(
  '%j is none',
  (text) => {
    expect(parseVersion(text)).toBeUndefined()
  },
)

test.for([
  ['3.5.4', false],
  ['3.6', false],
  ['3.6.8', false],
  ['3.6.9-rc.1', false],
  ['3.6.9', true],
  ['3.6.10', true],
  ['3.7', true],
  ['3.7.0-rc.2', true],
  ['4.0', true],
  ['2.11.30', false],
] as const)('Traefik %s knows a limit for the answers of forward-auth: %s', ([text, known]) => {
  expect(knows(parseVersion(text) ?? NEWEST, 'forwardAuth.maxResponseBodySize')).toBe(known)
})

test('what was written last is known to the newest', () => {
  expect(atLeast(NEWEST, [3, 7, 13])).toBe(true)
  expect(atLeast(NEWEST, [3, 7, 14])).toBe(false)
})
