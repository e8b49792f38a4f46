/** The same proxies, with nothing asked: every request goes to the one app. */
import { NGINX_AROUND, type DoorName } from '../../e2e/doors/proxies.ts'

const HTTP = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'

/** @param web port of the proxy; @param app port of the app */
export const PLAIN: Readonly<Record<DoorName, (web: number, app: number) => Record<string, string>>> = {
  nginx: (web, app) => ({
    'nginx.conf': NGINX_AROUND,
    'conf.d/plain.conf': `server {
      listen 127.0.0.1:${web};
      location / {
        proxy_pass http://127.0.0.1:${app};
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_buffering off;
        proxy_request_buffering off;
      }
    }\n`,
  }),
  caddy: (web, app) => ({
    Caddyfile: `{\nadmin off\nauto_https off\n}\nhttp://:${web} {\nbind 127.0.0.1\nreverse_proxy 127.0.0.1:${app} {\nflush_interval -1\n}\n}\n`,
  }),
  envoy: (web, app) => ({ 'envoy.yaml': JSON.stringify(envoy(web, app)) }),
  haproxy: (web, app) => ({
    'haproxy.cfg': `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend web
  bind 127.0.0.1:${web}
  default_backend apps
backend apps
  server app 127.0.0.1:${app}\n`,
  }),
}

function envoy(web: number, app: number) {
  const at = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } })
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'app' } }]
  const manager = {
    '@type': HTTP,
    stat_prefix: 'plain',
    use_remote_address: true,
    http_filters: [{ name: 'router', typed_config: { '@type': ROUTER } }],
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
  }
  return {
    static_resources: {
      listeners: [
        { name: 'web', address: at(web), filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }] },
      ],
      clusters: [
        {
          name: 'app',
          type: 'STATIC',
          load_assignment: {
            cluster_name: 'app',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: at(app) } }] }],
          },
        },
      ],
    },
  }
}

/** For Traefik's file provider. */
export function plainTraefik(app: number): string {
  const service = { loadBalancer: { servers: [{ url: `http://127.0.0.1:${app}` }] } }
  const router = { rule: 'PathPrefix(`/`)', service: 'app', entryPoints: ['web'] }
  return JSON.stringify({ http: { routers: { app: router }, services: { app: service } } })
}
