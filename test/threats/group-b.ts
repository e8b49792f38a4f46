/** Group B: normalisation of host and path. `\xNN` stands for single bytes, which Node reads as latin1. */
import { fwd, instead, nginx, signed, without, type Line, type Safe, type Vector } from './fixture.ts'

const ADMIN = 'admin.example.com'
const MIX = 'mix.example.com'
const SITE = 'site.example.com'

export const groupB: readonly Vector[] = [
  ...['secure.ADMIN.apps.example.com', 'SECURE.ADMIN.APPS.EXAMPLE.COM', 'secure.Admin.apps.example.com'].map((host) =>
    vector('B-01', signed(fwd(host, '/'), 'alice', 'secure.admin.apps.example.com'), 'DENY'),
  ),
  vector('B-01', signed(fwd('Secure.ADMIN.apps.example.com', '/'), 'bob', 'secure.admin.apps.example.com'), 'AS bob'),
  vector('B-02', fwd('ADMIN.example.com', '/'), 'DENY'),
  vector('B-02', signed(fwd('ADMIN.example.com', '/'), 'alice', ADMIN), 'DENY'),

  ...hosts('B-03', ['admin.example.com.'], 'DENY'),
  ...hosts('B-03', ['public.example.com.'], 'ANON'),
  ...hosts('B-03', ['admin.example.com..', 'public.example.com..', '.public.example.com', '.', '..'], 'BAD'),

  ...hosts('B-04', ['admin.example.com:443', 'admin.example.com:8443', 'admin.example.com:80'], 'DENY'),
  ...hosts('B-04', ['public.example.com:443', 'public.example.com.:8443'], 'ANON'),
  ...hosts(
    'B-04',
    [':0443', ':', ':65536', ':-1', ':443x', ':443:80', ':0', ':+1', ':1e3', ': 443', ':44\xb2'].map(
      (port) => `public.example.com${port}`,
    ),
    'BAD',
  ),

  ...hosts('B-05', ['[::1]', '[::1]:8443', '[::ffff:7f00:1]', '[::FFFF:1.2.3.4]'], 'DENY'),
  ...hosts('B-05', ['::1', '[fe80::1%25eth0]', '[::1', '[]', '[::1]x', '[::1]:', '[[::1]]', '[:\t:1]'], 'BAD'),
  ...hosts('B-06', ['0x7f.1', '2130706433', '017700000001', '127.1', '1.2.3', '1.2.3.4.5', '256.1.1.1'], 'BAD'),
  ...hosts('B-06', ['127.0.0.1', '127.0.0.1.', '127.0.0.1:80'], 'DENY'),
  ...hosts('B-09', ['%00admin.example.com', 'admin.example.com%00.public.example.com', 'public.example.com%00'], 'BAD'),

  ...['', 'bob'].map((who) => vector('B-12', as(who, 'unknown.example.com', '/'), 'DENY')),
  ...['eviladmin.example.com.evil.com', 'evilapps.example.com', 'xapps.example.com', 'a.apps.example.com.c'].flatMap(
    (host) => ['', 'bob'].map((who) => vector('B-13', as(who, host, '/'), 'DENY')),
  ),
  ...['public.evil.com', 'public.admin.example.com', 'public', 'app', 'example.com', 'com'].map((host) =>
    vector('B-14', as('bob', host, '/'), 'DENY'),
  ),
  ...['a.b.apps.example.com', 'apps.example.com', 'x.admin.apps.example.com', '.apps.example.com'].map((host) =>
    vector('B-15', as('alice', host, '/'), 'DENY'),
  ),
  vector('B-15', as('alice', 'a.apps.example.com', '/'), 'AS alice'),
  // C9 has it by its one label, and C10 is for what lies below
  vector('B-15', as('alice', 'admin.apps.example.com', '/'), 'AS alice'),
  vector('B-16', as('bob', 'x.admin.apps.example.com', '/'), 'AS bob'),

  ...uris('B-20', MIX, [
    '/public/../admin',
    '/public/./../admin/secrets',
    '/public/x/../../admin',
    '/./admin',
    '/public/..',
    '/../public/x',
    '/public/../public/../admin',
    '/public/.',
    '/public/./x',
  ]),
  ...uris('B-21', MIX, [
    '/public/%2e%2e/admin',
    '/public/.%2e/admin',
    '/public/%2E./admin',
    '/public/%2e/../admin',
    '/public/%2e%2e%2fadmin',
  ]),
  ...uris('B-22', MIX, [
    '/public/..%2fadmin',
    '/public/..%2Fadmin/secret.txt',
    '/public%2f..%2fadmin',
    '/public%2fx',
    '/%2fadmin',
    '/public/x%2f..%2f..%2fadmin',
  ]),
  vector('B-22', as('alice', MIX, '/public%2fx'), 'AS alice'),
  ...uris('B-23', MIX, [
    '/public\\..\\admin',
    '/public/..\\admin',
    '/public/..%5cadmin',
    '/public%5c..%5cadmin',
    '/public/%5c%2e%2e/admin',
    '/public/x\\y',
  ]),
  ...['//public/x', '//admin', '///'].map((uri) => vector('B-24', fwd(MIX, uri), 'BAD')),
  ...uris('B-24', MIX, ['/public//x', '/public//../admin', '/public/x//..//..//admin', '/public//']),
  vector('B-26', fwd(MIX, '/foo/secret#/bar'), 'BAD'),
  vector('B-26', fwd(MIX, '/admin#/../public/x'), 'BAD'),
  vector('B-26', fwd(MIX, '/public/x#'), 'BAD'),
  ...uris('B-26', MIX, ['/foo/secret%23/bar', '/admin%23/public/x', '/public/x%23']),
  ...[MIX, 'mixb.example.com'].flatMap((host) =>
    uris('B-27', host, [
      '/admin?x=/public/',
      '/admin?/public/x',
      '/admin??/public/',
      '/admin?x=1&redirect=/public/x',
      '/admin?',
    ]),
  ),
  vector('B-27', fwd(MIX, '/public/x?y=/admin/../%zz'), 'ANON'),
  ...uris('B-28', MIX, ['/admin%3f/public/x', '/public%3f/../admin', '/public/x%3f..%2fadmin', '/public/x%3f']),
  ...['/admin%00/public/x', '/public/x%00/../admin', '/admin%00.css', '/public%00', '/public/%0a', '/public/%7f'].map(
    (uri) => vector('B-29', fwd(MIX, uri), 'BAD'),
  ),
  ...uris('B-30', MIX, [
    '/public/%252e%252e/admin',
    '/public/%252e%252e%252fadmin',
    '/public/%25%32%65%25%32%65/admin',
    '/%2561dmin',
    '/public/%25',
  ]),
  ...uris('B-31', MIX, [
    '/public/%c0%ae%c0%ae/admin',
    '/public/%e0%80%ae/admin',
    '/public/%uff0e%uff0e/admin',
    '/public/%',
    '/public/%zz',
    '/public/%e2%28%a1',
    '/public/\xc0\xae',
    '/public/%ed%a0%80',
    '/public/%f4%90%80%80',
  ]),
  ...uris('B-33', SITE, ['/admin', '/admin/', '/admin/.', '/admin./', '/admin%20/', '/admin//', '/admin%2f']),
  ...uris('B-33', SITE, ['/ADMIN', '/Admin/x', '/%61dmin', '/admin;x', '/admin%3bx/y', '/x/..;/admin']),
  vector('B-33', fwd(SITE, '/administrator'), 'ANON'),

  ...[
    '//public.example.com/x',
    '\\\\public.example.com\\x',
    'https://public.example.com/',
    'https:public.example.com/',
    '/\\public.example.com/',
    '*',
    'public/x',
    '?x',
    '',
    'public.example.com:443',
  ].map((uri) => vector('B-38', fwd(ADMIN, uri), 'BAD')),
  vector('B-40', fwd(MIX, `/public/${'a'.repeat(12_000)}`), 'BAD'),
  vector('B-40', fwd(MIX, `/${'a/'.repeat(4000)}../`), 'BAD'),
  vector('B-40', fwd(MIX, `/public/${'a/'.repeat(4000)}`), 'ANON'),
  ...uris('B-41', MIX, ['/public../admin', '/public./admin', '/public..;/admin', '/public..%2fadmin', '/publicx']),
  ...uris('B-42', SITE, [
    '/adm%C4%B1n/x',
    '/%EF%BC%A1dmin/x',
    '/public/%EF%BC%8E%EF%BC%8E/admin',
    '/%E2%84%AAeys',
    '/admin%C2%AD',
    '/%E2%80%8Badmin',
    '/admin%EF%BC%8Fx',
    '/admin%EF%BC%9Fx',
    '/admin%EF%BC%83x',
    '/admin%E3%80%80/',
  ]),
  // a small capital is no letter of /admin to any server: the ordinary decision for another path
  vector('B-42', fwd(SITE, '/admi%E1%B5%B0/x'), 'ANON'),
  ...uris('B-43', SITE, ['/admin./secret', '/admin%20/secret', '/admin%2e%5csecret', '/admin::$DATA', '/admin%20']),
  ...uris('B-43', SITE, ['/admin:$i30:$INDEX_ALLOCATION/secret', '/admin::%24DATA', '/admin...', '/admin%2E']),
]

/** The same class of fault in nginx's words: one address, scheme and host and all. */
export const groupNginx: readonly Vector[] = [
  vector(
    'A-03',
    [...nginx('https://app.example.com/secret'), ['X-Original-URI', '/outpost.goauthentik.io/start']],
    'DENY',
  ),
  ...['/login', '/oidc/callback', '/public/x'].flatMap((uri) => [
    vector('A-03', [...nginx('https://app.example.com/secret'), ['X-Original-URI', uri]], 'DENY'),
    vector(
      'A-03',
      [...without(nginx('https://app.example.com/secret'), 'X-Original-URL'), ['X-Original-URI', uri]],
      'DENY',
    ),
  ]),
  // what the other dialect reads is nothing here
  vector(
    'A-03',
    [...nginx('https://app.example.com/secret'), ...without(fwd('public.example.com', '/'), 'X-Forwarded-For')],
    'DENY',
  ),
  vector('A-03', [...nginx('https://app.example.com/secret'), ['X-Forwarded-Host', 'public.example.com']], 'DENY'),
  ...absentOrBlank('A-15', 'X-Original-URL', nginx('https://mix.example.com/public/x')),
  ...absentOrBlank('A-15', 'X-Original-Method', nginx('https://mix.example.com/public/x')),
  vector(
    'A-21',
    instead(nginx('https://public.example.com/'), 'X-Original-URL', 'https://public.example.com/', '/'),
    'BAD',
  ),
  ...[
    'https://user@public.example.com/',
    'https://admin.example.com@public.example.com/',
    'https://public.example.com:443:80/',
    'https://public.example.com?x',
    'https://public.example.com#/',
    'https://public.example.com\\admin',
    'https:///public.example.com/',
    'https:public.example.com/',
    '//public.example.com/',
    'public.example.com/',
    'javascript://public.example.com/',
    'https://public.example.com',
    'https://%00public.example.com/',
    'https://public.example.com//x',
    'https://public.example.com/../x',
    'https://public.example.com/%00',
  ].map((url) => vector('B-09', nginx(url), 'BAD')),
  vector('B-09', nginx('HTTPS://PUBLIC.example.com.:443/'), 'ANON'),
  vector('B-20', nginx('https://mix.example.com/public/../admin'), 'BAD'),
  vector('B-22', nginx('https://mix.example.com/public/..%2fadmin'), 'DENY'),
  vector('B-27', nginx('https://mix.example.com/admin?https://mix.example.com/public/x'), 'DENY'),
  vector('B-27', nginx('https://mix.example.com/public/x?https://admin.example.com/'), 'ANON'),
  vector('B-12', nginx('https://unknown.example.com/'), 'DENY'),
  vector('A-17', nginx('http://app.example.com/'), 'DENY'),
  vector('A-17', nginx('ws://app.example.com/'), 'BAD'),
]

function vector(id: string, lines: readonly Line[], safe: Safe): Vector {
  return { id, lines, safe }
}

function as(who: string, host: string, uri: string): Line[] {
  return who === '' ? fwd(host, uri) : signed(fwd(host, uri), who, host)
}

function hosts(id: string, names: readonly string[], safe: Safe): Vector[] {
  return names.map((host) => vector(id, fwd(host, '/'), safe))
}

function uris(id: string, host: string, targets: readonly string[]): Vector[] {
  return targets.map((uri) => vector(id, fwd(host, uri), 'DENY'))
}

function absentOrBlank(id: string, name: string, lines: readonly Line[]): Vector[] {
  return [
    vector(id, without(lines, name), 'BAD'),
    vector(id, instead(lines, name, ''), 'BAD'),
    vector(id, instead(lines, name, ' \t'), 'BAD'),
  ]
}
