/**
 * Published attacks, as they reach us through a real proxy: what the collection says of headers that proxies copy (A),
 * of hosts and paths (B), of cookies (D) and bodies (I), and whatever else names a proxy by itself.
 */
import { AS_ALICE, at, row, type Row } from './rows.ts'

/** Everything a browser says of a navigation, by somebody who is in no group of admins. */
const by = (who: string | undefined, ...lines: readonly string[]) => ({
  lines: who === undefined ? lines : [who, ...lines],
})
const NAMED: readonly (readonly [vector: string, rows: readonly Row[]])[] = [
  [
    'A-03',
    ['/outpost.goauthentik.io/start', '/login', '/oidc/callback', '/public/x'].map((path) =>
      row(
        `X-Original-URI: ${path}`,
        at('app.example.com/secret'),
        '302 sign-in',
        by(undefined, `X-Original-URI: ${path}`),
      ),
    ),
  ],
  [
    'A-08',
    ['Remote_User', 'REMOTE_USER', 'Remote-user', 'rEMOTE.uSER'].map((name) =>
      row(`${name} beside our own`, at('app.example.com/'), 'app as alice/users', by(AS_ALICE, `${name}: mallory`)),
    ),
  ],
  [
    'A-09',
    [
      row('groups and address of somebody who has none', at('app.example.com/'), 'app as carol/', {
        visit: false,
        lines: ['Authorization: Bearer $token', 'Remote-Groups: mallory', 'Remote-Email: root@mallory.example'],
      }),
    ],
  ],
  [
    'A-10',
    ['x-ptl-user', 'X-PTL-USER', 'x-Ptl-uSER'].map((name) =>
      row(
        `${name} beside a header of a label`,
        at('chat.example.com/'),
        'chat as alice/users ptl alice',
        by(AS_ALICE, `${name}: mallory`),
      ),
    ),
  ],
  [
    'A-13',
    [
      row(
        'lower case tokens',
        at('admin.example.com/'),
        '403',
        by(AS_ALICE, 'Connection: close, x-forwarded-host, X-Forwarded-Uri, X-Real-Ip'),
      ),
      row(
        'the words of the question',
        at('admin.example.com/'),
        '403',
        by(AS_ALICE, 'Connection: keep-alive, X-Forwarded-Host, X-Forwarded-Uri'),
      ),
      row(
        'the words between the proxy and us',
        at('admin.example.com/'),
        '403',
        by(AS_ALICE, 'Connection: close, X-Labelgate-Headers, X-Labelgate-Upstream, X-Labelgate-Body'),
      ),
    ],
  ],
  [
    'A-17',
    ['https', 'https,http', 'javascript', 'https://evil.com/#', 'wss', 'HTTPS'].flatMap((scheme) => [
      row(`${scheme} by nobody`, at('app.example.com/'), '302 sign-in', by(undefined, `X-Forwarded-Proto: ${scheme}`)),
      row(
        `${scheme} by alice`,
        at('app.example.com/'),
        'app as alice/users',
        by(AS_ALICE, `X-Forwarded-Proto: ${scheme}`),
      ),
    ]),
  ],
  [
    'B-02',
    [
      row('a host in capitals by nobody', at('ADMIN.example.com/'), '302 sign-in'),
      row('a host in capitals by alice', at('ADMIN.example.com/'), '403', by(AS_ALICE)),
    ],
  ],
  [
    'B-16',
    [
      row('a host below a wildcard, by its own words', at('own.wild.example.com/'), '403', by(AS_ALICE)),
      row('another host of the wildcard', at('other.wild.example.com/'), 'wild as alice/users', by(AS_ALICE)),
    ],
  ],
  [
    'B-19',
    [
      row('HTTP/1.0 without a host', ['', '/'], '400', { head: 'GET / HTTP/1.0\r\n' }),
      row('a host of a tab', ['', '/'], '400', { head: 'GET / HTTP/1.1\r\nHost: \t\r\n' }),
    ],
  ],
  [
    'B-21',
    ['/public/%2e%2e/private', '/public/.%2e/private', '/public/%2E./private', '/public/%2e/../private'].map((path) =>
      row(path, ['mix.example.com', path], '400'),
    ),
  ],
  [
    'B-22',
    [
      '/public/%2e%2e%2fprivate',
      '/public/..%2fprivate',
      '/public/..%2Fprivate/secret.txt',
      '/public%2f..%2fprivate',
      '/public%2fx',
      '/%2fprivate',
      '/public/x%2f..%2f..%2fprivate',
    ].map(closed),
  ],
  [
    'B-23',
    [
      '/public\\..\\private',
      '/public/..\\private',
      '/public/..%5cprivate',
      '/public%5c..%5cprivate',
      '/public/%5c%2e%2e/private',
    ].map(closed),
  ],
  ['B-33', ['/admin', '/admin/', '/admin./', '/admin%20/', '/admin//', '/admin%2f'].map(narrow)],
  ['B-42', ['/adm%C4%B1n/x', '/%EF%BC%A1dmin/x', '/public/%EF%BC%8E%EF%BC%8E/private'].map(narrow)],
  ['B-43', ['/admin./secret', '/admin%20/secret', '/admin%2e%5csecret', '/admin::$DATA'].map(narrow)],
  [
    'D-01',
    [
      '',
      'a',
      '%',
      '%zz',
      '"',
      '{}',
      'null',
      'undefined',
      '[object Object]',
      'e30=',
      '..',
      'A'.repeat(4000),
      '$alicex',
      '$alice=',
      '%00',
    ].map((value) =>
      row(`a cookie of ${value.slice(0, 20)}`, at('app.example.com/'), '302 sign-in', by(`Cookie: labelgate=${value}`)),
    ),
  ],
  [
    'I-20',
    [
      row('a length, and nothing that comes', at('app.example.com/'), '401 challenge', {
        visit: false,
        method: 'POST',
        lines: ['Content-Length: 1000000'],
      }),
      row('10 MB of nobody', at('app.example.com/'), '401 challenge', {
        visit: false,
        method: 'POST',
        body: 'x'.repeat(10_000_000),
      }),
      row('Expect of nobody', at('app.example.com/'), '401 challenge', {
        visit: false,
        method: 'POST',
        lines: ['Content-Length: 3', 'Expect: 100-continue'],
      }),
      row('Expect: foo', at('app.example.com/'), '401 challenge', {
        visit: false,
        method: 'POST',
        lines: ['Expect: foo', 'Content-Length: 0'],
      }),
      row('chunks without an end', at('app.example.com/'), '401 challenge', {
        visit: false,
        method: 'POST',
        lines: ['Transfer-Encoding: chunked'],
        body: '3\r\nabc\r\n',
      }),
    ],
  ],
]

/** Beside a public path, by nobody. */
function closed(path: string): Row {
  return row(path, ['mix.example.com', path], '302 sign-in')
}

/** What a rule for admins protects in an app of everybody's, by alice. */
function narrow(path: string): Row {
  return row(path, ['docs.example.com', path], '403', by(AS_ALICE))
}

/** Each named by its vector, as no other row is. */
export const VECTORS: readonly Row[] = NAMED.flatMap(([vector, rows]) =>
  rows.map((one) => ({ ...one, name: `${vector} ${one.name}` })),
)
