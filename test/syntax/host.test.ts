import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalHost, isHostName } from '../../src/syntax/host.ts'

test.for([
  ['app.example.com', 'app.example.com'],
  ['APP.Example.COM', 'app.example.com'],
  ['app.example.com.', 'app.example.com'],
  ['app.example.com:443', 'app.example.com'],
  ['app.example.com.:65535', 'app.example.com'],
  ['localhost', 'localhost'],
  // names that no app may claim, but that somebody may ask for
  ['my_app.example.com', 'my_app.example.com'],
  ['192.0.2.1:8080', '192.0.2.1'],
  ['[::FFFF:1.2.3.4]', '[::ffff:102:304]'],
  ['[2001:DB8:0:0::1]:443', '[2001:db8::1]'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['0x7f.example.com', '0x7f.example.com'],
])('the host %s is %s', ([text, host]) => {
  expect(canonicalHost(text ?? '')).toBe(host)
})

test('a host is never longer than a name in DNS', () => {
  expect(canonicalHost(`${'a'.repeat(253)}.:65535`)).toHaveLength(253)
  expect(canonicalHost('a'.repeat(254))).toBeUndefined()
  expect(canonicalHost('a'.repeat(1_000_000))).toBeUndefined()
})

test.for([
  '',
  ' ',
  'a b',
  'a\n',
  '\ta',
  'a/b',
  'a,b',
  'a@b',
  'bücher.example',
  '\u212Aeys.example',
  '１.example',
  'a\u00ad',
])('%j is no host', (text) => {
  expect(canonicalHost(text)).toBeUndefined()
})

test('a canonical host is its own canonical form, whatever text it came from', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.domain(),
    fc.ipV4Extended(),
    fc.ipV6().map((ip) => `[${ip}]`),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const host = canonicalHost(text)
      expect(host === undefined ? undefined : canonicalHost(host)).toBe(host)
    }),
  )
})

test('case, a port and one dot at the end change nothing', () => {
  fc.assert(
    fc.property(fc.domain(), fc.integer({ min: 1, max: 65535 }), (domain, port) => {
      expect(canonicalHost(`${domain.toUpperCase()}.:${port}`)).toBe(domain.toLowerCase())
    }),
  )
})

test('a host that an app may claim is one that a request can ask for, letter for letter', () => {
  const names = fc.stringMatching(/^[a-z0-9_.-]{1,12}$/)
  fc.assert(
    fc.property(fc.oneof(names, fc.domain()), (name) => {
      fc.pre(isHostName(name))
      expect(canonicalHost(name)).toBe(name)
    }),
  )
})

test.for(['app.example.com', 'localhost', 'a-b.c1', `${'a'.repeat(63)}.example`])('an app may claim %s', (name) => {
  expect(isHostName(name)).toBe(true)
})

test.for([
  '',
  '.',
  'a.',
  '.a',
  'a..b',
  '-a.example',
  'a-.example',
  'A.example',
  'a_b.example',
  '*.example.com',
  '127.0.0.1',
  '0x7f.1',
  'a.0x',
  '[::1]',
  'a:443',
  `${'a'.repeat(64)}.example`,
  'bücher.example',
])('no app may claim %j', (name) => {
  expect(isHostName(name)).toBe(false)
})
