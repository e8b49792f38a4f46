/** What the guard tells several Traefiks, over real sockets. The daemon is a fake: it has to fail when asked to. */
import { EventEmitter, on, once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Guard, type GuardOptions } from '../../../src/proxy/guard/guard.ts'
import { GuardServer } from '../../../src/proxy/guard/server.ts'
import { parseNetworks } from '../../../src/syntax/networks.ts'
import { parseVersion } from '../../../src/syntax/version.ts'
import { CONTEXT } from './context.ts'

const APP = { 'labelgate.allow': 'user:alice', 'traefik.http.routers.app.rule': 'Host(`app.example.com`)' }
const row = (Id: string, Labels: object, addresses: Readonly<Record<string, string>> = {}) => ({
  Id,
  Names: [`/${Id}`],
  Labels,
  State: 'running',
  NetworkSettings: {
    Networks: Object.fromEntries(Object.entries(addresses).map(([name, IPAddress]) => [name, { IPAddress }])),
  },
})
type Labels = Readonly<Record<string, string>>
const labelsOf = (container: object) => (container as { Config: { Labels: Labels } }).Config.Labels
const headersIn = (labels: Labels) =>
  Object.entries(labels)
    .find(([key]) => key.endsWith('.authresponseheaders'))?.[1]
    .split(',') ?? []

let rows: object[]
let headers: readonly string[]
let down: boolean
const options = (more: Partial<GuardOptions> = {}): GuardOptions => ({
  daemon: {
    rows: async () => (down ? Promise.reject(new Error('the daemon is away')) : rows),
    one: async (path) => {
      const found = (rows as ReturnType<typeof row>[]).find(({ Id }) => path === `/containers/${Id}/json`)
      if (found === undefined) throw Object.assign(new Error('no such container'), { status: 404 })
      return { ...found, Name: `/${found.Id}`, Config: { Labels: found.Labels } }
    },
  },
  context: () => ({ ...CONTEXT, identityHeaders: headers }),
  settled: () => true,
  port: 4180,
  found: () => undefined,
  ...more,
})

beforeEach(() => {
  rows = [row('one', APP), row('two', APP)]
  headers = ['Remote-User']
  down = false
})

test('replicas are told alike to a Traefik that is between its looks while another one lists', async () => {
  const guard = new Guard(options())
  const [first, second] = [{ address: '10.0.0.1' }, { address: '10.0.0.2' }]
  await guard.list(true, first)
  const one = await guard.inspect('one', first)
  headers = ['Remote-User', 'X-New']
  await guard.list(true, second)
  expect(headersIn(labelsOf(await guard.inspect('two', first)))).toEqual(headersIn(labelsOf(one)))
  expect(headersIn(labelsOf(await guard.inspect('two', second)))).toContain('X-New')
})

test('as long as one of them was told what no longer holds, there is something to tell', async () => {
  const guard = new Guard(options())
  await guard.list(true, { address: '10.0.0.1' })
  headers = ['Remote-User', 'X-New']
  await guard.list(true, { address: '10.0.0.2' })
  expect(await guard.isStale()).toBe(true)
  guard.forget('10.0.0.1')
  expect(await guard.isStale()).toBe(false)
})

test.for([
  ['3.6.8', false],
  ['3.7.13', true],
] as const)('Traefik %s is told of the limit of answers: %s', async ([version, told]) => {
  const guard = new Guard(
    options({ context: (said) => ({ ...CONTEXT, maxResponseBody: (said?.minor ?? 0) > 6 || (said?.patch ?? 0) > 8 }) }),
  )
  const asker = { address: '10.0.0.1', version: parseVersion(version) ?? { major: 0, minor: 0 } }
  await guard.list(true, asker)
  const labels = Object.keys(labelsOf(await guard.inspect('one', asker)))
  expect(labels.some((key) => key.endsWith('.maxresponsebodysize'))).toBe(told)
})

test('the portal is to be reached on the network that Traefik asked on', async () => {
  rows = [
    row('self', {}, { socket: '10.1.0.2', proxy: '10.2.0.2' }),
    row('traefik', {}, { proxy: '10.2.0.3', web: '10.3.0.3' }),
  ]
  const guard = new Guard(options({ context: () => ({ ...CONTEXT, self: 'self' }) }))
  await guard.list(true, { address: '::ffff:10.2.0.3' })
  const labels = labelsOf(await guard.inspect('self', { address: '::ffff:10.2.0.3' }))
  expect(labels['traefik.docker.network']).toBe('proxy')
})

test('labels are read without holding up others for long', async () => {
  rows = Array.from({ length: 2000 }, (_, i) => row(`c${i}`, { ...APP, [`traefik.http.routers.r${i}.priority`]: '1' }))
  let turns = 0
  const turn = () => {
    turns += 1
    timer = setImmediate(turn)
  }
  let timer = setImmediate(turn)
  await new Guard(options()).list(true)
  clearImmediate(timer)
  expect(turns).toBeGreaterThan(20)
})

let server: GuardServer
let failures: unknown[]
let ready: boolean

async function ask(path: string, headers: Labels = {}): Promise<IncomingMessage> {
  const { port } = server.server.address() as AddressInfo
  const [response] = (await once(request({ port, path, headers, agent: false }).end(), 'response')) as [IncomingMessage]
  return response
}

beforeEach(async () => {
  failures = []
  ready = true
  const networks = parseNetworks(['127.0.0.0/8', '::1'])
  if ('invalid' in networks) throw new Error('no networks')
  server = new GuardServer({
    guard: new Guard(options({ ready: () => ready })),
    daemon: {
      one: async () => ({}),
      events: async (_query, signal) => on(new EventEmitter(), 'never', { signal }) as AsyncIterable<string>,
    },
    networks,
    refused: () => undefined,
    failed: (error) => failures.push(error),
    now: Date.now,
  })
  server.server.listen(0)
  await once(server.server, 'listening')
})
afterEach(() => server.close())

test('before the first table nothing is told, so that Traefik keeps the routes it has', async () => {
  ready = false
  const { statusCode } = await ask('/containers/json?all=1')
  expect(statusCode).toBe(503)
  expect(failures).toEqual([])
  ready = true
  expect((await ask('/containers/json?all=1')).statusCode).toBe(200)
})

test('after a list that failed the stream of events ends: Traefik would not ask again before the next one', async () => {
  const stream = await ask('/events')
  down = true
  expect((await ask('/containers/json?all=1')).statusCode).toBe(502)
  expect(failures).toHaveLength(1)
  stream.resume()
  await once(stream, 'end')
})

test('a container that is gone when it is looked at ends no stream', async () => {
  const stream = await ask('/events')
  expect((await ask('/containers/gone/json')).statusCode).toBe(404)
  server.nudge()
  const [chunk] = (await once(stream, 'data')) as [Buffer]
  expect(String(chunk)).toContain('health_status: labelgate')
})
