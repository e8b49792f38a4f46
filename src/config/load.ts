import type { HeaderSpec } from '../labels/spec.ts'
import type { Operator } from '../labels/operator.ts'
import { noteContradictions } from './contradictions.ts'
import { DEFAULT_CONFIG, OPTIONS } from './options.ts'
import { readAll, type Values } from './read.ts'
import { Reader, type Environment, type ReadFile } from './reader.ts'
import type { OperatorFile } from './operator-file.ts'
import type { Portal, Settings } from './settings.ts'
import type { ParseAllow } from './subjects.ts'
import { unknownVariables } from './unknown.ts'

export const NOTHING: OperatorFile = {
  providers: [],
  policies: new Map(),
  bearer: [],
  tokens: {},
  headers: { assertion: false },
}

export type Loaded =
  | { readonly ok: true; readonly settings: Settings }
  /** Each names the option, what was read (never a secret), why it does not do, and what to write. */
  | { readonly ok: false; readonly problems: readonly string[] }

const DEFAULT_HEADERS: readonly HeaderSpec[] = [
  { name: 'Remote-User', value: { kind: 'user' } },
  { name: 'Remote-Email', value: { kind: 'email' } },
  { name: 'Remote-Name', value: { kind: 'name' } },
  { name: 'Remote-Groups', value: { kind: 'groups' } },
]

/**
 * Reads and judges every option, once, at start. All that is wrong is said together.
 * @param env as `process.env`
 * @param readFile gives a file's text, or throws as `readFileSync` does
 * @param parseAllow the labels' own grammar of `allow`: handed in, as config/ knows nothing of labels/ but types
 */
export function loadSettings(env: Environment, readFile: ReadFile, parseAllow: ParseAllow): Loaded {
  const reader = new Reader(env, readFile)
  const values = readAll(reader, parseAllow)
  noteContradictions(reader, values)
  noteFiles(reader, values)
  const problems = [...reader.problems, ...unknownVariables(env)]
  if (values.portal === undefined || problems.length > 0) return { ok: false, problems }
  return { ok: true, settings: settingsOf(values, values.portal) }
}

/** Files that must be there, and the one that must not: the operator's file would limit labels, and nobody reads it. */
function noteFiles(reader: Reader, values: Values): void {
  if (values.logo !== undefined) {
    const why = reader.unreadable(values.logo)
    if (why !== undefined) reader.note(OPTIONS.logo, `the file ${why}: write the path of an SVG or PNG file`)
  }
  if (values.dockerCertPath !== undefined && reader.good(OPTIONS.dockerCertPath)) {
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) {
      const why = reader.unreadable(`${values.dockerCertPath}/${name}`)
      if (why !== undefined) reader.note(OPTIONS.dockerCertPath, `${name} in it ${why}: put it there`)
    }
  }
  const why = reader.good(OPTIONS.config) ? reader.unreadable(DEFAULT_CONFIG) : undefined
  if (reader.good(OPTIONS.config) && why !== 'is not there') {
    reader.note(OPTIONS.config, `${DEFAULT_CONFIG} is there, and is not available yet: remove it`)
  }
}

function settingsOf(values: Values, portal: Portal): Settings {
  const { dockerCertPath, traefikFile, proxyKey, network, logo } = values
  return {
    portal,
    listen: values.listen,
    statusListen: values.statusListen,
    internalUrl: values.internalUrl,
    dockerHost: values.dockerHost,
    ...(dockerCertPath !== undefined && { dockerCertPath }),
    ...(traefikFile !== undefined && { traefikFile }),
    dataDir: values.dataDir,
    store: values.store,
    ...(proxyKey !== undefined && { proxyKey }),
    trustedProxies: values.trustedProxies,
    sessionIdle: values.sessionIdle,
    sessionMax: values.sessionMax,
    tableMaxAge: values.tableMaxAge,
    ...(network !== undefined && { network }),
    operator: operatorOf(values, portal),
    file: NOTHING,
    logLevel: values.logLevel,
    brand: { title: values.title, ...(logo !== undefined && { logo }) },
  }
}

function operatorOf(values: Values, portal: Portal): Operator {
  const { defaultHost, traefikCertresolver } = values
  return {
    protect: values.protect,
    optOut: values.optOut,
    ...(defaultHost !== undefined && { defaultHost }),
    defaultAllow: values.defaultAllow,
    defaultAccept: ['session', 'token'],
    defaultHeaders: DEFAULT_HEADERS,
    portalHost: portal.host,
    wildcardHosts: values.wildcardHosts,
    publicLabels: values.publicLabels,
    hostSuffixes: values.hostSuffixes,
    entrypoints: values.traefikEntrypoints,
    allowedEntrypoints: values.allowedEntrypoints,
    tls: values.traefikTls ?? portal.secure,
    ...(traefikCertresolver !== undefined && { certresolver: traefikCertresolver }),
    allowedCertresolvers: values.allowedCertresolvers,
    allowedMiddlewares: values.allowedMiddlewares,
    policies: new Map(),
    providers: ['local'],
    bearer: [],
    ownsRoutes: values.traefikFile !== undefined,
  }
}
