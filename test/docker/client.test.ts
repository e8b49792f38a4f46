import { expect, test } from 'vitest'
import { connect } from '../../src/docker/client.ts'
import { endpointOf } from '../../src/docker/endpoint.ts'
import { FakeDocker } from './fake-docker.ts'
import { POLL } from './follow.ts'
import { row } from './rows.ts'

const never = new AbortController().signal

const places: [host: string, expected: object][] = [
  ['unix:///run/user/1000/docker.sock', { protocol: 'http', socketPath: '/run/user/1000/docker.sock' }],
  ['tcp://docker:2375', { protocol: 'http', host: 'docker', port: '2375' }],
  ['tcp://docker', { protocol: 'http', host: 'docker', port: '2375' }],
  ['http://10.0.0.2:1234/', { protocol: 'http', host: '10.0.0.2', port: '1234' }],
  ['tcp://[fd00::2]:2375', { protocol: 'http', host: 'fd00::2', port: '2375' }],
]
test.for(places)('%s', ([host, expected]) => {
  expect(endpointOf(host)).toMatchObject(expected)
})

const refused: [host: string, reason: string][] = [
  ['npipe:////./pipe/docker_engine', 'named pipes of Windows are not supported'],
  ['ssh://root@docker', 'ssh is not supported'],
  ['fd://', 'write unix:///var/run/docker.sock'],
  ['docker', 'names no daemon'],
  ['unix://docker.sock', 'names no daemon'],
  ['https://docker:2376', 'names no daemon'],
]
test.for(refused)('%s is refused in words', ([host, reason]) => {
  expect(() => connect({ host })).toThrow(reason)
})

test('a folder without certificates is said at once', () => {
  expect(() => connect({ host: 'tcp://docker:2376', certPath: '/nowhere' })).toThrow('/nowhere/ca.pem')
})

test('what the environment says of a daemon changes nothing', async () => {
  await using fake = await FakeDocker.start()
  fake.rows = [row(1)]
  const before = process.env['DOCKER_HOST']
  process.env['DOCKER_HOST'] = 'tcp://192.0.2.1:1'
  const docker = connect({ host: fake.host })
  if (before === undefined) delete process.env['DOCKER_HOST']
  else process.env['DOCKER_HOST'] = before
  expect(await docker.list(undefined, never)).toHaveLength(1)
})

test('a ping resolves where a daemon answers, and says why where none does', async () => {
  await using fake = await FakeDocker.start()
  await connect({ host: fake.host }).ping(never)
  await fake.die()
  await expect(connect({ host: fake.host }).ping(never)).rejects.toThrow('ENOENT')
  await expect.poll(() => fake.open, POLL).toBe(0)
})

test('a call ends when its caller gives up, for the reason it gives', async () => {
  await using fake = await FakeDocker.start()
  fake.listAnswer = 'hang'
  const stop = new AbortController()
  const list = connect({ host: fake.host }).list(undefined, stop.signal)
  await expect.poll(() => fake.calls, POLL).toEqual(['all'])
  stop.abort(new Error('enough'))
  await expect(list).rejects.toThrow('enough')
  await expect.poll(() => fake.open, POLL).toBe(0)
})

test('a call of one who has given up already is not made', async () => {
  await using fake = await FakeDocker.start()
  await expect(connect({ host: fake.host }).list(undefined, AbortSignal.abort(new Error('enough')))).rejects.toThrow(
    'enough',
  )
  expect(fake.calls).toEqual([])
})

test('H-25 an error without end is not read to its end', async () => {
  await using fake = await FakeDocker.start()
  fake.listAnswer = { status: 500, body: 'x'.repeat(100_000), open: true }
  const list = connect({ host: fake.host }).list(undefined, never)
  await expect(list).rejects.toThrow(/^Docker answered 500: "x{1024}"$/)
  await expect.poll(() => fake.open, POLL).toBe(0)
})

test('H-25 a list that is not finished in time is given up', async () => {
  await using fake = await FakeDocker.start()
  fake.listAnswer = { body: '[', open: true }
  const list = connect({ host: fake.host, timeout: 20 }).list(undefined, never)
  await expect(list).rejects.toThrow('no answer within 20 ms')
  await expect.poll(() => fake.open, POLL).toBe(0)
})
