import type { Operator } from '../../labels/operator.ts'
import type { GRAMMAR } from '../../labels/grammar.ts'
import type { Policy, TokenKind } from '../../labels/spec.ts'
import type { BearerIssuer, OidcConfig, OperatorFile, ProviderConfig, UpstreamTokensConfig } from '../operator-file.ts'
import { bearerIssuer } from './bearer.ts'
import { githubProvider, oidcProvider, optional } from './oidc.ts'
import { ldapProvider } from './ldap.ts'
import { inFamily, parseHeaderFamily } from '../../syntax/header-family.ts'
import { Part, type Tools } from './part.ts'

/** The grammar of labels, handed in: config/ knows nothing of labels/ but types. */
export type Grammar = typeof GRAMMAR

export interface FileReading {
  readonly file: OperatorFile
  /** With what the file says of labels. */
  readonly operator: Operator
}

export interface Around {
  /** The provider that the environment names. */
  readonly provider: OidcConfig | undefined
  /** As options say. */
  readonly operator: Operator
  readonly tools: Tools
  readonly grammar: Grammar
}

/** Everything that the file says, from values that the schema has judged; what else is wrong is noted. */
export function readFile(value: unknown, { provider, operator, tools, grammar }: Around): FileReading {
  const root = new Part([], value, tools)
  const named = root.part('providers')
  if (provider !== undefined && named.has(provider.name))
    named.note(provider.name, 'is the name of LABELGATE_OIDC_NAME too: give one of them another')
  const providers = [
    ...(provider === undefined ? [] : [provider]),
    ...named.keys.map((name) => providerOf(name, named)),
  ]
  const bearer = root.part('bearer')
  const known = { ...operator, providers: ['local', ...providers.map(({ name }) => name)], bearer: bearer.keys }
  const labels = root.part('labels')
  const assertion = root.part('headers').flag('assertion')
  const reserved = reservedOf(root.part('headers'))
  const upstreamBasic = upstreamsOf(root.part('upstream-basic'))
  const upstreamTokens = tokensByApp(providers)
  const apps = new Map([...upstreamBasic].map(([name, { apps }]) => [name, apps]))
  const ready = {
    ...known,
    ...(apps.size > 0 && { upstreamBasic: apps }),
    ...(upstreamTokens.size > 0 && { upstreamTokens }),
    ...defaultsOf(labels, known, grammar),
    ...(assertion && { assertion }),
    ...(reserved.length > 0 && { reservedHeaders: reserved }),
  }
  const policies = policiesOf(root.part('policies'), ready, grammar)
  return {
    operator: { ...ready, policies },
    file: {
      providers,
      policies,
      bearer: bearer.keys.map((name): BearerIssuer => bearerIssuer(name, bearer.part(name))),
      tokens: optional('header', tokenHeader(root.part('tokens'), reserved)),
      headers: { assertion },
      upstreamBasic,
    },
  }
}

function reservedOf(headers: Part): readonly string[] {
  const reserved = headers.list('reserved').map((item) => parseHeaderFamily(item))
  if (reserved.includes(undefined))
    headers.note('reserved', 'is for headers of apps that begin alike: write them like X-Ptl-*')
  return reserved.filter((family) => family !== undefined)
}

/** What any of them lets an app have; which of them, its session says. */
function tokensByApp(providers: readonly ProviderConfig[]): NonNullable<Operator['upstreamTokens']> {
  const byApp = new Map<string, Set<TokenKind>>()
  for (const provider of providers) {
    const { tokens, apps } = (provider.type === 'oidc' ? provider.upstreamTokens : undefined) ?? NOTHING
    for (const app of apps) byApp.set(app, new Set([...(byApp.get(app) ?? []), ...tokens]))
  }
  return byApp
}

const NOTHING: UpstreamTokensConfig = { tokens: [], apps: [] }

function upstreamsOf(upstreams: Part): OperatorFile['upstreamBasic'] {
  return new Map(
    upstreams.keys.map((name) => {
      const part = upstreams.part(name)
      // what is missing is noted, and a file with anything noted is not used
      const [username = '', password = ''] = [part.text('username'), part.secret('password-file')]
      return [name, { username, password, apps: part.list('apps') }]
    }),
  )
}

function providerOf(name: string, providers: Part): ProviderConfig {
  const part = providers.part(name)
  if (name === 'local') providers.note(name, 'is the accounts of labelgate itself: give it another name')
  const type = part.text('type')
  if (type === 'github') return githubProvider(name, part)
  return type === 'ldap' ? ldapProvider(name, part) : oidcProvider(name, part, part.secret('client-secret-file'))
}

function policiesOf(policies: Part, operator: Operator, grammar: Grammar): ReadonlyMap<string, Policy> {
  return new Map(
    policies.keys.map((name) => {
      const part = policies.part(name)
      if (name === 'identify') policies.note(name, 'is built in: give it another name')
      const said = part.keys.flatMap((key) => {
        const words = part.words(key)
        return words === undefined ? [] : [[key, words] as const]
      })
      const { policy, faults } = grammar.policy(name, new Map(said), operator)
      for (const { key, fault } of faults) part.note(key, sentence(fault))
      return [name, policy]
    }),
  )
}

function defaultsOf(labels: Part, operator: Operator, grammar: Grammar): Partial<Operator> {
  const accept = labels.words('default-accept')
  const parsed = accept === undefined ? undefined : grammar.accept(accept, operator)
  for (const fault of parsed?.faults ?? []) labels.note('default-accept', sentence(fault))
  const preset = labels.text('default-headers')
  const headers = new Map<string, Operator['defaultHeaders']>(Object.entries(grammar.headers)).get(preset ?? '')
  if (preset !== undefined && headers === undefined)
    labels.note('default-headers', `is none of ${Object.keys(grammar.headers).join(', ')}`)
  return { ...optional('defaultAccept', parsed?.value), ...optional('defaultHeaders', headers) }
}

function sentence({ reason, mend }: { reason: string; mend?: string }): string {
  return mend === undefined ? reason : `${reason}: ${mend}`
}

// What steers the request, says where it came from or who is there, or is ours: a token there would be taken for that.
const NOT_FOR_TOKENS =
  /^(?:authorization|cookie|host|connection|upgrade|te|expect|origin|referer|content-.*|accept.*|sec-.*|if-.*|x-forwarded-.*|x-original-.*|x-real-ip|remote-.*|x-labelgate-.*|proxy-.*|transfer-encoding)$/i

function tokenHeader(tokens: Part, reserved: readonly string[]): string | undefined {
  const header = tokens.text('header')
  if (header !== undefined && (NOT_FOR_TOKENS.test(header) || inFamily(header, reserved)))
    return tokens.note('header', 'is for something else: write one like X-Api-Key')
  return header
}
