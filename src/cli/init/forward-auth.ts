/** thomseddon/traefik-forward-auth: rules of Traefik's v2 grammar, and who may by e-mail. */
import { type Term, termsOf } from '../../labels/traefik-area.ts'
import { isFault, parseRouterRule } from '../../labels/traefik-rule.ts'
import type { Rules, SourceRule } from './cells.ts'
import type { Notes, Ref } from './notes.ts'
import { ALL, type Paths, pathsOfPoint, pathsOfPrefix } from './paths.ts'
import { emailDomains, emails, type OperatorPart, secretFile, type Value } from './providers.ts'
import type { Program, Setting, Settings } from './settings-file.ts'
import { EVERYBODY, people, type Verdict } from './verdict.ts'

const OWN =
  /^(?:LOG_|AUTH_HOST$|CONFIG$|COOKIE_|CSRF_|DEFAULT_|DOMAIN$|INSECURE_|LIFETIME$|LOGOUT_|MATCH_|URL_PATH$|SECRET$|WHITELIST$|PROVIDERS_|CLIENT_|PROMPT$)/
const VARIABLES = /^providers-(google|oidc|generic-oauth)-/
/** What labelgate has no need of. */
const IDLE =
  /^(?:log-|auth-host$|cookie-|csrf-|insecure-cookie$|logout-redirect$|url-path$|secret$|providers\.(?:google|oidc)\.prompt$|prompt$|port$)/

export const FORWARD_AUTH: Program = { prefix: '', isOwn: (name) => OWN.test(name) }

/** `PROVIDERS_OIDC_CLIENT_ID` and `providers.oidc.client-id` are one. */
export function named(settings: readonly Setting[]): Setting[] {
  return settings.map((setting) => ({ ...setting, name: setting.name.replace(VARIABLES, 'providers.$1.') }))
}

interface Wanted {
  readonly name: string
  readonly action: string
  readonly terms: readonly Term[] | undefined
  readonly verdict: Verdict
  readonly ref: Ref
}

export interface ForwardAuth {
  readonly rulesAt: (host: string) => Rules
  /** That rules name. */
  readonly hosts: ReadonlyMap<string, Ref>
  readonly operator: OperatorPart
}

export function readForwardAuth(settings: Settings, notes: Notes): ForwardAuth {
  const either = settings.flag('match-whitelist-or-domain') !== undefined
  const who = people(mayOf(settings.all(['whitelist']), settings.all(['domain']), either, notes))
  const action = settings.one('default-action')
  const rules = rulesIn(settings, { who, either, notes })
  const otherwise = action?.value === 'allow' ? EVERYBODY : who
  const named = rules.flatMap(({ terms, ref }) =>
    (terms ?? []).flatMap(({ host }) => (host === undefined ? [] : [[host, ref] as const])),
  )
  const providers = providerOf(settings, [who, ...rules.map(({ verdict }) => verdict)], notes)
  for (const { name, ref } of settings.unread)
    if (!IDLE.test(name))
      notes.left(ref, 'is not carried over: labelgate has nothing like it, or has it in its own options')
  return {
    hosts: new Map(named),
    rulesAt: (host) => ({ order: 'any', otherwise, rules: rules.flatMap((rule) => ruleAt(rule, host, notes)) }),
    operator: { policies: {}, providers },
  }
}

/** The whitelist alone where there is one, unless either will do; nobody is named: whoever has an account. */
function mayOf(
  whitelist: readonly Found[],
  domains: readonly Found[],
  either: boolean,
  notes: Notes,
): readonly string[] {
  if (whitelist.length === 0 && domains.length === 0) return ['signed-in']
  const listed = emails(whitelist, notes)
  const [domain] = domains
  if (whitelist.length > 0 && !either && domain !== undefined)
    notes.remark(domain.ref, 'has no effect beside a whitelist there, and so is left out')
  return [
    ...listed,
    ...(whitelist.length === 0 || either ? emailDomains(domains, notes).filter((subject) => subject !== '*') : []),
  ]
}

interface Found {
  readonly value: string
  readonly ref: Ref
}

function rulesIn(
  settings: Settings,
  { who, either, notes }: { who: Verdict; either: boolean; notes: Notes },
): Wanted[] {
  const names = new Set(settings.under('rule.').flatMap(({ name }) => /^rule\.([^.]+)\./.exec(name)?.[1] ?? []))
  return [...names].flatMap((name) => {
    const rule = settings.one(`rule.${name}.rule`)
    const action = settings.one(`rule.${name}.action`)
    const whitelist = settings.all([`rule.${name}.whitelist`])
    const domains = settings.all([`rule.${name}.domains`])
    const ref = rule?.ref ?? action?.ref ?? settings.under(`rule.${name}.`)[0]?.ref
    if (ref === undefined) return []
    const own = whitelist.length > 0 || domains.length > 0 ? people(mayOf(whitelist, domains, either, notes)) : who
    const read = termsIn(rule?.value)
    if (typeof read === 'string') notes.left(ref, `the rule ${read}`)
    const allow = action?.value === 'allow'
    // one that cannot be read opens nothing
    if (typeof read === 'string' && allow) return []
    return [
      {
        name,
        action: allow ? 'allow' : 'auth',
        terms: typeof read === 'string' ? undefined : read,
        verdict: allow ? EVERYBODY : own,
        ref,
      },
    ]
  })
}

/** Traefik's grammar of version 2 takes several texts where that of version 3 has `||`. */
function termsIn(rule: string | undefined): readonly Term[] | string {
  if (rule === undefined) return 'is missing'
  const each = rule.replaceAll(
    /\b(Host|Path|PathPrefix)\(\s*((?:[`"][^`"]*[`"]\s*,\s*)+[`"][^`"]*[`"])\s*\)/g,
    (_, matcher: string, texts: string) =>
      `(${texts
        .split(',')
        .map((text) => `${matcher}(${text.trim()})`)
        .join(' || ')})`,
  )
  const parsed = parseRouterRule(each)
  if (isFault(parsed)) return parsed.reason
  const terms = termsOf(parsed)
  return isFault(terms) ? terms.reason : terms
}

function ruleAt({ terms, verdict, ref }: Wanted, host: string, notes: Notes): SourceRule[] {
  if (terms === undefined)
    return [{ ref, verdict, paths: { under: [], over: ALL.over }, uncertain: 'may be about this host' }]
  return terms.flatMap((term) => {
    if (term.host !== undefined && term.host !== host) return []
    const [one, ...more] = term.paths.map(({ prefix, text }) => (prefix ? pathsOfPrefix(text) : pathsOfPoint(text)))
    const paths: Paths = one ?? ALL
    const asksMore = more.length > 0 || term.others.length > 0
    if (asksMore && verdict.kind === 'everybody')
      notes.left(ref, 'asks for more than host and path, so it opens nothing here')
    return [{ ref, verdict, paths, ...(asksMore && { uncertain: 'asks for more than host and path' }) }]
  })
}

function providerOf(settings: Settings, verdicts: readonly Verdict[], notes: Notes): OperatorPart['providers'] {
  const chosen = settings.one('default-provider')
  const name = chosen?.value ?? 'google'
  for (const { name } of settings.under('rule.')) if (name.endsWith('.provider')) settings.one(name)
  for (const { ref } of settings.under('rule.').filter(({ name }) => name.endsWith('.provider')))
    notes.remark(ref, 'is where people are sent; each provider that labelgate has is offered to them')
  const id = settings.one(`providers.${name}.client-id`) ?? (name === 'google' ? settings.one('client-id') : undefined)
  const secret =
    settings.one(`providers.${name}.client-secret`) ?? (name === 'google' ? settings.one('client-secret') : undefined)
  const issuer = settings.one('providers.oidc.issuer-url')
  if (id === undefined) return {}
  if (name !== 'google' && (name !== 'oidc' || issuer === undefined)) {
    notes.left(id.ref, 'is no OpenID Connect: labelgate has no provider like it')
    return {}
  }
  const admit = admitOf(verdicts)
  if (admit.length === 0) {
    notes.left(id.ref, 'admits nobody who can be named: write the provider by hand')
    return {}
  }
  const own: Record<string, Value> = name === 'google' ? { preset: 'google' } : { issuer: issuer?.value ?? '' }
  return { [name]: { ...own, 'client-id': id.value, ...secretFile(name, secret, notes), admit } }
}

/** Everybody whom some rule lets in, since each request is asked again. */
function admitOf(verdicts: readonly Verdict[]): readonly string[] {
  const all = verdicts.flatMap((verdict) => (verdict.kind === 'people' ? verdict.allow : []))
  return all.includes('signed-in') ? ['*'] : [...new Set(all)]
}
