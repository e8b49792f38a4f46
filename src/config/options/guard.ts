import { path } from '../plain.ts'
import { address, networks } from '../reach.ts'

/** Options of the guard. */
export const guard = {
  guardListen: {
    name: 'LABELGATE_GUARD_LISTEN',
    parse: address,
    unset: 'off',
    unit: 'address and port',
    sentence:
      "The read-only Docker API for Traefik (`providers.docker.endpoint=tcp://labelgate:2375`): sign-in stands before each protected app's routers (deploy/guard).",
  },
  guardNetworks: {
    name: 'LABELGATE_GUARD_NETWORKS',
    parse: networks,
    default: '127.0.0.0/8, ::1, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7',
    unit: 'networks',
    sentence: 'From where the guard may be asked. It tells the proxy key, so name the network of Traefik alone.',
  },
  guardTlsCert: {
    name: 'LABELGATE_GUARD_TLS_CERT',
    parse: path(),
    unset: 'no TLS',
    unit: 'file',
    sentence: 'PEM: the certificate of the guard, and after it those that vouch for it.',
  },
  guardTlsKey: {
    name: 'LABELGATE_GUARD_TLS_KEY',
    parse: path(),
    unset: 'none',
    unit: 'file',
    sentence: 'PEM: its key.',
  },
  guardTlsClientCa: {
    name: 'LABELGATE_GUARD_TLS_CLIENT_CA',
    parse: path(),
    unset: 'no certificate is asked for',
    unit: 'file',
    sentence: 'PEM: the authority whose certificate Traefik must show (`providers.docker.tls`).',
  },
} as const
