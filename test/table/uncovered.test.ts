/** Where our middleware stands before a whole entry point: routers of Traefik that no app covers. */
import { expect, test } from 'vitest'
import type { Container } from '../../src/docker/container.ts'
import type { Operator } from '../../src/labels/operator.ts'
import { build, TableBuilder } from '../../src/table/build.ts'
import { container } from '../build/container.ts'
import { entry, networking, operator } from '../build/table.ts'

const BY: Operator = { ...operator, ownsRoutes: false, entryPoint: true }

type Labels = Readonly<Record<string, string>>
const named = (name: string, labels: Labels, rest: Partial<Container> = {}) => ({
  ...container(name, {}, rest),
  labels,
})
const rule = (text: string, router = 'r'): Labels => ({ [`traefik.http.routers.${router}.rule`]: text })
const problems = (containers: readonly Container[], by = BY) =>
  build(
    containers.map((one) => entry(one, by)),
    networking,
    true,
  )
    .problems.filter(({ reason }) => reason.includes('denied by the entry point'))
    .map(
      ({ severity, container, key, reason, mend }) => [severity, container, key, reason.split(': ')[1], mend] as const,
    )

const LABEL_IT = 'label it, for instance labelgate.allow=signed-in, or write all in LABELGATE_PROTECT'

test('a container with a router and no label of ours is named, with the host and what to do', () => {
  expect(problems([named('db', rule('Host(`db.example.com`)'))])).toEqual([
    ['warning', 'db', 'traefik.http.routers.r.rule', 'db.example.com/', LABEL_IT],
  ])
})

test('no more so once it is labelled, or everything is protected', () => {
  const labels = rule('Host(`db.example.com`)')
  expect(problems([named('db', { ...labels, 'labelgate.allow': 'signed-in' })])).toEqual([])
  expect(problems([named('db', labels)], { ...BY, protect: 'all' })).toEqual([])
})

test('one that opted out is told that this does not open it here', () => {
  const labels = { ...rule('Host(`db.example.com`)'), 'Labelgate.Enable': 'false' }
  const mend = 'take labelgate.enable=false away: what is open to everybody says labelgate.public=/**'
  for (const protect of ['labelled', 'all'] as const)
    expect(problems([named('db', labels)], { ...BY, protect }).map((found) => found[4])).toEqual([mend])
})

test('a router of an app for a host that its label does not name is named too', () => {
  const labels = {
    ...rule('Host(`a.example.com`)', 'a'),
    ...rule('Host(`b.example.com`) || Host(`c.example.com`)', 'b'),
  }
  expect(problems([named('app', { ...labels, 'labelgate.host': 'a.example.com, c.example.com' })])).toEqual([
    ['warning', 'app', 'traefik.http.routers.b.rule', 'b.example.com/', 'name the host in labelgate.host too'],
  ])
})

test.for([
  ['Host(`a.example.com`)', 'a.example.com', '/', []],
  ['Host(`A.Example.com.`)', 'a.example.com', '/', []],
  ['Host(`a.example.com`) && PathPrefix(`/api`)', 'a.example.com', '/', []],
  ['Host(`a.example.com`)', '*.example.com', '/', []],
  ['Host(`a.b.example.com`)', '*.example.com', '/', ['a.b.example.com/']],
  ['Host(`a.example.com`)', 'a.example.com', '/api', ['a.example.com/']],
  ['Host(`a.example.com`) && PathPrefix(`/api/v1`)', 'a.example.com', '/api', []],
  ['Host(`a.example.com`) && PathPrefix(`/apiary`)', 'a.example.com', '/api', ['a.example.com/apiary']],
  ['Host(`a.example.com`) || Host(`z.example.org`)', 'a.example.com', '/', ['z.example.org/']],
] as const)('the router %s beside an app of %s%s: denied is %j', ([text, host, path, denied]) => {
  const app = named('app', { 'labelgate.host': host, 'labelgate.path': path })
  expect(problems([app, named('other', rule(text))]).map((found) => found[3])).toEqual(denied)
})

test.for([
  ['HostRegexp(`.*`)', 'hosts that no app has'],
  ['PathPrefix(`/`)', 'hosts that no app has'],
  ['Host(', 'hosts that no app has'],
  ['!Host(`a.example.com`)', 'hosts that no app has'],
] as const)('of %s it is said that hosts without an app are denied', ([text, reason]) => {
  expect(problems([named('other', rule(text))]).map((found) => found[3])).toEqual([reason])
})

test('a container of which Traefik makes a router by its own rule is named by what switches that on', () => {
  expect(problems([named('db', { 'traefik.enable': 'true' })])).toEqual([
    ['warning', 'db', 'traefik.enable', 'hosts that no app has', LABEL_IT],
  ])
})

test('one that Traefik does not show is nobody to speak of, nor one that is gone', () => {
  const labels = rule('Host(`db.example.com`)')
  for (const no of ['false', 'F', '0', ' FALSE '])
    expect(problems([named('db', { ...labels, 'Traefik.Enable': no })])).toEqual([])
  expect(problems([named('db', labels, { state: 'exited' })])).toEqual([])
  expect(problems([named('plain', {})])).toEqual([])
})

test('in the other modes nothing is said, since nothing is denied', () => {
  const table = build([entry(named('db', rule('Host(`db.example.com`)')))], networking)
  expect(table.problems).toEqual([])
})

test('it ends with the container, and as soon as an app covers it', () => {
  const builder = new TableBuilder(networking, true)
  builder.set('db', entry(named('db', rule('Host(`db.example.com`)')), BY))
  const before = builder.table()
  expect(before.problems).toHaveLength(1)
  builder.set('app', entry(named('app', { 'labelgate.host': 'db.example.com' }), BY))
  expect(builder.table().problems).toEqual([])
  builder.set('app', undefined)
  expect(builder.table().problems).toEqual(before.problems)
  builder.set('db', undefined)
  expect(builder.table().problems).toEqual([])
})
