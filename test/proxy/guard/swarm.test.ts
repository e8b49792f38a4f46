/** Swarm's services through the guard: a daemon made of answers as Docker 20.10 gives them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCall } from '../../../src/proxy/guard/api.ts'
import { Guard } from '../../../src/proxy/guard/guard.ts'
import type { Problem } from '../../../src/labels/problem.ts'
import { CONTEXT } from './context.ts'

const [ID, OTHER, NODE] = ['i1smnkmyy5pp5s4mfjjnpma1c', 'jttxeuiz13qhlobga7fc7jgow', 'i1mhck3spjdbu91gjvh0nnkxi']
type Labels = Readonly<Record<string, string>>

const service = (id: string, Name: string, labels: Labels) => ({
  ID: id,
  Spec: {
    Name,
    Labels: labels,
    TaskTemplate: { ContainerSpec: { Image: 'app', Env: ['SECRET=x'], Args: ['SECRET'], Secrets: ['SECRET'] } },
    Mode: { Global: {} },
    EndpointSpec: { Mode: 'vip' },
  },
  PreviousSpec: { TaskTemplate: { ContainerSpec: { Env: ['SECRET=x'] } } },
  Endpoint: { Spec: { Mode: 'vip' }, VirtualIPs: [{ NetworkID: 'w6', Addr: '10.0.1.2/24' }] },
})
const ofService = (id: string, name: string, labels: Labels = {}) => ({
  Id: `task-of-${name}`,
  Names: [`/${name}.1.abc`],
  State: 'running',
  Labels: { 'com.docker.swarm.service.id': id, 'com.docker.swarm.service.name': name, ...labels },
})

const ANSWERS: Readonly<Record<string, unknown[]>> = {
  '/tasks': [
    {
      ID: 'task',
      ServiceID: ID,
      Slot: 1,
      NodeID: NODE,
      Spec: { ContainerSpec: { Env: ['SECRET=x'] } },
      Status: { State: 'running', Err: 'SECRET', ContainerStatus: { ContainerID: 'SECRET' } },
      NetworksAttachments: [{ Network: { ID: 'w6', Spec: { Labels: { a: 'SECRET' } } }, Addresses: ['10.0.1.3/24'] }],
    },
  ],
  '/networks': [{ Name: 'apps', Id: 'w6', Scope: 'swarm', Driver: 'overlay', Options: { SECRET: '' }, Labels: null }],
}
const A_NODE = {
  ID: NODE,
  Spec: { Labels: { SECRET: '' }, Role: 'manager' },
  Description: { Hostname: 'SECRET', TLSInfo: {} },
  Status: { State: 'ready', Addr: '10.0.0.2' },
}

function guardOf(
  services: object[] | undefined,
  containers: object[] = [],
  more: { late?: string; self?: string } = {},
) {
  const found: Problem[] = []
  const guard = new Guard({
    daemon: {
      rows: async (path) => ANSWERS[path] ?? containers,
      one: async (path) =>
        path === `/nodes/${NODE}` ? A_NODE : { Id: path.split('/')[2], Config: containers.find(() => true) },
      services: async () => services,
    },
    context: () => ({ ...CONTEXT, ...(more.self !== undefined && { self: more.self }) }),
    settled: (id) => id !== more.late,
    port: 4180,
    found: (problems) => void found.splice(0, found.length, ...problems),
  })
  return { guard, found }
}

const PROTECTED = { 'traefik.http.routers.notes.rule': 'Host(`notes.example.com`)', 'labelgate.allow': 'signed-in' }
const labelsOf = async ({ guard }: { guard: Guard }, at = 0) => {
  const services = (await guard.swarm({ kind: 'services' })) as { Spec: { Labels: Labels } }[]
  return services[at]?.Spec.Labels ?? {}
}

test('each router of a protected service has ours first, and the app is called by the service', async () => {
  const labels = await labelsOf(guardOf([service(ID, 'notes', PROTECTED)]))
  expect(labels['traefik.http.routers.notes.middlewares']).toMatch(/^labelgate-/)
  const [, address] = Object.entries(labels).find(([key]) => key.endsWith('forwardauth.address')) ?? []
  expect(address).toBe('http://labelgate:4180/auth/forward/KeyKeyKey/notes')
})

test('a service is shown with how it is reached, and nothing of its containers', async () => {
  const { guard } = guardOf([service(ID, 'notes', {})])
  const [shown] = (await guard.swarm({ kind: 'services' })) as object[]
  expect(shown).toEqual({
    ID,
    Spec: {
      Name: 'notes',
      Labels: { 'com.docker.swarm.service.id': ID, 'com.docker.swarm.service.name': 'notes' },
      TaskTemplate: {},
      Mode: { Global: {} },
      EndpointSpec: { Mode: 'vip' },
    },
    Endpoint: { VirtualIPs: [{ NetworkID: 'w6', Addr: '10.0.1.2/24' }] },
  })
})

test('of tasks, networks and nodes stands there what leads to the containers, and nothing else', async () => {
  const { guard } = guardOf([])
  expect(await guard.swarm({ kind: 'tasks', service: ID })).toEqual([
    {
      ID: 'task',
      ServiceID: ID,
      Slot: 1,
      NodeID: NODE,
      Status: { State: 'running' },
      NetworksAttachments: [{ Network: { ID: 'w6', Spec: {} }, Addresses: ['10.0.1.3/24'] }],
    },
  ])
  expect(await guard.swarm({ kind: 'networks' })).toEqual([
    { Name: 'apps', Id: 'w6', Scope: 'swarm', Driver: 'overlay' },
  ])
  expect(await guard.swarm({ kind: 'node', id: NODE })).toEqual({
    ID: NODE,
    Status: { State: 'ready', Addr: '10.0.0.2' },
  })
})

test('a service with a wrong label, or one that the table does not know yet, has no route', async () => {
  const misspelt = await labelsOf(guardOf([service(ID, 'notes', { ...PROTECTED, 'labelgate.alow': 'x' })]))
  const late = await labelsOf(guardOf([service(ID, 'notes', PROTECTED)], [], { late: ID }))
  for (const labels of [misspelt, late]) {
    expect(labels['traefik.enable']).toBe('false')
    expect(Object.keys(labels).filter((key) => key.startsWith('traefik.'))).toEqual(['traefik.enable'])
  }
})

test('a container, or another service, that leads into a protected one is withheld and named', async () => {
  const around = { 'traefik.http.routers.x.rule': 'Host(`x.example.com`)', 'traefik.http.routers.x.service': 'notes' }
  const container = { Id: 'c', Names: ['/sly'], State: 'running', Labels: around }
  const services = [service(ID, 'notes', PROTECTED), service(OTHER, 'around', around)]
  const it = guardOf(services, [container])
  expect(await labelsOf(it, 1)).toMatchObject({ 'traefik.enable': 'false' })
  const [row] = (await it.guard.list(true)) as { Labels: Labels }[]
  expect(row?.Labels).toMatchObject({ 'traefik.enable': 'false' })
  expect(it.found.map((problem) => problem.container).toSorted()).toEqual(['around', 'sly'])
})

test('services are not in the list of containers; an unlabelled container of a protected one has no route there', async () => {
  const services = [service(ID, 'notes', PROTECTED), service(OTHER, 'plain', {})]
  const { guard } = guardOf(services, [ofService(ID, 'notes'), ofService(OTHER, 'plain')])
  const rows = (await guard.list(true)) as { Id: string; Labels: Labels }[]
  expect(rows.map((row) => [row.Id, row.Labels['traefik.enable']])).toEqual([
    ['task-of-notes', 'false'],
    ['task-of-plain', undefined],
  ])
})

test('a container that is routed by labels of its own, past its protected service, is withheld and named', async () => {
  const routed = ofService(ID, 'notes', { 'traefik.http.routers.beside.rule': 'Host(`notes.example.com`)' })
  const { guard, found } = guardOf([service(ID, 'notes', PROTECTED)], [routed])
  const [row] = (await guard.list(true)) as { Labels: Labels }[]
  expect(row?.Labels['traefik.enable']).toBe('false')
  expect(found).toEqual([
    {
      severity: 'error',
      container: 'notes.1.abc',
      key: 'traefik.http.routers.beside.rule',
      value: 'Host(`notes.example.com`)',
      reason: 'is not shown to Traefik, because its service notes is protected by labels of its own',
      mend: 'write the labels of both under deploy.labels, for the service',
    },
  ])
})

test('containers labelled as their service is are one app with it: neither is in the way of the other', async () => {
  const { guard, found } = guardOf([service(ID, 'notes', PROTECTED)], [ofService(ID, 'notes', PROTECTED)])
  const [row] = (await guard.list(true)) as { Labels: Labels }[]
  expect(row?.Labels['traefik.http.routers.notes.middlewares']).toMatch(/^labelgate-/)
  expect(found).toEqual([])
})

test('where labelgate is a service, that is given the router of the portal', async () => {
  const own = ofService(ID, 'labelgate')
  const labels = await labelsOf(guardOf([service(ID, 'labelgate', {})], [own], { self: own.Id }))
  expect(labels['traefik.http.routers.labelgate-portal.service']).toBe('labelgate-portal')
})

test('a daemon that is no manager has no services to tell of, which is no empty list', async () => {
  const { guard } = guardOf(undefined)
  await expect(guard.swarm({ kind: 'services' })).rejects.toThrow('This node is not a swarm manager')
  expect(await guard.list(true)).toEqual([])
})

const filters = (value: unknown) => `filters=${encodeURIComponent(JSON.stringify(value))}`
const asked: [url: string, call: object][] = [
  ['/v1.41/services', { kind: 'services' }],
  [`/v1.51/nodes/${NODE}`, { kind: 'node', id: NODE }],
  [`/networks?${filters({ scope: { swarm: true } })}`, { kind: 'networks' }],
  [`/networks?${filters({ scope: ['swarm'] })}`, { kind: 'networks' }],
  [
    `/tasks?${filters({ service: { [ID]: true }, 'desired-state': { running: true } })}`,
    { kind: 'tasks', service: ID },
  ],
]
test.for(asked)('Traefik asks GET %s', ([url, call]) => {
  expect(readCall('GET', url)).toEqual(call)
  expect(readCall('POST', url)).toBeUndefined()
})

test.for([
  '/services?insertDefaults=true',
  `/services?${filters({ name: ['notes'] })}`,
  `/services/${ID}`,
  `/services/${ID}/logs`,
  '/services/create',
  '/swarm',
  '/swarm/unlockkey',
  '/secrets',
  '/configs',
  '/nodes',
  '/nodes/self',
  `/nodes/${NODE}?x=1`,
  `/nodes/${NODE}/update`,
  '/networks',
  `/networks?${filters({ scope: ['local'] })}`,
  `/networks?${filters({ scope: ['swarm', 'local'] })}`,
  '/networks/apps',
  '/tasks',
  `/tasks?${filters({ service: [ID] })}`,
  `/tasks?${filters({ service: ['notes'], 'desired-state': ['running'] })}`,
  `/tasks?${filters({ service: [ID, OTHER], 'desired-state': ['running'] })}`,
  '/networks?filters=nonsense',
  `/networks?${filters({ scope: ['swarm'] })}&verbose=1`,
])('nobody asks GET %s', (url) => {
  expect(readCall('GET', url)).toBeUndefined()
})

test('whatever the filters are, it is one of those calls or none', () => {
  fc.assert(
    fc.property(fc.constantFrom('services', 'tasks', 'networks', `nodes/${NODE}`), fc.json(), (path, json) => {
      const call = readCall('GET', `/${path}?filters=${encodeURIComponent(json)}`)
      expect(call === undefined || 'kind' in call).toBe(true)
    }),
  )
})
