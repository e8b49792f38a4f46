import { duration, named, path } from '../plain.ts'
import { dockerHost, tlsVerify } from '../reach.ts'

const NETWORK = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/

/** Options of the Docker daemon, and of what is learnt from it. */
export const docker = {
  dockerHost: {
    name: 'DOCKER_HOST',
    parse: dockerHost,
    default: 'unix:///var/run/docker.sock',
    unit: '`unix:///path` or `tcp://host:port`',
    sentence: 'The Docker daemon.',
    secret: 'userinfo',
  },
  dockerTlsVerify: {
    name: 'DOCKER_TLS_VERIFY',
    parse: tlsVerify,
    unset: 'TLS exactly where `DOCKER_CERT_PATH` is given',
    unit: '`1`',
    sentence: 'Insists on TLS towards the daemon, which `DOCKER_CERT_PATH` must then make possible.',
  },
  dockerCertPath: {
    name: 'DOCKER_CERT_PATH',
    parse: path(),
    unset: 'no TLS towards the daemon',
    unit: 'folder',
    sentence: 'Holds `ca.pem`, `cert.pem` and `key.pem` for a `tcp://` daemon.',
  },
  network: {
    name: 'LABELGATE_NETWORK',
    parse: named(NETWORK, 'proxy'),
    unset: 'one that labelgate shares with the app',
    unit: 'Docker network',
    sentence: 'On which the proxy reaches apps whose labels name no network.',
  },
  tableMaxAge: {
    name: 'LABELGATE_TABLE_MAX_AGE',
    parse: duration({ least: '1m', most: '365d', orZero: true }),
    default: '0',
    unit: 'duration, 0 for ever',
    sentence: 'How long the last known apps are served while the daemon is away; afterwards every answer is 503.',
  },
} as const
