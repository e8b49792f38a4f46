import type { Option } from './option.ts'
import { OPTIONS } from './options.ts'
import type { Values } from './read.ts'
import type { Reader } from './reader.ts'
import type { Address } from './settings.ts'

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
    found: ({ statusListen, listen }) =>
      meets(statusListen, listen) ? 'is where LABELGATE_LISTEN is too: give it another port' : undefined,
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

const GUARD: readonly Contradiction[] = [
  {
    of: [OPTIONS.guardListen, OPTIONS.traefikFile, OPTIONS.traefikHttp, OPTIONS.gatewayListen],
    found: ({ guardListen, traefikFile, traefikHttp, gatewayListen }) =>
      guardListen !== undefined && (traefikFile !== undefined || traefikHttp || gatewayListen !== undefined)
        ? 'has Traefik make the routes, and so does another option: leave out LABELGATE_TRAEFIK_FILE, LABELGATE_TRAEFIK_HTTP and LABELGATE_GATEWAY_LISTEN, or this'
        : undefined,
  },
  ...([OPTIONS.listen, OPTIONS.statusListen] as const).map((other): Contradiction => ({
    of: [OPTIONS.guardListen, other],
    found: ({ guardListen, listen, statusListen }) =>
      guardListen !== undefined && meets(guardListen, other === OPTIONS.listen ? listen : statusListen)
        ? `is where ${other.name} is too: give it another port`
        : undefined,
  })),
  {
    of: [OPTIONS.guardTlsCert, OPTIONS.guardTlsKey, OPTIONS.guardTlsClientCa, OPTIONS.guardListen],
    found: ({ guardTlsCert, guardTlsKey, guardTlsClientCa, guardListen }) => {
      const said = [guardTlsCert, guardTlsKey].filter((path) => path !== undefined).length
      if (said === 1 || (said === 0 && guardTlsClientCa !== undefined))
        return 'is one of three that go together: write LABELGATE_GUARD_TLS_CERT and LABELGATE_GUARD_TLS_KEY'
      return said === 2 && guardListen === undefined ? 'has no use without LABELGATE_GUARD_LISTEN' : undefined
    },
  },
]

const GATEWAY: readonly Contradiction[] = [
  {
    of: [OPTIONS.gatewayListen, OPTIONS.listen, OPTIONS.statusListen],
    found: ({ gatewayListen, listen, statusListen }) =>
      gatewayListen !== undefined && [listen, statusListen].some((other) => meets(gatewayListen, other))
        ? 'is where LABELGATE_LISTEN or LABELGATE_STATUS_LISTEN is too: give it another port'
        : undefined,
  },
  {
    of: [OPTIONS.gatewayTlsCert, OPTIONS.gatewayListen],
    found: ({ gatewayTlsCert, gatewayListen }) =>
      gatewayTlsCert.length > 0 && gatewayListen === undefined
        ? 'has no use without the gateway: leave it out, or write LABELGATE_GATEWAY_LISTEN=0.0.0.0:443'
        : undefined,
  },
  {
    of: [OPTIONS.gatewayTlsKey, OPTIONS.gatewayTlsCert],
    found: ({ gatewayListen, gatewayTlsCert, gatewayTlsKey }) =>
      gatewayTlsCert.length !== gatewayTlsKey.length && (gatewayListen !== undefined || gatewayTlsCert.length === 0)
        ? 'does not name as many files as LABELGATE_GATEWAY_TLS_CERT: write one key for each certificate, in its order'
        : undefined,
  },
  {
    of: [OPTIONS.gatewayListen, OPTIONS.gatewayTlsCert, OPTIONS.portalUrl],
    found: ({ gatewayListen, gatewayTlsCert, portal, listen, statusListen }) => {
      if (gatewayListen === undefined || [listen, statusListen].some((other) => meets(gatewayListen, other)))
        return undefined
      if (portal === undefined || portal.secure === gatewayTlsCert.length > 0) return undefined
      return portal.secure
        ? 'serves plain http while the portal is https: write LABELGATE_GATEWAY_TLS_CERT and LABELGATE_GATEWAY_TLS_KEY'
        : 'serves https while the portal is plain http: write https in LABELGATE_PORTAL_URL'
    },
  },
]

function meets(one: Address, other: Address): boolean {
  const anywhere = [one.host, other.host].some((host) => host === '0.0.0.0' || host === '::')
  return (anywhere || one.host === other.host) && one.port === other.port && one.port !== 0
}

function liesBelow(host: string, suffix: string): boolean {
  return host.endsWith(`.${suffix}`)
}

/** Notes every contradiction between options that are good by themselves. */
export function noteContradictions(reader: Reader, values: Values): void {
  for (const { of, found } of [...CONTRADICTIONS, ...GUARD, ...GATEWAY]) {
    const what = reader.good(...of) ? found(values) : undefined
    if (what !== undefined) reader.note(of[0], what)
  }
}
