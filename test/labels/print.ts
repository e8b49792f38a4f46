/** A reading as a person would say it: what is not printed is the operator's default. */
import type { Operator } from '../../src/labels/operator.ts'
import type { Problem } from '../../src/labels/problem.ts'
import type {
  AppSpec,
  HeaderSpec,
  Policy,
  PublicPattern,
  Reading,
  Requirement,
  Subject,
} from '../../src/labels/spec.ts'

export function print(reading: Reading, operator: Operator): string {
  const lines = [...reading.apps.flatMap((app) => appLines(app, operator)), ...reading.problems.map(problemLine)]
  return lines.length === 0 ? 'not ours\n' : `${lines.join('\n')}\n`
}

function appLines(app: AppSpec, operator: Operator): string[] {
  const lines = [
    `app ${app.id} (${app.key})${app.broken ? ' BROKEN' : ''}`,
    `  at ${app.hosts.join(' ') || 'no host'} ${app.path}`,
  ]
  if (app.broken) return lines
  lines.push(...policyLines(app.policy, '  '))
  for (const rule of app.rules) {
    lines.push(`  rule ${rule.name}: ${rule.methods?.join('|') ?? 'any'} ${rule.path}`)
    lines.push(...policyLines(rule.policy, '    '))
  }
  if (app.headers !== operator.defaultHeaders) lines.push(`  headers ${app.headers.map(header).join(', ')}`)
  if (app.assertion) lines.push('  assertion')
  if (app.upstreamBasic !== undefined) lines.push(`  signed in upstream as ${app.upstreamBasic}`)
  const { port, scheme, network, bodyLimit, entrypoints, tls, certresolver, middlewares } = app.route
  const route = [
    port === undefined ? '' : `port ${port}`,
    scheme === 'http' ? '' : scheme,
    network === undefined ? '' : `network ${network}`,
    bodyLimit === undefined ? '' : `bodies of ${bodyLimit} octets`,
    entrypoints === operator.entrypoints ? '' : `entrypoints ${entrypoints.join(',')}`,
    tls === operator.tls ? '' : `tls ${tls}`,
    certresolver === undefined ? '' : `certresolver ${certresolver}`,
    middlewares.length === 0 ? '' : `middlewares ${middlewares.join(',')}`,
  ].filter(Boolean)
  if (route.length > 0) lines.push(`  route ${route.join(', ')}`)
  const { title, icon, description, hidden } = app.card
  const card = [
    title === app.id ? '' : JSON.stringify(title),
    icon ?? '',
    description === undefined ? '' : JSON.stringify(description),
    hidden ? 'hidden' : '',
  ].filter(Boolean)
  if (card.length > 0) lines.push(`  card ${card.join(', ')}`)
  return lines
}

function policyLines(policy: Policy, indent: string): string[] {
  const { words } = policy
  const parts = [
    ['allow', policy.allow.map(subject), words.allow],
    ['deny', policy.deny.map(subject), words.deny],
    ['require', policy.require.map(requirement), words.require],
    ['public', policy.public.map(pattern), words.public],
    ['public-from', policy.publicFrom?.text ?? [], words['public-from']],
    ['login', policy.login ?? [], words.login],
    ['bearer', policy.bearer ?? [], words.bearer],
    ['accept', policy.accept.join() === 'session,token' ? [] : policy.accept, words.accept],
  ] as const
  const lines = parts.flatMap(([name, items, said]) =>
    items.length === 0 ? [] : [`${indent}${name} ${items.join(', ')} ← ${said ?? 'nothing said'}`],
  )
  return words.policy === undefined ? lines : [...lines, `${indent}policy ← ${words.policy}`]
}

export function subject(subject: Subject): string {
  switch (subject.kind) {
    case 'signed-in':
      return subject.kind
    case 'user':
    case 'group':
      return `${subject.kind}:${subject.name}`
    case 'email':
      return `email:${subject.pattern}`
    case 'claim':
      return `claim:${subject.name}=${subject.value}`
  }
}

function requirement(requirement: Requirement): string {
  switch (requirement.kind) {
    case 'mfa':
      return 'mfa'
    case 'fresh':
      return `fresh ${requirement.seconds} s`
    case 'network':
      return `network ${requirement.networks.text.join(' or ')}`
    case 'provider':
      return `provider ${requirement.name}`
  }
}

function pattern({ methods, path, subtree }: PublicPattern): string {
  const below = path === '/' ? '/**' : `${path}/**`
  return `${methods === undefined ? '' : `${methods.join('|')} `}${subtree ? below : path}`
}

function header({ name, value }: HeaderSpec): string {
  if (value.kind === 'text') return `${name}=${JSON.stringify(value.text)}`
  return value.kind === 'claim' ? `${name}=claim:${value.name}` : `${name}=${value.kind}`
}

export function problemLine({ severity, key, value, reason, mend }: Problem): string {
  const label = key === undefined ? '' : ` ${key}=${value ?? ''}:`
  return `${severity}${label} ${reason}${mend === undefined ? '' : `; ${mend}`}`
}
