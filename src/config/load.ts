import type { Operator } from '../labels/operator.ts'
import { noteContradictions } from './contradictions.ts'
import { providerOfEnvironment } from './file/environment.ts'
import { limitsIn } from './file/limits.ts'
import type { Tools } from './file/part.ts'
import { readFile as readOperatorFile, type FileReading, type Grammar } from './file/read.ts'
import { openSource, type Problem, type Source } from './file/source.ts'
import { OPTIONS } from './options.ts'
import { readAll, type Values } from './read.ts'
import { ABSENT, Reader, type Environment, type ReadFile } from './reader.ts'
import type { Portal, Settings } from './settings.ts'
import { unknownVariables } from './unknown.ts'

export type Loaded =
  | { readonly ok: true; readonly settings: Settings }
  /** Each names the option or the place in the file, what was read (never a secret), why it does not do, and the mend. */
  | { readonly ok: false; readonly problems: readonly string[] }

export interface LoadOptions {
  /** True: files of secrets that the operator's file names need not be there, as where it is only checked. */
  readonly offline?: boolean
}

// Stands in where the portal is wrong, so that the rest can be judged all the same (RFC 2606).
const NO_PORTAL: Portal = { origin: 'https://portal.invalid', host: 'portal.invalid', secure: true }

/**
 * Reads and judges every option and the operator's file. All that is wrong is said together.
 * @param env as `process.env`
 * @param readFile gives a file's text, or throws as `readFileSync` does
 * @param grammar the labels' own, for what says here what labels say
 */
export function loadSettings(
  env: Environment,
  readFile: ReadFile,
  grammar: Grammar,
  { offline = false }: LoadOptions = {},
): Loaded {
  const reader = new Reader(env, readFile)
  const source = openSource(reader)
  const found = [...(source?.problems ?? [])]
  const tools = toolsFor({ reader, source, found, offline, grammar })
  reader.add(limitsIn(source, tools))
  const values = readAll(reader, grammar.allow)
  noteContradictions(reader, values)
  noteFiles(reader, values)
  const provider = providerOfEnvironment(reader, grammar.allow)
  const operator = operatorOf(values, values.portal ?? NO_PORTAL, grammar)
  const configured = readOperatorFile(source?.value, { provider, operator, tools, grammar })
  const inFile = found.toSorted((a, b) => a.line - b.line).map(({ text }) => text)
  const problems = [...reader.problems, ...inFile, ...unknownVariables(env)]
  if (values.portal === undefined || problems.length > 0) return { ok: false, problems }
  return { ok: true, settings: settingsOf(values, values.portal, configured) }
}

interface Ground {
  readonly reader: Reader
  readonly source: Source | undefined
  readonly found: Problem[]
  readonly offline: boolean
  readonly grammar: Grammar
}

/** What the schema has said of a place is not said again. */
function toolsFor({ reader, source, found, offline, grammar }: Ground): Tools {
  const note: Tools['note'] = (path, what) => {
    if (source !== undefined && !source.isWrong(path)) found.push(source.problem(path, what))
  }
  return {
    note,
    parseAllow: grammar.allow,
    readFile: (path, file) => {
      const read = reader.file(file)
      if (typeof read === 'object') return read.text
      // a secret may stand where its path should be: what was written is not shown
      if (!(offline && read === ABSENT)) note(path, `names a file that ${read}: put it there`)
      return undefined
    },
  }
}

/** Files that must be there. */
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
}

function settingsOf(values: Values, portal: Portal, configured: FileReading): Settings {
  const { dockerCertPath, traefikFile, traefikVersion, traefikApi, proxyKey, network, logo } = values
  return {
    portal,
    listen: values.listen,
    statusListen: values.statusListen,
    internalUrl: values.internalUrl,
    dockerHost: values.dockerHost,
    ...(dockerCertPath !== undefined && { dockerCertPath }),
    ...guardOf(values),
    ...gatewayOf(values),
    ...(traefikFile !== undefined && { traefikFile }),
    traefikHttp: values.traefikHttp,
    traefikMode: values.traefikMode,
    ...(traefikVersion !== undefined && { traefikVersion }),
    ...(traefikApi !== undefined && { traefikApi }),
    dataDir: values.dataDir,
    store: values.store,
    ...(proxyKey !== undefined && { proxyKey }),
    trustedProxies: values.trustedProxies,
    sessionIdle: values.sessionIdle,
    sessionMax: values.sessionMax,
    tableMaxAge: values.tableMaxAge,
    tlsBefore: portal.secure && values.traefikTls === false,
    ...(network !== undefined && { network }),
    ...configured,
    logLevel: values.logLevel,
    brand: { title: values.title, ...(logo !== undefined && { logo }) },
  }
}

function guardOf(values: Values): Pick<Settings, 'guard'> {
  const { guardListen: listen, guardNetworks: networks, guardTlsCert: cert, guardTlsKey: key } = values
  const { guardTlsClientCa: clientCa } = values
  if (listen === undefined) return {}
  if (cert === undefined || key === undefined) return { guard: { listen, networks } }
  return { guard: { listen, networks, tls: { cert, key, ...(clientCa !== undefined && { clientCa }) } } }
}

function gatewayOf({ gatewayListen: listen, gatewayTimeout: timeout, ...values }: Values): Pick<Settings, 'gateway'> {
  if (listen === undefined) return {}
  const certificates = values.gatewayTlsCert.map((cert, i) => ({ cert, key: values.gatewayTlsKey[i] ?? '' }))
  return { gateway: { listen, certificates, timeout } }
}

/** What options alone say of labels. */
function operatorOf(values: Values, portal: Portal, { headers }: Grammar): Operator {
  const { defaultHost, traefikCertresolver } = values
  return {
    protect: values.protect,
    optOut: values.optOut,
    ...(defaultHost !== undefined && { defaultHost }),
    defaultAllow: values.defaultAllow,
    defaultAccept: ['session', 'token'],
    defaultHeaders: headers.remote,
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
    ownsRoutes:
      values.gatewayListen !== undefined ||
      (values.traefikMode === 'routes' && (values.traefikFile !== undefined || values.traefikHttp)),
    ...(values.traefikMode === 'entrypoint' && { entryPoint: true }),
    ...((values.traefikFile !== undefined || values.traefikHttp || values.guardListen !== undefined) && {
      bodiesUntold: true,
    }),
  }
}
