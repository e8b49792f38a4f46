/** What is asked by HTTP/2: the rows of the table that can be, and what HTTP/2 alone can say. */
import type { Fields, SecondRequest } from '../doors/second.ts'
import { ROWS, type Row } from './rows.ts'
import type { World } from './world.ts'

export interface SecondRow extends Pick<Row, 'name' | 'method' | 'path' | 'host' | 'expected'>, SecondRequest {}

/** The app gets nothing, and the client 400 or the end of the stream (RFC 9113 section 8.1.1). */
export const MALFORMED = 'malformed'
/** The app gets nothing, and the client an error of whichever kind. */
export const REFUSED = 'refused'

// HTTP/1.1 alone has these, or has them so
const FIRST_ALONE = /^(?:Host|Connection|Upgrade|Transfer-Encoding|Expect|HTTP2-Settings):/i

/** The rows of the table that mean the same in HTTP/2. */
const taken: readonly SecondRow[] = ROWS.filter(
  ({ name, head, lines, method }) =>
    head === undefined &&
    !lines.some((line) => FIRST_ALONE.test(line)) &&
    // these are about the prefix of the cookie, which is another one here
    name !== 'a session under the prefix of https' &&
    method !== 'CONNECT',
).map((row) => {
  const { name, method, path, host, lines, body, expected } = row
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [
      line.slice(0, colon).toLowerCase(),
      line
        .slice(colon + 1)
        .trim()
        .replace(/(^|; )labelgate=/g, '$1__Host-labelgate='),
    ]
  })
  const length: Fields = body === '' || fields.some(([key]) => key === 'content-length') ? [] : lengthOf(body)
  return {
    name,
    method,
    path,
    host,
    expected,
    ...(body !== '' && { body }),
    fields: [...asked(row), ...fields, ...length],
  }
})

function lengthOf(body: string): Fields {
  return [['content-length', String(body.length)]]
}

function asked({ method = 'GET', path = '/x', host = 'app.example.com' }: Partial<Row>): Fields {
  return [
    [':method', method],
    [':scheme', 'https'],
    [':authority', host],
    [':path', path],
  ]
}

type Words = Partial<Pick<Row, 'method' | 'path' | 'host'>> &
  Omit<SecondRequest, 'fields'> & {
    /** In place of the usual `:method` and so on. */
    readonly pseudo?: Fields
  }

/** Of a program, at `https://app.example.com/x`. */
export function row(name: string, expected: string, fields: Fields, { pseudo, ...words }: Words = {}): SecondRow {
  const { method = 'GET', path = '/x', host = 'app.example.com', ...rest } = words
  return {
    name,
    method,
    path,
    host,
    expected,
    ...rest,
    fields: [...(pseudo ?? asked({ method, path, host })), ...fields],
  }
}

const ALICE = ['cookie', '__Host-labelgate=$alice'] as const
const AS_ALICE = 'app as alice/users'
const PUBLIC = { host: 'public.example.com' }

/** `:method` and so on, without some and with others in their place. */
function pseudo(without: readonly string[], more: Fields = [], words: Partial<Row> = {}): { readonly pseudo: Fields } {
  return { pseudo: [...asked(words).filter(([name]) => !without.includes(name)), ...more] }
}

const cookies: readonly SecondRow[] = [
  row('a cookie in several fields', `${AS_ALICE}, cookie: theme=dark; lang=en`, [
    ['cookie', 'theme=dark'],
    ALICE,
    ['cookie', 'lang=en'],
  ]),
  row('two sessions in two cookie fields', '401 challenge', [ALICE, ['cookie', `__Host-labelgate=${'A'.repeat(43)}`]]),
  row(
    'a cookie in several fields, of nobody',
    'public as nobody, cookie: a=1; b=2',
    [
      ['cookie', 'a=1'],
      ['cookie', 'b=2'],
    ],
    PUBLIC,
  ),
  row('a session under the name of plain http', '401 challenge', [['cookie', 'labelgate=$alice']]),
]

const hosts: readonly SecondRow[] = [
  row('a host that says what :authority does', AS_ALICE, [['host', 'app.example.com'], ALICE]),
  row('a host that says something else than :authority', MALFORMED, [['host', 'public.example.com']]),
  row('a host of another app than :authority, which is public', MALFORMED, [['host', 'app.example.com']], PUBLIC),
  row('a host and no :authority', AS_ALICE, [['host', 'app.example.com'], ALICE], pseudo([':authority'])),
  row('neither host nor :authority', MALFORMED, [ALICE], pseudo([':authority'])),
  row(
    'two hosts and no :authority',
    MALFORMED,
    [
      ['host', 'public.example.com'],
      ['host', 'app.example.com'],
    ],
    { ...PUBLIC, ...pseudo([':authority']) },
  ),
  row('an empty :authority', MALFORMED, [ALICE], pseudo([':authority'], [[':authority', '']])),
  row(
    'an empty :authority and a host',
    MALFORMED,
    [['host', 'app.example.com'], ALICE],
    pseudo([':authority'], [[':authority', '']]),
  ),
  row(
    'somebody before an @ in :authority',
    MALFORMED,
    [ALICE],
    pseudo([':authority'], [[':authority', 'x@app.example.com']]),
  ),
  row('a path in :authority', MALFORMED, [ALICE], pseudo([':authority'], [[':authority', 'app.example.com/x']])),
]

const twice: readonly SecondRow[] = [
  row('two :authority', MALFORMED, [], pseudo([], [[':authority', 'public.example.com']])),
  row('two :path', MALFORMED, [], pseudo([], [[':path', '/public']])),
  row('two :method', MALFORMED, [], pseudo([], [[':method', 'OPTIONS']])),
  row('two :scheme', MALFORMED, [], pseudo([], [[':scheme', 'https']])),
  row('no :path', MALFORMED, [ALICE], pseudo([':path'])),
  row('no :method', MALFORMED, [ALICE], pseudo([':method'])),
  row('no :scheme', MALFORMED, [ALICE], pseudo([':scheme'])),
  row(
    'a :path after headers',
    MALFORMED,
    [
      ['accept', '*/*'],
      [':path', '/public'],
    ],
    pseudo([':path']),
  ),
  row('a pseudo-header that is none', MALFORMED, [], pseudo([], [[':remote-user', 'mallory']])),
  row('a pseudo-header of answers', MALFORMED, [], pseudo([], [[':status', '200']])),
]

const paths: readonly SecondRow[] = [
  ...['', 'x', '*', 'https://public.example.com/', 'public.example.com:443', '/a b', '/a\tb', '/a\u0000b', '?x'].map(
    (path) => row(`:path ${JSON.stringify(path)}`, MALFORMED, [ALICE], { path }),
  ),
  ...[
    'https://docs.example.com/admin/x',
    'https://docs.example.com//admin/x',
    'https://public.example.com/admin/x',
    'https:https://docs.example.com/admin/x',
    'https:admin/x',
  ].map((path) => row(`a protected part by :path ${path}`, MALFORMED, [ALICE], { path, host: 'docs.example.com' })),
  ...['https://mix.example.com/public/x', 'https://public.example.com/x', 'https:/public/x'].map((path) =>
    row(`:path ${path}, of nobody`, MALFORMED, [], { path, host: 'mix.example.com' }),
  ),
  row(':path "//public.example.com/x" is a path', MALFORMED, [ALICE], { path: '//public.example.com/x' }),
  row(':path with a fragment', MALFORMED, [ALICE], { path: '/x#/public' }),
  row(':path of a public app with a letter that is not ASCII', MALFORMED, [], { path: '/\u00e4', ...PUBLIC }),
]

const schemes: readonly SecondRow[] = [
  row(':scheme http over TLS', MALFORMED, [ALICE], pseudo([':scheme'], [[':scheme', 'http']])),
  row(':scheme ftp', MALFORMED, [ALICE], pseudo([':scheme'], [[':scheme', 'ftp']])),
  row(
    ':scheme http, and X-Forwarded-Proto too',
    MALFORMED,
    [ALICE, ['x-forwarded-proto', 'http']],
    pseudo([':scheme'], [[':scheme', 'http']]),
  ),
]

const headers: readonly SecondRow[] = [
  row('te: trailers', AS_ALICE, [ALICE, ['te', 'trailers']]),
  ...(
    [
      ['te', 'gzip'],
      ['connection', 'close'],
      ['connection', 'cookie'],
      ['connection', 'remote-user, x-forwarded-host'],
      ['keep-alive', 'timeout=5'],
      ['proxy-connection', 'keep-alive'],
      ['transfer-encoding', 'chunked'],
      ['upgrade', 'h2c'],
      ['upgrade', 'websocket'],
    ] as const
  ).map(([name, value]) => row(`${name}: ${value}, which is no header of HTTP/2`, MALFORMED, [ALICE, [name, value]])),
  ...[
    'Remote-User',
    'Cookie',
    'remote user',
    'remote-user:',
    'remote-user ',
    ' remote-user',
    '',
    'remote-us\u00e9r',
  ].map((name) => row(`${JSON.stringify(name)} is no name in HTTP/2`, MALFORMED, [[name, 'mallory']], PUBLIC)),
  ...['x\r\nremote-user: mallory', 'x\nremote-user: mallory', 'x\u0000y'].map((value) =>
    row(`${JSON.stringify(value)} is no value`, MALFORMED, [['x-test', value]], PUBLIC),
  ),
]

const bodies: readonly SecondRow[] = [
  row('a body of no length said', `${AS_ALICE}, 3 bytes`, [ALICE], { method: 'POST', body: 'a=b' }),
  row('a GET with a body of no length said', `${AS_ALICE}, 3 bytes`, [ALICE], { body: 'abc' }),
  row('1 MiB of no length said', `${AS_ALICE}, 1048576 bytes`, [ALICE], { method: 'PUT', body: 'x'.repeat(1_048_576) }),
  row('more body than was said', REFUSED, [ALICE, ['content-length', '3']], { method: 'POST', body: 'abcdef' }),
  row('less body than was said', REFUSED, [ALICE, ['content-length', '9']], { method: 'POST', body: 'abcdef' }),
  row('two lengths', MALFORMED, [ALICE, ['content-length', '3'], ['content-length', '6']], {
    method: 'POST',
    body: 'abcdef',
  }),
  row('a body of no length said where there is a limit', '411', [ALICE], {
    method: 'POST',
    body: 'abc',
    host: 'small.example.com',
  }),
  row('a body of no octets where there is a limit', 'small as alice/users', [ALICE], {
    body: '',
    host: 'small.example.com',
  }),
  row('no body where there is a limit, by POST', 'small as alice/users', [ALICE], {
    method: 'POST',
    host: 'small.example.com',
  }),
  row('trailers that say who it is', 'public as nobody, 3 bytes', [], {
    ...PUBLIC,
    method: 'POST',
    body: 'abc',
    trailers: [
      ['remote-user', 'mallory'],
      ['x-ptl-user', 'mallory'],
    ],
  }),
  row('trailers that are announced', 'public as nobody, 3 bytes', [['trailer', 'remote-user, x-ptl-user']], {
    ...PUBLIC,
    method: 'POST',
    body: 'abc',
    trailers: [
      ['remote-user', 'mallory'],
      ['x-ptl-user', 'mallory'],
    ],
  }),
  row('trailers that say who alice is', `${AS_ALICE}, 3 bytes`, [ALICE], {
    method: 'POST',
    body: 'abc',
    trailers: [
      ['remote-groups', 'mallory'],
      ['cookie', 'x=mallory'],
    ],
  }),
]

const socket = (protocol = 'websocket', host = 'app.example.com') => ({
  open: true,
  host,
  ...pseudo([], [[':protocol', protocol]], { method: 'CONNECT', host }),
})
const VERSION = ['sec-websocket-version', '13'] as const
/** RFC 8441. Who cannot does not offer it, and browsers then open a connection of HTTP/1.1. */
const tunnels: readonly SecondRow[] = [
  row('CONNECT', REFUSED, [ALICE], {
    open: true,
    ...pseudo([':path', ':scheme'], [], { method: 'CONNECT', host: 'app.example.com:443' }),
  }),
  row('a WebSocket by HTTP/2 of nobody', '401 challenge', [VERSION], socket()),
  row('a WebSocket by HTTP/2 of alice', AS_ALICE, [VERSION, ALICE], socket()),
  row(
    "a WebSocket by HTTP/2 of the app's own page",
    AS_ALICE,
    [VERSION, ALICE, ['origin', 'https://app.example.com']],
    socket(),
  ),
  row(
    'a WebSocket by HTTP/2 of a page elsewhere',
    '403',
    [VERSION, ALICE, ['origin', 'https://evil.example']],
    socket(),
  ),
  row(
    'a WebSocket by HTTP/2 on a public path',
    'public as nobody',
    [VERSION, ['remote-user', 'mallory']],
    socket('websocket', 'public.example.com'),
  ),
  row('a tunnel that is no WebSocket', REFUSED, [ALICE], socket('connect-udp')),
]

export const SECOND_ROWS: readonly SecondRow[] = [
  ...taken,
  ...cookies,
  ...hosts,
  ...twice,
  ...paths,
  ...schemes,
  ...headers,
  ...bodies,
  ...tunnels,
]

/** With everybody's credentials in place. */
export async function requestOf(row: SecondRow, world: World): Promise<SecondRequest> {
  const name = row.host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
  const words: Record<string, string> = {
    $alice: await world.cookie('alice', name),
    $bob: await world.cookie('bob', name),
    $elsewhere: await world.cookie('alice', 'elsewhere.example.com'),
    $token: world.token,
    $basic: Buffer.from(`carol:${world.token}`).toString('base64'),
  }
  const filled = row.fields.map(([key, value]): [string, string] => [
    key,
    value.replaceAll(/\$[a-z]+/g, (word) => words[word] ?? word),
  ])
  return { ...row, fields: filled }
}
