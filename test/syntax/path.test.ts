import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalPath, fold, isUnder, MAX_TARGET } from '../../src/syntax/path.ts'

test.for([
  ['/', '/'],
  ['/a/b', '/a/b'],
  ['/a/', '/a/'],
  ['/a?b/../c', '/a'],
  ['/%61%2Db', '/a-b'],
  ['/caf%C3%A9', '/café'],
  ['/a%20b', '/a b'],
  ["/a~!$&'()*+,=@:b", "/a~!$&'()*+,=@:b"],
  ['/.well-known/x', '/.well-known/x'],
  ['/a..b/.c', '/a..b/.c'],
  ['/a|"<>^`{}', '/a|"<>^`{}'],
])('%s is read as %s, and in one way only', ([target, text]) => {
  expect(canonicalPath(target ?? '')).toEqual({ text, folded: text, ambiguous: false })
})

test.for([
  ['/Admin', '/admin'],
  ['/ADM%C4%B1N', '/admin'],
  ['/%EF%BC%A1dmin', '/admin'],
  ['/%E2%84%AAeys', '/keys'],
  ['/stra%C3%9Fe', '/strasse'],
  ['/cafe%CC%81', '/café'],
])('%s is folded to %s', ([target, folded]) => {
  expect(canonicalPath(target ?? '')?.folded).toBe(folded)
})

test.for([
  ['/a%2fb', '/a%2Fb'],
  ['/a%3Fb', '/a%3Fb'],
  ['/a%23b', '/a%23b'],
  ['/a%25b', '/a%25b'],
  ['/a%2565', '/a%2565'],
  ['/a%3bb', '/a%3Bb'],
  ['/a;b', '/a;b'],
  ['/a\\b', '/a\\b'],
  ['/a%5Cb', '/a\\b'],
  ['/a//b', '/a//b'],
  ['/a./b', '/a./b'],
  ['/a%20/b', '/a /b'],
  ['/a/%20b', '/a/ b'],
  ['/a...', '/a...'],
  ['/a::$DATA', '/a::$DATA'],
  ['/a:$I30:$INDEX_ALLOCATION', '/a:$I30:$INDEX_ALLOCATION'],
  ['/a%E2%80%8Bb', '/a\u200bb'],
  ['/a%EF%BC%8Fb', '/a／b'],
  ['/a%EF%BC%9Fb', '/a？b'],
  ['/%EF%BC%8E%EF%BC%8E/b', '/．．/b'],
])('%s can be read in more than one way', ([target, text]) => {
  expect(canonicalPath(target ?? '')).toMatchObject({ text, ambiguous: true })
})

const NONE = ['', '*', 'a', '?a', '//', '//a', '/\\a', '/..', '/./a', '/a/../b', '/%2e%2e/a', '/a#b', '/a b', '/a\tb']
test.for([
  ...NONE,
  '/a%',
  '/a%0',
  '/a%zz',
  '/%ff',
  '/%c0%ae',
  '/a%00',
  '/a%0d%0aX: y',
  '/a%7f',
  '/a%C2%85',
  '/é',
  '/\u2028',
])('%j is no path', (target) => {
  expect(canonicalPath(target)).toBeUndefined()
})

test('a target is read whole or not at all', () => {
  const longest = `/${'a'.repeat(MAX_TARGET - 1)}`
  expect(canonicalPath(longest)?.text).toHaveLength(MAX_TARGET)
  expect(canonicalPath(`${longest}a`)).toBeUndefined()
  expect(canonicalPath(`/a?${'b'.repeat(MAX_TARGET)}`)).toBeUndefined()
})

const PIECES = [
  '/',
  'a',
  'A',
  '.',
  '..',
  '%2e',
  '%2f',
  '%2F',
  '%5c',
  '%25',
  '%32',
  '%',
  '%c0',
  '%ae',
  '%00',
  '%3b',
  ';',
  '\\',
  ' ',
  '#',
  '?',
  '::$DATA',
  '%E2%80%8B',
  '%EF%BC%8E',
  '%EF%BC%8F',
  '%C4%B1',
  'ß',
  '\u0000',
  '\ud800',
  '\u212a',
]
const pieces = fc.constantFrom(...PIECES)
const targets = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((list) => `/${list.join('')}`),
  fc.string({ unit: 'binary' }).map((text) => `/${text}`),
  fc.webPath(),
)

test('whatever the text, there is an answer, and the query is no part of it', () => {
  fc.assert(
    fc.property(targets, fc.string(), (target, query) => {
      expect(canonicalPath(`${target}?${query}`)).toEqual(canonicalPath(target))
    }),
    { numRuns: 1000 },
  )
})

test('what can be read in one way only is its own canonical form once it is written again', () => {
  fc.assert(
    fc.property(targets, (target) => {
      const path = canonicalPath(target)
      fc.pre(path !== undefined && !path.ambiguous)
      const segments = path.text.split('/')
      expect(canonicalPath(segments.map(encodeURIComponent).join('/'))).toEqual(path)
      expect(canonicalPath(segments.map(everyByteEscaped).join('/'))).toEqual(path)
    }),
    { numRuns: 1000 },
  )
})

/** As an attacker may write it. */
function everyByteEscaped(text: string): string {
  return Buffer.from(text).toString('hex').replaceAll(/../g, '%$&')
}

const clean = fc.stringMatching(/^(?:\/[a-z0-9-]{1,6}){1,4}$/)
const mutations = [
  '%2f',
  '%5c',
  '\\',
  ';',
  '//',
  '/../',
  '/./',
  '/%2e./',
  './',
  '%00',
  '%25',
  '%3f',
  '%23',
  '#',
  '%20/',
]

test('one ambiguous thing anywhere in a path makes it ambiguous or nothing at all', () => {
  fc.assert(
    fc.property(clean, fc.constantFrom(...mutations), fc.nat(), (path, mutation, at) => {
      const cut = 1 + (at % path.length)
      const mutated = path.slice(0, cut) + mutation + path.slice(cut)
      const read = canonicalPath(mutated)
      expect(read?.ambiguous ?? true).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

test('no decoder that is run once more finds a dot segment, a separator or a control in an unambiguous path', () => {
  fc.assert(
    fc.property(targets, (target) => {
      const path = canonicalPath(target)
      fc.pre(path !== undefined && !path.ambiguous)
      for (const text of [path.text, path.folded]) {
        expect(text).not.toMatch(/[\\;%?#\p{Cc}\p{Cf}]|\/\/|\/\.{1,2}(?:\/|$)/u)
      }
    }),
    { numRuns: 1000 },
  )
})

test('two spellings that any server could take for one another are folded to one', () => {
  for (const [a, b] of [
    ['ADMIN', 'admin'],
    ['ﬁle', 'file'],
    ['ﬁLE', 'FILE'],
    ['ſecret', 'secret'],
    ['Straße', 'STRASSE'],
    ['\u212aeys', 'keys'],
  ] as const)
    expect(fold(a)).toBe(fold(b))
})

test.for([
  ['/', '/', true],
  ['/', '/a', true],
  ['/a', '/a', true],
  ['/a', '/a/', true],
  ['/a', '/a/b', true],
  ['/a', '/ab', false],
  ['/a', '/', false],
  ['/a', '/A', false],
  ['/a/b', '/a', false],
] as const)('below %s lies %s: %s', ([prefix, path, expected]) => {
  expect(isUnder(prefix, path)).toBe(expected)
})

test('the slowest targets of the allowed length take far less than 5 ms (threat B-40)', () => {
  const slow = [
    `/${'a'.repeat(8000)}.`,
    `/${'a/'.repeat(4000)}../`.slice(0, MAX_TARGET),
    `/${'.'.repeat(8000)}`,
    `/${'./'.repeat(4000)}`,
    `/${'%2e'.repeat(2700)}`,
    `/${'%EF%BC%A1'.repeat(900)}`,
    `/${'a'.repeat(8000)}\u0000`,
  ]
  const start = performance.now()
  for (const target of slow) for (let i = 0; i < 20; i++) canonicalPath(target)
  expect((performance.now() - start) / (slow.length * 20)).toBeLessThan(5)
})
