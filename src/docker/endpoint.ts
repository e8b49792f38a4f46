import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where a daemon is, as `node:http` takes it. */
export interface Endpoint {
  readonly socketPath?: string
  readonly host?: string
  readonly port?: string
  /** Certificates; undefined: no TLS. */
  readonly tls?: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer }
}

const REFUSED: Readonly<Record<string, string>> = {
  'npipe:': 'named pipes of Windows are not supported; run labelgate in a Linux container',
  'ssh:': 'ssh is not supported; forward the socket (ssh -L), or offer it as tcp:// with TLS',
  'fd:': 'fd:// is how a daemon is told to listen; write unix:///var/run/docker.sock',
}

/**
 * The daemon's address as DOCKER_HOST gives it.
 *
 * @param certPath folder with `ca.pem`, `cert.pem` and `key.pem`; with it a `tcp://` daemon is spoken to by TLS
 * @throws Error where the address is none we can use, or a certificate cannot be read
 */
export function endpointOf(host: string, certPath?: string): Endpoint {
  if (host.startsWith('unix:///')) return { socketPath: host.slice('unix://'.length) }
  if (!URL.canParse(host)) throw new Error(`DOCKER_HOST names no daemon: ${host}`)
  const { protocol, hostname, port } = new URL(host)
  const refused = REFUSED[protocol]
  if (refused !== undefined) throw new Error(`DOCKER_HOST=${protocol}// ${refused}`)
  if ((protocol !== 'tcp:' && protocol !== 'http:') || hostname === '') {
    throw new Error(`DOCKER_HOST names no daemon: write unix:///var/run/docker.sock or tcp://host:2376`)
  }
  const address = { host: hostname.replace(/^\[|\]$/g, '') }
  if (certPath === undefined) return { ...address, port: port || '2375' }
  return { ...address, port: port || '2376', tls: certificates(certPath) }
}

function certificates(folder: string): NonNullable<Endpoint['tls']> {
  const read = (name: string) => readFileSync(join(folder, name))
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') }
}
