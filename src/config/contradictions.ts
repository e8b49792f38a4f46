import type { Option } from './option.ts'
import { OPTIONS } from './options.ts'
import type { Values } from './read.ts'
import type { Reader } from './reader.ts'

interface Contradiction {
  /** The first is the one that is named; nothing is said where one of them is wrong by itself. */
  readonly of: readonly [Option, ...Option[]]
  /** Undefined where they agree. */
  readonly found: (values: Values) => string | undefined
}

/** What holds between options, one by one. A setting that could not work is refused rather than passed over. */
const CONTRADICTIONS: readonly Contradiction[] = [
  {
    of: [OPTIONS.sessionIdle, OPTIONS.sessionMax],
    found: ({ sessionIdle, sessionMax }) =>
      sessionIdle > sessionMax ? 'is longer than LABELGATE_SESSION_MAX: make it shorter, or that longer' : undefined,
  },
  {
    of: [OPTIONS.statusListen, OPTIONS.listen],
    found: ({ statusListen, listen }) => {
      const anywhere = [statusListen.host, listen.host].some((host) => host === '0.0.0.0' || host === '::')
      const meet = anywhere || statusListen.host === listen.host
      return meet && statusListen.port === listen.port && listen.port !== 0
        ? 'is where LABELGATE_LISTEN is too: give it another port'
        : undefined
    },
  },
  {
    of: [OPTIONS.dockerTlsVerify, OPTIONS.dockerCertPath],
    found: ({ dockerTlsVerify, dockerCertPath }) =>
      dockerTlsVerify && dockerCertPath === undefined
        ? 'asks for TLS without certificates: write the folder with ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH'
        : undefined,
  },
  {
    of: [OPTIONS.dockerCertPath, OPTIONS.dockerHost],
    found: ({ dockerCertPath, dockerHost }) =>
      dockerCertPath !== undefined && !dockerHost.startsWith('tcp://')
        ? 'asks for TLS, but DOCKER_HOST is no tcp:// address: leave it out, or write DOCKER_HOST=tcp://host:2376'
        : undefined,
  },
  {
    of: [OPTIONS.defaultHost, OPTIONS.hostSuffixes],
    found: ({ defaultHost, hostSuffixes }) =>
      defaultHost !== undefined && hostSuffixes.length > 0 && !hostSuffixes.some((end) => liesBelow(defaultHost, end))
        ? 'lies below none of LABELGATE_HOST_SUFFIXES: write a host below one of them'
        : undefined,
  },
  {
    of: [OPTIONS.traefikMode, OPTIONS.traefikFile, OPTIONS.traefikHttp],
    found: ({ traefikMode, traefikFile, traefikHttp }) =>
      traefikMode === 'entrypoint' && traefikFile === undefined && !traefikHttp
        ? 'is entrypoint, but Traefik is told nothing: write LABELGATE_TRAEFIK_FILE, or LABELGATE_TRAEFIK_HTTP=true'
        : undefined,
  },
  {
    of: [OPTIONS.traefikTls, OPTIONS.portalUrl],
    found: ({ traefikTls, portal }) =>
      traefikTls === true && portal?.secure === false
        ? 'is true while the portal is plain http: write https in LABELGATE_PORTAL_URL'
        : undefined,
  },
  {
    of: [OPTIONS.traefikCertresolver, OPTIONS.traefikTls, OPTIONS.portalUrl],
    found: ({ traefikCertresolver, traefikTls, portal }) =>
      traefikCertresolver !== undefined && !(traefikTls ?? portal?.secure ?? true)
        ? 'has no use without TLS: leave it out, or serve TLS'
        : undefined,
  },
]

function liesBelow(host: string, suffix: string): boolean {
  return host.endsWith(`.${suffix}`)
}

/** Notes every contradiction between options that are good by themselves. */
export function noteContradictions(reader: Reader, values: Values): void {
  for (const { of, found } of CONTRADICTIONS) {
    const what = reader.good(...of) ? found(values) : undefined
    if (what !== undefined) reader.note(of[0], what)
  }
}
