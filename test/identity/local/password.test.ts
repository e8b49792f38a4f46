import { expect, test } from 'vitest'
import { parsePhc } from '../../../src/identity/local/phc.ts'
import { PasswordHasher, passwordProblem } from '../../../src/identity/local/password.ts'

const GOOD = 'correct horse battery staple'
const hasher = new PasswordHasher()
const stored = async (password: string) => (await hasher.hash(password)) ?? expect.fail('busy')

test('a hash is argon2id of the cost that is decided, with a salt of its own', async () => {
  const [one, two] = [await stored(GOOD), await stored(GOOD)]
  expect(one).not.toBe(two)
  const parsed = parsePhc(one)
  expect(parsed).toMatchObject({ memory: 19_456, passes: 2, parallelism: 1 })
  expect([parsed?.salt.length, parsed?.tag.length]).toEqual([16, 32])
})

test('the right password is right, every other wrong', async () => {
  const hash = await stored(GOOD)
  expect(await hasher.verify(GOOD, hash)).toBe('right')
  for (const wrong of ['', ' ', `${GOOD} `, GOOD.toUpperCase(), GOOD.slice(1), hash]) {
    expect(await hasher.verify(wrong, hash)).toBe('wrong')
  }
})

test('a hash made elsewhere is read: a vector of the reference program (phc-winner-argon2, src/test.c)', async () => {
  const elsewhere = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  expect(await hasher.verify('password', elsewhere)).toBe('right')
  expect(await hasher.verify('differentpassword', elsewhere)).toBe('wrong')
})

test('letters composed by one keyboard and combined by another are the same; width is not', async () => {
  const hash = await stored('p\u00e4ssword\u00e9')
  expect(await hasher.verify('pa\u0308sswor\u0064e\u0301', hash)).toBe('right')
  expect(await hasher.verify('\uff50\u00e4ssword\u00e9', hash)).toBe('wrong')
})

test('G-12 NUL is a character like another', async () => {
  const hash = await stored('secretsecret')
  expect(await hasher.verify('secretsecret\0anything', hash)).toBe('wrong')
  const nul = await stored('\0'.repeat(8))
  expect(await hasher.verify('', nul)).toBe('wrong')
  expect(await hasher.verify('\0'.repeat(9), nul)).toBe('wrong')
  expect(await hasher.verify('\0'.repeat(8), nul)).toBe('right')
})

test('G-15 what is no text is wrong, never an error', async () => {
  const hash = await stored('undefined')
  for (const value of [undefined, null, true, ['undefined'], { $ne: 1 }, { toString: () => 'undefined' }]) {
    expect(await hasher.verify(value, hash)).toBe('wrong')
  }
})

test.for([undefined, '', 'secret', '!', '$2y$10$short', '$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAA'])(
  'G-17 without a hash that can be read every password is wrong, the stored text itself too: %j',
  async (hash) => {
    for (const password of ['secret', '', hash]) expect(await hasher.verify(password, hash)).toBe('wrong')
  },
)

test.for([
  ['1234567', 'is shorter than 8 characters'],
  ['', 'is shorter than 8 characters'],
  ['\u00e9\u00e9\u00e9\u00e9', 'is shorter than 8 characters'],
  ['\u{1f600}'.repeat(7), 'is shorter than 8 characters'],
  ['\u{1f600}'.repeat(8), undefined],
  ['12345678', undefined],
  ['        ', undefined],
  ['x'.repeat(1024), undefined],
  ['x'.repeat(1025), 'is not a text of at most 1024 bytes'],
  ['\u00e9'.repeat(513), 'is not a text of at most 1024 bytes'],
  ['\ud800'.repeat(9), 'is not a text of at most 1024 bytes'],
  [null, 'is not a text of at most 1024 bytes'],
] as const)('what may become a password: %j %s', async ([text, problem]) => {
  expect(passwordProblem(text)).toBe(problem)
})

test('what may not become a password is not hashed', async () => {
  await expect(hasher.hash('short')).rejects.toThrow(TypeError)
})

test('G-14 two hashes run at once, 32 wait, and the rest is told busy at once', async () => {
  const flooded = new PasswordHasher()
  const hash = await stored(GOOD)
  const answers = Array.from({ length: 100 }, () => flooded.verify(GOOD, hash))
  const verdicts = await Promise.all(answers)
  expect(verdicts.filter((verdict) => verdict === 'right')).toHaveLength(34)
  expect(verdicts.filter((verdict) => verdict === 'busy')).toHaveLength(66)
  expect(await flooded.verify(GOOD, hash)).toBe('right')
}, 30_000)

test('G-14 a flood of strangers leaves known devices places of their own, ahead of the rest', async () => {
  const flooded = new PasswordHasher()
  const hash = await stored(GOOD)
  const order: string[] = []
  const flood = Array.from({ length: 60 }, async () => {
    if ((await flooded.verify('wrong', hash)) === 'wrong') order.push('stranger')
  })
  const owner = flooded.verify(GOOD, hash, true).then((verdict) => order.push(verdict))
  await Promise.all([owner, ...flood])
  expect(order).toHaveLength(35)
  expect(order.indexOf('right')).toBeLessThanOrEqual(4)
}, 30_000)
