import { type DoorOptions, INTERNAL_HEADERS, internalAddress } from '../door/options.ts'
import { type Json, MUTATION, TYPE } from './types.ts'

export const SCHEMES = ['http', 'https', 'h2c'] as const

/** Where labelgate is, and the apps: those by each scheme, at the address in our answer. */
export function clusters({ internalUrl }: DoorOptions): Json[] {
  const { host, port, secure } = internalAddress(internalUrl)
  return [
    {
      name: 'labelgate',
      type: 'STRICT_DNS',
      connect_timeout: '2s',
      load_assignment: {
        cluster_name: 'labelgate',
        endpoints: [
          { lb_endpoints: [{ endpoint: { address: { socket_address: { address: host, port_value: port } } } }] },
        ],
      },
      ...(secure && { transport_socket: upstreamTls({ sni: host }) }),
    },
    ...SCHEMES.map((scheme) => appsCluster(scheme)),
  ]
}

function appsCluster(scheme: (typeof SCHEMES)[number]): Json {
  return {
    name: `apps-${scheme}`,
    type: 'ORIGINAL_DST',
    lb_policy: 'CLUSTER_PROVIDED',
    connect_timeout: '5s',
    original_dst_lb_config: { use_http_header: true, http_header_name: 'x-labelgate-upstream-address' },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': `${TYPE}.upstreams.http.v3.HttpProtocolOptions`,
        explicit_http_config: scheme === 'h2c' ? { http2_protocol_options: {} } : { http_protocol_options: {} },
        // after the address was read from them
        http_filters: [
          {
            name: 'strip',
            typed_config: {
              '@type': MUTATION,
              mutations: {
                request_mutations: INTERNAL_HEADERS.map((name) => ({ remove: name.toLowerCase() })),
              },
            },
          },
          {
            name: 'codec',
            typed_config: { '@type': `${TYPE}.filters.http.upstream_codec.v3.UpstreamCodec` },
          },
        ],
      },
    },
    ...(scheme === 'https' && { transport_socket: upstreamTls({}) }),
  }
}

function upstreamTls(words: { readonly sni?: string }): Json {
  return {
    name: 'tls',
    typed_config: { '@type': `${TYPE}.transport_sockets.tls.v3.UpstreamTlsContext`, ...words },
  }
}
