import { type DoorOptions, headerName, hostPort, plain } from '../door/options.ts'
import { locationLines, serverLines } from './protection.ts'

/**
 * Everything: goes into the `http` block (conf.d), takes every host, and sends each request to the app that labelgate
 * names. A new container changes nothing in it.
 */
export function renderNginx(options: DoorOptions): string {
  return file(options, [
    ...upstream(options),
    '',
    '# the portal, where people sign in',
    'server {',
    ...indented(portalServer(options)),
    '}',
    '',
    '# every app, there now or later',
    'server {',
    ...indented([
      ...listen(options, ' default_server'),
      'server_name _;',
      ...serverLines(options),
      '',
      'location / {',
      ...indented([...locationLines(options), 'proxy_pass $labelgate_upstream;']),
      '}',
    ]),
    '}',
  ])
}

/** What the includes need once, in the `http` block. */
export function renderNginxHttp(options: DoorOptions): string {
  return file(options, upstream(options))
}

/** For a `server` block of one's own: every location in it is asked about. */
export function renderNginxServer(options: DoorOptions): string {
  return file(options, serverLines(options, true))
}

/** For each `location` that proxies: what the app is told, and what it is not. */
export function renderNginxLocation(options: DoorOptions): string {
  return file(options, locationLines(options))
}

function file(options: DoorOptions, lines: readonly string[]): string {
  options.identityHeaders.forEach(headerName)
  return `# Written by "labelgate render nginx". It holds a secret: nobody but nginx may read it.\n${lines.join('\n')}\n`
}

function upstream({ internalUrl }: DoorOptions): string[] {
  const { host, port, protocol } = new URL(internalUrl)
  const address = port === '' ? `${host}:${protocol === 'https:' ? 443 : 80}` : host
  return [
    'upstream labelgate {',
    `    server ${plain(address, 'the address of labelgate')};`,
    '    keepalive 32;',
    '}',
    '# of what HTTP can be upgraded to, WebSocket alone: h2c would go past us',
    'map $http_upgrade $labelgate_upgrade { "~*^websocket$" websocket; default ""; }',
    'map $http_upgrade $labelgate_connection { "~*^websocket$" upgrade; default close; }',
    '# refusals that are told by their status alone: where a body would have to be read before there is a page',
    'map "$request_method $content_length$http_transfer_encoding $labelgate_status" $labelgate_short {',
    '    "~^(GET|HEAD) 0? " "";',
    '    "~ (?<labelgate_real>400|404|405|411|413|429|503)$" $labelgate_real;',
    '    default 403;',
    '}',
  ]
}

function listen({ listen, tls }: DoorOptions, more = ''): string[] {
  const address = hostPort(listen)
  if (tls === undefined) return [`listen ${address}${more};`]
  return [
    `listen ${address} ssl http2${more};`,
    `ssl_certificate ${plain(tls.certificate, 'a path')};`,
    `ssl_certificate_key ${plain(tls.key, 'a path')};`,
  ]
}

function portalServer(options: DoorOptions): string[] {
  return [
    ...listen(options),
    `server_name ${plain(options.portal.host, "the portal's host")};`,
    'location /auth/ { return 404; }',
    'location / {',
    ...indented([
      `proxy_pass ${new URL(options.internalUrl).protocol}//labelgate;`,
      'proxy_http_version 1.1;',
      'proxy_set_header Host $http_host;',
      'proxy_set_header Connection "";',
      'proxy_set_header X-Forwarded-For $remote_addr;',
      'proxy_set_header X-Forwarded-Host $http_host;',
      'proxy_set_header X-Forwarded-Proto $scheme;',
      '# by it the portal believes the address of the client',
      `proxy_set_header X-Labelgate-Proxy-Key ${plain(options.proxyKey, 'the key')};`,
    ]),
    '}',
  ]
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : `    ${line}`))
}
