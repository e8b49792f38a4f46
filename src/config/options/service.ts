import { choice, path } from '../plain.ts'
import { address, internalUrl, portalUrl } from '../reach.ts'
import { store } from '../store.ts'

/** Options of the service itself. */
export const service = {
  portalUrl: {
    name: 'LABELGATE_PORTAL_URL',
    parse: portalUrl,
    unset: 'required',
    unit: 'origin',
    sentence: 'Where people sign in. With `http` the session cookies are not `Secure`: for trials on one machine.',
    secret: 'userinfo',
  },
  listen: {
    name: 'LABELGATE_LISTEN',
    parse: address,
    default: '0.0.0.0:4180',
    unit: 'address and port',
    sentence: 'Where forward-auth and the portal answer.',
  },
  statusListen: {
    name: 'LABELGATE_STATUS_LISTEN',
    parse: address,
    default: '127.0.0.1:4181',
    unit: 'address and port',
    sentence: 'Where `/healthz`, `/readyz` and `/metrics` answer, without sign-in: keep it from the public.',
  },
  internalUrl: {
    name: 'LABELGATE_INTERNAL_URL',
    parse: internalUrl,
    default: 'http://labelgate:4180',
    unit: 'origin',
    sentence: 'How the proxy reaches labelgate; goes into generated configuration.',
    secret: 'userinfo',
  },
  dataDir: {
    name: 'LABELGATE_DATA_DIR',
    parse: path(),
    default: '/data',
    unit: 'folder',
    sentence: 'Keys and the SQLite file lie here.',
  },
  store: {
    name: 'LABELGATE_STORE',
    parse: store,
    default: 'sqlite',
    unit: '`sqlite` or `memory`',
    sentence: 'Where accounts and sessions rest; `memory` forgets them at the end of the process.',
    secret: 'userinfo',
  },
  config: {
    name: 'LABELGATE_CONFIG',
    parse: path(['.yml', '.yaml']),
    unset: '`/etc/labelgate/labelgate.yaml`, where that is there',
    unit: 'file',
    sentence:
      "The operator's file: providers, policies, bearer issuers (deploy/config.md). Read again when it changes.",
  },
  logLevel: {
    name: 'LABELGATE_LOG_LEVEL',
    parse: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    default: 'info',
    unit: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`',
    sentence: 'The least important lines that are written.',
  },
} as const
