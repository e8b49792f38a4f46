import {
  type DoorOptions,
  headerName,
  hostPort,
  INTERNAL_HEADERS,
  internalAddress,
  judgedHeaders,
  PATIENCE,
  plain,
  SILENCE,
} from '../door/options.ts'
import { aliases } from '../traefik/headers.ts'

/**
 * A whole Caddyfile. Spelt out where `forward_auth` would do: what that directive does when a header is missing from an
 * answer differs from release to release (CVE-2026-30851), and here the client's own are gone before we are asked.
 */
export function renderCaddy(options: DoorOptions): string {
  options.identityHeaders.forEach(headerName)
  const scheme = options.tls === undefined ? 'http' : 'https'
  const site = [
    ...(options.tls === undefined
      ? []
      : [`tls ${plain(options.tls.certificate, 'a path')} ${plain(options.tls.key, 'a path')}`]),
    ...(options.listen.host === '0.0.0.0' ? [] : [`bind ${plain(options.listen.host, 'the address to listen on')}`]),
    '',
    '# the portal, where people sign in',
    `@portal host ${plain(options.portal.host, "the portal's host")}`,
    'handle @portal {',
    ...indented(portal(options)),
    '}',
    '',
    '# every app, there now or later',
    'handle {',
    ...indented(apps(options)),
    '}',
  ]
  return `${[
    '# Written by "labelgate render caddy". It holds a secret: nobody but Caddy may read it.',
    '{',
    '    admin off',
    '    auto_https off',
    '}',
    '',
    `${scheme}://:${options.listen.port} {`,
    ...indented(site),
    '}',
  ].join('\n')}\n`
}

/** Of `http:http://x/y` Go makes an address without a path, and asks us by it whatever the rewriting says. */
const NO_PATH = [
  '# a target that is no path would decide by itself what we are asked',
  '@odd expression `!{http.request.orig_uri}.startsWith("/")`',
  'respond @odd 400',
]

function portal(options: DoorOptions): string[] {
  return [
    ...NO_PATH,
    'respond /auth/* 404',
    ...block(`reverse_proxy ${labelgate(options)}`, [
      '# by it the portal believes the address of the client',
      `header_up X-Labelgate-Proxy-Key ${plain(options.proxyKey, 'the key')}`,
    ]),
  ]
}

/** In this order, whatever Caddy's own is. */
function apps(options: DoorOptions): string[] {
  const { identityHeaders, reservedHeaders = [] } = options
  const families = [...reservedHeaders, ...aliases(reservedHeaders)].map((beginning) => `${beginning}*`)
  const gone = [...identityHeaders, ...aliases(identityHeaders), ...INTERNAL_HEADERS, ...families]
  return block('route', [
    ...NO_PATH,
    '# of what HTTP can be upgraded to, WebSocket alone: h2c would go past us. And nobody names headers of ours there',
    '@socket header_regexp Upgrade (?i)^websocket$',
    '@other not header_regexp Upgrade (?i)^websocket$',
    'request_header -Connection',
    'request_header @socket Connection Upgrade',
    'request_header @other -Upgrade',
    'request_header @other -HTTP2-Settings',
    '# nobody brings their own, however it is spelt',
    ...gone.map((name) => `request_header -${quoted(name)}`),
    '',
    ...block(`reverse_proxy ${labelgate(options)}`, [
      'method GET',
      `rewrite /auth/route/${plain(options.proxyKey, 'the key')}?`,
      'header_up X-Forwarded-Method {http.request.orig_method}',
      'header_up X-Forwarded-Uri {http.request.orig_uri}',
      'header_up -Content-Length',
      'header_up -Transfer-Encoding',
      'header_up -Expect',
      `header_up X-Labelgate-Headers ${identityHeaders.join(',')}`,
      'header_up X-Labelgate-Body "{http.request.header.Content-Length};"',
      ...block('transport http', ['dial_timeout 2s', `response_header_timeout ${PATIENCE}s`]),
      '',
      '@http {',
      '    status 200',
      '    header X-Labelgate-Upstream-Scheme http',
      '}',
      ...block('handle_response @http', admitted(options, [])),
      '@https {',
      '    status 200',
      '    header X-Labelgate-Upstream-Scheme https',
      '}',
      // an app's own certificate is not for the address that it has
      ...block('handle_response @https', admitted(options, ['tls_insecure_skip_verify'])),
      '@h2c {',
      '    status 200',
      '    header X-Labelgate-Upstream-Scheme h2c',
      '}',
      ...block('handle_response @h2c', admitted(options, ['versions h2c 2'])),
      '# a yes that does not say where the app is comes from somebody else',
      '@stranger status 2xx',
      ...block('handle_response @stranger', ['respond 503']),
    ]),
  ])
}

function admitted(options: DoorOptions, transport: readonly string[]): string[] {
  return block('route', [
    ...judgedHeaders(options).flatMap((name) => {
      const value = `{http.reverse_proxy.header.${headerName(name)}}`
      const matcher = `@has_${name.toLowerCase().replaceAll('-', '_')}`
      return [
        `request_header -${name}`,
        `${matcher} expression \`${value} != null && ${value} != ""\``,
        `request_header ${matcher} ${name} ${value}`,
      ]
    }),
    ...block('reverse_proxy {http.reverse_proxy.header.X-Labelgate-Upstream-Address}', [
      'flush_interval -1',
      '# since 2.11 an app that speaks TLS would be told its own address for its host',
      'header_up Host {http.request.hostport}',
      ...(transport.length === 0 ? [] : block('transport http', [...transport, `read_timeout ${SILENCE}s`])),
    ]),
  ])
}

function labelgate({ internalUrl }: DoorOptions): string {
  const { secure } = internalAddress(internalUrl)
  return plain(`${secure ? 'https' : 'http'}://${hostPort(internalAddress(internalUrl))}`, 'the address of labelgate')
}

function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...indented(lines), '}']
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : `    ${line}`))
}

/** Between backticks nothing has a meaning; a name that holds one stands between double quotes. */
function quoted(name: string): string {
  return /^[\w.-]+\*?$/.test(name) ? name : name.includes('`') ? `"${name}"` : `\`${name}\``
}
