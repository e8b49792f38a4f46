/** As differences.ts, of what HTTP/2 alone can say. */
import { expectedOf } from './differences.ts'
import type { SecondRow } from './second-rows.ts'
import type { ProxyName } from './world.ts'

interface Difference {
  readonly why: string
  readonly proxies: readonly ProxyName[]
  /** By the row's name; the outcome there. */
  readonly rows: Readonly<Record<string, string>>
}

const every = (names: readonly string[], outcome: string) => Object.fromEntries(names.map((name) => [name, outcome]))
const ALICE = 'app as alice/users'
const NOBODY = 'public as nobody'

export const SECOND_DIFFERENCES: readonly Difference[] = [
  {
    why: 'Traefik has a router for each app, so it answers for hosts of none by itself',
    proxies: ['traefik'],
    rows: every(
      ['neither host nor :authority', 'an empty :authority', 'a path in :authority', 'a host with a blank'],
      '404',
    ),
  },
  {
    why: 'Traefik takes an address in :path for its path, before it asks, and the app gets that path',
    proxies: ['traefik'],
    rows: {
      ':path "https://public.example.com/"': `${ALICE}, !path /`,
      ':path "//public.example.com/x" is a path': `${ALICE}, !path /public.example.com/x`,
      ':path "/a b"': `${ALICE}, !path /a%20b`,
      ':path https://mix.example.com/public/x, of nobody': 'mix as nobody, !path /public/x',
      ':path https:/public/x, of nobody': 'mix as nobody, !path /public/x',
      ':path https://public.example.com/x, of nobody': '401 challenge',
      ...every(
        [
          'https://docs.example.com/admin/x',
          'https://docs.example.com//admin/x',
          'https://public.example.com/admin/x',
        ].map((path) => `a protected part by :path ${path}`),
        '403',
      ),
    },
  },
  {
    why: 'these go by :authority, and nobody gets the other one (RFC 9113 section 8.3.1)',
    proxies: ['traefik', 'caddy', 'envoy', 'haproxy'],
    rows: {
      'a host that says something else than :authority': '401 challenge',
      'a host of another app than :authority, which is public': NOBODY,
    },
  },
  {
    why: 'nginx takes no host beside :authority',
    proxies: ['nginx'],
    rows: { 'a host that says what :authority does': '400' },
  },
  {
    why: 'these go by the first of two hosts, and nobody gets the other one',
    proxies: ['traefik', 'caddy', 'haproxy'],
    rows: { 'two hosts and no :authority': NOBODY },
  },
  {
    why: 'of an empty :authority Go makes none',
    proxies: ['traefik', 'caddy'],
    rows: { 'an empty :authority and a host': ALICE },
  },
  {
    why: 'these go by the connection, whatever :scheme says, and so do we and the app',
    proxies: ['traefik', 'nginx', 'caddy', 'envoy', 'haproxy'],
    rows: every([':scheme http over TLS', ':scheme http, and X-Forwarded-Proto too'], ALICE),
  },
  { why: 'the same', proxies: ['nginx', 'envoy'], rows: { ':scheme ftp': ALICE } },
  {
    why: 'nginx does not mind where pseudo-headers stand',
    proxies: ['nginx'],
    rows: { 'a :path after headers': '401 challenge' },
  },
  {
    why: 'nginx does not mind headers of HTTP/1.1, takes none of them for what it says there, and passes them on to nobody',
    proxies: ['nginx'],
    rows: every(
      [
        ['te', 'gzip'],
        ['connection', 'close'],
        ['connection', 'cookie'],
        ['connection', 'remote-user, x-forwarded-host'],
        ['keep-alive', 'timeout=5'],
        ['proxy-connection', 'keep-alive'],
        ['transfer-encoding', 'chunked'],
        ['upgrade', 'h2c'],
      ].map(([name, value]) => `${name}: ${value}, which is no header of HTTP/2`),
      ALICE,
    ),
  },
  {
    why: 'these leave out a header that is none',
    proxies: ['gateway'],
    rows: every(
      [
        ...['remote user', 'remote-user:', 'remote-user ', ' remote-user', '', 'remote-us\u00e9r'].map(
          (name) => `${JSON.stringify(name)} is no name in HTTP/2`,
        ),
        ...['x\r\nremote-user: mallory', 'x\nremote-user: mallory', 'x\u0000y'].map(
          (value) => `${JSON.stringify(value)} is no value`,
        ),
      ],
      NOBODY,
    ),
  },
  { why: 'the same', proxies: ['nginx'], rows: { '"remote-us\u00e9r" is no name in HTTP/2': NOBODY } },
  {
    why: 'Traefik does not tell us of bodies',
    proxies: ['traefik'],
    rows: { 'a body of no length said where there is a limit': 'small as alice/users, 3 bytes' },
  },
  {
    why: 'these do not say that there is no body, where no length is said',
    proxies: ['nginx', 'caddy', 'envoy', 'haproxy'],
    rows: { 'no body where there is a limit, by POST': '411' },
  },
  {
    why: 'the gateway does not wait for a body to find out that it has no octets',
    proxies: ['gateway'],
    rows: { 'a body of no octets where there is a limit': '411' },
  },
  {
    why: 'nginx 1.22 ends the connection upon trailers',
    proxies: ['nginx'],
    rows: every(['trailers that say who it is', 'trailers that are announced', 'trailers that say who alice is'], '0'),
  },
  {
    why: 'HAProxy cannot drop what comes after a body before 3.2',
    proxies: ['haproxy'],
    rows: {
      ...every(
        ['trailers that say who it is', 'trailers that are announced'],
        `${NOBODY}, 3 bytes, !trailer remote-user: mallory, !trailer x-ptl-user: mallory`,
      ),
      'trailers that say who alice is': `${ALICE}, 3 bytes, !trailer remote-groups: mallory, !trailer cookie: x=mallory`,
    },
  },
  {
    why: 'these offer no WebSocket by HTTP/2, so browsers open a connection of HTTP/1.1 for it',
    proxies: ['traefik', 'caddy', 'envoy', 'gateway', 'nginx'],
    rows: every(
      ['of nobody', 'of alice', "of the app's own page", 'of a page elsewhere', 'on a public path'].map(
        (who) => `a WebSocket by HTTP/2 ${who}`,
      ),
      'malformed',
    ),
  },
]

export function secondExpectedOf(proxy: ProxyName, row: SecondRow): string {
  const found = SECOND_DIFFERENCES.find(({ proxies, rows }) => proxies.includes(proxy) && Object.hasOwn(rows, row.name))
  return found?.rows[row.name] ?? expectedOf(proxy, row)
}
