import { OPTIONS } from './options.ts'
import type { Reader } from './reader.ts'
import { subjects, type ParseAllow } from './subjects.ts'

/** Every option's value, before one is held against another. */
export type Values = ReturnType<typeof readAll>

/** Reads every option there is; what is wrong is with the reader. */
export function readAll(reader: Reader, parseAllow: ParseAllow) {
  return {
    ...service(reader),
    ...docker(reader),
    ...proxy(reader),
    ...labels(reader),
    ...guard(reader),
    ...gateway(reader),
    defaultAllow: reader.value({ ...OPTIONS.defaultAllow, parse: subjects(parseAllow) }),
    sessionIdle: reader.value(OPTIONS.sessionIdle),
    sessionMax: reader.value(OPTIONS.sessionMax),
    title: reader.value(OPTIONS.title),
    logo: reader.optional(OPTIONS.logo),
  }
}

function service(reader: Reader) {
  return {
    portal: reader.optional(OPTIONS.portalUrl),
    listen: reader.value(OPTIONS.listen),
    statusListen: reader.value(OPTIONS.statusListen),
    internalUrl: reader.value(OPTIONS.internalUrl),
    dataDir: reader.value(OPTIONS.dataDir),
    store: reader.value(OPTIONS.store),
    logLevel: reader.value(OPTIONS.logLevel),
  }
}

function docker(reader: Reader) {
  return {
    dockerHost: reader.value(OPTIONS.dockerHost),
    dockerTlsVerify: reader.optional(OPTIONS.dockerTlsVerify) ?? false,
    dockerCertPath: reader.optional(OPTIONS.dockerCertPath),
    network: reader.optional(OPTIONS.network),
    tableMaxAge: reader.value(OPTIONS.tableMaxAge),
  }
}

function proxy(reader: Reader) {
  return {
    proxyKey: reader.optional(OPTIONS.proxyKey),
    trustedProxies: reader.value(OPTIONS.trustedProxies),
    traefikFile: reader.optional(OPTIONS.traefikFile),
    traefikHttp: reader.value(OPTIONS.traefikHttp),
    traefikMode: reader.value(OPTIONS.traefikMode),
    traefikVersion: reader.optional(OPTIONS.traefikVersion),
    traefikApi: reader.optional(OPTIONS.traefikApi),
    traefikEntrypoints: reader.value(OPTIONS.traefikEntrypoints),
    traefikTls: reader.optional(OPTIONS.traefikTls),
    traefikCertresolver: reader.optional(OPTIONS.traefikCertresolver),
  }
}

function guard(reader: Reader) {
  return {
    guardListen: reader.optional(OPTIONS.guardListen),
    guardNetworks: reader.value(OPTIONS.guardNetworks),
    guardTlsCert: reader.optional(OPTIONS.guardTlsCert),
    guardTlsKey: reader.optional(OPTIONS.guardTlsKey),
    guardTlsClientCa: reader.optional(OPTIONS.guardTlsClientCa),
  }
}

function gateway(reader: Reader) {
  return {
    gatewayListen: reader.optional(OPTIONS.gatewayListen),
    gatewayTlsCert: reader.optional(OPTIONS.gatewayTlsCert) ?? [],
    gatewayTlsKey: reader.optional(OPTIONS.gatewayTlsKey) ?? [],
    gatewayTimeout: reader.value(OPTIONS.gatewayTimeout),
  }
}

function labels(reader: Reader) {
  return {
    protect: reader.value(OPTIONS.protect),
    optOut: reader.value(OPTIONS.optOut),
    defaultHost: reader.optional(OPTIONS.defaultHost),
    publicLabels: reader.value(OPTIONS.publicLabels),
    wildcardHosts: reader.value(OPTIONS.wildcardHosts),
    hostSuffixes: reader.optional(OPTIONS.hostSuffixes) ?? [],
    allowedEntrypoints: reader.value(OPTIONS.allowedEntrypoints),
    allowedMiddlewares: reader.value(OPTIONS.allowedMiddlewares),
    allowedCertresolvers: reader.value(OPTIONS.allowedCertresolvers),
  }
}
