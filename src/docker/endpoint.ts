import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DockerOptions } from 'dockerode'

const REFUSED: Readonly<Record<string, string>> = {
  'npipe:': 'named pipes of Windows are not supported; run labelgate in a Linux container',
  'ssh:': 'ssh is not supported; forward the socket (ssh -L), or offer it as tcp:// with TLS',
  'fd:': 'fd:// is how a daemon is told to listen; write unix:///var/run/docker.sock',
}

/**
 * The daemon's address as DOCKER_HOST gives it, in dockerode's words.
 *
 * Every one of dockerode's own options is named here, if only to say `undefined`: what is left out it takes from
 * DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH of the environment, which the operator's file may contradict.
 *
 * @param certPath folder with `ca.pem`, `cert.pem` and `key.pem`; with it a `tcp://` daemon is spoken to by TLS
 * @throws Error where the address is none we can use, or a certificate cannot be read
 */
export function endpointOf(host: string, certPath?: string): DockerOptions {
  const plain = { host: undefined, socketPath: undefined, port: undefined, pathPrefix: '/', timeout: undefined }
  // Each call has a socket of its own: one that lies idle may be dead when it is next used, after a restart.
  const common = { ...plain, ca: undefined, cert: undefined, key: undefined, headers: { connection: 'close' } }
  if (host.startsWith('unix:///')) return { ...common, protocol: 'http', socketPath: host.slice('unix://'.length) }
  if (!URL.canParse(host)) throw new Error(`DOCKER_HOST names no daemon: ${host}`)
  const { protocol, hostname, port } = new URL(host)
  const refused = REFUSED[protocol]
  if (refused !== undefined) throw new Error(`DOCKER_HOST=${protocol}// ${refused}`)
  if ((protocol !== 'tcp:' && protocol !== 'http:') || hostname === '') {
    throw new Error(`DOCKER_HOST names no daemon: write unix:///var/run/docker.sock or tcp://host:2376`)
  }
  const address = { ...common, host: hostname.replace(/^\[|\]$/g, '') }
  if (certPath === undefined) return { ...address, protocol: 'http', port: port || '2375' }
  return { ...address, protocol: 'https', port: port || '2376', ...certificates(certPath) }
}

function certificates(folder: string): Pick<DockerOptions, 'ca' | 'cert' | 'key'> {
  const read = (name: string) => readFileSync(join(folder, name))
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') }
}
