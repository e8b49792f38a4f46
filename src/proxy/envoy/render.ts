import { type DoorOptions, headerName, INTERNAL_HEADERS, judgedHeaders, PATIENCE, SILENCE } from '../door/options.ts'
import { aliases } from '../traefik/headers.ts'
import { clusters, SCHEMES } from './clusters.ts'
import { type Json, MUTATION, TYPE } from './types.ts'

const HTTP = `${TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager`

/**
 * A whole bootstrap file, in JSON, which is YAML too. Apps are reached by ORIGINAL_DST clusters that read the address
 * from our answer: no name is looked up, and without an answer there is no address. A dynamic forward proxy would go
 * where the client's Host points.
 */
export function renderEnvoy(options: DoorOptions): string {
  options.identityHeaders.forEach(headerName)
  return [
    '# Written by "labelgate render envoy". It holds a secret: nobody but Envoy may read it.',
    JSON.stringify({ static_resources: { listeners: [listener(options)], clusters: clusters(options) } }, null, 2),
    '',
  ].join('\n')
}

function listener(options: DoorOptions): Json {
  const { listen, tls } = options
  return {
    name: 'web',
    address: { socket_address: { address: listen.host, port_value: listen.port } },
    filter_chains: [
      {
        filters: [{ name: 'http', typed_config: { '@type': HTTP, ...manager(options) } }],
        ...(tls !== undefined && {
          transport_socket: {
            name: 'tls',
            typed_config: {
              '@type': `${TYPE}.transport_sockets.tls.v3.DownstreamTlsContext`,
              common_tls_context: {
                alpn_protocols: ['h2', 'http/1.1'],
                tls_certificates: [
                  { certificate_chain: { filename: tls.certificate }, private_key: { filename: tls.key } },
                ],
              },
            },
          },
        }),
      },
    ],
  }
}

function manager(options: DoorOptions): Record<string, Json> {
  return {
    stat_prefix: 'labelgate',
    // the address of who is connected is the client's, and what a client says of it is nobody's
    use_remote_address: true,
    skip_xff_append: true,
    // the path is passed on as it came: we judge what the app will see
    normalize_path: false,
    merge_slashes: false,
    // of what HTTP can be upgraded to, WebSocket alone: h2c would go past us
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    common_http_protocol_options: { headers_with_underscores_action: 'DROP_HEADER' },
    stream_idle_timeout: `${SILENCE}s`,
    http_filters: [
      { name: 'strip', typed_config: strip(options) },
      { name: 'labelgate', typed_config: authorization(options) },
      { name: 'router', typed_config: { '@type': `${TYPE}.filters.http.router.v3.Router` } },
    ],
    route_config: { virtual_hosts: [portal(options), apps()] },
  }
}

/** Nobody brings their own, however it is spelt; and where they come from is what we see. */
function strip({ identityHeaders }: DoorOptions): Json {
  const gone = [...identityHeaders, ...aliases(identityHeaders), ...INTERNAL_HEADERS, 'Forwarded', 'X-Forwarded-Host']
  // a name that is no token never gets here
  const names = new Set(gone.map((name) => name.toLowerCase()).filter((name) => !name.includes('_')))
  return {
    '@type': MUTATION,
    mutations: {
      request_mutations: [
        ...[...names].map((remove) => ({ remove })),
        setting('x-forwarded-for', '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'),
        setting('x-forwarded-host', '%REQ(:AUTHORITY)%'),
        setting('x-labelgate-body', '%REQ(CONTENT-LENGTH)%;'),
      ],
    },
  }
}

function setting(key: string, value: string): Json {
  return { append: { header: { key, value }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' } }
}

/** What a question consists of besides method, host, path and Authorization, which Envoy sends by itself. */
const ASKED = [
  'cookie',
  'origin',
  'accept',
  'sec-fetch-mode',
  'sec-fetch-site',
  'x-requested-with',
  'sec-websocket-key',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-labelgate-body',
]

function authorization(options: DoorOptions): Json {
  const { internalUrl, proxyKey, identityHeaders, tokenHeader, reservedHeaders = [] } = options
  return {
    '@type': `${TYPE}.filters.http.ext_authz.v3.ExtAuthz`,
    failure_mode_allow: false,
    status_on_error: { code: 'ServiceUnavailable' },
    // the route is chosen by our answer
    clear_route_cache: true,
    http_service: {
      server_uri: { uri: internalUrl, cluster: 'labelgate', timeout: `${PATIENCE}s` },
      path_prefix: `/auth/envoy/${proxyKey}`,
      authorization_request: {
        headers_to_add: [{ key: 'x-labelgate-headers', value: identityHeaders.join(',') }],
      },
      authorization_response: {
        allowed_upstream_headers: {
          patterns: exactly([...judgedHeaders(options), 'X-Labelgate-Upstream-Address', 'X-Labelgate-Upstream-Scheme']),
        },
      },
    },
    allowed_headers: {
      patterns: [
        ...exactly([...ASKED, ...(tokenHeader === undefined ? [] : [tokenHeader])]),
        // what nobody may bring, and spellings that no honest client has: we refuse them
        ...reservedHeaders.map((prefix) => ({ prefix, ignore_case: true })),
        { safe_regex: { regex: '.*[^a-z0-9-].*' } },
      ],
    },
  }
}

function exactly(names: readonly string[]): Json[] {
  return names.map((name) => ({ exact: name.toLowerCase(), ignore_case: true }))
}

function portal({ portal, proxyKey }: DoorOptions): Json {
  return {
    name: 'portal',
    domains: [portal.host, `${portal.host}:*`],
    routes: [
      { match: { prefix: '/auth/' }, direct_response: { status: 404 } },
      {
        match: { prefix: '/' },
        route: { cluster: 'labelgate', timeout: '60s' },
        // by it the portal believes the address of the client
        request_headers_to_add: [
          {
            header: { key: 'x-labelgate-proxy-key', value: proxyKey },
            append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
          },
        ],
      },
    ],
    typed_per_filter_config: {
      labelgate: { '@type': `${TYPE}.filters.http.ext_authz.v3.ExtAuthzPerRoute`, disabled: true },
    },
  }
}

function apps(): Json {
  return {
    name: 'apps',
    domains: ['*'],
    routes: [
      ...SCHEMES.map((scheme) => ({
        match: {
          prefix: '/',
          headers: [{ name: 'x-labelgate-upstream-scheme', string_match: { exact: scheme } }],
        },
        route: { cluster: `apps-${scheme}`, timeout: '0s', idle_timeout: `${SILENCE}s` },
      })),
      // asked, and not told where to go
      { match: { prefix: '/' }, direct_response: { status: 503 } },
    ],
  }
}
