import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatPhc, parsePhc } from '../../../src/identity/local/phc.ts'

const SALT = Buffer.alloc(16, 1).toString('base64').replaceAll('=', '')
const TAG = Buffer.alloc(32, 2).toString('base64').replaceAll('=', '')
const phc = (more: { head?: string; cost?: string; salt?: string; tag?: string } = {}) =>
  `${more.head ?? '$argon2id$v=19'}$${more.cost ?? 'm=19456,t=2,p=1'}$${more.salt ?? SALT}$${more.tag ?? TAG}`

test('a good one is taken apart, and put together again as it was', () => {
  const parsed = parsePhc(phc())
  expect(parsed).toMatchObject({ memory: 19_456, passes: 2, parallelism: 1 })
  expect(parsed === undefined ? '' : formatPhc(parsed)).toBe(phc())
})

test.for([
  'secret',
  '',
  '!',
  '*',
  '$apr1$abcdefgh$0123456789012345678901',
  '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=',
  '$2y$10$short',
  '$2b$99$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234',
  phc({ head: '$argon2i$v=19' }),
  phc({ head: '$argon2d$v=19' }),
  phc({ head: '$argon2id$v=16' }),
  phc({ head: '$argon2id' }),
  phc({ head: ' $argon2id$v=19' }),
  phc({ cost: 'm=8,t=1,p=1' }),
  phc({ cost: 'm=1048576,t=2,p=1' }),
  phc({ cost: 'm=19456,t=99,p=1' }),
  phc({ cost: 'm=19456,t=0,p=1' }),
  phc({ cost: 'm=19456,t=2,p=9' }),
  phc({ cost: 'm=019456,t=2,p=1' }),
  phc({ cost: 't=2,m=19456,p=1' }),
  phc({ cost: 'm=19456,t=2,p=1,keyid=x' }),
  phc({ salt: 'AAAA' }),
  phc({ salt: '' }),
  phc({ tag: 'AAAA' }),
  phc({ tag: '' }),
  phc({ tag: `${TAG.slice(0, -1)}J` }),
  phc({ tag: `${TAG}=` }),
  phc({ tag: TAG.replace(/.$/, '-') }),
  `${phc()}\n`,
  `${phc()}$x`,
  phc({ tag: 'A'.repeat(1_000_000) }),
])('G-17 what is no argon2id hash of sane cost is none: %.80s', (text) => {
  expect(parsePhc(text)).toBeUndefined()
})

test('whatever text comes, it is read as exactly what it says or not at all', () => {
  const near = fc
    .array(fc.constantFrom('$', 'argon2id', 'v=19', 'm=19456,t=2,p=1', SALT, TAG, '=', '\n'))
    .map((a) => a.join(''))
  fc.assert(
    fc.property(fc.oneof(fc.string(), near), (text) => {
      const parsed = parsePhc(text)
      if (parsed !== undefined) expect(formatPhc(parsed)).toBe(text)
    }),
  )
})
