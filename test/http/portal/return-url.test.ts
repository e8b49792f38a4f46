import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkReturnUrl, MAX_RETURN_URL } from '../../../src/http/portal/return-url.ts'
import { httpsPortal, standardTable } from './fixture.ts'
import { foreignEncodings } from './open-redirects.ts'

const table = standardTable()
const check = (text: string, portal = httpsPortal) => checkReturnUrl(text, { portal, table })?.url
const withPort = { origin: 'http://auth.example.com:8080', host: 'auth.example.com', secure: false }

test.for([
  ['https://app.example.com/', 'https://app.example.com/'],
  ['https://app.example.com', 'https://app.example.com/'],
  ['https://app.example.com?a=b', 'https://app.example.com/?a=b'],
  ['https://app.example.com/a/b?q=1&r=%2Fx%5C', 'https://app.example.com/a/b?q=1&r=%2Fx%5C'],
  ['https://app.example.com/caf%C3%A9/@scope%2Fname', 'https://app.example.com/caf%C3%A9/@scope%2Fname'],
  ['https://one.apps.example.com/x', 'https://one.apps.example.com/x'],
  ['https://tools.example.com/wiki', 'https://tools.example.com/wiki'],
  ['https://auth.example.com/logout', 'https://auth.example.com/logout'],
])('%s may be returned to', ([text = '', url]) => {
  expect(check(text)).toBe(url)
})

test('the host and the canonical path are told apart for looking up the app', () => {
  const target = checkReturnUrl('https://tools.example.com/wiki/a%20b?x', { portal: httpsPortal, table })
  expect(target).toMatchObject({ host: 'tools.example.com', path: { text: '/wiki/a b' } })
})

test('where the portal has a port, an app is returned to on that port and no other', () => {
  expect(check('http://app.example.com:8080/x', withPort)).toBe('http://app.example.com:8080/x')
  for (const rd of ['http://app.example.com/x', 'http://app.example.com:80/', 'http://app.example.com:80801/'])
    expect(check(rd, withPort), rd).toBeUndefined()
})

test('before the first list of containers only the portal itself may be returned to', () => {
  const at = { portal: httpsPortal, table: undefined }
  expect(checkReturnUrl('https://app.example.com/', at)).toBeUndefined()
  expect(checkReturnUrl('https://auth.example.com/', at)).toBeDefined()
})

const REFUSED: Record<string, readonly string[]> = {
  'C-01': ['//evil.com', '///evil.com', '////evil.com/%2e%2e', '//evil.com/%2f..', '//app.example.com@evil.com/'],
  'C-02': [
    '/\\evil.com',
    '\\\\evil.com',
    '\\/\\/evil.com/',
    '/%5cevil.com',
    'https:\\\\evil.com',
    '/.\\evil.com',
    'https://evil.com\\.app.example.com',
    'https://app.example.com\\@evil.com',
    'https://app.example.com/\\evil.com',
    'https://app.example.com/%5cevil.com',
    'https://app.example.com/?x=\\evil.com',
  ],
  'C-04': [
    '/.//evil.com',
    '/..//evil.com',
    '/x/..//evil.com',
    '/%2e//evil.com',
    '/./\\evil.com',
    '/a/../../\\evil.com',
    'https://auth.example.com/.//evil.com',
    'https://auth.example.com//evil.com',
    'https://app.example.com/x/..//evil.com',
    'https://app.example.com/%2e%2e/x',
  ],
  'C-05': [
    'https://app.example.com@evil.com/',
    'https://app.example.com:443@evil.com',
    'https://app.example.com%40evil.com',
    'http://;@evil.com',
    'https://evil.com#@app.example.com',
    'https://evil.com?@app.example.com',
    'https://user@app.example.com/',
  ],
  'C-06': ['https://malicious-example.com/yoyo', 'https://evilapp.example.com.evil.com', 'https://notexample.com'],
  'C-07': [
    'https://app.example.com.evil.tld/',
    'https://app.example.com:pw@evil.tld',
    'https://app.example.comevil.tld',
    'https://two.deep.apps.example.com/',
    'https://apps.example.com/',
  ],
  'C-08': ['https://appXexample.com/', 'https://app-example.com/', 'https://appxexample.com/'],
  'C-09': [
    'javascript:alert(1)',
    'java\tscript:alert(1)',
    'JaVaScRiPt:alert(1)//https://app.example.com',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://app.example.com/x',
    'ftp://app.example.com',
  ],
  'C-10': [
    'http://app.example.com/',
    'https://app.example.com:8443/',
    'https://app.example.com:443/',
    'http://app.example.com:443',
    'HTTPS://app.example.com/',
    'https://APP.example.com/',
    'https://app.example.com./',
  ],
  'C-14': ['/x\r\nSet-Cookie: sess=evil', '/x\nLocation: https://evil.com', 'https://app.example.com/x\r\nA: b'],
  'C-16': ['%2f%2fevil.com', 'https%3a%2f%2fevil.com', '/%2f/evil.com'],
  'C-17': [
    'https://',
    'http://[::1',
    'https://a b',
    '%',
    'https://xn--/',
    'https://app.example.com/%',
    'x'.repeat(100_000),
  ],
  'C-18': [
    'https://app\u3002example.com',
    'https://\uff41pp.example.com',
    'https://app.example.com\u2044.evil.com',
    'https://app.example.com%2eevil.com',
    'https://\u0430pp.example.com',
    'https://ex\u00adample.com',
    'https://app.ex\u00adample.com/',
    'https://app%2eexample.com/',
  ],
  'C-19': ['https:evil.com', 'https:/evil.com', 'http:evil.com', 'https:\\evil.com', 'http:0xd8.0x3a.0xd6.0xce'],
}

test.for(Object.entries(REFUSED))('%s: none of its addresses is returned to', ([, addresses]) => {
  for (const address of addresses) expect(check(address), JSON.stringify(address)).toBeUndefined()
})

test('an address of more than the longest length is not returned to, one below it is', () => {
  const of = (length: number) => 'https://app.example.com/'.padEnd(length, 'a')
  expect(check(of(MAX_RETURN_URL))).toBeDefined()
  expect(check(of(MAX_RETURN_URL + 1))).toBeUndefined()
})

test('C-11: an allowed app keeps its own query, whatever stands in it', () => {
  const url = 'https://app.example.com/dest?url=https://evil.com'
  expect(check(url)).toBe(url)
})

const OURS = new Set(['https://auth.example.com', 'https://app.example.com', 'https://tools.example.com'])

test('C-25: of hundreds of encodings that lead elsewhere none is returned to, or stays on an allowed origin', () => {
  const all = foreignEncodings('evil.com', 'app.example.com')
  expect(all.length).toBeGreaterThan(300)
  for (const text of all) {
    const url = check(text)
    if (url !== undefined) expect(OURS, text).toContain(new URL(url, httpsPortal.origin).origin)
  }
  // the list is worth something: a parser alone would be led astray by most of it
  const astray = all.filter((text) => leads(text) === 'evil.com')
  expect(astray.length).toBeGreaterThan(150)
  for (const text of astray) expect(check(text), text).toBeUndefined()
})

function leads(text: string): string | undefined {
  return URL.parse(text, 'https://auth.example.com/login')?.hostname
}

test('whatever is accepted leads, as a browser reads it, to an allowed origin', () => {
  const piece = fc.constantFrom(
    'https://',
    'app.example.com',
    'auth.example.com',
    '@',
    ':',
    '443',
    '/',
    '\\',
    '.',
    '..',
    '%2f',
    '%5c',
    '?',
    '#',
    'evil.com',
    '\t',
    ';',
    'a',
  )
  const text = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
    fc.webUrl(),
  )
  fc.assert(
    fc.property(text, fc.constantFrom('', 'https://app.example.com'), (rest, start) => {
      const url = check(start + rest)
      if (url === undefined) return
      expect(OURS).toContain(new URL(url, 'https://auth.example.com/login').origin)
      expect(url).toMatch(/^[!-~]+$/)
    }),
    { numRuns: 3000 },
  )
})
