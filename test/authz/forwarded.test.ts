/** From a proxy's header lines to the one canonical request, or to none: what is unsure is refused (threats A, B). */
import { describe, expect, test } from 'vitest'
import { parseForwarded, type Dialect } from '../../src/authz/forwarded.ts'
import { METHODS } from '../../src/labels/spec.ts'
import { GOOD, headerLines } from './header-lines.ts'

const NGINX = `
X-Original-Method: GET
X-Original-URL: https://App.Example.com:8443/a%20b?c=d
X-Forwarded-For: 203.0.113.9
`

function requestOf(text: string, dialect: Dialect = 'forward') {
  return parseForwarded(dialect, headerLines(text))?.request
}

/** The good question with one header's value changed; null takes its line out. */
function good(name: string, value: string | null) {
  const lines = GOOD.split('\n').filter((line) => !line.startsWith(`${name}:`))
  return requestOf([...lines, ...(value === null ? [] : [`${name}: ${value}`])].join('\n'))
}

test('the five headers become one canonical request, and path and query are kept as they were asked for', () => {
  expect(parseForwarded('forward', headerLines(GOOD))).toMatchObject({
    request: {
      method: 'POST',
      scheme: 'https',
      host: 'app.example.com',
      path: { text: '/a b', folded: '/a b', ambiguous: false },
      address: '203.0.113.9',
      socketOrigin: undefined,
    },
    uri: '/a%20b?c=d',
  })
})

test.for(['http', 'https', 'ws'])('TLS ended before the proxy: what it takes for %s came by https', (proto) => {
  const lines = headerLines(GOOD.replace(/^X-Forwarded-Proto: .*$/m, `X-Forwarded-Proto: ${proto}`))
  expect(parseForwarded('forward', lines, true)?.request.scheme).toBe('https')
})

test('TLS ended before the proxy: what is no scheme is still refused', () => {
  const lines = headerLines(GOOD.replace(/^X-Forwarded-Proto: .*$/m, 'X-Forwarded-Proto: ftp'))
  expect(parseForwarded('forward', lines, true)).toBeUndefined()
})

test('nginx says the same in one address', () => {
  expect(requestOf(NGINX, 'nginx')).toEqual({ ...requestOf(GOOD), method: 'GET' })
})

test('the names of headers have no case', () => {
  const other = (change: (name: string) => string) => GOOD.replaceAll(/^[\w-]+(?=:)/gm, change)
  expect(requestOf(other((name) => name.toLowerCase()))).toEqual(requestOf(GOOD))
  expect(requestOf(other((name) => name.toUpperCase()))).toEqual(requestOf(GOOD))
})

test.for(['X-Forwarded-Method', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Forwarded-Uri'])(
  '%s is needed, whatever else is there',
  (name) => {
    expect(good(name, null)).toBeUndefined()
    expect(good(name, '')).toBeUndefined()
    expect(good(name, ' ')).toBeUndefined()
    expect(good(name, '\\t')).toBeUndefined()
  },
)

test('without X-Forwarded-For the address is not known, and is in no network', () => {
  expect(good('X-Forwarded-For', null)?.address).toBe('')
})

describe('a second line of a header that decides is a second opinion', () => {
  const decisive = ['X-Forwarded-Method', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Forwarded-Uri', 'X-Forwarded-For']
  test.for([...decisive, 'Host', 'Authorization', 'Origin', 'Sec-Fetch-Mode', 'Upgrade', 'Content-Length'])(
    '%s',
    (name) => {
      const twice = (again: string) => requestOf(`${GOOD}\n${name}: /x\n${again}: /x`)
      expect(twice(name)).toBeUndefined()
      expect(twice(name.toLowerCase())).toBeUndefined()
    },
  )
  test.for(['Cookie', 'Accept'])('but %s is a list, and may have several', (name) => {
    const forwarded = parseForwarded('forward', headerLines(`${GOOD}\n${name}: a\n${name}: b`))
    expect([forwarded?.fields.cookie, forwarded?.fields.accept]).toContain(name === 'Cookie' ? 'a; b' : 'a, b')
  })
})

test.for([
  ['X-Forwarded-Host', 'a.example.com, b.example.com'],
  ['X-Forwarded-Host', 'a.example.com,'],
  ['X-Forwarded-Method', 'GET, POST'],
  ['X-Forwarded-Proto', 'https,http'],
] as const)('a comma is never a choice: %s: %s', ([name, value]) => {
  expect(good(name, value)).toBeUndefined()
})

test.for(['\\x00', '\\x01', '\\x0a', '\\x0d', '\\x1f', '\\x7f', '\\x80', '\\xa0', '\\xff', ' ', '\\t'])(
  'the byte %s is in no host, method, scheme or path',
  (byte) => {
    expect(good('X-Forwarded-Host', `app${byte}.example.com`)).toBeUndefined()
    expect(good('X-Forwarded-Method', `G${byte}ET`)).toBeUndefined()
    expect(good('X-Forwarded-Proto', `https${byte}`)).toBeUndefined()
    expect(good('X-Forwarded-Uri', `/a${byte}b`)).toBeUndefined()
  },
)

/** What Traefik makes of odd request targets (measured), and what it then says: X-Forwarded-Uri on the left. */
describe('traefik: what X-Forwarded-Uri can be', () => {
  test.for([
    ['/bar', '/bar', false, 'of /foo/%2e%2e/bar'],
    ['/evil/x', '/evil/x', false, 'of //evil/x'],
    ['/foo%2Fbar', '/foo%2Fbar', true, 'of /foo%2fbar'],
    ['/foo/..%2Fbar', '/foo/..%2Fbar', true, 'of /foo/%2E%2e%2Fbar'],
    ['/a%252fb', '/a%252fb', true, 'unchanged'],
    ['/a%5Cb', '/a\\b', true, 'of /a\\b'],
    ['/foo/..;/bar', '/foo/..;/bar', true, 'unchanged: a way up for Tomcat'],
    ['/a;b=c', '/a;b=c', true, 'unchanged'],
    ['/admin', '/admin', false, 'of /%61dmin'],
    ['/ADMIN', '/ADMIN', false, 'unchanged'],
    ['/caf%C3%A9', '/café', false, 'unchanged'],
    ['/a?', '/a', false, 'keeps its question mark'],
    ['/p', '/p', false, 'of http://other/p'],
  ] as const)('%s is the path %s, ambiguous: %s (%s)', ([uri, text, ambiguous]) => {
    expect(good('X-Forwarded-Uri', uri)?.path).toMatchObject({ text, ambiguous })
  })
  test.for([
    ['/a%00b', 'NUL'],
    ['http://internal/admin', 'of http:http://internal/admin, routed as / (CVE-2026-88009)'],
    ['https://app.example.com/', 'absolute-form'],
    ['admin/secret', 'of http:admin/secret, routed as /'],
    ['*', 'of OPTIONS *'],
    ['', 'empty'],
    ['//evil/x', 'where sanitizePath is off'],
    ['/\\evil', 'a browser reads // there'],
    ['\\\\evil', ''],
    ['/a/../b', 'where sanitizePath is off'],
    ['/a/%2e%2e/b', ''],
    ['/a/.', ''],
    ['/a#b', 'where a fragment came through'],
    ['/%zz', 'an invalid escape'],
    ['/%c0%ae%c0%ae/', 'overlong UTF-8'],
    ['?x', 'no path'],
    [`/${'a'.repeat(8192)}`, 'too long, and never cut'],
  ] as const)('%s is refused: %s', ([uri]) => {
    expect(good('X-Forwarded-Uri', uri)).toBeUndefined()
  })
})

test.for(['https', 'HTTPS', 'wss', 'WSS'])('%s is https', (proto) => {
  expect(good('X-Forwarded-Proto', proto)?.scheme).toBe('https')
})
test.for(['http', 'Http', 'ws'])('%s is http', (proto) => {
  expect(good('X-Forwarded-Proto', proto)?.scheme).toBe('http')
})

test.for(METHODS)('%s is a method', (method) => {
  expect(good('X-Forwarded-Method', method)?.method).toBe(method)
})
test.for(['get', 'GETz', 'TRACE', 'CONNECT', 'TRACK', '__proto__', 'constructor', 'GET\\t'])(
  '%s is none we answer for',
  (method) => {
    expect(good('X-Forwarded-Method', method)).toBeUndefined()
  },
)

test.for([
  ['203.0.113.9', '203.0.113.9'],
  ['10.0.0.1, 203.0.113.9', '203.0.113.9'],
  ['10.0.0.1,203.0.113.9', '203.0.113.9'],
  ['10.0.0.1, 10.0.0.2, 203.0.113.9', '203.0.113.9'],
  ['203.0.113.9,', ''],
  ['2001:db8::1', '2001:db8::1'],
] as const)("of X-Forwarded-For: %s the nearest proxy's word is %j", ([value, address]) => {
  expect(good('X-Forwarded-For', value)?.address).toBe(address)
})

describe('a WebSocket handshake', () => {
  const socket = (origin: string, mark = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==') =>
    requestOf(`${GOOD}\n${mark}\nOrigin: ${origin}`)
  test.for([
    ['https://app.example.com', 'app.example.com'],
    ['https://APP.example.com:8443', 'app.example.com'],
    ['http://app.example.com', 'app.example.com'],
  ] as const)('of %s was asked for by a page of %s', ([origin, host]) => {
    expect(socket(origin)?.socketOrigin).toBe(host)
    expect(socket(origin, 'Upgrade: websocket')?.socketOrigin).toBe(host)
  })
  test.for(['null', 'app.example.com', 'https://app.example.com/', 'https://a@app.example.com', 'file://', 'https://'])(
    'of %s was asked for by no page',
    (origin) => {
      expect(socket(origin)).toBeUndefined()
    },
  )
  test('without an origin comes from a program; and an origin without a handshake is no matter of ours', () => {
    expect(requestOf(`${GOOD}\nUpgrade: websocket`)).toMatchObject({ socketOrigin: undefined })
    expect(requestOf(`${GOOD}\nOrigin: null`)).toMatchObject({ socketOrigin: undefined })
  })
})

describe('each dialect reads its own headers and none of the other', () => {
  test('what nginx is sent by a client in X-Forwarded-* is nothing', () => {
    expect(requestOf(`${NGINX}\nX-Forwarded-Host: x\nX-Forwarded-Uri: /x\nX-Forwarded-Proto: ftp`, 'nginx')).toEqual(
      requestOf(NGINX, 'nginx'),
    )
    expect(requestOf(GOOD, 'nginx')).toBeUndefined()
  })
  test('what others are sent in X-Original-*, X-Rewrite-URL, Forwarded or as an override is nothing', () => {
    const more = 'X-Original-URL: https://x/\nX-Original-Method: GET\nX-Rewrite-URL: /x\nForwarded: host=x;proto=http'
    expect(requestOf(`${GOOD}\n${more}\nX-HTTP-Method-Override: GET`)).toEqual(requestOf(GOOD))
    expect(requestOf(NGINX)).toBeUndefined()
  })
  test.for([
    'https://user@app.example.com/',
    'https://app.example.com',
    'https://app.example.com?x',
    'https://app.example.com\\x/',
    'https://app.example.com:8443:1/',
    'https:///x',
    'https:app.example.com/',
    'wss://app.example.com/',
    '//app.example.com/',
    '/x',
    'https://app.example.com/a/../b',
    'https://app.example.com//b',
    ' https://app.example.com/',
  ])('X-Original-URL: %s is refused', (url) => {
    expect(requestOf(NGINX.replace(/^X-Original-URL: .*$/m, `X-Original-URL: ${url}`), 'nginx')).toBeUndefined()
  })
})
