/** oauth2-proxy: one provider, one policy for everything behind it. */
import { METHODS } from '../../labels/spec.ts'
import { parseNetworks } from '../../syntax/networks.ts'
import type { Rules, SourceRule } from './cells.ts'
import { zonesOf } from './cells.ts'
import { wordsOf } from './labels.ts'
import type { Notes, Ref } from './notes.ts'
import { ALL, pathsOfRegex } from './paths.ts'
import { emailDomains, emails, type OperatorPart, secretFile, subjectsOf, type Value } from './providers.ts'
import type { Program, Settings } from './settings-file.ts'
import { EVERYBODY, people } from './verdict.ts'

export const OAUTH2_PROXY: Program = { prefix: 'OAUTH2_PROXY_', isOwn: () => true }
export const POLICY = 'oauth2-proxy'

/** What labelgate does of itself, or has no need of. */
const IDLE =
  /^(?:cookie-.*|session-.*|redis-.*|http-address|https-address|metrics-.*|ping-.*|ready-path|.*-logging.*|logging-.*|exclude-logging-.*|silence-.*|request-id-header|reverse-proxy|real-client-ip-header|skip-provider-button|proxy-prefix|redirect-url|relative-redirect-url|whitelist-domains?|api-routes?|force-json-errors|force-https|banner|footer|custom-.*|show-debug-on-error|errors-to-info-log|code-challenge-method|prompt|approval-prompt|provider-display-name|pass-.*|set-xauthrequest|set-basic-auth|skip-auth-strip-headers|encode-state|tls-.*|upstreams?|upstream-timeout|flush-interval|proxy-websockets|standard-logging|auth-logging|insecure-oidc-skip-nonce|display-htpasswd-form|config|prefer-email-to-user)$/

/** What asks nothing of people that the rest does not. */
const OPENS =
  /^(?:htpasswd-.*|extra-jwt-issuers|skip-jwt-bearer-tokens|bearer-token-login-fallback|oidc-.*|skip-oidc-discovery|login-url|redeem-url|profile-url|validate-url|insecure-.*|ssl-.*|provider-ca-files?|use-system-trust-store|jwt-key.*|pubjwk-url|backend-logout-url|signature-key|basic-auth-password|set-authorization-header|skip-claims-from-profile-url|azure-tenant|google-admin-email|google-service-account-json|allow-query-semicolons|trusted-proxy-ips?|skip-auth-.*)$/

interface Found {
  readonly value: string
  readonly ref: Ref
}

export interface OAuth2Proxy {
  readonly operator: OperatorPart
  /** Services that it hands requests to itself. */
  readonly upstreams: readonly Found[]
  /** Host that people see, where it says so. */
  readonly host: string | undefined
}

/** @param addresses the file of e-mail addresses, by its name; undefined where it is not at hand */
export function readOAuth2Proxy(
  settings: Settings,
  addresses: (path: string) => string | undefined,
  notes: Notes,
): OAuth2Proxy {
  const { providers, admit } = providerOf(settings, addresses, notes)
  const allow = allowOf(settings, { admit, alone: Object.keys(providers).length === 0 }, notes)
  const opened = openingsOf(settings, notes)
  const redirect = settings.one('redirect-url')?.value ?? ''
  const upstreams = settings.all(['upstream', 'upstreams'])
  const lost = settings.unread.filter(({ name }) => !IDLE.test(name))
  for (const { name, ref } of lost)
    notes.left(
      ref,
      OPENS.test(name)
        ? 'is not carried over: labelgate has nothing like it, or has it in its own options'
        : 'may ask for something of people that is not known here: nobody is let in',
    )
  const shut = lost.some(({ name }) => !OPENS.test(name))
  const rules: Rules = { order: 'first', rules: opened, otherwise: people(shut ? [] : allow) }
  const { labels, narrowed } = wordsOf(zonesOf(rules, '/', notes))
  const [rule] = opened
  for (const why of narrowed) if (rule !== undefined) notes.left(rule.ref, why)
  const policy = Object.fromEntries(labels)
  return {
    operator: { providers, policies: { [POLICY]: policy } },
    upstreams,
    host: URL.canParse(redirect) ? new URL(redirect).hostname : undefined,
  }
}

/** Members of a group where one is asked for, else who has one of the addresses, whichever way they signed in. */
function allowOf(
  settings: Settings,
  { admit, alone }: { admit: readonly string[]; alone: boolean },
  notes: Notes,
): readonly string[] {
  const groups = settings.all(['allowed-group', 'allowed-groups'])
  const gitlab = settings.all(['gitlab-group', 'gitlab-groups'])
  const everybody = admit.includes('*')
  const [group = gitlab[0]] = groups
  if (group === undefined) return everybody ? ['signed-in'] : admit
  if (groups.length > 0 && gitlab[0] !== undefined) {
    notes.left(gitlab[0].ref, 'asks for groups beside --allowed-group: nobody is let in')
    return []
  }
  if (alone && !everybody) {
    notes.left(
      group.ref,
      'asks for a group and an address at once, and without a provider there is no place for the second: nobody is let in',
    )
    return []
  }
  return subjectsOf('group', [...groups, ...gitlab], notes)
}

function openingsOf(settings: Settings, notes: Notes): SourceRule[] {
  const rules: SourceRule[] = []
  for (const { value, ref } of settings.all(['trusted-ip', 'trusted-ips']))
    if ('list' in parseNetworks([value])) rules.push({ ref, verdict: EVERYBODY, networks: [value], paths: ALL })
    else notes.left(ref, `${value} is no network`)
  const preflight = settings.flag('skip-auth-preflight')
  if (preflight !== undefined) rules.push({ ref: preflight.ref, verdict: EVERYBODY, paths: ALL, methods: ['OPTIONS'] })
  const routes = [...settings.all(['skip-auth-regex']), ...settings.all(['skip-auth-route', 'skip-auth-routes'])]
  return [...rules, ...routes.flatMap(({ value, ref }) => routeOf(value, ref, notes))]
}

/** `[method=]regex`; what is to be open wherever an expression does not match is left. */
function routeOf(text: string, ref: Ref, notes: Notes): SourceRule[] {
  const [, method, not = '', regex = text] = /^(?:([A-Za-z]+)?(!)?=)?(.*)$/s.exec(text) ?? []
  if (not !== '') {
    notes.left(ref, 'opens what an expression does not match, which no label says')
    return []
  }
  const methods = method === undefined ? undefined : METHODS.filter((known) => known === method.toUpperCase())
  if (methods?.length === 0) return []
  return [{ ref, verdict: EVERYBODY, paths: pathsOfRegex(regex, false), ...(methods !== undefined && { methods }) }]
}

const PRESETS: Readonly<Record<string, string>> = {
  google: 'google',
  'keycloak-oidc': 'keycloak',
  gitlab: 'gitlab',
  oidc: 'generic',
  'entra-id': 'entra',
}

function providerOf(
  settings: Settings,
  addresses: (path: string) => string | undefined,
  notes: Notes,
): { readonly providers: OperatorPart['providers']; readonly admit: readonly string[] } {
  const type = settings.one('provider')
  const kind = type?.value ?? 'google'
  const id = settings.one('client-id')
  const secret = settings.one('client-secret')
  const file = settings.one('client-secret-file')
  const admit = admitOf(settings, addresses, kind, notes)
  const none = { providers: {}, admit }
  if (id === undefined) return none
  const own = kind === 'github' ? { type: 'github' } : oidcOf(settings, kind, notes)
  if (own === undefined) {
    notes.left(type?.ref ?? id.ref, 'is a provider that labelgate cannot be told from these settings: write it by hand')
    return none
  }
  if (admit.length === 0) {
    notes.left(
      id.ref,
      'admits nobody who can be named (--email-domain, --authenticated-emails-file): write the provider by hand',
    )
    return none
  }
  const secretPath = file === undefined ? secretFile(POLICY, secret, notes) : { 'client-secret-file': file.value }
  return { providers: { [kind]: { ...own, 'client-id': id.value, ...secretPath, admit } }, admit }
}

/** Undefined: there is none like it. */
function oidcOf(settings: Settings, kind: string, notes: Notes): Record<string, Value> | undefined {
  const preset = PRESETS[kind]
  const issuer = settings.one('oidc-issuer-url')
  const scope = settings.one('scope')
  const groups = settings.one('oidc-groups-claim')
  const email = settings.one('oidc-email-claim')
  const unverified = settings.flag('insecure-oidc-allow-unverified-email')
  const tenant = /^https:\/\/login\.microsoftonline\.com\/([0-9a-f-]{36})\/v2\.0$/.exec(issuer?.value ?? '')?.[1]
  if (
    preset === undefined ||
    (issuer === undefined && kind !== 'google' && kind !== 'gitlab') ||
    (kind === 'entra-id' && tenant === undefined)
  )
    return undefined
  if (scope !== undefined && !scope.value.split(/ +/).includes('openid'))
    notes.left(scope.ref, 'is without openid: the scopes of the preset are asked for')
  const claims = {
    ...(email !== undefined && { email: email.value }),
    ...(kind !== 'google' && { groups: groups?.value ?? 'groups' }),
  }
  return {
    preset,
    ...(issuer !== undefined && tenant === undefined && { issuer: issuer.value }),
    ...(tenant !== undefined && { tenant }),
    ...(scope?.value.split(/ +/).includes('openid') === true && { scopes: scope.value.split(/ +/) }),
    ...(Object.keys(claims).length > 0 && { claims }),
    ...(unverified !== undefined && { 'trust-email': true }),
  }
}

/** Addresses of any of these; of GitHub, who is in the organisation, a team of it, or named. */
function admitOf(
  settings: Settings,
  addresses: (path: string) => string | undefined,
  kind: string,
  notes: Notes,
): readonly string[] {
  const domains = emailDomains(settings.all(['email-domain', 'email-domains']), notes)
  const file = settings.one('authenticated-emails-file')
  const text = file === undefined ? undefined : addresses(file.value)
  if (file !== undefined && text === undefined)
    notes.left(file.ref, 'is not at hand: name the file beside this one, and its addresses are read')
  const lines = (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const listed =
    file === undefined
      ? []
      : emails(
          lines.map((value) => ({ value, ref: file.ref })),
          notes,
        )
  const all = domains.includes('*') ? ['*'] : [...domains, ...listed]
  const organisation = kind === 'github' ? settings.one('github-org') : undefined
  const teams = kind === 'github' ? settings.all(['github-team']) : []
  const users = kind === 'github' ? settings.all(['github-user', 'github-users']) : []
  if (organisation === undefined && users.length === 0 && teams.length === 0) return all
  const groups =
    organisation === undefined
      ? teams
      : teams.length === 0
        ? [organisation]
        : teams.map(({ value, ref }) => ({
            value:
              value.includes('/') || value.includes(':') ? value.replace(':', '/') : `${organisation.value}/${value}`,
            ref,
          }))
  const members = [...subjectsOf('group', groups, notes), ...subjectsOf('user', users, notes)]
  const [one] = groups.length > 0 ? groups : users
  if (all.includes('*')) return members
  if (one !== undefined)
    notes.left(
      one.ref,
      'asks for a member with a certain address, and one of the two is all that can be asked: write admit by hand',
    )
  return []
}
