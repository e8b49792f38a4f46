import { type ReadApp, readApp } from './app.ts'
import { collect, type Collected } from './collect.ts'
import { identify, type Labelled, type Named } from './identify.ts'
import type { Operator } from './operator.ts'
import { type Fault, fault } from './parsed.ts'
import { type LabelFault, noLabels, place, type PlacedLabels } from './place.ts'
import type { Problem } from './problem.ts'
import type { Reading } from './spec.ts'
import { excerpt } from './text.ts'
import { type RouterFault, routersOf } from './traefik-labels.ts'
import { publishedPastUs } from './traefik-warnings.ts'
import { parseBoolean } from './words.ts'

const NOT_OURS: Reading = { apps: [], problems: [] }

/**
 * What one container declares. Whatever its labels are, there is an answer: what is wrong comes back as problems, and
 * each app it concerns is `broken`. Labels in any order give the same answer.
 */
export function readLabels(container: Labelled, operator: Operator): Reading {
  const collected = collect(container.labels)
  const placed = place(collected.labels, collected.contradictions)
  const isLabelled = collected.labels.length > 0 || collected.faults.length > 0
  if (!isLabelled && (operator.protect === 'labelled' || isBehindNothing(container, operator))) return NOT_OURS
  const enabled = readEnable(placed, collected, operator)
  if (enabled === false) return NOT_OURS
  const named = identify(container)
  const unplaced = [...collected.faults, ...placed.faults, ...enabled, ...named.faults]
  const apps = readApps({ container, operator, placed, named, collected }, unplaced.length > 0)
  return {
    apps: apps.map((app) => app.spec),
    problems: [
      ...unplaced.map((found) => labelProblem(container, found)),
      ...apps.flatMap((app) => app.faults.map((found) => labelProblem(container, found))),
      ...apps.flatMap((app) => app.routerFaults.map((found) => routerProblem(container, found, 'error'))),
      ...apps.flatMap((app) => app.routerWarnings.map((found) => routerProblem(container, found, 'warning'))),
      ...publishedPastUs(container.labels, operator).map((found) => routerProblem(container, found, 'warning')),
    ],
  }
}

/** A database, say: Traefik has no router for it, and were it to get one, it is asked about and no app has its host. */
function isBehindNothing({ labels }: Labelled, { entryPoint, defaultHost }: Operator): boolean {
  return entryPoint === true && defaultHost === undefined && !Object.keys(labels).some((key) => /^traefik\./i.test(key))
}

/** False: leave the container alone. Else what is wrong with `enable`, if anything. */
function readEnable({ enable }: PlacedLabels, { contradictions }: Collected, operator: Operator): false | LabelFault[] {
  if (enable === undefined) return []
  const { value, faults } = parseBoolean(enable.value)
  if (value !== false) return faults.map((fault: Fault) => ({ label: enable, fault }))
  if (contradictions.some(({ name }) => name === 'enable')) return []
  if (operator.protect === 'labelled' || operator.optOut) return false
  return [
    { label: enable, fault: fault('is refused by LABELGATE_OPT_OUT', 'ask the operator, or take the label away') },
  ]
}

interface Parts {
  readonly container: Labelled
  readonly operator: Operator
  readonly placed: PlacedLabels
  readonly named: Named
  readonly collected: Collected
}

function readApps({ container, operator, placed, named, collected }: Parts, broken: boolean): readonly ReadApp[] {
  const routers = routersOf(container.labels)
  const said = saidBy(collected)
  const labels = placed.apps.size > 0 ? [...placed.apps] : [['', noLabels()] as const]
  return labels
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, own]) => {
      // a router that bears the name of a further app is that app's
      const its = routers.filter(({ name }) => (id === '' ? !placed.apps.has(name) : name === id))
      const { key } = named
      const setting = id === '' ? { id: named.id, key } : { id, key: `${key}#${id}` }
      return readApp(own, { ...setting, routers: its, broken, said }, operator)
    })
}

/** Wrong ones too: a container is not a replica of one that is right. */
function saidBy({ labels, contradictions, faults }: Collected): (readonly [string, string])[] {
  const wrong = faults.map(
    ({ label, fault }) =>
      [label?.written.slice(0, 512) ?? '', `${fault.reason} ${label?.value.slice(0, 4096) ?? ''}`] as const,
  )
  return [...[...labels, ...contradictions].map(({ name, value }) => [name, value] as const), ...wrong]
}

function labelProblem({ name }: Labelled, { label, fault }: LabelFault): Problem {
  const about = label === undefined ? {} : { key: excerpt(label.written), value: excerpt(label.value) }
  return { severity: 'error', container: excerpt(name), ...about, ...shown(fault) }
}

function routerProblem(
  { name }: Labelled,
  { key, value, ...fault }: RouterFault,
  severity: Problem['severity'],
): Problem {
  return { severity, container: excerpt(name), key: excerpt(key), value: excerpt(value), ...shown(fault) }
}

/** Messages quote what labels say: whatever that is, it stays one line of bounded length. */
function shown({ reason, mend }: Fault): Fault {
  return fault(excerpt(reason, MAX_MESSAGE), mend === undefined ? undefined : excerpt(mend, MAX_MESSAGE))
}

const MAX_MESSAGE = 400
