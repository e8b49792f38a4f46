/** Group A: forwarded headers. What only bytes on a wire can show is in test/http/forward/. */
import { fwd, instead, signed, without, type Line, type Safe, type Vector } from './fixture.ts'

const APP = 'app.example.com'
const ADMIN = 'admin.example.com'
const MIX = 'mix.example.com'

export const groupA: readonly Vector[] = [
  ...paths('A-05', ADMIN, ['/oidc/callback?code=x&state=y', '/login', '/.well-known/authctl', '/healthz'], 'DENY'),
  ...paths('A-05', ADMIN, ['/.well-known/labelgate', '/readyz', '/metrics', '/auth/forward', '/assets/x.css'], 'DENY'),

  ...['GoogleHC/1.0', 'kube-probe/1.30', 'ELB-HealthChecker/2.0', 'curl/8', ''].map((agent) =>
    vector('A-06', [...fwd(APP, '/'), ['User-Agent', agent]], 'DENY'),
  ),

  // the proxy takes these out on the way to the app; here they are nobody's word
  ...(['Remote_User', 'REMOTE_USER', 'Remote-user', 'remote.user'] as const).map((name) =>
    vector('A-08', signed([...fwd(APP, '/'), [name, 'bob']], 'alice', APP), 'AS alice'),
  ),
  // no proxy setting takes these out, and some servers read them as Remote-User
  ...['Remote~User', 'Remote!User', 'remote|groups', "Remote'Email", 'Remote*Name'].map((name) =>
    vector('A-08', signed([...fwd(APP, '/'), [name, 'bob']], 'alice', APP), 'BAD'),
  ),
  vector(
    'A-09',
    signed([...fwd(APP, '/'), ['Remote-Groups', 'admins'], ['Remote-Email', 'root@example.com']], 'alice', APP),
    'AS alice',
  ),

  vector('A-13', without(fwd(ADMIN, '/'), 'X-Forwarded-Host'), 'BAD'),
  vector('A-13', [...fwd(ADMIN, '/'), ['Connection', 'keep-alive, X-Forwarded-Host, X-Forwarded-Uri']], 'DENY'),
  vector(
    'A-13',
    signed([...fwd(ADMIN, '/'), ['Connection', 'keep-alive, X-Forwarded-Host, X-Forwarded-Uri']], 'bob', ADMIN),
    'AS bob',
  ),

  ...absentOrBlank('A-14', 'X-Forwarded-Host', fwd(APP, '/')),
  ...absentOrBlank('A-14', 'X-Forwarded-Host', signed(fwd(APP, '/'), 'alice', APP)),
  ...absentOrBlank('A-15', 'X-Forwarded-Uri', fwd(MIX, '/public/x')),
  ...absentOrBlank('A-15', 'X-Forwarded-Method', fwd(MIX, '/public/x')),
  ...absentOrBlank('A-15', 'X-Forwarded-Proto', fwd(MIX, '/public/x')),

  ...['GETz', 'get', 'GET,POST', 'GET POST', 'G\tET', '', 'TRACE', 'CONNECT', 'A'.repeat(1000), '__proto__'].map(
    (method) => vector('A-16', fwd(MIX, '/public/x', method), 'BAD'),
  ),

  ...['https', 'HTTPS', 'wss', 'http', 'ws'].map((proto) => scheme(proto, 'DENY')),
  ...['https,http', 'javascript', 'https://evil.com/#', 'httpx', 'ftp', ' '].map((proto) => scheme(proto, 'BAD')),
  vector('A-17', instead(fwd(APP, '/'), 'X-Forwarded-Proto', 'https', 'http'), 'BAD'),
  vector('A-17', instead(fwd(APP, '/'), 'X-Forwarded-Proto', 'https', 'https'), 'BAD'),
  vector('A-17', instead(signed(fwd(APP, '/'), 'alice', APP), 'X-Forwarded-Proto', 'http'), 'DENY'),

  ...['8443', '80', '443, 8443', 'abc', '0'].flatMap((port) => [
    vector('A-18', [...fwd(APP, '/'), ['X-Forwarded-Port', port]], 'DENY'),
    vector('A-18', signed([...fwd(APP, '/'), ['X-Forwarded-Port', port]], 'alice', APP), 'AS alice'),
  ]),

  ...[
    'user@admin.example.com',
    'admin.example.com@public.example.com',
    'public.example.com:443:80',
    'public.example.com/admin',
    'public.example.com?x',
    'public.example.com#',
    'public.example.com\\admin',
    '[public.example.com]',
    'public.example.com, admin.example.com',
    'public.example.com admin.example.com',
    'public.example.com,',
    ',public.example.com',
    'http://public.example.com',
    'public.example.com%2f',
    'public.example.com;',
    '"public.example.com"',
  ].map((host) => vector('A-21', fwd(host, '/'), 'BAD')),
  vector('A-21', instead(fwd(APP, '/'), 'X-Forwarded-Host', 'public.example.com', 'admin.example.com'), 'BAD'),

  vector('A-30', [...fwd(ADMIN, '/ws'), ...socket()], 'DENY'),
  vector('A-30', signed([...fwd(ADMIN, '/ws'), ...socket()], 'bob', ADMIN), 'AS bob'),
  ...['https://evil.com', 'null', 'https://admin.example.com.evil.com', 'https://evil.com#admin.example.com', 'x'].map(
    (origin) => vector('A-30', signed([...fwd(ADMIN, '/ws'), ...socket(origin)], 'bob', ADMIN), 'DENY'),
  ),
  vector('A-30', signed([...fwd(ADMIN, '/ws'), ...socket(`https://${ADMIN}`)], 'bob', ADMIN), 'AS bob'),

  vector('A-32', fwd(ADMIN, '/', 'CONNECT'), 'BAD'),

  // our own: headers by which other servers let themselves be told another host, path or method
  ...(
    [
      ['X-Original-URL', 'https://public.example.com/'],
      ['X-Original-URI', '/public/x'],
      ['X-Rewrite-URL', '/public/x'],
      ['X-Forwarded-Prefix', '/public'],
      ['X-Forwarded-Path', '/public/x'],
      ['X-Forwarded-Server', 'public.example.com'],
      ['X-HTTP-Method-Override', 'OPTIONS'],
      ['Forwarded', 'for=10.1.2.3;host=public.example.com;proto=https'],
      ['X_Forwarded_Host', 'public.example.com'],
      ['X-Forwarded-Host_', 'public.example.com'],
      ['X-Real-Ip', '10.1.2.3'],
      ['Remote-User', 'bob'],
      ['Authorization', 'Basic Ym9iOmJvYg=='],
      ['Authorization', 'Bearer lg_anything'],
      ['X-Labelgate-Proxy-Key', 'x'],
    ] as const
  ).flatMap((line) => [
    vector('Z-01', [...fwd(ADMIN, '/'), line], 'DENY'),
    vector('Z-01', signed([line, ...fwd(ADMIN, '/')], 'alice', ADMIN), 'DENY'),
  ]),
  // C7: the network is read from the proxy's own entry, the last one
  vector('Z-02', instead(fwd('ip.example.com', '/'), 'X-Forwarded-For', '10.1.2.3'), 'ANON'),
  vector('Z-02', instead(fwd('ip.example.com', '/'), 'X-Forwarded-For', '::ffff:10.1.2.3'), 'ANON'),
  vector('Z-02', instead(fwd('ip.example.com', '/'), 'X-Forwarded-For', '203.0.113.9, 10.1.2.3'), 'ANON'),
  ...[
    '10.1.2.3, 203.0.113.9',
    '10.1.2.3,',
    '10.1.2.3:1234',
    '[10.1.2.3]',
    '10.1',
    '010.1.2.3',
    '"10.1.2.3"',
    'unknown',
    'fe80::1%eth0',
    '',
  ].map((address) => vector('Z-02', instead(fwd('ip.example.com', '/'), 'X-Forwarded-For', address), 'DENY')),
  vector('Z-02', without(fwd('ip.example.com', '/'), 'X-Forwarded-For'), 'DENY'),
  vector('Z-02', instead(fwd('ip.example.com', '/'), 'X-Forwarded-For', '10.1.2.3', '10.1.2.3'), 'BAD'),
]

function vector(id: string, lines: readonly Line[], safe: Safe): Vector {
  return { id, lines, safe }
}

function paths(id: string, host: string, uris: readonly string[], safe: Safe): Vector[] {
  return uris.map((uri) => vector(id, fwd(host, uri), safe))
}

function absentOrBlank(id: string, name: string, lines: readonly Line[]): Vector[] {
  return [
    vector(id, without(lines, name), 'BAD'),
    vector(id, instead(lines, name, ''), 'BAD'),
    vector(id, instead(lines, name, ' \t'), 'BAD'),
  ]
}

function scheme(proto: string, safe: Safe): Vector {
  return vector('A-17', instead(fwd(APP, '/'), 'X-Forwarded-Proto', proto), safe)
}

function socket(origin?: string): Line[] {
  const handshake: Line[] = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ['Sec-WebSocket-Version', '13'],
  ]
  return origin === undefined ? handshake : [...handshake, ['Origin', origin]]
}
