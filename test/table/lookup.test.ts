import { expect, test } from 'vitest'
import { hasHost, lookup } from '../../src/table/lookup.ts'
import type { Table } from '../../src/table/table.ts'
import { canonicalHost } from '../../src/syntax/host.ts'
import { canonicalPath } from '../../src/syntax/path.ts'
import { container } from '../build/container.ts'
import { tableOf } from '../build/table.ts'

const APPS = [
  container('exact', 'host=one.apps.example.com'),
  container('wiki', 'host=tools.example.com\npath=/wiki'),
  container('wiki-admin', 'host=tools.example.com\npath=/wiki/admin'),
  container('any', 'host=*.apps.example.com'),
  container('deep', 'host=*.deep.apps.example.com'),
  container('partial', 'host=part.apps.example.com\npath=/part'),
  container('public', 'host=public.example.com\npublic=/**'),
]
const table = tableOf(APPS)

function found(host: string, path = '/', within: Table = table): string | undefined {
  const canonical = canonicalPath(path)
  return canonical && lookup(within, canonicalHost(host) ?? '', canonical)?.app.spec.id
}

test.for([
  ['one.apps.example.com', '/', 'exact'],
  ['two.apps.example.com', '/', 'any'],
  ['tools.example.com', '/wiki', 'wiki'],
  ['tools.example.com', '/wiki/', 'wiki'],
  ['tools.example.com', '/wiki/page', 'wiki'],
  ['tools.example.com', '/wiki/admin', 'wiki-admin'],
  ['tools.example.com', '/wiki/admin/x', 'wiki-admin'],
  ['tools.example.com', '/wiki/administrator', 'wiki'],
  ['tools.example.com', '/wikipedia', undefined],
  ['tools.example.com', '/', undefined],
  // as the proxy routes it: letter for letter
  ['tools.example.com', '/WIKI', undefined],
  ['tools.example.com', '/%77iki/admin', 'wiki-admin'],
] as const)('%s%s is the app %s', ([host, path, app]) => {
  expect(found(host, path)).toBe(app)
})

test('where an exact host owns only a path, a wildcard has the rest', () => {
  expect(found('part.apps.example.com', '/part/x')).toBe('partial')
  expect(found('part.apps.example.com', '/other')).toBe('any')
})

test.for([
  ['a.b.apps.example.com', undefined],
  ['apps.example.com', undefined],
  ['deep.apps.example.com', 'any'],
  ['x.deep.apps.example.com', 'deep'],
] as const)('B-15: a wildcard covers exactly one label: %s is %s', ([host, app]) => {
  expect(found(host)).toBe(app)
})

test.for([
  'evilapps.example.com',
  'xapps.example.com',
  'a.apps.example.com.evil.com',
  'a.apps.example.com.c',
  'example.com',
])('B-13: %s only looks like a host of ours', (host) => {
  expect(found(host)).toBeUndefined()
  expect(hasHost(table, host)).toBe(false)
})

test.for(['public.evil.com', 'public.admin.example.com', 'public', 'wiki', 'container/public'])(
  'B-14: %s is not found by the name of an app',
  (host) => {
    expect(found(host)).toBeUndefined()
  },
)

test('B-16: which of two wildcards has a host does not depend on who came first', () => {
  for (const order of [APPS, APPS.toReversed()])
    expect(found('x.deep.apps.example.com', '/', tableOf(order))).toBe('deep')
})

test.for([1, 100, 101, 5000])('B-02: with %i apps a host is found whatever its letters', (count) => {
  const many = Array.from({ length: count - 1 }, (_, n) => container(`app-${n}`, `host=app-${n}.example.com`))
  const large = tableOf([...many, container('admin', 'host=admin.example.com\nallow=group:admins')])
  for (const host of ['admin.example.com', 'ADMIN.example.com', 'Admin.Example.Com.', 'aDMIN.EXAMPLE.COM:443'])
    expect(found(host, '/', large)).toBe('admin')
  expect(found('admins.example.com', '/', large)).toBeUndefined()
})

test('names of the language itself are hosts like any other', () => {
  for (const host of ['__proto__', 'constructor', 'constructor.apps.example.com.', 'hasownproperty'])
    expect(found(host)).toBe(host.startsWith('constructor.') ? 'any' : undefined)
})

test('hasHost knows exact hosts and wildcards, whatever the path', () => {
  expect(hasHost(table, 'tools.example.com')).toBe(true)
  expect(hasHost(table, 'x.apps.example.com')).toBe(true)
  expect(hasHost(table, 'x.y.apps.example.com')).toBe(false)
  expect(hasHost(table, 'localhost')).toBe(false)
})
