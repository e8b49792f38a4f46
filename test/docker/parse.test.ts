import { expect, test } from 'vitest'
import { parseContainer, parseContainers } from '../../src/docker/parse.ts'
import { id, row, type Row } from './rows.ts'

test('a row as Docker writes it', () => {
  expect(parseContainer(row(1, { Status: 'Up 2 seconds (health: starting)' }))).toEqual({
    id: id(1),
    name: 'app-1',
    created: 1_795_632_216,
    state: 'running',
    health: 'starting',
    labels: { 'labelgate.host': 'app-1.example.com' },
    networks: [{ name: 'proxy', address: '172.18.0.2' }],
    ports: [80],
    published: [],
    networkMode: 'proxy',
  })
})

const readings: [what: string, words: Row, expected: object][] = [
  ['a name under which another links to it', { Names: ['/other/app', '/app'] }, { name: 'app' }],
  ['no name any more', { Names: null, State: 'removing' }, { name: '000000000000', state: 'removing' }],
  ['a sound state of health', { Status: 'Up 3 minutes (healthy)' }, { health: 'healthy' }],
  ['a bad state of health', { Status: 'Up 3 minutes (unhealthy)' }, { health: 'unhealthy' }],
  ['a pause', { State: 'paused', Status: 'Up 3 minutes (Paused)' }, { state: 'paused', health: 'none' }],
  ['an exit code', { State: 'exited', Status: 'Exited (137) 2 days ago' }, { state: 'exited', health: 'none' }],
  ['no labels', { Labels: null }, { labels: {} }],
  ['no ports', { State: 'created', Status: 'Created', Ports: null }, { ports: [] }],
  ['the default network', { HostConfig: { NetworkMode: 'default' } }, { networkMode: 'bridge' }],
  ['no word of a network', { HostConfig: {} }, { networkMode: 'bridge' }],
  ['the network of the host', { HostConfig: { NetworkMode: 'host' } }, { networkMode: 'host' }],
  ['no network', { NetworkSettings: { Networks: null } }, { networks: [] }],
  [
    'several networks, IPv6 alone, and none yet',
    {
      NetworkSettings: {
        Networks: {
          v6: { IPAddress: '', GlobalIPv6Address: 'fd00::2' },
          both: { IPAddress: '10.0.0.2', GlobalIPv6Address: 'fd00::3' },
          '10': { IPAddress: '', GlobalIPv6Address: '' },
        },
      },
    },
    {
      networks: [
        { name: '10', address: '' },
        { name: 'both', address: '10.0.0.2' },
        { name: 'v6', address: 'fd00::2' },
      ],
    },
  ],
  [
    'ports: exposed, published on both families, and UDP, which is not ours',
    {
      Ports: [
        { PrivatePort: 8080, Type: 'tcp' },
        { IP: '::', PrivatePort: 80, PublicPort: 8000, Type: 'tcp' },
        { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8000, Type: 'tcp' },
        { IP: '0.0.0.0', PrivatePort: 53, PublicPort: 53, Type: 'udp' },
      ],
    },
    {
      ports: [80, 8080],
      published: [
        { address: '0.0.0.0', hostPort: 8000, containerPort: 80 },
        { address: '::', hostPort: 8000, containerPort: 80 },
      ],
    },
  ],
]
test.for(readings)('a row with %s', ([, words, expected]) => {
  expect(parseContainer(row(0, words))).toMatchObject(expected)
})

test('a label called __proto__ is a label', () => {
  const labels = JSON.parse('{"__proto__":"x","a":"b"}') as Row
  expect(Object.entries(parseContainer(row(1, { Labels: labels })).labels)).toEqual([
    ['__proto__', 'x'],
    ['a', 'b'],
  ])
})

const wrongs: [words: Row, field: string][] = [
  [{ Id: undefined }, 'Id is not a text'],
  [{ Id: 'abc' }, 'Id is not 64 hex digits'],
  [{ Names: undefined }, 'Names is not a list'],
  [{ Names: [1] }, 'Names is not a list of texts'],
  [{ Created: '2026' }, 'Created is not a whole number'],
  [{ State: 'asleep' }, 'State is not one of created, running, paused, restarting, removing, exited, dead'],
  [{ Status: null }, 'Status is not a text'],
  [{ Labels: undefined }, 'Labels is not an object'],
  [{ Labels: ['labelgate.host=a'] }, 'Labels is not an object'],
  [{ Labels: { 'labelgate.host': 1 } }, 'Labels["labelgate.host"] is not a text'],
  [{ Labels: { 'labelgate.host': null } }, 'Labels["labelgate.host"] is not a text'],
  [{ Ports: {} }, 'Ports is not a list'],
  [{ Ports: [{ PrivatePort: '80', Type: 'tcp' }] }, 'Ports[].PrivatePort is not a whole number'],
  [{ Ports: [{ PrivatePort: 80, PublicPort: 80, Type: 'tcp' }] }, 'Ports[].IP is not a text'],
  [{ HostConfig: undefined }, 'HostConfig is not an object'],
  [{ HostConfig: { NetworkMode: 1 } }, 'HostConfig.NetworkMode is not a text'],
  [{ NetworkSettings: undefined }, 'NetworkSettings is not an object'],
  [{ NetworkSettings: {} }, 'NetworkSettings.Networks is not an object'],
  [{ NetworkSettings: { Networks: { a: {} } } }, 'NetworkSettings.Networks["a"].IPAddress is not a text'],
]
test.for(wrongs)('I-11 a row with %j is refused by its field', async ([words, reason]) => {
  const list = JSON.stringify([row(0), row(1, words)])
  await expect(parseContainers(bytes(list))).rejects.toThrow(`container 1 of Docker's list: ${reason}`)
})

const lists: [text: string, reason: string][] = [
  ['', 'the list ends before it is complete'],
  ['[', 'the list ends before it is complete'],
  ['[] []', 'the list is no list of objects'],
  ['[,]', 'the list is no list of objects'],
  ['[null]', 'the list is no list of objects'],
  ['["a"]', 'the list is no list of objects'],
  ['{"message":"x"}', 'the answer is no list'],
  ['\ufeff[]', 'the answer is no list'],
  ['[{]]', 'in JSON at position 1'],
]
test.for(lists)('I-11 %j is refused', async ([text, reason]) => {
  await expect(parseContainers(bytes(text))).rejects.toThrow(reason)
})

const row1 = JSON.stringify(row(1))
test.for([`[${row1},]`, `[${row1} ${row1}]`, `[${row1}}`])('I-11 %s is refused', async (text) => {
  await expect(parseContainers(bytes(text))).rejects.toThrow('the list is no list of objects')
})

test('a list is read wherever its bytes were cut: brackets, quotes and escapes in labels, letters of several bytes', async () => {
  const labels = { '}],{"Id"': '\\"]}', 'ü\u2028': '€{[\n', 'ends in \\': '\\', empty: '' }
  const list = Buffer.from(` [ ${JSON.stringify(row(1, { Labels: labels }))} ,\n${JSON.stringify(row(2))}]\n`)
  const whole = await parseContainers(pieces(list, list.length))
  expect(whole.map((container) => container.labels)).toEqual([labels, { 'labelgate.host': 'app-2.example.com' }])
  for (const size of [1, 2, 3, 7, 64]) expect(await parseContainers(pieces(list, size))).toEqual(whole)
})

test('H-25 a list that does not end is given up, and no more of it is taken', async () => {
  let taken = 0
  async function* endless() {
    yield Buffer.from('[')
    for (; taken < 1000; taken++) yield Buffer.from(`${row1},`)
  }
  await expect(parseContainers(endless(), 10_000)).rejects.toThrow('the list is longer than 10000 bytes')
  expect(taken * row1.length).toBeLessThan(11_000)
})

async function* bytes(text: string) {
  yield Buffer.from(text)
}

async function* pieces(buffer: Buffer, size: number) {
  for (let at = 0; at < buffer.length; at += size) yield buffer.subarray(at, at + size)
}
