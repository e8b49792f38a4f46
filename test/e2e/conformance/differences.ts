/**
 * Where a proxy answers otherwise than the rest, and why it cannot be helped. Each of these also stands in
 * deploy/doors.md, by name. None of them lets somebody in whom the others do not.
 */
import type { ProxyName } from './world.ts'

interface Difference {
  readonly why: string
  readonly proxies: readonly ProxyName[]
  /** By the row's name; the outcome there. */
  readonly rows: Readonly<Record<string, string>>
}

const every = (names: readonly string[], outcome: string) => Object.fromEntries(names.map((name) => [name, outcome]))

export const DIFFERENCES: readonly Difference[] = [
  {
    why: 'Traefik has a router for each app, so it answers for hosts and paths of none by itself',
    proxies: ['traefik'],
    rows: every(
      [
        ...['nobody', 'alice', 'bob'].flatMap((who) => [
          `${who} at shared.example.com/onetwo`,
          `${who} at unknown.example.com/`,
        ]),
        'two labels under a wildcard',
        'the wildcard itself',
        'an address',
        'localhost',
        'two hosts by comma',
        'an empty host',
        'B-19 HTTP/1.0 without a host',
        'B-19 a host of a tab',
      ],
      '404',
    ),
  },
  {
    why: 'Traefik tidies up the path before it asks, and the app gets the path that was asked about',
    proxies: ['traefik'],
    rows: {
      ...every(
        [
          '/public/../private is no path',
          '/public/%2e%2e/private is no path',
          'B-21 /public/%2e%2e/private',
          'B-21 /public/.%2e/private',
          'B-21 /public/%2E./private',
          'B-21 /public/%2e/../private',
        ],
        '302 sign-in',
      ),
      ...every(
        ['/./public/x is no path', '//public/x is no path', '/public//x is not public'],
        'mix as nobody, !path /public/x',
      ),
      'a public path by another writing': 'mix as nobody, !path /public/x',
      '/a//b reaches the app as it is': 'app as alice/users, !path /a/b',
      '/~x/%7Ex reaches the app as it is': 'app as alice/users, !path /~x/~x',
      ...every(['a protected part by slashes', 'a protected part by a dot'], '403'),
      'the target http:/admin/x at docs.example.com': '403',
    },
  },
  {
    why: 'words that have a meaning between other proxies and us alone reach the app, and mean nothing there',
    proxies: ['traefik'],
    rows: every(
      ['Upstream', 'Upstream-Address', 'Upstream-Scheme', 'Headers', 'Status', 'Proxy-Key'].map(
        (name) => `X-Labelgate-${name} of the client's`,
      ),
      'public as nobody, !a word of ours',
    ),
  },
  {
    why: 'these take out what Connection names before they ask, the cookie too',
    proxies: ['traefik', 'envoy'],
    rows: { 'Connection names the cookie': '302 sign-in' },
  },
  {
    why: 'Envoy refuses a Connection that names what it sets itself',
    proxies: ['envoy'],
    rows: every(
      ['Connection names what a proxy sets', 'A-13 lower case tokens', 'A-13 the words of the question'],
      '400',
    ),
  },
  { why: 'Go answers OPTIONS * for the whole server', proxies: ['traefik', 'caddy'], rows: { 'a star': '200' } },
  {
    why: 'Traefik does not tell us of bodies',
    proxies: ['traefik'],
    rows: {
      ...every(['1,001 octets where 1,000 may be', 'a GET of 1,001 octets'], 'small as alice/users, 1001 bytes'),
      'a length that is a lie': 'small as alice/users, 1001 bytes, !a word of ours',
      'a program with 1 MiB where 1,000 octets may be': 'small as alice/users, 1048576 bytes',
      ...every(
        ['chunks where there is a limit', 'a GET in chunks where there is a limit'],
        'small as alice/users, 3 bytes',
      ),
    },
  },
  {
    why: 'these have no word for chunks, and a GET need not say how long it is',
    proxies: ['caddy', 'envoy'],
    rows: { 'a GET in chunks where there is a limit': 'small as alice/users, 3 bytes' },
  },
  { why: 'Envoy speaks no HTTP/1.0', proxies: ['envoy'], rows: { 'B-19 HTTP/1.0 without a host': '426' } },
  {
    why: 'these know but one expectation, and say so',
    proxies: ['traefik', 'caddy', 'gateway'],
    rows: { 'I-20 Expect: foo': '417' },
  },
  {
    why: 'Go reads on for 256 KiB before it answers for itself, and gives up with its client',
    proxies: ['traefik', 'caddy'],
    rows: { 'I-20 chunks without an end': '0' },
  },
  { why: 'Envoy has no route for *', proxies: ['envoy'], rows: { 'a star': '404' } },
  {
    why: 'these go by the chunks, as RFC 9112 section 6.3 allows, and the length does not reach the app',
    proxies: ['traefik', 'caddy', 'haproxy'],
    rows: { 'a length and chunks': 'public as nobody' },
  },
  { why: 'nginx refuses TRACE by itself', proxies: ['nginx'], rows: { 'TRACE is no method of ours': '405' } },
  {
    why: 'nginx goes by the Host line, for the question, the app and what the app is told',
    proxies: ['nginx'],
    rows: { 'an absolute address that says another host': 'public as nobody' },
  },
  {
    why: 'these pass on both hosts, and we refuse two',
    proxies: ['caddy', 'haproxy', 'gateway'],
    rows: { 'an absolute address that says another host': '400' },
  },
  {
    why: 'these take out the usual spellings; the rest is passed on to us, and we refuse it',
    proxies: ['caddy', 'gateway'],
    rows: every(
      ['Remote~User', 'Remote!Groups', 'X~Ptl~User', 'Remote|User'].map(
        (name) => `${name}, as nobody honest spells it`,
      ),
      '400',
    ),
  },
  {
    why: 'these cannot take out what begins alike: it is passed on to us, and we refuse it',
    proxies: ['nginx', 'envoy'],
    rows: every(
      ['X-Fam-Admin', 'x-fam-role'].map((name) => `${name}, which begins as nobody’s may`),
      '400',
    ),
  },
  {
    why: 'Envoy passes on to us what no honest client spells so, and we refuse it',
    proxies: ['envoy'],
    rows: { 'X.Fam.Role, which begins as nobody’s may': '400' },
  },
  {
    why: 'HAProxy cannot drop what comes after a body before 3.2',
    proxies: ['haproxy'],
    rows: every(
      ['trailers that say who it is', 'trailers that are announced'],
      'public as nobody, 3 bytes, !trailer remote-user: mallory, !trailer x_ptl_user: mallory',
    ),
  },
  {
    why: 'HAProxy cannot take an upgrade back out of a request, so it is refused',
    proxies: ['haproxy'],
    rows: { 'h2c, which would go past us': '400' },
  },
]

export function expectedOf(proxy: ProxyName, { name, expected }: { name: string; expected: string }): string {
  const found = DIFFERENCES.find(({ proxies, rows }) => proxies.includes(proxy) && Object.hasOwn(rows, name))
  return found?.rows[name] ?? expected
}
