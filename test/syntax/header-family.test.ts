import fc from 'fast-check'
import { expect, test } from 'vitest'
import { familyPatterns, inFamily, parseHeaderFamily } from '../../src/syntax/header-family.ts'

test.for([
  ['X-Ptl-*', 'x-ptl-'],
  ['x-my-app-*', 'x-my-app-'],
  ['X-1-*', 'x-1-'],
])('%s is a family', ([text, beginning]) => {
  expect(parseHeaderFamily(text ?? '')).toBe(beginning)
})

const NEEDED = ['X-Forwarded-*', 'X-Original-*', 'X-Real-*', 'X-Requested-*', 'X-Labelgate-*', 'X-Http-*', 'X-CSRF-*']

test.for([
  '',
  '*',
  'X-*',
  'X-Ptl',
  'X-Ptl-',
  'X-Ptl*',
  'X--*',
  'X-Ptl-*-Name',
  'Remote-*',
  'Content-*',
  'Sec-*',
  'Cookie*',
  'X_Ptl_*',
  'X-Ptl-* ',
  'X-Ptl-**',
  'X-Ptl-\n*',
  'X-Pt l-*',
  '*-X-Ptl',
  // what a request cannot do without, or what is ours
  ...NEEDED,
])('%j is none', (text) => {
  expect(parseHeaderFamily(text)).toBeUndefined()
})

test.for(['X-Ptl-User', 'x-ptl-', 'X_Ptl_User', 'X.Ptl.User', 'X~Ptl-User', "x'ptl'user"])(
  '%s is in X-Ptl-*',
  (name) => {
    expect(inFamily(name, ['x-other-', 'x-ptl-'])).toBe(true)
  },
)

test.for(['X-Ptl', 'X-Ptlx-User', 'AX-Ptl-User', 'Ptl-User', 'X-P-tl-User'])('%s is not in X-Ptl-*', (name) => {
  expect(inFamily(name, ['x-ptl-'])).toBe(false)
  expect(inFamily(name, [])).toBe(false)
})

/** A name as RFC 9110 section 5.6.2 has it, near enough to the family to be in it now and then. */
const names = fc
  .array(fc.constantFrom('x', 'X', 'ptl', 'PTL', '-', '_', '.', '~', '!', 'user', '1'), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join(''))

test('the patterns that proxies get match what is in the family, and nothing else', () => {
  const [pattern = ''] = familyPatterns(['x-ptl-'])
  // Go’s `(?i)`, HAProxy’s lower case
  const regex = new RegExp(`^${pattern}`, 'i')
  fc.assert(
    fc.property(names, (name) => {
      expect(regex.test(name)).toBe(inFamily(name, ['x-ptl-']))
    }),
  )
})
