import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  normaliseDisplayName,
  normaliseEmail,
  normaliseGroup,
  normaliseUserName,
} from '../../../src/identity/local/names.ts'

const names: readonly { text: string; name: string | undefined; what: string }[] = [
  { what: 'as it is', text: 'alice', name: 'alice' },
  { what: 'capitals', text: 'ALICE', name: 'alice' },
  { what: 'blanks around it', text: ' alice\t', name: 'alice' },
  { what: 'every character that is allowed', text: 'a.b_c-d@e+9', name: 'a.b_c-d@e+9' },
  { what: '64 characters', text: 'a'.repeat(64), name: 'a'.repeat(64) },
  { what: '65 characters', text: 'a'.repeat(65), name: undefined },
  { what: 'nothing', text: '', name: undefined },
  { what: 'blanks alone', text: '   ', name: undefined },
  { what: 'a blank within', text: 'al ice', name: undefined },
  { what: 'a comma', text: 'alice,bob', name: undefined },
  { what: 'a line end', text: 'alice\r\nRemote-User: bob', name: undefined },
  { what: 'a backslash', text: 'corp\\alice', name: undefined },
  { what: 'G-03 fullwidth letters', text: '\uff41lice', name: 'alice' },
  { what: 'G-03 NUL at the end', text: 'alice\0', name: undefined },
  { what: 'G-03 an escaped NUL', text: 'alice%00', name: undefined },
  { what: 'G-22 a dotless i', text: 'al\u0131ce', name: undefined },
  { what: 'G-22 a capital I with a dot', text: 'AL\u0130CE', name: undefined },
  { what: 'G-22 a joiner that is not seen', text: 'alice\u200d', name: undefined },
  { what: 'G-22 a Cyrillic look-alike', text: '\u0430lice', name: undefined },
  { what: 'G-22 é in one (NFC)', text: 'jos\u00e9', name: undefined },
  { what: 'G-22 é in two (NFD)', text: 'jose\u0301', name: undefined },
  { what: 'G-22 the Kelvin sign, which is a k', text: '\u212aim', name: 'kim' },
  { what: 'G-16 a name objects have', text: '__proto__', name: '__proto__' },
]

test.for(names)('a user name: $what', ({ text, name }) => {
  expect(normaliseUserName(text)).toBe(name)
})

test.for([['alice', 'bob'], { toString: () => 'alice' }, true, 7, null, undefined])(
  'G-15 what is no text is no name, no group, no address: %o',
  (value) => {
    for (const read of [normaliseUserName, normaliseGroup, normaliseEmail, normaliseDisplayName]) {
      expect(read(value)).toBeUndefined()
    }
  },
)

test('G-22 whatever is typed, what comes out is plain ASCII in lower case and stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (text) => {
      const name = normaliseUserName(text)
      if (name === undefined) return
      expect(name).toMatch(/^[a-z0-9._@+-]{1,64}$/)
      expect(normaliseUserName(name)).toBe(name)
    }),
  )
})

test.for([
  ['Domain Admins', 'Domain Admins'],
  [' ops ', 'ops'],
  ['caf\u0065\u0301', 'caf\u00e9'],
  ['x'.repeat(128), 'x'.repeat(128)],
  ['x'.repeat(129), undefined],
  ['', undefined],
  ['admins,users', undefined],
  ['admins\r\nx: y', undefined],
  ['ad\u200bmins', undefined],
  ['ad\u202emins', undefined],
  ['ad\u2028mins', undefined],
] as const)('a group name: %j is %j', ([text, name]) => {
  expect(normaliseGroup(text)).toBe(name)
})

test.for([
  ['Alice@Example.COM', 'alice@example.com'],
  ['', ''],
  ['alice', undefined],
  ['@example.com', undefined],
  ['alice@', undefined],
  ['alice@example.com@evil.com', undefined],
  ['alice@example.com, bob@evil.com', undefined],
  ['alic\u00e9@example.com', undefined],
  ['alice@ex\u00e4mple.com', undefined],
  ['alice@example.com\r\nBcc: x', undefined],
  ['"alice b"@example.com', undefined],
  [`${'a'.repeat(250)}@b.c`, undefined],
] as const)('an e-mail address: %j is %j', ([text, email]) => {
  expect(normaliseEmail(text)).toBe(email)
})

test.for([
  [' Alice O’Neil ', 'Alice O’Neil'],
  ['', ''],
  ['\u{1f469}\u200d\u{1f680}', '\u{1f469}\u200d\u{1f680}'],
  ['Alice\nAdmin', undefined],
  ['Alice\0', undefined],
  ['\u202enimda', undefined],
  ['x'.repeat(129), undefined],
] as const)('a display name: %j is %j', ([text, name]) => {
  expect(normaliseDisplayName(text)).toBe(name)
})
