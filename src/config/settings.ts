import type { Operator } from '../labels/operator.ts'
import type { Networks } from '../syntax/networks.ts'
import type { Version } from '../syntax/version.ts'
import type { OperatorFile } from './operator-file.ts'

/** Every option, read and judged once at start. Times are milliseconds unless a name says otherwise. */
export interface Settings {
  readonly portal: Portal
  readonly listen: Address
  readonly statusListen: Address
  /** How the proxy reaches us: an origin, no path. */
  readonly internalUrl: string
  /** As DOCKER_HOST gives it: `unix:///var/run/docker.sock`, `tcp://host:2376`. */
  readonly dockerHost: string
  /** Folder with `ca.pem`, `cert.pem`, `key.pem`; undefined: no TLS towards the daemon. */
  readonly dockerCertPath?: string
  /** The dynamic configuration file we own; undefined: nothing is written. */
  readonly traefikFile?: string
  /** Is the same answered for Traefik's HTTP provider? */
  readonly traefikHttp: boolean
  /** `routes`: one for each app. `entrypoint`: a middleware for entry points whose routers are made by others. */
  readonly traefikMode: 'routes' | 'entrypoint'
  /** Undefined: it is asked for, else the newest known is meant. */
  readonly traefikVersion?: Version
  /** Origin of Traefik's API; undefined: it is not asked. */
  readonly traefikApi?: string
  /** Undefined: off. */
  readonly gateway?: GatewaySettings
  /** The read-only Docker API for Traefik; undefined: off. */
  readonly guard?: GuardSettings
  readonly dataDir: string
  readonly store: 'sqlite' | 'memory'
  /** Undefined: the one kept in the data folder is used, made at the first start. */
  readonly proxyKey?: string
  readonly trustedProxies: Networks
  readonly sessionIdle: number
  readonly sessionMax: number
  /** TLS ends before the proxy: it takes for plain http what came by https. */
  readonly tlsBefore: boolean
  /** 0: a table is used however old it is; its age is reported. */
  readonly tableMaxAge: number
  /** Network on which the proxy reaches apps, where a label names none; undefined: one we share with the app. */
  readonly network?: string
  readonly operator: Operator
  /** What the operator's file says; what nothing says where there is none. */
  readonly file: OperatorFile
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  readonly brand: Brand
}

/** The part of the settings that changes while the process runs: what the operator's file has a say in. */
export type Configured = Pick<Settings, 'operator' | 'file'>

/** The guard. */
export interface GuardSettings {
  readonly listen: Address
  readonly networks: Networks
  /** Paths of PEM files; undefined: no TLS. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string }
}

/** The built-in gateway. */
export interface GatewaySettings {
  readonly listen: Address
  /** Paths of PEM files; none: plain HTTP/1.1. */
  readonly certificates: readonly { readonly cert: string; readonly key: string }[]
  /** Milliseconds an app may be silent in the middle of a request. */
  readonly timeout: number
}

export interface Portal {
  /** `https://auth.example.com`, no trailing slash. */
  readonly origin: string
  /** Canonical, without port. */
  readonly host: string
  /** True for https: cookies carry `__Host-` and `Secure`, and apps are served over https alone. */
  readonly secure: boolean
}

export interface Address {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

/** What the operator puts on the pages in place of ours. */
export interface Brand {
  readonly title: string
  /** Path of an SVG or PNG file; undefined: ours. */
  readonly logo?: string
}
