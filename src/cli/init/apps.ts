/** Labels of each service, from the rules of each of its hosts. */
import { zonesOf, type Rules } from './cells.ts'
import { type AppWords, wordsOf } from './labels.ts'
import type { Notes } from './notes.ts'
import type { Place } from './places.ts'

/** What is written for one service of a compose file. */
export interface ServiceLabels {
  readonly service: string
  readonly swarm: boolean
  /** Whole keys. */
  readonly labels: ReadonlyMap<string, string>
}

/** What an app's labels say at a place; undefined: nothing is written for it. */
export type WordsAt = (place: Place) => AppWords | undefined

export function wordsByRules(rulesOf: (place: Place) => Rules | undefined, notes: Notes): WordsAt {
  return (place) => {
    const rules = rulesOf(place)
    return rules === undefined ? undefined : wordsOf(zonesOf(rules, place.path, notes))
  }
}

export function labelsFor(places: readonly Place[], wordsAt: WordsAt, notes: Notes): readonly ServiceLabels[] {
  const services = Map.groupBy(places, ({ service }) => `${service.service} ${service.swarm}`)
  return [...services.values()].flatMap((own) => ofService(own, wordsAt, notes))
}

function ofService(places: readonly Place[], wordsAt: WordsAt, notes: Notes): ServiceLabels[] {
  const [one] = places
  const apps = new Map<string, { path: string; words: ReadonlyMap<string, string>; places: Place[] }>()
  for (const place of places) {
    const words = wordsAt(place)
    if (words === undefined) continue
    const { labels, narrowed } = words
    for (const why of narrowed) notes.left(place.ref, `${place.host}: ${why}`)
    const key = JSON.stringify([place.path, ...labels])
    const app = apps.get(key) ?? { path: place.path, words: labels, places: [] }
    apps.set(key, app)
    app.places.push(place)
  }
  if (one === undefined || apps.size === 0) return []
  const labels = [...apps.values()].flatMap((app, i) => appLabels(app, i === 0 ? '' : `apps.${idOf(app.places, i)}.`))
  return [{ service: one.service.service, swarm: one.service.swarm, labels: new Map(labels) }]
}

function appLabels(
  { path, words, places }: { path: string; words: ReadonlyMap<string, string>; places: readonly Place[] },
  before: string,
) {
  const hosts = [...new Set(places.map(({ host }) => host))]
  const port = portOf(places)
  const own: [string, string][] = [
    ['host', hosts.join(', ')],
    ...(path === '/' ? [] : [['path', path] as [string, string]]),
    ...(port === undefined ? [] : [['port', port] as [string, string]]),
    ...words,
  ]
  return own.map(([key, value]): [string, string] => [`labelgate.${before}${key}`, value])
}

/** A further app bears the name of its router, so that the guard finds the one by the other. */
function idOf(places: readonly Place[], nth: number): string {
  const name = places[0]?.router.toLowerCase() ?? ''
  return /^[a-z0-9][a-z0-9_-]{0,62}$/.test(name) ? name : `app-${nth + 1}`
}

/** Where the labels of Traefik name one port, that is the app's. */
function portOf(places: readonly Place[]): string | undefined {
  const found = places.flatMap(
    ({ service, port }) =>
      port ??
      Object.entries(service.labels).flatMap(([key, value]) =>
        /^traefik\.http\.services\.[^.]+\.loadbalancer\.server\.port$/i.test(key) ? [value.trim()] : [],
      ),
  )
  const [port, ...more] = new Set(found)
  return port !== undefined && more.length === 0 && /^[1-9]\d{0,4}$/.test(port) && Number(port) < 65_536
    ? port
    : undefined
}
