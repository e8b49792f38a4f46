import { expect, test } from 'vitest'
import { EVENT_FILTERS, parseEvents, type Event } from '../../src/docker/events.ts'
import { id } from './rows.ts'

const container = (action: string, n = 1) =>
  JSON.stringify({ status: action, id: id(n), Type: 'container', Action: action, Actor: { ID: id(n) } })
const network = (action: string, attributes: object) =>
  JSON.stringify({ Type: 'network', Action: action, Actor: { ID: id(9), Attributes: attributes } })
const service = (action: string) =>
  JSON.stringify({ Type: 'service', Action: action, Actor: { ID: 'i1smnkmyy5pp5s4mfjjnpma1c', Attributes: {} } })

const consequences: [line: string, events: object[]][] = [
  [container('start'), [{ container: id(1), action: 'start' }]],
  [container('health_status: unhealthy'), [{ container: id(1), action: 'health_status' }]],
  [container('exec_create: sh -c true'), []],
  [container('attach'), []],
  [network('connect', { container: id(1) }), [{ container: id(1), action: 'connect' }]],
  [network('disconnect', { container: id(1), name: 'proxy' }), [{ container: id(1), action: 'disconnect' }]],
  [network('connect', { container: 'ingress-sbox' }), []],
  [network('create', { name: 'proxy' }), []],
  [service('update'), [{ container: 'i1smnkmyy5pp5s4mfjjnpma1c', action: 'update' }]],
  [service('remove'), [{ container: 'i1smnkmyy5pp5s4mfjjnpma1c', action: 'remove' }]],
  [service('start'), []],
  [JSON.stringify({ Type: 'image', Action: 'pull', Actor: { ID: 'redis:7' } }), []],
  ['', []],
  ['\r', []],
]
test.for(consequences)('%s', async ([line, events]) => {
  expect(await all(pieces(Buffer.from(`${line}\n`), 1000))).toEqual(events)
})

test('Docker is asked for what we read, and for nothing else', () => {
  expect(EVENT_FILTERS.type).toEqual(['container', 'network', 'service'])
  expect(EVENT_FILTERS.event.toSorted().join(' ')).toBe(
    'connect create destroy die disconnect health_status kill pause remove rename restart start stop unpause update',
  )
})

test.for([1, 2, 3, 50, 1000])('the stream is read wherever it is cut: every %i bytes', async (size) => {
  const label = JSON.stringify({ Type: 'image', Action: 'tag', Actor: { ID: 'x', Attributes: { 'ü€': '\n' } } })
  const stream = Buffer.from([container('create', 1), label, container('start', 2), container('die', 3), ''].join('\n'))
  expect((await all(pieces(stream, size))).map((event) => event.container)).toEqual([id(1), id(2), id(3)])
})

test('what follows the last newline is no event yet', async () => {
  expect(await all(pieces(Buffer.from(container('start')), 10))).toEqual([])
})

test('H-25 a line that does not end is given up', async () => {
  async function* endless() {
    for (let taken = 0; taken < 1000; taken++) yield Buffer.alloc(1000, 0x20)
  }
  await expect(all(endless(), 10_000)).rejects.toThrow('a line is longer than 10000 bytes')
})

async function* pieces(buffer: Buffer, size: number) {
  for (let at = 0; at < buffer.length; at += size) yield buffer.subarray(at, at + size)
}

async function all(chunks: AsyncIterable<Uint8Array>, longest?: number): Promise<Event[]> {
  const events: Event[] = []
  for await (const event of parseEvents(chunks, longest)) events.push(event)
  return events
}
