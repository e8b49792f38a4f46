import { identify } from '../../labels/identify.ts'
import type { Problem } from '../../labels/problem.ts'
import type { AppSpec } from '../../labels/spec.ts'
import { excerpt } from '../../labels/text.ts'
import { middlewareLabels, middlewareName } from './middleware.ts'
import { type Overview, sharedHost, trespass, type Trespass, type View, viewOf } from './overview.ts'
import type { Guarded, GuardContext, Seen } from './seen.ts'
import type { Remark, SeenRouter } from './traefik-view.ts'

export { overview, reread, type Overview } from './overview.ts'
export type { Guarded, GuardContext, Seen, Verdict } from './seen.ts'

/**
 * The labels Traefik is shown in place of the container's own. Of a protected one, each HTTP router has our middleware
 * first, and nothing else is changed. Whatever is not sure to be so is withheld: it has no route.
 * @param overview of the list this container is from, or of the latest
 */
export function guarded(seen: Seen, overview: Overview, context: GuardContext): Guarded {
  const view = viewOf(seen, overview)
  if (seen.id === context.self) return { labels: { ...seen.labels }, problems: [], verdict: 'as-is' }
  const refusals = whyNot(view, overview)
  const problems = [...refusals, ...warnings(view, overview)]
  if (refusals.length > 0) return { labels: withheld(seen.labels), problems, verdict: 'withheld' }
  if (view.reading.apps.length === 0) return { labels: { ...seen.labels }, problems, verdict: 'as-is' }
  const { labels, strays } = protectedBy(view, overview.headers, context)
  return { labels, problems: [...problems, ...strays], verdict: 'protected' }
}

interface Protected {
  readonly by: string
  readonly labels: Record<string, string>
  readonly strays: readonly Problem[]
}

const done = new WeakMap<View, Protected>()

/** Of a container that is listed again as it was, with all else as it was, it is not worked out again. */
function protectedBy(view: View, all: readonly string[], context: GuardContext): Protected {
  const { internalUrl, proxyKey, tokenHeader, maxResponseBody, operator, identityHeaders } = context
  const by = [internalUrl, proxyKey, tokenHeader, maxResponseBody, operator.reservedHeaders, all, identityHeaders]
    .map(String)
    .join('\n')
  const known = done.get(view)
  if (known?.by === by) return known
  const headers = [...new Set([...all, ...identityHeaders, ...ownHeaders(view)])]
  const found = { by, labels: protect(view, headers, context), strays: strayRouters(view) }
  done.set(view, found)
  return found
}

const NAME_IT = 'leave it out, so that Traefik finds the container itself, or make sure that nobody protected is there'

const LABEL_IT = 'label it too; with labelgate.public=/** it stays open, but is sent no cookie of ours'

/** What is shown all the same, and may be past sign-in. */
function warnings(view: View, overview: Overview): readonly Problem[] {
  const found = view.traefik.elsewhere.map((remark) => problem(view.seen, 'warning', remark, NAME_IT))
  const shared = sharedHost(view, overview)
  if (shared === undefined) return found
  const reason = `serves ${shared.host} beside ${excerpt(shared.container)}, which is protected, and is sent its session cookies`
  return [...found, problem(view.seen, 'warning', { reason }, LABEL_IT)]
}

/** Why the container has to be withheld; nothing where it has not. */
function whyNot(view: View, overview: Overview): readonly Problem[] {
  const { seen, reading, traefik } = view
  const problems = traefik.forbidden.map((found) => problem(seen, 'error', found, 'take the label away'))
  const foreign = trespass(view, overview)
  if (foreign !== undefined) problems.push(trespassing(seen, foreign))
  if (reading.apps.length === 0) return problems
  if (reading.apps.some(({ broken }) => broken))
    problems.push(problem(seen, 'error', { reason: 'is not shown to Traefik, because its labels are wrong' }, MEND_IT))
  const { routers, unsure } = traefik
  problems.push(...unsure.map((found) => problem(seen, 'error', found, 'mend the label, or take it away')))
  if (routers.some(({ name }) => name === ''))
    problems.push(problem(seen, 'error', { reason: 'has no name that Traefik could call its router by' }, GIVE_RULE))
  return problems
}

const MEND_IT = 'mend what labelgate check says of it'
const GIVE_RULE = 'give it a traefik.http.routers.<name>.rule'

function trespassing(seen: Seen, { service, owner }: Trespass): Problem {
  const whose = `${excerpt(owner.container)}, which is protected${owner.owner.startsWith('@') ? ' as the portal' : ''}`
  const reason = `leads to the Traefik service ${excerpt(service.name)} of ${whose}, past its sign-in`
  const mend = 'give each its own traefik.http.services.<name>, or the same labels to both'
  const about = service.key === undefined ? {} : { key: service.key, value: seen.labels[service.key] ?? '' }
  return problem(seen, 'error', { reason, ...about }, mend)
}

function problem(
  { name }: Seen,
  severity: Problem['severity'],
  { key, value, reason }: Partial<Remark> & { readonly reason: string },
  mend: string,
): Problem {
  const about = key === undefined ? {} : { key: excerpt(key), value: excerpt(value ?? '') }
  return { severity, container: excerpt(name), ...about, reason, mend }
}

/** Without every label of Traefik's, and in their place that it is not enabled. */
export function withheld(labels: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(labels).filter(([key]) => !key.toLowerCase().startsWith('traefik.'))
  return Object.fromEntries([...kept, ['traefik.enable', 'false']])
}

function protect({ seen, reading, traefik }: View, headers: readonly string[], context: GuardContext) {
  const added = new Map<string, string>()
  const used = new Map<string, AppSpec>()
  for (const router of traefik.routers) {
    const spec = appOf(router, seen, reading.apps)
    used.set(spec.key, spec)
    for (const key of labelsOf(router)) {
      const own = seen.labels[key] ?? ''
      added.set(key, own === '' ? middlewareName(spec) : `${middlewareName(spec)},${own}`)
    }
  }
  const definitions = [...used.values()].flatMap((spec) => middlewareLabels(spec, headers, context))
  // not by assignment: a label may be called __proto__
  return Object.fromEntries([...Object.entries(seen.labels), ...added, ...definitions])
}

/** Where Traefik reads the router's middlewares. What is added is in its own spelling, so that it keeps its name. */
function labelsOf({ name, middlewares }: SeenRouter): readonly string[] {
  return middlewares.length > 0 ? middlewares : [`traefik.http.routers.${name}.middlewares`]
}

/**
 * The app by which a router is judged: the further one whose name it bears (as labels/read.ts has it), else the
 * container's own. With further apps alone, one of them: it lets nobody in at hosts that are not its own.
 */
function appOf({ name }: SeenRouter, seen: Seen, apps: readonly AppSpec[]): AppSpec {
  const { key } = identify(seen)
  const bears = `${key}#${name.toLowerCase()}`
  const spec = apps.find((app) => app.key === bears) ?? apps.find((app) => app.key === key) ?? apps[0]
  if (spec === undefined) throw new Error(`the container ${seen.name} has no app`)
  return spec
}

function ownHeaders({ reading }: View): readonly string[] {
  return reading.apps.flatMap((app) => app.headers.map(({ name }) => name))
}

/** Routers that no app of the container is meant for. */
function strayRouters({ seen, reading, traefik }: View): readonly Problem[] {
  return traefik.routers.flatMap((router) => {
    const { id, key } = appOf(router, seen, reading.apps)
    if (!key.includes('#') || key.endsWith(`#${router.name.toLowerCase()}`)) return []
    const reason = `has the router ${excerpt(router.name)}, which bears no app's name and is judged as ${excerpt(id)}`
    return [problem(seen, 'warning', { reason }, 'call it by the id of an app, or write labelgate.host for the rest')]
  })
}
