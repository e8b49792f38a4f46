import { expect, test } from 'vitest'
import { connect, relay } from '../../src/docker/client.ts'
import type { Sight } from '../../src/docker/watch.ts'
import { FakeDocker } from './fake-docker.ts'
import { Follow, RELIST } from './follow.ts'
import { id, row } from './rows.ts'

const never = new AbortController().signal
const [NOTES, WIKI] = ['i1smnkmyy5pp5s4mfjjnpma1c', 'jttxeuiz13qhlobga7fc7jgow']

/** As Docker 20.10 writes it. */
const service = (ID: string, name: string, labels: Readonly<Record<string, string>> | null = {}) => ({
  ID,
  Version: { Index: 14 },
  CreatedAt: '2026-11-25T20:00:00Z',
  UpdatedAt: '2026-11-25T23:30:22.81039086Z',
  Spec: { Name: name, Labels: labels, TaskTemplate: { ContainerSpec: { Image: 'app', Env: ['SECRET=x'] } } },
  Endpoint: { Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'ingress' }] },
})
const names = ({ containers }: Sight) => [...containers.values()].map(({ name }) => name).toSorted()

test('a service of a swarm this daemon manages stands among the containers, by its own labels', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1)]
  fake.services = [service(NOTES, 'notes', { 'labelgate.allow': 'signed-in' })]
  const [container, found] = await connect({ host: fake.host }).list(undefined, never)
  expect(container).not.toHaveProperty('swarmService')
  expect(found).toEqual({
    id: NOTES,
    name: 'notes',
    created: Number.MAX_SAFE_INTEGER,
    state: 'running',
    health: 'none',
    labels: {
      'labelgate.allow': 'signed-in',
      'com.docker.swarm.service.id': NOTES,
      'com.docker.swarm.service.name': 'notes',
    },
    networks: [],
    ports: [],
    published: [{ address: '0.0.0.0', hostPort: 8080, containerPort: 80 }],
    networkMode: '',
    swarmService: true,
  })
})

test('a service without labels, or with such as Swarm writes, is called what it is called', async () => {
  await using fake = await FakeDocker.start()
  const forged = { 'com.docker.swarm.service.name': 'other' }
  fake.services = [service(NOTES, 'notes', null), service(WIKI, 'wiki', forged)]
  const found = await connect({ host: fake.host }).list(undefined, never)
  expect(found.map(({ labels }) => labels['com.docker.swarm.service.name'])).toEqual(['notes', 'wiki'])
})

const nobody: [who: string, answer: FakeDocker['services']][] = [
  ['is no manager', undefined],
  ['knows no services', { status: 404, body: 'page not found' }],
  ['is asked through something that does not pass it on', { status: 403, body: 'Forbidden' }],
]
test.for(nobody)('a daemon that %s has containers alone', async ([, answer]) => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1)]
  fake.services = answer
  expect(await connect({ host: fake.host }).list(undefined, never)).toHaveLength(1)
  expect(await relay({ host: fake.host }).services()).toBeUndefined()
})

test('each is asked for by its own call, and nothing for which there is no id', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1), row(2)]
  fake.services = [service(NOTES, 'notes'), service(WIKI, 'wiki')]
  const docker = connect({ host: fake.host })
  const found = async (...ids: string[]) => (await docker.list(ids, never)).map((one) => one.id)
  expect(await found(WIKI)).toEqual([WIKI])
  expect(fake.calls).toEqual([])
  expect(await found(id(2))).toEqual([id(2)])
  expect(await found(id(1), NOTES)).toEqual([id(1), NOTES])
})

test('a service that came, was changed or went is looked at when its event comes', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1)]
  fake.services = [service(NOTES, 'notes')]
  await using follow = new Follow(fake)
  expect(names(await follow.sight())).toEqual(['app-1', 'notes'])
  const tell = (Action: string, ID: string) =>
    fake.say(`${JSON.stringify({ Type: 'service', Action, Actor: { ID, Attributes: {} } })}\n`)

  fake.services = [service(NOTES, 'notes'), service(WIKI, 'wiki')]
  tell('create', WIKI)
  const came = await follow.sight()
  expect([came.changed, names(came)]).toEqual([new Set([WIKI]), ['app-1', 'notes', 'wiki']])
  fake.services = [service(NOTES, 'notes'), service(WIKI, 'wiki', { 'labelgate.deny': '*' })]
  tell('update', WIKI)
  const changed = await follow.sight()
  expect(changed.containers.get(WIKI)?.labels).toMatchObject({ 'labelgate.deny': '*' })
  fake.services = [service(NOTES, 'notes')]
  tell('remove', WIKI)
  expect(names(await follow.sight())).toEqual(['app-1', 'notes'])
})

test('a swarm without a leader keeps its services, and the containers are followed all the same', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1)]
  fake.services = [service(NOTES, 'notes'), service(WIKI, 'wiki')]
  await using follow = new Follow(fake)
  await follow.sight()
  fake.services = { status: 503, body: '{"message":"rpc error: The swarm does not have a leader."}' }
  follow.clock.turn(RELIST)
  expect(names(await follow.sight())).toEqual(['app-1', 'notes', 'wiki'])
  fake.rows = [row(1), row(2)]
  fake.tell('start', id(2))
  expect(names(await follow.sight())).toEqual(['app-1', 'app-2', 'notes', 'wiki'])
  await expect(relay({ host: fake.host }).services()).rejects.toThrow('does not have a leader')
})

test('a daemon that has left the swarm has no services any more', async () => {
  await using fake = await FakeDocker.start()
  fake.services = [service(NOTES, 'notes')]
  await using follow = new Follow(fake)
  await follow.sight()
  fake.services = undefined
  follow.clock.turn(RELIST)
  expect(names(await follow.sight())).toEqual([])
})

const wrong: [field: string, changes: object][] = [
  ['ID', { ID: 'notes' }],
  ['Spec', { Spec: undefined }],
  ['Spec.Labels["a"]', { Spec: { Name: 'notes', Labels: { a: 1 } } }],
]
test.for(wrong)('a service whose %s is wrong makes no list', async ([field, changes]) => {
  await using fake = await FakeDocker.start()
  fake.services = [{ ...service(NOTES, 'notes'), ...changes }]
  await expect(connect({ host: fake.host }).list(undefined, never)).rejects.toThrow(field)
})
