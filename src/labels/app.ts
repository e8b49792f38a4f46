/** One app: from its labels to a spec with every default applied. */
import { type Draft, draftOf } from './draft.ts'
import { foreign } from './foreign.ts'
import { HEADER_PRESETS } from './header-presets.ts'
import { tokenHeaders, withDefaults } from './headers.ts'
import { defaultHost, distinct, MAX_HOSTS } from './hosts.ts'
import type { Operator } from './operator.ts'
import { fault, type Fault } from './parsed.ts'
import type { AppLabels, LabelFault } from './place.ts'
import { appPolicy, idle, LOCKED, NOTHING, widenings } from './policy.ts'
import { outside, readRules } from './rules.ts'
import type { AppSpec, Card, Route } from './spec.ts'
import { compare } from './text.ts'
import { readRouters, type Routed, type Router, type RouterFault } from './traefik-labels.ts'

/** What names an app, and what its container says besides its own labels. */
export interface Setting {
  readonly id: string
  readonly key: string
  /** Traefik's routers whose hosts are this app's where it names none. */
  readonly routers: readonly Router[]
  /** True where the container's labels are wrong in a way that is no one app's: each of its apps is broken. */
  readonly broken: boolean
  /** What the container's labels say, normalised. */
  readonly said: readonly (readonly [key: string, value: string])[]
}

export interface ReadApp {
  readonly spec: AppSpec
  readonly faults: readonly LabelFault[]
  readonly routerFaults: readonly RouterFault[]
  readonly routerWarnings: readonly RouterFault[]
}

export function readApp(labels: AppLabels, setting: Setting, operator: Operator): ReadApp {
  const draft = draftOf(labels.own, operator)
  const routed = readRouters(setting.routers, operator)
  const namesHost = labels.own.some(({ key }) => key === 'host')
  const where = namesHost ? atLabel(draft) : elsewhere(draft, routed, setting.id, operator)
  const policy = appPolicy(draft, operator)
  const { rules, faults } = readRules(labels.rules, { draft, policy, path: where.path, operator })
  const all = [
    ...labels.faults,
    ...draft.faults,
    ...where.faults,
    ...widenings(draft),
    ...idle(draft, policy),
    ...foreign(labels.own, draft, setting.id, operator),
    ...outside(draft.values.public, where.path),
    ...faults,
  ]
  const upstreamBasic = draft.values['upstream-basic']?.value
  const tokens = tokenHeaders(draft.headers)
  const broken = setting.broken || all.length > 0 || where.routerFaults.length > 0
  const spec: AppSpec = {
    id: setting.id,
    key: setting.key,
    hosts: broken ? claimed(draft, routed, setting.id, operator) : where.hosts,
    path: where.path,
    policy: broken ? LOCKED : policy,
    rules: broken || rules.length === 0 ? NOTHING : rules,
    headers: withDefaults(
      draft.headers,
      draft.values['header-preset']?.value ??
        (policy.identify === true ? HEADER_PRESETS.authgear : operator.defaultHeaders),
    ),
    assertion: operator.assertion === true || draft.values.assertion?.value === true,
    ...(upstreamBasic !== undefined && { upstreamBasic }),
    ...(tokens.length > 0 && { upstreamTokens: tokens }),
    route: routeOf(draft, operator),
    card: cardOf(draft, setting.id),
    broken,
    fingerprint: fingerprint(setting, broken || where.usesRouters),
  }
  const { routerFaults, routerWarnings } = where
  return { spec, faults: all, routerFaults, routerWarnings: [...routerWarnings, ...unheld(draft, operator)] }
}

/** Forward-auth of Traefik has no Content-Length: the app would be thought protected from what it is not. */
function unheld({ values }: Draft, { bodiesUntold }: Operator): readonly RouterFault[] {
  const said = values['body-limit']
  if (said === undefined || bodiesUntold !== true) return []
  const reason = 'is not held by Traefik, which does not tell labelgate of bodies'
  const mend = "take Traefik's middleware buffering.maxRequestBodyBytes, which stores each body before it passes it on"
  return [{ key: said.label.written, value: said.label.value, ...fault(reason, mend) }]
}

interface Whereabouts {
  readonly hosts: readonly string[]
  readonly path: string
  readonly usesRouters: boolean
  readonly faults: readonly LabelFault[]
  readonly routerFaults: readonly RouterFault[]
  readonly routerWarnings: readonly RouterFault[]
}

const NO_ROUTERS = { usesRouters: false, faults: [], routerFaults: [], routerWarnings: [] } as const

/** Where a host label says; nothing else is asked, even where the label cannot be read. */
function atLabel({ values }: Draft): Whereabouts {
  return { ...NO_ROUTERS, hosts: values.host?.value ?? [], path: values.path?.value ?? '/' }
}

/** Where the routers say, else the operator's default. */
function elsewhere({ values }: Draft, routed: Routed, id: string, operator: Operator): Whereabouts {
  if (routed.hosts.length > 0 || routed.faults.length > 0)
    return {
      hosts: routed.hosts,
      path: values.path?.value ?? routed.path,
      usesRouters: true,
      faults: [],
      routerFaults: routed.faults,
      routerWarnings: values.path === undefined ? routed.warnings : [],
    }
  const { value, faults } = defaultHost(id, operator)
  return { ...NO_ROUTERS, hosts: present(value), path: values.path?.value ?? '/', faults: faults.map(unlabelled) }
}

/** Everything a broken app could be reached by: it is denied there, rather than unknown. */
function claimed({ values }: Draft, routed: Routed, id: string, operator: Operator): readonly string[] {
  const hosts = distinct([...(values.host?.value ?? []), ...routed.hosts])
  return hosts.length > 0 ? hosts.slice(0, MAX_HOSTS) : present(defaultHost(id, operator).value)
}

function present(host: string | undefined): readonly string[] {
  return host === undefined ? [] : [host]
}

function unlabelled(fault: Fault): LabelFault {
  return { fault }
}

function routeOf({ values }: Draft, operator: Operator): Route {
  const certresolver = values.certresolver?.value ?? operator.certresolver
  return {
    ...(values.port === undefined ? {} : { port: values.port.value }),
    scheme: values.scheme?.value ?? 'http',
    ...(values.network === undefined ? {} : { network: values.network.value }),
    ...(values['body-limit'] === undefined ? {} : { bodyLimit: values['body-limit'].value }),
    entrypoints: values.entrypoints?.value ?? operator.entrypoints,
    tls: values.tls?.value ?? operator.tls,
    ...(certresolver === undefined ? {} : { certresolver }),
    middlewares: values.middlewares?.value ?? NOTHING,
  }
}

function cardOf({ values }: Draft, id: string): Card {
  return {
    title: values.title?.value ?? id,
    ...(values.icon === undefined ? {} : { icon: values.icon.value }),
    ...(values.description === undefined ? {} : { description: values.description.value }),
    hidden: values.hidden?.value ?? false,
  }
}

/**
 * One string that two containers share exactly when their labels say the same, of the same app: the table takes equal
 * ones for replicas. Which app of the container it is stands in it, since two of them can claim one host and path.
 */
function fingerprint({ said, routers, key }: Setting, usesRouters: boolean): string {
  const rules = usesRouters ? routers.map(({ name, rule, syntax }) => [`${name} ${syntax}`, rule.trim()] as const) : []
  if (said.length === 0 && rules.length === 0) return 'unlabelled'
  const [, further = ''] = key.split('#')
  return JSON.stringify([further, ...said, ...rules.toSorted(([a], [b]) => compare(a, b))])
}
