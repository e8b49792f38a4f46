/** Whatever a proxy's header lines are: one canonical request, or none. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseForwarded } from '../../src/authz/forwarded.ts'
import { METHODS } from '../../src/labels/spec.ts'
import { canonicalHost } from '../../src/syntax/host.ts'
import { canonicalPath } from '../../src/syntax/path.ts'
import { GOOD, headerLines } from './header-lines.ts'

const NAMES = [...GOOD.matchAll(/^[\w-]+(?=:)/gm)].map(([name]) => name)
const name = fc.oneof(fc.constantFrom(...NAMES, 'Host', 'Cookie', 'Accept'), fc.string({ minLength: 1, maxLength: 20 }))
const value = fc.oneof(
  fc.constantFrom('GET', 'https', 'app.example.com', '/x', '/a/%2e%2e/b', 'a.example.com,b', '//x', '[::1]:80'),
  fc.string({ unit: 'binary', maxLength: 30 }),
)

test('whatever the lines are, what comes of them is canonical, or nothing does', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 12 }), (lines) => {
      const found = parseForwarded('forward', lines.flat())
      if (found === undefined) return
      const { method, scheme, host, path } = found.request
      expect(METHODS).toContain(method)
      expect(['http', 'https']).toContain(scheme)
      expect(canonicalHost(host)).toBe(host)
      expect(canonicalPath(found.uri)).toEqual(path)
      expect(path.text).toMatch(/^\/(?![/\\])/)
    }),
    { numRuns: 2000 },
  )
})

test('lines we do not know change nothing, wherever they stand; a known one that comes again refuses', () => {
  const lines = headerLines(GOOD)
  const known = new Set(NAMES.map((known) => known.toLowerCase()))
  const strange = name.filter((text) => !known.has(text.toLowerCase()) && !/^(?:host|cookie|accept)$/i.test(text))
  fc.assert(
    fc.property(strange, value, fc.nat(NAMES.length), fc.constantFrom(...NAMES), (other, text, at, again) => {
      const put = (...line: string[]) => parseForwarded('forward', lines.toSpliced(2 * at, 0, ...line))
      expect(put(`x${other}`, text)).toEqual(parseForwarded('forward', lines))
      expect(put(again.toUpperCase(), text)).toBeUndefined()
    }),
  )
})
