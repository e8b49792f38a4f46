import { duration, paths } from '../plain.ts'
import { address } from '../reach.ts'

/** Options of the built-in gateway. */
export const gateway = {
  gatewayListen: {
    name: 'LABELGATE_GATEWAY_LISTEN',
    parse: address,
    unset: 'off',
    unit: 'address and port',
    sentence: 'Where labelgate itself serves the apps and the portal, without another proxy (deploy/gateway.md).',
  },
  gatewayTlsCert: {
    name: 'LABELGATE_GATEWAY_TLS_CERT',
    parse: paths,
    unset: 'plain HTTP/1.1',
    unit: 'files',
    sentence:
      'PEM: a certificate, and after it those that vouch for it; several files are chosen from by the name asked for. Read again when they change.',
  },
  gatewayTlsKey: {
    name: 'LABELGATE_GATEWAY_TLS_KEY',
    parse: paths,
    unset: 'none',
    unit: 'files',
    sentence: 'PEM: the key of each certificate, in the same order.',
  },
  gatewayTimeout: {
    name: 'LABELGATE_GATEWAY_TIMEOUT',
    parse: duration({ least: '1s', most: '1d' }),
    default: '60s',
    unit: 'duration',
    sentence:
      'How long an app may be silent in the middle of a request; event streams and WebSockets as long as they like.',
  },
} as const
