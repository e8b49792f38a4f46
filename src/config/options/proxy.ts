import { either, later, named, names, path, ROUTER_NAME } from '../plain.ts'
import { networks } from '../reach.ts'
import { proxyKey } from '../secret.ts'

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
  guardListen: {
    name: 'LABELGATE_GUARD_LISTEN',
    parse: later('leave it out, and let Traefik read the file of LABELGATE_TRAEFIK_FILE'),
    unset: 'off',
    unit: 'address and port',
    sentence: 'The read-only Docker API for Traefik. Not available yet.',
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
    sentence: 'Do the routers we write serve TLS? `false` with an `https` portal: something before Traefik does.',
  },
  traefikCertresolver: {
    name: 'LABELGATE_TRAEFIK_CERTRESOLVER',
    parse: named(ROUTER_NAME, 'letsencrypt'),
    unset: "Traefik's own choice of certificate",
    unit: 'certificate resolver',
    sentence: 'Of the routers we write, where labels name none.',
  },
} as const
