/** The containers as Traefik is shown them, one list after the other. The daemon is a fake of two answers. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { Problem } from '../../../src/labels/problem.ts'
import { Guard, type GuardOptions, NotReadyError } from '../../../src/proxy/guard/guard.ts'
import type { GuardContext } from '../../../src/proxy/guard/seen.ts'
import { CONTEXT } from './context.ts'

type Labels = Readonly<Record<string, string>>
interface Fake {
  readonly Id: string
  readonly Labels: Labels
  readonly State?: string
  readonly Status?: string
  readonly NetworkSettings?: object
}

const RULE = 'traefik.http.routers.notes.rule'
const NOTES = { [RULE]: 'Host(`notes.example.com`)', 'labelgate.allow': 'user:alice' }
const REPLICA = { 'com.docker.compose.project': 'notes', 'com.docker.compose.service': 'web', ...NOTES }

let daemon: Fake[]
let identityHeaders: readonly string[]
let settled: Set<string>
let self: string | undefined
let more: Partial<GuardContext>
let ready: boolean
let found: (readonly Problem[])[]
let asked: string[]
let guard: Guard

beforeEach(() => {
  daemon = [
    { Id: 'one', Labels: REPLICA },
    { Id: 'two', Labels: REPLICA },
    { Id: 'open', Labels: { 'traefik.http.routers.open.rule': 'Host(`open.example.com`)' } },
  ]
  identityHeaders = ['Remote-User']
  settled = new Set(['one', 'two'])
  self = undefined
  more = {}
  ready = true
  found = []
  asked = []
  guard = new Guard({
    daemon: {
      rows: async (path, query) => {
        asked.push(`${path} ${JSON.stringify(query)}`)
        return daemon.map(({ Id, State = 'running', ...row }) => ({ Id, Names: [`/${Id}`], ...row, State }))
      },
      one: async (path) => {
        asked.push(path)
        const it = daemon.find(({ Id }) => path === `/containers/${Id}/json`)
        if (it === undefined) throw Object.assign(new Error('no such container'), { status: 404 })
        return { Id: it.Id, Name: `/${it.Id}`, State: { Running: true }, Config: { Labels: it.Labels } }
      },
    },
    context: () => ({ ...CONTEXT, ...more, identityHeaders, ...(self !== undefined && { self }) }),
    ready: () => ready,
    settled: (id) => settled.has(id),
    port: 4180,
    found: (problems) => found.push(problems),
  } satisfies GuardOptions)
})

async function listed(all = true): Promise<Readonly<Record<string, Labels>>> {
  const rows = (await guard.list(all)) as Fake[]
  return Object.fromEntries(rows.map(({ Id, Labels }) => [Id, Labels]))
}
async function inspected(id: string): Promise<Labels> {
  return ((await guard.inspect(id)) as { Config: { Labels: Labels } }).Config.Labels
}
const headersIn = (labels: Labels = {}) =>
  Object.entries(labels).find(([key]) => key.endsWith('.authresponseheaders'))?.[1] ?? ''
const isProtected = (labels: Labels = {}) =>
  !!labels['traefik.http.routers.notes.middlewares']?.startsWith('labelgate-')
const isWithheld = (labels: Labels = {}) =>
  labels['traefik.enable'] === 'false' && Object.keys(labels).filter((key) => key.startsWith('traefik.')).length === 1

describe('one pass of Traefik', () => {
  test('what it lists, and what it then looks at, are the same labels', async () => {
    const list = await listed()
    for (const { Id } of daemon) expect(await inspected(Id)).toEqual(list[Id])
    expect([isProtected(list['one']), list['open']]).toEqual([true, daemon[2]?.Labels])
  })

  test('replicas are told alike although the headers of the table change between the looks at them', async () => {
    await listed()
    const one = await inspected('one')
    identityHeaders = ['Remote-User', 'X-New']
    expect(await inspected('two')).toEqual(one)
    expect(headersIn(one)).not.toContain('X-New')
  })

  test('the next list has the new headers, and it is known that there is one to be made', async () => {
    await listed()
    expect(await guard.isStale()).toBe(false)
    identityHeaders = ['Remote-User', 'X-New']
    expect(await guard.isStale()).toBe(true)
    const list = await listed()
    expect(headersIn(list['one'])).toContain('X-New')
    expect(await inspected('one')).toEqual(list['one'])
    expect(await guard.isStale()).toBe(false)
  })

  test('a look without a list before it is by a list that the guard makes itself, once', async () => {
    expect(isProtected(await inspected('one'))).toBe(true)
    expect(isProtected(await inspected('two'))).toBe(true)
    expect(asked).toEqual(['/containers/json {"all":true}', '/containers/one/json', '/containers/two/json'])
  })

  test('the labels that count are those of the look: a container that was made anew is judged by them', async () => {
    await listed()
    daemon[0] = { Id: 'one', Labels: { ...REPLICA, 'labelgate.alow': 'group:staff' } }
    expect(isWithheld(await inspected('one'))).toBe(true)
    daemon[2] = { Id: 'new', Labels: NOTES }
    settled.add('new')
    expect(isProtected(await inspected('new'))).toBe(true)
  })
})

test.for<readonly [string, Partial<GuardContext>, string]>([
  ['the proxy key', { proxyKey: 'AnotherKey' }, '/AnotherKey/'],
  ['the address of labelgate', { internalUrl: 'http://elsewhere:1' }, 'http://elsewhere:1/'],
  ['the header of tokens', { tokenHeader: 'X-My-Token' }, 'X-My-Token'],
  ['reserved headers', { operator: { ...CONTEXT.operator, reservedHeaders: ['x-mine-'] } }, 'mine'],
])('what was worked out for an earlier list does not outlive %s', async ([, other, said]) => {
  const [first, again] = [await listed(), await listed()]
  expect(again).toEqual(first)
  expect(JSON.stringify(first)).not.toContain(said)
  more = other
  const later = await listed()
  expect(JSON.stringify(later['one'])).toContain(said)
  more = {}
  expect(await listed()).toEqual(first)
})

describe('a container the table does not know yet', () => {
  beforeEach(() => settled.delete('two'))

  test('is withheld, from the list and when it is looked at; nothing is wrong with it', async () => {
    const list = await listed()
    expect([isProtected(list['one']), isWithheld(list['two'])]).toEqual([true, true])
    expect(isWithheld(await inspected('two'))).toBe(true)
    expect(found.at(-1)).toEqual([])
  })

  test('is protected once the table knows it, and Traefik is told to look again', async () => {
    await listed()
    expect(await guard.isStale()).toBe(false)
    settled.add('two')
    expect(await guard.isStale()).toBe(true)
    expect(isProtected((await listed())['two'])).toBe(true)
  })

  test('is as it is where it is no app of ours: no table has to know it', async () => {
    expect(settled.has('open')).toBe(false)
    expect((await listed())['open']).toEqual(daemon[2]?.Labels)
  })
})

test('before there is a table nothing is told', async () => {
  ready = false
  await expect(guard.list(true)).rejects.toBeInstanceOf(NotReadyError)
  await expect(guard.inspect('one')).rejects.toBeInstanceOf(NotReadyError)
})

test('nobody who listed: nothing is stale, and the daemon is not asked', async () => {
  expect(await guard.isStale()).toBe(false)
  expect(asked).toEqual([])
})

test('a container that is none is for the daemon to say', async () => {
  await listed()
  await expect(guard.inspect('nobody')).rejects.toMatchObject({ status: 404 })
})

test('what is wrong is found with every list, and no longer where it was mended', async () => {
  daemon[0] = { Id: 'one', Labels: { ...REPLICA, 'labelgate.alow': 'group:staff' } }
  const labels = { ...NOTES, 'traefik.http.middlewares.labelgate-mine.headers.sslredirect': 'true' }
  daemon[1] = { Id: 'two', Labels: labels }
  const list = await listed()
  expect([isWithheld(list['one']), isWithheld(list['two'])]).toEqual([true, true])
  expect(found.at(-1)?.map(({ container, severity, key }) => [container, severity, key])).toEqual([
    ['one', 'error', undefined],
    ['two', 'error', 'traefik.http.middlewares.labelgate-mine.headers.sslredirect'],
  ])
  daemon = daemon.map(({ Id }) => ({ Id, Labels: REPLICA }))
  await listed()
  expect(found.at(-1)).toEqual([])
})

test('a container that takes the service of a protected one is withheld as soon as that one is there', async () => {
  const service = 'traefik.http.services.notes.loadbalancer.server.port'
  const [protectedOne, beside] = [
    { ...NOTES, [service]: '80' },
    { [service]: '80', ...daemon[2]?.Labels },
  ]
  daemon = [{ Id: 'beside', Labels: beside }]
  expect((await listed())['beside']).toEqual(beside)
  daemon.push({ Id: 'one', Labels: protectedOne })
  expect(await guard.isStale()).toBe(true)
  expect(isWithheld((await listed())['beside'])).toBe(true)
})

test.for([
  ['created', false],
  ['running', true],
  ['paused', true],
  ['restarting', true],
  ['exited', false],
  ['dead', false],
] as const)('one that is %s is in the list of what runs: %s', async ([State, shown]) => {
  daemon = [{ Id: 'one', Labels: NOTES, State }]
  expect(Object.keys(await listed(false))).toEqual(shown ? ['one'] : [])
  expect(Object.keys(await listed(true))).toEqual(['one'])
})

describe('the container that is labelgate itself', () => {
  const portal = (labels: Labels = {}) => labels['traefik.http.routers.labelgate-portal.rule']
  beforeEach(() => {
    self = 'own'
  })

  test('gets the router of the portal, with its port, in the list and when it is looked at', async () => {
    daemon.push({ Id: 'own', Labels: { 'com.example': 'kept' } }, { Id: 'plain', Labels: {} })
    const list = await listed()
    expect(portal(list['own'])).toContain('auth.example.com')
    expect(list['own']).toMatchObject({
      'com.example': 'kept',
      'traefik.http.services.labelgate-portal.loadbalancer.server.port': '4180',
    })
    expect(await inspected('own')).toEqual(list['own'])
    expect([portal(list['one']), list['plain']]).toEqual([undefined, {}])
  })

  test.for(['traefik.http.routers.mine.rule', 'Traefik.HTTP.Routers.mine.rule'])(
    'has the routers it names itself by %s, and no other',
    async (key) => {
      const Labels = { [key]: 'Host(`auth.example.com`)' }
      daemon.push({ Id: 'own', Labels })
      expect((await listed())['own']).toEqual(Labels)
    },
  )

  test('is no app, so no table has to know it, and nobody but it may use its names', async () => {
    daemon.push(
      { Id: 'own', Labels: {} },
      { Id: 'other', Labels: { 'traefik.http.routers.x.service': 'labelgate-portal' } },
    )
    const list = await listed()
    expect([portal(list['own']) === undefined, isWithheld(list['other'])]).toEqual([false, true])
  })
})

test.for([
  ['stops', { State: 'exited', Status: 'Exited (0)' }],
  ['is not well any more', { State: 'running', Status: 'Up 3 seconds (unhealthy)' }],
  ['has another address', { State: 'running', NetworkSettings: { Networks: { web: { IPAddress: '10.0.0.9' } } } }],
] as const)(
  'a container that %s after the list makes it stale: the event may have come to nobody',
  async ([, changed]) => {
    const [first = { Id: 'one', Labels: REPLICA }, ...others] = daemon
    daemon = [{ ...first, State: 'running', Status: 'Up 3 seconds (healthy)' }, ...others]
    await listed()
    expect(await guard.isStale()).toBe(false)
    daemon = [{ ...first, ...changed }, ...others]
    expect(await guard.isStale()).toBe(true)
    await listed()
    expect(await guard.isStale()).toBe(false)
  },
)
