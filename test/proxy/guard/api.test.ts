/** Which calls of Docker's API the guard answers: those Traefik makes, and nothing beside them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Call, readCall } from '../../../src/proxy/guard/api.ts'

const ID = '4195e084dfca29c8a654347e5d8949184e3aece18596824d34c027efb070571c'
/** As Go's client writes them: each name with whether it is wanted. */
const FILTERS = '%7B%22type%22%3A%7B%22container%22%3Atrue%7D%7D'
const events = (filters: unknown) => `/events?filters=${encodeURIComponent(JSON.stringify(filters))}`
const EVERY = expect.arrayContaining(['start', 'die', 'health_status']) as readonly string[]

const read: [method: string, url: string, call: Call][] = [
  ['HEAD', '/_ping', { kind: 'ping' }],
  ['GET', '/_ping', { kind: 'ping' }],
  ['GET', '/version', { kind: 'version' }],
  ['GET', '/containers/json', { kind: 'list', all: false }],
  ['GET', '/containers/json?', { kind: 'list', all: false }],
  ['GET', '/containers/json?all=1', { kind: 'list', all: true }],
  ['GET', '/containers/json?all=true', { kind: 'list', all: true }],
  ['GET', '/containers/json?all=0', { kind: 'list', all: false }],
  ['GET', `/containers/${ID}/json`, { kind: 'inspect', id: ID }],
  ['GET', '/containers/my_app-1.web/json', { kind: 'inspect', id: 'my_app-1.web' }],
  ['GET', '/events', { kind: 'events', actions: EVERY, since: '', until: '' }],
  ['GET', `/events?filters=${FILTERS}`, { kind: 'events', actions: EVERY, since: '', until: '' }],
  ['GET', events({ type: ['container'] }), { kind: 'events', actions: EVERY, since: '', until: '' }],
  ['GET', '/events?since=1795650507.5&until=1795650600', { ...eventsOf(), since: '1795650507.5', until: '1795650600' }],
]
test.for(read)('%s %s is read', ([method, url, call]) => {
  expect(readCall(method, url)).toEqual(call)
  expect(readCall(method, `/v1.24${url}`)).toEqual(call)
  expect(readCall(method, `/v1.51${url}`)).toEqual(call)
})

test('a container of whatever name is a container', () => {
  expect(readCall('GET', '/containers/json/json')).toEqual({ kind: 'inspect', id: 'json' })
})

test.for([
  [{ type: ['container'], event: ['start', 'die'] }, ['start', 'die']],
  [{ type: { container: true }, event: { die: true } }, ['die']],
  [{ type: ['container'], event: ['exec_create', 'start'] }, ['start']],
  [{ type: ['container'], event: ['exec_create'] }, []],
  [{ type: ['container', 'image'], event: ['start'] }, ['start']],
  [{ type: ['image'] }, []],
] as const)('of events with the filters %j there are %j', ([filters, actions]) => {
  expect(readCall('GET', events(filters))).toEqual({ ...eventsOf(), actions })
})

test('no filter asks for a command line', () => {
  const calls = [readCall('GET', '/events'), readCall('GET', events({ type: ['container'] }))]
  for (const call of calls) {
    const actions = call?.kind === 'events' ? call.actions : []
    expect(actions).toContain('start')
    expect(actions.filter((action) => /exec|attach|copy|export|^top/.test(action))).toEqual([])
  }
})

const METHODS = ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND', 'get', 'head', 'GET ', '']
const PATHS = [...new Set(read.map(([, url]) => url))]
test.for(METHODS)('nothing is done by the method %j', (method) => {
  for (const url of PATHS) expect(readCall(method, url), url).toBeUndefined()
})

test.for(PATHS.filter((url) => url !== '/_ping'))('HEAD %s is nothing that Traefik asks', (url) => {
  expect(readCall('HEAD', url)).toBeUndefined()
})

const EVENT = (filters: string) => `/events?filters=${encodeURIComponent(filters)}`
const refused: [why: string, ...urls: string[]][] = [
  [
    'it is for another thing of Docker',
    '/images/json',
    '/info',
    '/volumes',
    '/networks/abc',
    '/secrets',
    '/configs',
    '/plugins',
    '/swarm',
    '/nodes',
    '/system/df',
    '/distribution/x/json',
    '/build',
    '/auth',
    '/session',
    '/grpc',
    '/',
    '',
  ],
  [
    'it is for more of a container',
    '/containers/create',
    `/containers/${ID}`,
    `/containers/${ID}/exec`,
    `/exec/${ID}/json`,
    `/exec/${ID}/start`,
    `/containers/${ID}/logs?stdout=1`,
    `/containers/${ID}/archive?path=/etc/passwd`,
    `/containers/${ID}/export`,
    `/containers/${ID}/top`,
    `/containers/${ID}/changes`,
    `/containers/${ID}/stats`,
    `/containers/${ID}/attach/ws`,
    `/containers/${ID}/json/`,
    `/containers/${ID}/json/logs`,
  ],
  [
    'it asks, and says nothing',
    '/_ping?&',
    '/containers/json?&',
    `/containers/${ID}/json?&&`,
    '/events?&',
    '/services?&',
  ],
  [
    'its path is spelt so that a daemon may read another one',
    '/containers/../images/json',
    '/containers/x/../y/json',
    '/containers/../json',
    '/containers/./json',
    '/containers/.x/json',
    '/containers/x%2f..%2fy/json',
    '/containers/x%2Flogs%3f/json',
    '/containers/%2e%2e/json',
    '/containers%2fjson',
    '/%5fping',
    '//containers/json',
    '/containers//json',
    '/containers/json/',
    '/containers/json;x',
    '/containers\\json',
    '/containers/x\\..\\y/json',
    '/containers/é/json',
    '/containers/x y/json',
    '/containers/x\u0000/json',
    '/containers/x\r\nHost: y/json',
    '/containers/json\n',
    ' /containers/json',
  ],
  ['of its case', '/Containers/json', '/containers/JSON', '/_PING', '/VERSION', '/V1.41/version', '/Events'],
  [
    'its version is none of Docker',
    '/v2.0/version',
    '/v1/version',
    '/v1./version',
    '/v1.41.2/version',
    '/v1.1111/version',
    '/v1.41/v1.41/version',
    '/v1.41version',
    '/v1.41//version',
    '/v1.41',
  ],
  [
    'it is no path',
    'http://docker/containers/json',
    'http://docker/version',
    '//docker/version',
    'docker:2375',
    'containers/json',
    '*',
    '/version#x',
    '/containers/json#?all=1',
    '/containers/json?all=1#x',
    '?/version',
    '/version?#',
  ],
  [
    'its query has something else in it',
    '/_ping?x',
    '/version?x=1',
    '/containers/json?size=1',
    '/containers/json?all=1&size=1',
    '/containers/json?limit=1',
    '/containers/json?before=x',
    '/containers/json?all=1&all=0',
    '/containers/json?all=yes',
    '/containers/json?all=',
    '/containers/json?ALL=1',
    '/containers/json?all=1?',
    `/containers/json?filters=${FILTERS}`,
    `/containers/${ID}/json?size=1`,
    '/events?tail=1',
    '/events?since=yesterday',
    '/events?since=-1',
    '/events?since=1&since=2',
    '/events?until=2026-11-25T00:00:00Z',
    `/events?filters=${FILTERS}&filters=${FILTERS}`,
  ],
  [
    'its filters are none',
    EVENT('container'),
    EVENT('{"type":'),
    EVENT('[]'),
    EVENT('null'),
    EVENT('1'),
    EVENT('"type"'),
    EVENT('{"type":"container"}'),
    EVENT('{"type":1}'),
    EVENT('{"type":null}'),
    EVENT('{"type":[["container"]]}'),
    EVENT('{"type":["container"],"event":[1]}'),
    EVENT('{"type":["container"],"label":["x"]}'),
    EVENT('{"__proto__":["x"]}'),
    '/events?filters=%',
    '/events?filters=%ff',
  ],
  ['it is too long', `/containers/${'a'.repeat(3000)}/json`, `/events?since=${' '.repeat(3000)}`],
]
test.for(refused)('what is refused because %s', ([, ...urls]) => {
  for (const url of urls) expect(readCall('GET', url), url).toBeUndefined()
})

test('whatever is asked, it is read or refused, and an id is one path segment that Docker reads as we do', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    ...['/', '..', '%2f', '//', '?', '&', '=', '#', '/v1.41', '/containers', '/json', '/events', 'filters', 'all'].map(
      (text) => fc.constant(text),
    ),
    fc.jsonValue({ maxDepth: 2 }).map((value) => `?filters=${encodeURIComponent(JSON.stringify(value))}`),
  )
  const pieces = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
  const id = fc.string({ unit: fc.constantFrom('a', '9', '.', '_', '-', '/', '%', '\\', '?', ' ', 'é'), maxLength: 4 })
  const url = fc.oneof(
    pieces,
    id.map((id) => `/containers/${id}/json`),
  )
  const method = fc.oneof(fc.constantFrom('GET', 'HEAD', 'POST'), fc.string({ maxLength: 6 }))
  fc.assert(
    fc.property(method, url, (method, url) => {
      const call = readCall(method, url)
      if (call === undefined) return
      expect(['GET', 'HEAD']).toContain(method)
      expect(new URL(url, 'http://docker').pathname).toBe(url.replace(/\?.*/s, ''))
      if (call.kind === 'inspect') expect(url).toMatch(/\/containers\/[\w.-]+\/json\??$/)
    }),
    { numRuns: 5000 },
  )
})

function eventsOf() {
  return { kind: 'events', actions: EVERY, since: '', until: '' } as const
}
