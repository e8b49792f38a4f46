import { choice, either, named, names, path, ROUTER_NAME } from '../plain.ts'
import { networks, traefikApi } from '../reach.ts'
import { proxyKey } from '../secret.ts'
import { traefikVersion } from '../version.ts'

/** Options of the reverse proxy and of the routes we write for it. */
export const proxy = {
  proxyKey: {
    name: 'LABELGATE_PROXY_KEY',
    parse: proxyKey,
    unset: 'made once, and kept in the data folder',
    unit: '32 to 256 random characters of `A-Z a-z 0-9 _ -`',
    sentence: 'Stands in the address at which the proxy asks: who does not know it is no proxy.',
    secret: true,
  },
  trustedProxies: {
    name: 'LABELGATE_TRUSTED_PROXIES',
    parse: networks,
    default: '',
    unit: 'networks',
    sentence: 'Peers that may ask without the key. None is nobody.',
  },
  traefikFile: {
    name: 'LABELGATE_TRAEFIK_FILE',
    parse: path(['.yml', '.yaml']),
    unset: 'nothing is written',
    unit: 'file',
    sentence: "The file in the folder of Traefik's file provider that labelgate writes and owns.",
  },
  traefikHttp: {
    name: 'LABELGATE_TRAEFIK_HTTP',
    parse: either('true', 'false'),
    default: 'false',
    unit: '`true` or `false`',
    sentence:
      "Is what the file holds also answered at `/traefik/<proxy key>`, for Traefik's HTTP provider (`providers.http.endpoint`)?",
  },
  traefikMode: {
    name: 'LABELGATE_TRAEFIK_MODE',
    parse: choice(['routes', 'entrypoint']),
    default: 'routes',
    unit: '`routes` or `entrypoint`',
    sentence:
      'What Traefik is told: routes for each app; or one middleware `labelgate`, for entry points whose routers are made by others.',
  },
  traefikVersion: {
    name: 'LABELGATE_TRAEFIK_VERSION',
    parse: traefikVersion,
    unset: 'asked for at LABELGATE_TRAEFIK_API, else the newest known',
    unit: 'version of Traefik',
    sentence: 'Nothing is written that this Traefik does not know.',
  },
  traefikApi: {
    name: 'LABELGATE_TRAEFIK_API',
    parse: traefikApi,
    unset: 'Traefik is not asked',
    unit: 'origin',
    sentence:
      "Traefik's own API: it is asked for its version, and for settings that make sign-in hollow. It shows the proxy key to whoever reaches it.",
  },
  traefikEntrypoints: {
    name: 'LABELGATE_TRAEFIK_ENTRYPOINTS',
    parse: names(ROUTER_NAME, 'websecure'),
    default: '',
    unit: 'entry points',
    sentence: 'Of the routers we write, where labels name none. None is those that Traefik uses by default.',
  },
  traefikTls: {
    name: 'LABELGATE_TRAEFIK_TLS',
    parse: either('true', 'false'),
    unset: '`true` exactly where the portal is `https`',
    unit: '`true` or `false`',
    sentence:
      'Do the routers we write serve TLS? `false` with an `https` portal: something before the proxy does, and whoever reaches the proxy past it is believed to come by `https`.',
  },
  traefikCertresolver: {
    name: 'LABELGATE_TRAEFIK_CERTRESOLVER',
    parse: named(ROUTER_NAME, 'letsencrypt'),
    unset: "Traefik's own choice of certificate",
    unit: 'certificate resolver',
    sentence: 'Of the routers we write, where labels name none.',
  },
} as const
