import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { EncryptJWT } from 'jose'
import { expect, test } from 'vitest'
import { LONGEST_SEALED, Seal } from '../../src/session/seal.ts'
import { NOON } from '../store/samples.ts'

const master = randomBytes(32)
const seal = Seal.from(master)
const MINUTE = 60_000
const PAYLOAD = { host: 'app.example.com', n: 7, list: ['a'], text: 'ünïcode \u{1f600}' }

test('what was sealed is opened for its purpose, as it was', async () => {
  const text = await seal.seal('handover', PAYLOAD, NOON + MINUTE)
  expect(await seal.open('handover', text, NOON)).toEqual(PAYLOAD)
  expect(text).not.toContain('app.example')
  expect(text).toMatch(/^[\w.-]+$/)
})

test('another process with the same master key opens it', async () => {
  const text = await seal.seal('handover', PAYLOAD, NOON + MINUTE)
  expect(await Seal.from(Uint8Array.from(master)).open('handover', text, NOON)).toEqual(PAYLOAD)
})

test('D-14 a value of one purpose is nothing to any other', async () => {
  const purposes = ['handover', 'device', 'csrf', 'login', '', 'handover ']
  for (const made of purposes) {
    const text = await seal.seal(made, PAYLOAD, NOON + MINUTE)
    for (const asked of purposes) {
      expect(await seal.open(asked, text, NOON)).toEqual(asked === made ? PAYLOAD : undefined)
    }
  }
})

test('D-12 it is good until its time, to the millisecond, and at no time that is none', async () => {
  const text = await seal.seal('handover', PAYLOAD, NOON + 60_001)
  expect(await seal.open('handover', text, NOON + 60_000)).toEqual(PAYLOAD)
  expect(await seal.open('handover', text, NOON + 60_001)).toBeUndefined()
  expect(await seal.open('handover', text, Number.NaN)).toBeUndefined()
})

test.for([Number.NaN, -1, 1e300, Number.POSITIVE_INFINITY])('D-12 an expiry of %d never holds', async (expiresAt) => {
  const text = await seal.seal('handover', PAYLOAD, expiresAt).catch(() => 'refused')
  expect(await seal.open('handover', text, NOON)).toBeUndefined()
})

test('D-24 a previous key opens until its time is over, and seals nothing', async () => {
  const text = await Seal.from(master).seal('handover', PAYLOAD, NOON + MINUTE)
  const rotated = Seal.from(randomBytes(32), [{ master, until: NOON + 1000 }])
  expect(await rotated.open('handover', text, NOON + 999)).toEqual(PAYLOAD)
  expect(await rotated.open('handover', text, NOON + 1000)).toBeUndefined()
  expect(await rotated.open('device', text, NOON)).toBeUndefined()
  const fresh = await rotated.seal('handover', PAYLOAD, NOON + MINUTE)
  expect(await seal.open('handover', fresh, NOON)).toBeUndefined()
  expect(await rotated.open('handover', fresh, NOON)).toEqual(PAYLOAD)
})

test('D-24 another key opens nothing', async () => {
  const text = await seal.seal('handover', PAYLOAD, NOON + MINUTE)
  expect(await Seal.from(randomBytes(32)).open('handover', text, NOON)).toBeUndefined()
})

test.for([
  ['empty', new Uint8Array()],
  ['15 bytes', randomBytes(15)],
  ['all zero', new Uint8Array(32)],
  ['a word over and over', Buffer.alloc(64, 'changeme')],
] as const)('D-24 a master key that is %s is refused, as a previous one too', ([, weak]) => {
  expect(() => Seal.from(weak)).toThrow(TypeError)
  expect(() => Seal.from(master, [{ master: weak, until: NOON }])).toThrow(TypeError)
})

test('a text that was changed in any place is nothing', async () => {
  const text = await seal.seal('handover', { a: 1 }, NOON + MINUTE)
  for (let i = 0; i < text.length; i++) {
    const other = text[i] === 'A' ? 'B' : 'A'
    const changed = text.slice(0, i) + other + text.slice(i + 1)
    // the last characters of a part may hold bits that mean nothing: it must not be another payload then
    const opened = await seal.open('handover', changed, NOON)
    if (opened !== undefined) expect(opened).toEqual({ a: 1 })
  }
  for (const changed of [`${text}\n`, ` ${text}`, `${text}.`, text.slice(0, -1), `${text}=`, text.toUpperCase()]) {
    expect(await seal.open('handover', changed, NOON)).toBeUndefined()
  }
})

test('whatever text comes, it is nothing and no error', async () => {
  const part = fc.stringMatching(/^[\w-]{0,40}$/)
  const near = fc.tuple(part, part, part, part, part).map((parts) => parts.join('.'))
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), near, part), async (text) => {
      expect(await seal.open('handover', text, NOON)).toBeUndefined()
    }),
  )
})

test.for([
  { alg: 'dir', enc: 'A128CBC-HS256' },
  { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM' },
  { alg: 'A256KW', enc: 'A256GCM' },
])('what is sealed in any other way is nothing: $alg $enc', async (header) => {
  const text = await new EncryptJWT({ p: PAYLOAD, exp: NOON / 1000 + 60 })
    .setProtectedHeader(header)
    .encrypt(randomBytes(32))
  expect(await seal.open('handover', text, NOON)).toBeUndefined()
})

test('too long a text is refused both ways', async () => {
  await expect(seal.seal('handover', { to: 'x'.repeat(LONGEST_SEALED) }, NOON)).rejects.toThrow(RangeError)
  expect(await seal.open('handover', 'A'.repeat(LONGEST_SEALED + 1), NOON)).toBeUndefined()
})
