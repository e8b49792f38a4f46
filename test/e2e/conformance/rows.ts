/** The requests that every proxy is asked, and what becomes of each. */
import type { World } from './world.ts'

export interface Row {
  readonly name: string
  readonly method: string
  readonly path: string
  /** As it is sent; also what the app is to see. */
  readonly host: string
  /** Header lines; `$alice` and `$bob` in one are their session cookies at this host, `$token` is carol's token. */
  readonly lines: readonly string[]
  readonly body: string
  /** See outcome.ts: `app as alice/users`, `302 sign-in`, `403`. */
  readonly expected: string
  /** In place of the usual request line, or Host line. */
  readonly head: string | undefined
}

type Words = Partial<Pick<Row, 'method' | 'lines' | 'body' | 'head'>> & { readonly visit?: boolean }

const NAVIGATION = [
  'Accept: text/html,application/xhtml+xml;q=0.9',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Dest: document',
]
const TYPED = ['Accept: text/html']
export const AS_ALICE = 'Cookie: labelgate=$alice'
const AS_BOB = 'Cookie: labelgate=$bob'

export function row(name: string, [host, path]: readonly [string, string], expected: string, words: Words = {}): Row {
  const { method = 'GET', lines = [], body = '', head, visit = true } = words
  return { name, method, path, host, lines: [...(visit ? NAVIGATION : []), ...lines], body, expected, head }
}

export const at = (target: string): [string, string] => {
  const slash = target.indexOf('/')
  return [target.slice(0, slash), target.slice(slash)]
}

/** Who comes to which app. */
const visits: readonly Row[] = (
  [
    ['app.example.com/', '302 sign-in', 'app as alice/users', 'app as bob/admins'],
    ['app.example.com/a/b?c=d&e', '302 sign-in', 'app as alice/users', 'app as bob/admins'],
    ['admin.example.com/', '302 sign-in', '403', 'admin as bob/admins'],
    ['public.example.com/x', 'public as nobody', 'public as alice/users', 'public as bob/admins'],
    ['mix.example.com/public/x', 'mix as nobody', 'mix as alice/users', 'mix as bob/admins'],
    ['mix.example.com/private', '302 sign-in', 'mix as alice/users', 'mix as bob/admins'],
    ['docs.example.com/read', '302 sign-in', 'docs as alice/users', 'docs as bob/admins'],
    ['docs.example.com/admin/x', '302 sign-in', '403', 'docs as bob/admins'],
    ['docs.example.com/ADMIN', '302 sign-in', '403', 'docs as bob/admins'],
    ['shared.example.com/one/x', '302 sign-in', 'one as alice/users', 'one as bob/admins'],
    ['shared.example.com/two', '302 sign-in', '403', 'two as bob/admins'],
    ['shared.example.com/onetwo', '403', '403', '403'],
    ['a.wild.example.com/', '302 sign-in', 'wild as alice/users', 'wild as bob/admins'],
    ['chat.example.com/', '302 sign-in', 'chat as alice/users ptl alice', 'chat as bob/admins ptl bob'],
    ['here.example.com/', 'here as nobody', 'here as alice/users', 'here as bob/admins'],
    ['there.example.com/', '302 sign-in', 'there as alice/users', 'there as bob/admins'],
    ['mfa.example.com/', '302 sign-in', '302 sign-in', '302 sign-in'],
    ['broken.example.com/', '403', '403', '403'],
    ['twice.example.com/', '403', '403', '403'],
    ['down.example.com/', '302 sign-in', '503', '503'],
    ['unknown.example.com/', '403', '403', '403'],
  ] as const
).flatMap(([target, nobody, alice, bob]) => [
  row(`nobody at ${target}`, at(target), nobody),
  row(`alice at ${target}`, at(target), alice, { lines: [AS_ALICE] }),
  row(`bob at ${target}`, at(target), bob, { lines: [AS_BOB] }),
])

const APP: [string, string] = ['app.example.com', '/x']

/** How it is answered, by what asks. */
const kinds: readonly Row[] = [
  row('an address that is typed', APP, '302 sign-in', { visit: false, lines: TYPED }),
  row('HEAD of a navigation', APP, '302 sign-in', { method: 'HEAD' }),
  row('a form that is posted', APP, '303 sign-in', { method: 'POST', body: 'a=b' }),
  row('a fetch', APP, '401 challenge', { visit: false, lines: ['Accept: */*', 'Sec-Fetch-Mode: cors'] }),
  row('an XMLHttpRequest', APP, '401 challenge', {
    visit: false,
    lines: [...TYPED, 'X-Requested-With: XMLHttpRequest'],
  }),
  row('a program', APP, '401 challenge', { visit: false, lines: ['Accept: application/json'] }),
  row('a program that says nothing', APP, '401 challenge', { visit: false }),
  row('a program that posts', APP, '401 challenge', { visit: false, method: 'POST', body: '{}' }),
  row('an event stream', APP, '401 challenge', {
    visit: false,
    lines: ['Accept: text/event-stream', 'Sec-Fetch-Mode: cors'],
  }),
  row('a preflight', APP, '401 challenge', {
    visit: false,
    method: 'OPTIONS',
    lines: ['Origin: https://other.example', 'Access-Control-Request-Method: PUT', 'Sec-Fetch-Mode: cors'],
  }),
  row('a program that may not', ['admin.example.com', '/'], '403', { visit: false, lines: [AS_ALICE] }),
  row('a program at an app that is down', ['down.example.com', '/'], '503', { visit: false, lines: [AS_ALICE] }),
]

const methods: readonly Row[] = [
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'MKCOL', 'REPORT'].map((method) =>
    row(`${method} by alice`, APP, 'app as alice/users', { method, lines: [AS_ALICE], visit: false }),
  ),
  row('POST at a path that is public to GET', ['mix.example.com', '/public/x'], '401 challenge', {
    method: 'POST',
    visit: false,
  }),
  ...['TRACE', 'FOO', 'get', 'GETz', 'TRACK', 'DEBUG'].map((method) =>
    row(`${method} is no method of ours`, ['public.example.com', '/'], '400', { method, visit: false }),
  ),
]

/** Other ways to write a host; the app sees it as it was written. */
const hosts: readonly Row[] = [
  row('capitals', ['APP.Example.COM', '/x'], 'app as alice/users', { lines: [AS_ALICE] }),
  row('a port', ['app.example.com:8443', '/x'], 'app as alice/users', { lines: [AS_ALICE] }),
  row('a dot at the end', ['app.example.com.', '/x'], 'app as alice/users', { lines: [AS_ALICE] }),
  row('two labels under a wildcard', ['a.b.wild.example.com', '/'], '403', { lines: [AS_ALICE] }),
  row('the wildcard itself', ['wild.example.com', '/'], '403', { lines: [AS_ALICE] }),
  row('an address', ['127.0.0.1', '/'], '403'),
  row('localhost', ['localhost', '/'], '403'),
  row('somebody before an @', ['x@app.example.com', '/'], '400', { lines: [AS_ALICE] }),
  row('two hosts by comma', ['app.example.com,public.example.com', '/'], '400', { lines: [AS_ALICE] }),
  row('a host with a blank', ['app.example.com x', '/'], '400', { lines: [AS_ALICE] }),
  row('no host', ['', '/'], '400', { head: 'GET / HTTP/1.1\r\n' }),
  row('an empty host', ['', '/'], '400'),
  row('two Host lines', ['public.example.com', '/'], '400', { lines: ['Host: app.example.com'] }),
  row('an absolute address that says another host', ['public.example.com', '/x'], '302 sign-in', {
    head: 'GET http://app.example.com/x HTTP/1.1\r\nHost: public.example.com\r\n',
  }),
  row('the portal from an app', ['auth.example.com', '/auth/nginx/'], '404'),
  row('our question by its inner name', ['app.example.com', '/.labelgate/question'], '404'),
  row('a path of ours on an app', ['app.example.com', '/.labelgate/nothing'], '404'),
  row('a callback without a code', ['app.example.com', '/.labelgate/callback'], '400'),
  row('signing out on an app', ['app.example.com', '/.labelgate/logout'], '302 sign-out'),
]

/** Whoever reads such a path otherwise than we do must not find a public one protected, or a protected one public. */
const paths: readonly Row[] = [
  ...['/public/../private', '/public/%2e%2e/private', '/./public/x', '//public/x', '/public/%00', '/public/%c0%af'].map(
    (path) => row(`${path} is no path`, ['mix.example.com', path], '400'),
  ),
  ...[
    '/public/..%2fprivate',
    '/public/..;/private',
    '/public%2fx',
    '/public/%2fprivate',
    '/public/a;b',
    '/public/x%5c..%5cprivate',
    '/public//x',
    '/Public/x',
    '/publicx',
    '/public%252fx',
    '/public\\x',
  ].map((path) => row(`${path} is not public`, ['mix.example.com', path], '302 sign-in')),
  row('a public path by another writing', ['mix.example.com', '/pub%6cic/x'], 'mix as nobody'),
  ...['/a%20b', '/%C3%A4', '/a+b?x=%2F%2e', '/a//b', '/?', '/a?b?c', "/a'(b)*!$&,;=:@", '/~x/%7Ex', '/%2F'].map(
    (path) =>
      row(`${path} reaches the app as it is`, ['app.example.com', path], 'app as alice/users', { lines: [AS_ALICE] }),
  ),
  row('a protected part by another writing', ['docs.example.com', '/%61dmin/x'], '403', { lines: [AS_ALICE] }),
  row('a protected part by slashes', ['docs.example.com', '//admin/x'], '400', { lines: [AS_ALICE] }),
  row('a protected part by a dot', ['docs.example.com', '/./admin/x'], '400', { lines: [AS_ALICE] }),
  row('a star', ['app.example.com', '*'], '400', { method: 'OPTIONS', lines: [AS_ALICE] }),
  row('a path of 4,000 letters', ['app.example.com', `/${'a'.repeat(4000)}`], 'app as alice/users', {
    lines: [AS_ALICE],
  }),
]

const credentials: readonly Row[] = [
  row('a token', APP, 'app as carol/', { visit: false, lines: ['Authorization: Bearer $token'] }),
  row('a token as a password', APP, 'app as carol/', { visit: false, lines: ['Authorization: Basic $basic'] }),
  row('a token that is none', APP, '401 challenge', {
    visit: false,
    lines: [`Authorization: Bearer lg_${'0'.repeat(49)}`],
  }),
  row('a token where it may not', ['admin.example.com', '/'], '403', {
    visit: false,
    lines: ['Authorization: Bearer $token'],
  }),
  row("the app's own Bearer", APP, 'app as alice/users, authorization: Bearer theirs', {
    lines: [AS_ALICE, 'Authorization: Bearer theirs'],
  }),
  row(
    "the app's own Basic on a public path",
    ['public.example.com', '/'],
    'public as nobody, authorization: Basic dTpw',
    {
      visit: false,
      lines: ['Authorization: Basic dTpw'],
    },
  ),
  row('a token on a public path is not shown to the app', ['public.example.com', '/'], 'public as carol/', {
    visit: false,
    lines: ['Authorization: Bearer $token'],
  }),
  row('two Authorization lines', APP, '400', {
    visit: false,
    lines: ['Authorization: Bearer $token', 'Authorization: Bearer theirs'],
  }),
  row("a token behind the app's own Basic", ['public.example.com', '/'], '400', {
    visit: false,
    lines: ['Authorization: Basic dTpw', 'Authorization: Bearer $token'],
  }),
  row('other cookies stay', APP, 'app as alice/users, cookie: theme=dark; lang=en', {
    lines: ['Cookie: theme=dark; labelgate=$alice; lang=en'],
  }),
  row('other cookies of nobody', ['public.example.com', '/'], 'public as nobody, cookie: theme=dark', {
    lines: ['Cookie: theme=dark'],
  }),
  row('a session of another host', ['docs.example.com', '/'], '302 sign-in', {
    lines: ['Cookie: labelgate=$elsewhere'],
  }),
  row('a session that is none', APP, '302 sign-in', { lines: [`Cookie: labelgate=${'A'.repeat(43)}`] }),
  row('two sessions', APP, '302 sign-in', { lines: [`Cookie: labelgate=$alice; labelgate=${'A'.repeat(43)}`] }),
  row('a session under the prefix of https', APP, '302 sign-in', { lines: ['Cookie: __Host-labelgate=$alice'] }),
  row('a quoted session', APP, '302 sign-in', { lines: ['Cookie: labelgate="$alice"'] }),
]

/** A header that says who somebody is, however it is spelt. */
const SPELLINGS = [
  'Remote-User',
  'remote-user',
  'REMOTE-GROUPS',
  'Remote_User',
  'remote_groups',
  'Remote.User',
  'Remote_Groups',
  'X-Ptl-User',
  'X_Ptl_User',
  'X.Ptl-User',
  'X-Labelgate-Assertion',
  'X_Labelgate_Assertion',
]
const spoofs: readonly Row[] = [
  ...SPELLINGS.flatMap((name) => [
    row(`${name} on a public path`, ['public.example.com', '/'], 'public as nobody', { lines: [`${name}: mallory`] }),
    row(`${name} by alice`, APP, 'app as alice/users', { lines: [AS_ALICE, `${name}: mallory`] }),
  ]),
  ...['X-Fam-Admin', 'x-fam-role', 'X_Fam_Role', 'X.Fam.Role', 'X-Fam_Role'].map((name) =>
    row(`${name}, which begins as nobody’s may`, APP, 'app as alice/users', { lines: [AS_ALICE, `${name}: mallory`] }),
  ),
  ...['Remote~User', 'Remote!Groups', 'X~Ptl~User', 'Remote|User'].map((name) =>
    row(`${name}, as nobody honest spells it`, ['public.example.com', '/'], 'public as nobody', {
      lines: [`${name}: mallory`],
    }),
  ),
  ...[
    'X-Labelgate-Upstream: http://mallory',
    'X-Labelgate-Upstream-Address: mallory:80',
    'X-Labelgate-Upstream-Scheme: mallory',
    'X-Labelgate-Headers: mallory',
    'X-Labelgate-Status: mallory',
    'X-Labelgate-Proxy-Key: mallory',
  ].map((line) =>
    row(`${line.split(':')[0]} of the client's`, ['public.example.com', '/'], 'public as nobody', { lines: [line] }),
  ),
  ...[
    'X-Original-URL: http://public.example.com/',
    'X-Original-Method: OPTIONS',
    'X-Original-URI: /public',
    'X-Rewrite-URL: /public',
    'X-Forwarded-Host: public.example.com',
    'X-Forwarded-Uri: /public',
    'X-Forwarded-Method: OPTIONS',
    'X-Forwarded-Proto: https',
    'Forwarded: for=10.0.0.1;host=public.example.com',
    'X-HTTP-Method-Override: GET',
    'X-Envoy-Original-Path: /public',
    'X-Envoy-Original-Dst-Host: 127.0.0.1:1',
  ].map((line) => row(`${line.split(':')[0]} decides nothing`, APP, '302 sign-in', { lines: [line] })),
  row('X-Forwarded-For does not come from another network', ['there.example.com', '/'], '302 sign-in', {
    lines: ['X-Forwarded-For: 10.0.0.1'],
  }),
  row('two X-Forwarded-For lines', ['there.example.com', '/'], '302 sign-in', {
    lines: ['X-Forwarded-For: 10.0.0.1', 'X-Forwarded-For: 10.0.0.2'],
  }),
  row('X-Real-IP does not come from another network', ['there.example.com', '/'], '302 sign-in', {
    lines: ['X-Real-IP: 10.0.0.1'],
  }),
  row('X-Forwarded-For does not hide where one is', ['here.example.com', '/'], 'here as nobody', {
    lines: ['X-Forwarded-For: 203.0.113.1'],
  }),
  row('Connection names what a proxy sets', ['public.example.com', '/'], 'public as nobody', {
    lines: ['Connection: close, X-Forwarded-Host, X-Forwarded-Uri, X-Original-URL, X-Forwarded-For, Remote-User'],
  }),
  row('Connection names who alice is', APP, 'app as alice/users', {
    lines: [AS_ALICE, 'Connection: close, Remote-User, Remote-Groups'],
  }),
  row('Connection names the cookie', APP, 'app as alice/users', { lines: [AS_ALICE, 'Connection: close, Cookie'] }),
]

const HANDSHAKE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]
const H2C = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA']
const sockets: readonly Row[] = [
  row('a WebSocket of nobody', APP, '401 challenge', { visit: false, lines: HANDSHAKE }),
  row('a WebSocket of alice', APP, 'app as alice/users', { visit: false, lines: [...HANDSHAKE, AS_ALICE] }),
  row("a WebSocket of the app's own page", APP, 'app as alice/users', {
    visit: false,
    lines: [...HANDSHAKE, AS_ALICE, 'Origin: http://app.example.com'],
  }),
  row('a WebSocket of a page elsewhere', APP, '403', {
    visit: false,
    lines: [...HANDSHAKE, AS_ALICE, 'Origin: https://evil.example'],
  }),
  row('a WebSocket on a public path', ['public.example.com', '/'], 'public as nobody', {
    visit: false,
    lines: HANDSHAKE,
  }),
  row('h2c, which would go past us', ['public.example.com', '/'], 'public as nobody', { visit: false, lines: H2C }),
]

const bodies: readonly Row[] = [
  row('a form by alice', APP, 'app as alice/users, 3 bytes', { method: 'POST', lines: [AS_ALICE], body: 'a=b' }),
  row('a body of 1 MiB', APP, 'app as alice/users, 1048576 bytes', {
    method: 'PUT',
    lines: [AS_ALICE],
    body: 'x'.repeat(1_048_576),
  }),
  row('a body in chunks', APP, 'app as alice/users, 5 bytes', {
    method: 'POST',
    lines: [AS_ALICE, 'Transfer-Encoding: chunked'],
    body: '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
  }),
  row('a GET with a body', APP, 'app as alice/users, 3 bytes', { lines: [AS_ALICE], body: 'abc' }),
  row('Expect: 100-continue', APP, 'app as alice/users, 3 bytes', {
    method: 'POST',
    lines: [AS_ALICE, 'Expect: 100-continue'],
    body: 'abc',
  }),
  row('a body of nobody', APP, '401 challenge', { visit: false, method: 'POST', body: 'x'.repeat(70_000) }),
  row('a length and chunks', ['public.example.com', '/'], '400', {
    method: 'POST',
    visit: false,
    lines: ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    head: 'POST / HTTP/1.1\r\nHost: public.example.com\r\n',
    body: '0\r\n\r\n',
  }),
]

const SMALL: [string, string] = ['small.example.com', '/']
const bytes = (count: number) => ({ method: 'PUT', lines: [AS_ALICE], body: 'x'.repeat(count) })
/** An app that takes no more than 1,000 octets, and none of nobody. */
const limits: readonly Row[] = [
  row('1,000 octets where so many may be', SMALL, 'small as alice/users, 1000 bytes', bytes(1000)),
  row('1,001 octets where 1,000 may be', SMALL, '413', bytes(1001)),
  row('a program with 1 MiB where 1,000 octets may be', SMALL, '413', { ...bytes(1_048_576), visit: false }),
  row('1,001 octets of nobody', SMALL, '303 sign-in', { ...bytes(1001), lines: [] }),
  row('a GET of 1,001 octets', SMALL, '413', { ...bytes(1001), method: 'GET' }),
  row('a length that is a lie', SMALL, '413', {
    ...bytes(0),
    lines: [AS_ALICE, 'Content-Length: 1001', 'X-Labelgate-Body: 1;'],
    body: 'x'.repeat(1001),
    head: 'PUT / HTTP/1.1\r\nHost: small.example.com\r\n',
  }),
  row('chunks where there is a limit', SMALL, '411', {
    method: 'POST',
    lines: [AS_ALICE, 'Transfer-Encoding: chunked'],
    body: '3\r\nabc\r\n0\r\n\r\n',
  }),
  row('a GET in chunks where there is a limit', SMALL, '411', {
    lines: [AS_ALICE, 'Transfer-Encoding: chunked'],
    body: '3\r\nabc\r\n0\r\n\r\n',
  }),
  row('no body where there is a limit', SMALL, 'small as alice/users', { lines: [AS_ALICE] }),
  row('DELETE without a body where there is a limit', SMALL, 'small as alice/users', {
    method: 'DELETE',
    lines: [AS_ALICE],
  }),
  row('a body of no length where there is a limit', SMALL, 'small as alice/users', {
    method: 'POST',
    lines: [AS_ALICE, 'Content-Length: 0'],
  }),
]

export const ROWS: readonly Row[] = [
  ...visits,
  ...kinds,
  ...methods,
  ...hosts,
  ...paths,
  ...credentials,
  ...spoofs,
  ...sockets,
  ...bodies,
  ...limits,
]

/** The bytes of the request. */
export async function bytesOf({ method, path, host, lines, body, head }: Row, world: World): Promise<string> {
  const name = host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
  const words: Record<string, string> = {
    $alice: await world.cookie('alice', name),
    $bob: await world.cookie('bob', name),
    $elsewhere: await world.cookie('alice', 'elsewhere.example.com'),
    $token: world.token,
    $basic: Buffer.from(`carol:${world.token}`).toString('base64'),
  }
  const filled = lines.map((line) => line.replaceAll(/\$[a-z]+/g, (word) => words[word] ?? word))
  const length =
    body === '' || lines.some((line) => /^(?:Transfer-Encoding|Content-Length)/.test(line))
      ? []
      : [`Content-Length: ${body.length}`]
  return `${head ?? `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n`}${[...filled, ...length].map((line) => `${line}\r\n`).join('')}\r\n${body}`
}
