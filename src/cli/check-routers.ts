/** What becomes of the routers that Traefik's own labels make: protected by which words, or why not. */
import type { Operator } from '../labels/operator.ts'
import { subjectText } from '../labels/subjects.ts'
import type { AppSpec, Policy, Reading } from '../labels/spec.ts'
import { excerpt } from '../labels/text.ts'
import { type Router, readRouters, routersOf } from '../labels/traefik-labels.ts'
import type { ComposeService } from './compose.ts'

/** How requests reach us: routes of ours, Traefik's labels through the guard, an entry point, or by hand. */
export type Mode = 'routes' | 'guard' | 'entrypoint' | 'by hand'

export interface RouterReport {
  /** `tcp` where that is what it is. */
  readonly router: string
  readonly rule: string
  /** The label it is about, if it is there. */
  readonly key?: string
  readonly verdict: 'protected' | 'public' | 'denied' | 'open' | 'passed by'
  readonly words: string
}

/** @param reading what the labels of ours come to */
export function reportRouters(
  { labels }: Pick<ComposeService, 'labels'>,
  reading: Reading,
  { mode, operator }: { mode: Mode; operator: Operator },
): readonly RouterReport[] {
  if (isOff(labels)) return []
  const routers = routersOf(labels)
  const streams = streamsOf(labels)
  const context = { mode, operator, reading }
  const own = routers.map((router) => ofRouter(router, context))
  const byDefault = routers.length === 0 && streams.length === 0 && makesDefault(labels) ? [ofDefault(context)] : []
  return [...own, ...byDefault, ...streams]
}

interface Context {
  readonly mode: Mode
  readonly operator: Operator
  readonly reading: Reading
}

function ofRouter(router: Router, context: Context): RouterReport {
  const { name, key, rule } = router
  const { hosts, faults } = readRouters([router], { ...context.operator, ownsRoutes: false })
  const [fault] = faults
  const app = appOf(name, context.reading)
  const about = { router: name, rule: excerpt(rule), key }
  if (app === undefined) return { ...about, ...unlabelled(context) }
  if (app.broken) return { ...about, verdict: 'denied', words: 'to everybody: a label of its app is wrong' }
  const outside = hosts.filter((host) => !covers(app, host))
  if (fault !== undefined && hosts.length === 0)
    return { ...about, verdict: 'denied', words: `where its rule goes beyond ${at(app)}: it ${fault.reason}` }
  if (outside.length === hosts.length && hosts.length > 0)
    return {
      ...about,
      verdict: 'denied',
      words: `${outside.join(', ')} is not among the hosts of the app ${app.id} (${app.hosts.join(', ')})`,
    }
  const rest = outside.length === 0 ? '' : `; not at ${outside.join(', ')}, which is denied`
  return { ...about, ...protectedBy(app, context, rest) }
}

/** The router that Traefik makes of a container without any, by its `defaultRule`. */
function ofDefault(context: Context): RouterReport {
  const about = { router: 'default', rule: "Traefik's defaultRule" }
  const app = appOf('', context.reading)
  if (app === undefined) return { ...about, ...unlabelled(context) }
  if (app.broken) return { ...about, verdict: 'denied', words: 'to everybody: a label of its app is wrong' }
  return {
    ...about,
    ...protectedBy(app, context, context.mode === 'routes' ? '' : '; other hosts that the rule gives are denied'),
  }
}

function protectedBy(app: AppSpec, { mode }: Context, rest: string): Pick<RouterReport, 'verdict' | 'words'> {
  const everything =
    app.rules.length === 0 &&
    app.policy.public.some(({ path, subtree, methods }) => subtree && path === '/' && methods === undefined)
  const rules = app.rules.map(
    ({ path, methods, policy }) =>
      `; ${methods === undefined ? '' : `${methods.join('|')} `}${path}: ${policyWords(policy)}`,
  )
  return {
    verdict: everything ? 'public' : 'protected',
    words: `${at(app)} ${HOW[mode]}: ${policyWords(app.policy)}${rules.join('')}${rest}`,
  }
}

const HOW: Readonly<Record<Mode, string>> = {
  routes: 'by the route that labelgate writes in its place',
  guard: 'by the guard',
  entrypoint: 'by the entry point',
  'by hand': "where its middlewares name labelgate's forward-auth",
}

function unlabelled({ mode, operator, reading }: Context): Pick<RouterReport, 'verdict' | 'words'> {
  if (reading.apps.length > 0) return { verdict: 'denied', words: 'no app of the container has it' }
  const mend =
    operator.protect === 'all'
      ? 'labelgate.enable=false takes it out'
      : 'no label of labelgate, or enable=false: label it, or LABELGATE_PROTECT=all'
  if (mode === 'entrypoint') return { verdict: 'denied', words: `by the entry point: ${mend}` }
  if (mode === 'routes') return { verdict: 'passed by', words: `labelgate writes no route for it: ${mend}` }
  return { verdict: 'open', words: mend }
}

function appOf(router: string, { apps }: Reading): AppSpec | undefined {
  return apps.find(({ key }) => key.endsWith(`#${router}`)) ?? apps.find(({ key }) => !key.includes('#'))
}

function covers({ hosts }: AppSpec, host: string): boolean {
  return hosts.includes(host) || hosts.includes(`*.${host.slice(host.indexOf('.') + 1)}`)
}

function at({ hosts, path }: AppSpec): string {
  return hosts.map((host) => `${host}${path === '/' ? '' : path}`).join(', ')
}

/** As labels would say it, with what is their default. */
function policyWords({ allow, words }: Policy): string {
  const { allow: said = '', accept: _, ...others } = words
  const who = said.startsWith('default') ? `allow=${allow.map(subjectText).join(', ')} (default)` : said
  return [who, ...Object.values(others)]
    .map((word) => word.replace(/^labelgate\.(?:apps\.[^.]+\.)?(?:rules\.[^.]+\.)?/, ''))
    .join('; ')
}

/** As Go's ParseBool takes it. */
function isOff(labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).some(
    ([key, value]) => key.toLowerCase() === 'traefik.enable' && /^(?:0|f|false)$/i.test(value.trim()),
  )
}

/** It makes one of every container it may show; those that say something to Traefik are spoken of. */
function makesDefault(labels: Readonly<Record<string, string>>): boolean {
  return Object.keys(labels).some((key) => /^traefik\.(?:enable$|http\.)/i.test(key))
}

function streamsOf(labels: Readonly<Record<string, string>>): readonly RouterReport[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const [, kind, name] = /^traefik\.(tcp|udp)\.routers\.([^.]+)\.(?:rule|entrypoints)$/i.exec(key) ?? []
    if (kind === undefined || name === undefined) return []
    return [
      {
        router: name,
        rule: excerpt(value),
        key,
        verdict: 'open' as const,
        words: `${kind.toLowerCase()} only: no sign-in can stand before it`,
      },
    ]
  })
}
