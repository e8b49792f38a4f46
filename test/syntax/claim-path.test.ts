import { expect, test } from 'vitest'
import { parseClaimPath } from '../../src/syntax/claim-path.ts'

test.for([
  ['groups', ['groups']],
  ['realm_access.roles', ['realm_access', 'roles']],
  ['a\\.b.c', ['a.b', 'c']],
  ['https://example.com/roles', ['https://example.com/roles']],
  ['urn:zitadel:iam:org:project:roles', ['urn:zitadel:iam:org:project:roles']],
] as const)('%s is the path %o', ([text, path]) => {
  expect(parseClaimPath(text)).toEqual(path)
})

test.for(['', '.', 'a.', '.a', 'a..b', '__proto__', 'a.b.__proto__', 'constructor.name', 'a.prototype'])(
  'E-31: %o is no path',
  (text) => {
    expect(parseClaimPath(text)).toBeUndefined()
  },
)
