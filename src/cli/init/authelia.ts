/** Rules of Authelia's `access_control` for one host: the first that matches decides. */
import { METHODS, type Method } from '../../labels/spec.ts'
import { parseAllow } from '../../labels/subjects.ts'
import { parseNetworks } from '../../syntax/networks.ts'
import { isHostName } from '../../syntax/host.ts'
import type { AccessControl, AutheliaRule } from './authelia-file.ts'
import type { Rules, SourceRule } from './cells.ts'
import type { Notes } from './notes.ts'
import { ALL, pathsOfRegex, together } from './paths.ts'
import { EVERYBODY, NOBODY, signedIn, type Verdict } from './verdict.ts'

export function rulesOfAuthelia({ rules, networks, defaultPolicy }: AccessControl, host: string, notes: Notes): Rules {
  return {
    order: 'first',
    otherwise: verdictOf(defaultPolicy.policy) ?? refuse(defaultPolicy, notes),
    rules: rules.flatMap((rule) => {
      const about = domainMatches(rule, host)
      return about === false ? [] : ruleOf(rule, about === true ? undefined : about, { networks, notes })
    }),
  }
}

/** Hosts that rules name, for where no compose file says which there are. */
export function hostsOfAuthelia({ rules }: AccessControl, notes: Notes): ReadonlyMap<string, AutheliaRule> {
  const found = new Map<string, AutheliaRule>()
  for (const rule of rules) {
    for (const domain of rule.domains) {
      const host = domain.toLowerCase()
      const wildcard = host.startsWith('*.')
      if (!isHostName(wildcard ? host.slice(2) : host))
        notes.left(
          rule.ref,
          `${domain} is not a host: give the compose files too, whose routers say which hosts there are`,
        )
      else if (!found.has(host)) found.set(host, rule)
      if (wildcard)
        notes.remark(rule.ref, `${domain} is one label deep here: hosts further down are unknown, and so denied`)
    }
    if (rule.domainRegexes.length > 0)
      notes.left(rule.ref, 'has a domain_regex: give the compose files too, whose routers say which hosts there are')
  }
  return found
}

function refuse({ ref }: AccessControl['defaultPolicy'], notes: Notes): Verdict {
  notes.left(ref, 'is no policy of access_control: taken for deny')
  return NOBODY
}

function verdictOf(policy: string): Verdict | undefined {
  switch (policy) {
    case 'bypass':
      return EVERYBODY
    case 'one_factor':
      return signedIn()
    case 'two_factor':
      return signedIn(true)
    case 'deny':
      return NOBODY
    default:
      return undefined
  }
}

const UNCERTAIN_HOST = 'whom or what it is about depends on the host'
// What Go's expressions have and ours read otherwise, or groups that are names of people.
const NOT_OURS = /\(\?(?!:|i\))|\\[AzQCpPx]|\[\[:/

/** A text: it may be, and why that is not known. */
function domainMatches({ domains, domainRegexes }: AutheliaRule, host: string): boolean | string {
  if (domains.length === 0 && domainRegexes.length === 0) return true
  const each = [
    ...domains.map((domain) => byName(domain.toLowerCase(), host)),
    ...domainRegexes.map((regex) => byRegex(regex, host)),
  ]
  return each.includes(true) ? true : (each.find((one) => typeof one === 'string') ?? false)
}

function byName(domain: string, host: string): boolean | string {
  if (domain.startsWith('*.')) return host.endsWith(domain.slice(1)) || host === domain
  const [, rest] = /^\{(?:user|group)\}(.*)$/.exec(domain) ?? []
  if (rest === undefined) return domain === host
  return host.endsWith(rest) ? UNCERTAIN_HOST : false
}

function byRegex(regex: string, host: string): boolean | string {
  if (host.startsWith('*.') || NOT_OURS.test(regex)) return UNCERTAIN_HOST
  try {
    const folded = regex.startsWith('(?i)')
    const source = folded ? regex.slice(4) : regex
    return source.includes('(?i)') ? UNCERTAIN_HOST : new RegExp(source, folded ? 'i' : '').test(host)
  } catch {
    return UNCERTAIN_HOST
  }
}

interface About {
  readonly networks: AccessControl['networks']
  readonly notes: Notes
}

function ruleOf(rule: AutheliaRule, uncertainHost: string | undefined, about: About): SourceRule[] {
  const { ref, resources } = rule
  const verdict = verdictOf(rule.policy)
  if (verdict === undefined) about.notes.left(ref, `"${rule.policy}" is no policy of access_control: taken for deny`)
  const methods = methodsOf(rule, about.notes)
  if (methods?.length === 0) return []
  const networks = networksOf(rule, about)
  const subjects = subjectsOf(rule, verdict ?? NOBODY, about.notes)
  const paths = resources.length === 0 ? ALL : together(resources.map((regex) => pathsOfRegex(regex, true)))
  const [other] = rule.others
  const uncertain =
    uncertainHost ?? (other === undefined ? networks.uncertain : `asks for ${other}, which no label does`)
  return [
    {
      ref,
      verdict: verdict ?? NOBODY,
      paths,
      ...(methods !== undefined && { methods }),
      ...(networks.list !== undefined && { networks: networks.list }),
      ...(subjects !== undefined && { subjects }),
      ...(uncertain !== undefined && { uncertain }),
    },
  ]
}

function methodsOf({ methods, ref }: AutheliaRule, notes: Notes): readonly Method[] | undefined {
  if (methods.length === 0) return undefined
  const known = METHODS.filter((method) => methods.some((text) => text.toUpperCase() === method))
  if (known.length < new Set(methods.map((text) => text.toUpperCase())).size)
    notes.remark(ref, 'names methods that labelgate lets nobody use')
  return known
}

/** Names are looked up; what is neither a name nor a network matches nothing there. */
function networksOf(
  { networks, ref }: AutheliaRule,
  { networks: named, notes }: About,
): { list?: readonly string[]; uncertain?: string } {
  if (networks.length === 0) return {}
  const all = networks.flatMap((network) => named.get(network) ?? [network])
  const good = all.filter((network) => 'list' in parseNetworks([network]))
  if (good.length < all.length) notes.left(ref, 'names a network that is none: it is passed over')
  if (good.length === 0) return { uncertain: 'names no network that can be read' }
  return { list: good }
}

/** Undefined: whoever it is. Where a subject cannot be said, fewer are allowed, and more denied. */
function subjectsOf({ subjects, ref }: AutheliaRule, verdict: Verdict, notes: Notes): readonly string[] | undefined {
  if (subjects.length === 0) return undefined
  const denies = verdict.kind === 'people' && verdict.allow.length === 0
  const found: string[] = []
  for (const all of subjects) {
    const [one, ...more] = all.map(subjectOf)
    if (more.length > 0)
      notes.left(
        ref,
        `${all.join(' and ')}: nobody can be asked to be both here${denies ? ': either is denied' : ': they are not allowed'}`,
      )
    if (one === undefined && all.length > 0) notes.left(ref, `${all.join(', ')} is no user or group`)
    if (one !== undefined && (more.length === 0 || denies)) found.push(one)
    else if (denies) return undefined
  }
  return found
}

function subjectOf(text: string): string | undefined {
  const [, kind, name = ''] = /^(user|group): *(.*?) *$/.exec(text) ?? []
  const subject = `${kind}:${name}`
  const { value, faults } = parseAllow(subject)
  return kind !== undefined && faults.length === 0 && value?.length === 1 ? subject : undefined
}
