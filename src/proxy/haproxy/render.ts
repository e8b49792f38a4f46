import { familyPatterns } from '../../syntax/header-family.ts'
import { type DoorOptions, headerName, hostPort, internalAddress, PATIENCE, plain, SILENCE } from '../door/options.ts'

export interface HaproxyOptions extends DoorOptions {
  /** Where the Lua program lies, as HAProxy reads it. */
  readonly lua: string
  /** The certificate and its key in one PEM file; undefined: plain http. */
  readonly pem?: string | undefined
}

/** A whole configuration; beside it lies the Lua program of lua.ts. Every app is reached by the address in our answer. */
export function renderHaproxy(options: HaproxyOptions): string {
  options.identityHeaders.forEach(headerName)
  return `${[
    '# Written by "labelgate render haproxy". It holds a secret: nobody but HAProxy may read it.',
    ...section('global', [
      '.if !version_atleast(2.8)',
      `setenv LABELGATE_QUESTION ${question(options)}`,
      '.endif',
      `lua-load-per-thread ${plain(options.lua, 'a path')}`,
      '# a page of ours is longer than a buffer of 16 KiB',
      'tune.bufsize 65536',
      'tune.maxrewrite 8192',
      '# who gets no answer is refused, and not asked about again',
      '.if version_atleast(2.8)',
      'httpclient.retries 0',
      'httpclient.timeout.connect 2s',
      '.endif',
    ]),
    ...section('defaults', [
      'mode http',
      '# of who has gone no late answer is passed on',
      'option abortonclose',
      'timeout connect 5s',
      `timeout client ${SILENCE}s`,
      `timeout server ${SILENCE}s`,
      `timeout tunnel ${SILENCE}s`,
      'timeout http-request 30s',
      'timeout http-keep-alive 60s',
      '# what comes after a body is told to nobody: names in it are looked at by nobody either',
      '.if version_atleast(3.2)',
      'option http-drop-request-trailers',
      '.endif',
    ]),
    ...section('frontend web', frontend(options)),
    ...section('backend labelgate', labelgate(options)),
    '',
    "# before 2.8 Lua's HTTP client asks up to four times where nothing answers; so something does, after one question",
    '.if !version_atleast(2.8)',
    ...section('listen labelgate-question', asking(options)).slice(1),
    '.endif',
    ...section('backend apps-http', ['# wherever our answer says', 'server app 0.0.0.0:0']),
    ...section('backend apps-https', ['server app 0.0.0.0:0 ssl verify none']),
    ...section('backend apps-h2c', ['server app 0.0.0.0:0 proto h2']),
  ].join('\n')}\n`
}

function frontend(options: HaproxyOptions): string[] {
  const pem = options.pem === undefined ? '' : ` ssl crt ${plain(options.pem, 'a path')} alpn h2,http/1.1`
  const portal = plain(options.portal.host, "the portal's host").replaceAll('.', '\\.')
  return [
    `bind ${plain(hostPort(options.listen), 'the address to listen on')}${pem}`,
    '# nobody brings their own, however it is spelt',
    ...options.identityHeaders.map((name) => `http-request del-header ${spellings(name)} -m reg`),
    ...familyPatterns(options.reservedHeaders ?? []).map((pattern) => `http-request del-header ^${pattern} -m reg`),
    'http-request del-header ^x[^a-z0-9]labelgate[^a-z0-9] -m reg',
    '# what a proxy says comes from this one',
    'http-request del-header ^x[^a-z0-9]forwarded[^a-z0-9] -m reg',
    'http-request del-header ^forwarded$ -m reg',
    'http-request set-header X-Forwarded-For %[src]',
    'http-request set-header X-Forwarded-Host %[req.fhdr(host)]',
    `http-request set-header X-Forwarded-Proto ${options.pem === undefined ? 'http' : 'https'}`,
    '# of what HTTP can be upgraded to, WebSocket alone: h2c would go past us',
    'http-request deny deny_status 400 if { req.fhdr(upgrade) -m found } !{ req.fhdr(upgrade) -i websocket }',
    '# 3.x takes an upgrade to h2c back by itself, but not all of its words',
    'http-request del-header http2-settings',
    '# a path, of whichever form; by HTTP/2 anything may stand where the scheme does, and the app would get it',
    'http-request deny deny_status 400 if !{ url -i -m beg / http:// https:// }',
    '',
    `acl portal req.hdr(host) -i -m reg ^${portal}(:[0-9]+)?$`,
    'http-request deny deny_status 404 if portal { path_beg /auth/ }',
    '',
    'http-request lua.labelgate if !portal',
    '# also where Lua failed',
    'http-request deny deny_status 503 if !portal !{ var(txn.labelgate) -m str http https h2c }',
    'http-request set-dst var(txn.labelgate_host) if !portal',
    'http-request set-dst-port var(txn.labelgate_port) if !portal',
    'use_backend labelgate if portal',
    'use_backend apps-%[var(txn.labelgate)]',
  ]
}

function labelgate(options: HaproxyOptions): string[] {
  return [
    '# by it the portal believes the address of the client',
    `http-request set-header X-Labelgate-Proxy-Key ${plain(options.proxyKey, 'the key')}`,
    server(options),
  ]
}

function asking(options: HaproxyOptions): string[] {
  return [
    `bind ${question(options)}`,
    'retries 0',
    'timeout connect 2s',
    `timeout server ${PATIENCE}s`,
    server(options),
  ]
}

function server({ internalUrl }: HaproxyOptions): string {
  const address = internalAddress(internalUrl)
  return `server labelgate ${plain(hostPort(address), 'the address of labelgate')}${address.secure ? ' ssl verify none' : ''}`
}

/** A socket without a file, of this machine or container alone. */
function question({ listen }: HaproxyOptions): string {
  return `abns@labelgate-${listen.port}`
}

/** Whatever is neither letter nor digit is a dash to somebody. */
function spellings(name: string): string {
  return `^${name.toLowerCase().replaceAll('-', '[^a-z0-9]')}$`
}

function section(head: string, lines: readonly string[]): string[] {
  return ['', head, ...lines.map((line) => (line === '' ? '' : `    ${line}`))]
}
