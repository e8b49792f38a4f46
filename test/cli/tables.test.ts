import { expect, test } from 'vitest'
import { Tables } from '../../src/cli/tables.ts'
import type { Container } from '../../src/docker/container.ts'
import type { Sight } from '../../src/docker/watch.ts'
import type { Operator } from '../../src/labels/operator.ts'
import { container } from '../build/container.ts'
import { OPERATOR } from '../labels/operator.ts'

const web = container('web', 'policy=staff')
const open = container('open', 'public=/**')
const containers = new Map([web, open].map((one) => [one.id, one]))
const all: Sight = { containers, changed: 'all', syncedAt: 0 }
const nothing: Sight = { containers, changed: new Set(), syncedAt: 0 }

function tablesBy(operator: Operator) {
  const tables = new Tables({ operator, self: () => undefined })
  return { tables, states: (sight: Sight) => statesOf(tables, sight) }
}

function statesOf(tables: Tables, sight: Sight) {
  const { apps } = tables.of(sight)
  return Object.fromEntries([...apps.values()].map(({ spec }) => [spec.id, spec.broken ? 'denied' : 'good']))
}

test('H-33: what the operator says anew holds for containers that run, over what their labels say', () => {
  const { tables, states } = tablesBy(OPERATOR)
  expect(states(all)).toEqual({ open: 'good', web: 'good' })
  tables.obey({ ...OPERATOR, policies: new Map(), publicLabels: false })
  expect(states(nothing)).toEqual({ open: 'denied', web: 'denied' })
  tables.obey(OPERATOR)
  expect(states(nothing)).toEqual({ open: 'good', web: 'good' })
})

test('H-33: no label widens a policy of the operator; each that tries is shown', () => {
  const { tables } = tablesBy(OPERATOR)
  const tries = ['public=/**', 'allow=signed-in', 'accept=token', 'public-from=10.0.0.0/8', 'bearer=ci'].map(
    (label, i) => container(`try-${i}`, `policy=staff\n${label}`),
  )
  const table = tables.of({ containers: new Map(tries.map((one) => [one.id, one])), changed: 'all', syncedAt: 0 })
  expect([...table.apps.values()].map(({ spec }) => spec.broken)).toEqual(tries.map(() => true))
  expect(table.problems.map(({ reason }) => reason)).toEqual(
    tries.map(() => expect.stringMatching(/^cannot stand with labelgate\.policy=staff/)),
  )
})

const SWARM = '\ncom.docker.swarm.service.name=notes'
const service = (labels: string): Container => ({
  ...container('notes', labels + SWARM),
  id: 'i1smnkmyy5pp5s4mfjjnpma1c',
  created: Number.MAX_SAFE_INTEGER,
  networks: [],
  swarmService: true,
})
const sight = (one: Container): Sight => ({
  containers: new Map([[one.id, one]]),
  changed: new Set([one.id]),
  syncedAt: 0,
})

test('labels of a Swarm service are read again, as they change while it runs', () => {
  const { states } = tablesBy({ ...OPERATOR, ownsRoutes: false })
  expect(states(sight(service('allow=signed-in')))).toEqual({ notes: 'good' })
  expect(states(sight(service('alow=signed-in')))).toEqual({ notes: 'denied' })
})

test('of a Swarm service it is said that labelgate writes no route to it, where labelgate writes routes', () => {
  const problems = (ownsRoutes: boolean) => {
    const { tables } = tablesBy({ ...OPERATOR, ownsRoutes })
    return tables.of(sight(service('allow=signed-in'))).problems.map(({ severity, reason }) => `${severity}: ${reason}`)
  }
  expect(problems(true)).toEqual(['warning: is a Swarm service, to which labelgate writes no route'])
  expect(problems(false)).toEqual([])
})

test('a Swarm service is believed over its containers, were they made ever so late', () => {
  const { tables } = tablesBy({ ...OPERATOR, ownsRoutes: false })
  const strict = service('allow=signed-in\nhost=notes.example.com')
  const open = container('notes.1.x', `public=/**\nhost=notes.example.com${SWARM}`, { created: 2_000_000_000 })
  const both = new Map([strict, open].map((one) => [one.id, one]))
  const table = tables.of({ containers: both, changed: 'all', syncedAt: 0 })
  const alone = tablesBy({ ...OPERATOR, ownsRoutes: false }).tables.of(sight(strict))
  const [fingerprint] = [...alone.apps.values()].map(({ spec }) => spec.fingerprint)
  expect([...table.apps.values()].map(({ spec }) => spec.fingerprint)).toEqual([fingerprint])
  expect(table.problems.map(({ severity, reason }) => `${severity}: ${reason}`)).toEqual([
    'warning: containers of one service carry different labels; those of the newest hold: notes, notes.1.x',
  ])
})
