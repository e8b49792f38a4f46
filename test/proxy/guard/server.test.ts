/** The guard over real sockets: what it passes on, to whom, and what it says where the daemon does not answer. */
import { connect } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { id, row } from '../../docker/rows.ts'
import { Guarding } from './guarding.ts'

const PROTECTED = { 'labelgate.allow': 'user:alice', 'traefik.http.routers.notes.rule': 'Host(`notes.example.com`)' }
const open = (n: number) => ({ 'traefik.http.routers.open.rule': `Host(\`open-${n}.example.com\`)` })

let it: Guarding
beforeEach(async () => {
  it = await Guarding.start()
  it.docker.rows = [row(1, { Labels: PROTECTED }), row(2, { Labels: open(2), State: 'exited' })]
})
afterEach(() => it[Symbol.asyncDispose]())

const parsed = ({ body }: { body: string }): unknown => JSON.parse(body)
type Labels = Readonly<Record<string, string>>

describe('what Traefik asks', () => {
  test.for(['HEAD', 'GET'])('%s /_ping: it is there, and speaks the version of the daemon', async (method) => {
    const { status, headers, body } = await it.ask('/_ping', { method })
    expect([status, headers['api-version'], headers['ostype'], body]).toEqual([
      200,
      '1.41',
      'linux',
      method === 'GET' ? 'OK' : '',
    ])
  })

  test('the version, cut', async () => {
    const expected = { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12' }
    expect(parsed(await it.ask('/v1.24/version'))).toEqual(expected)
  })

  test('the list of what runs, or of all, with sign-in before what is protected', async () => {
    const all = parsed(await it.ask('/v1.41/containers/json?all=1')) as { Id: string; Labels: Labels }[]
    expect(all.map(({ Id }) => Id)).toEqual([id(1), id(2)])
    expect(all[0]?.Labels['traefik.http.routers.notes.middlewares']).toMatch(/^labelgate-/)
    expect(all[1]?.Labels).toEqual(open(2))
    expect(parsed(await it.ask('/v1.41/containers/json'))).toHaveLength(1)
  })

  test('one container, without its environment', async () => {
    const { status, headers, body } = await it.ask(`/v1.41/containers/${id(1)}/json`)
    expect([status, headers['content-type']]).toEqual([200, 'application/json'])
    expect(body).toContain('authresponseheaders')
    expect(body).not.toContain('SECRET')
  })

  test('many on one connection', async () => {
    const socket = connect(it.port, '127.0.0.1')
    const asked = 'GET /version HTTP/1.1\r\nHost: x\r\n\r\n'
    socket.write(asked + asked + asked.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
    expect((await text(socket)).match(/HTTP\/1\.1 200 /g)).toHaveLength(3)
  })
})

describe('what it does not ask', () => {
  test.for([
    ['POST', '/containers/create'],
    ['POST', `/containers/${id(1)}/exec`],
    ['DELETE', `/containers/${id(1)}`],
    ['POST', '/containers/json'],
    ['GET', '/images/json'],
    ['GET', '/info'],
    ['GET', `/containers/${id(1)}/logs?stdout=1`],
    ['GET', `/containers/${id(1)}/archive?path=/`],
    ['GET', `/containers/x/../${id(1)}/json`],
    ['GET', `/containers/x%2f..%2f${id(1)}/json`],
    ['GET', '//containers/json'],
    ['GET', 'http://docker/containers/json'],
    ['GET', '/containers/json?size=1'],
    ['GET', '/events?filters=x'],
  ])('%s %s is refused, told, and never reaches the daemon', async ([method = '', path = '']) => {
    const { status, body } = await it.ask(path, { method })
    expect([status, parsed({ body })]).toEqual([403, { message: expect.stringContaining('what Traefik reads') }])
    expect(it.refused).toEqual([`127.0.0.1 ${method} ${path}`])
    expect([it.docker.calls, it.failures]).toEqual([[], []])
  })

  test('a body is not waited for, and its connection is not used again', async () => {
    const socket = connect(it.port, '127.0.0.1')
    socket.write('POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{"Image":')
    const said = await text(socket)
    expect(said).toMatch(/^HTTP\/1\.1 403 /)
    expect(said).toContain('Connection: close')
  })

  test('a request within a body is none', async () => {
    const socket = connect(it.port, '127.0.0.1')
    const inner = 'GET /containers/json HTTP/1.1\r\nHost: x\r\n\r\n'
    socket.write(`GET /version HTTP/1.1\r\nHost: x\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`)
    expect((await text(socket)).match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(it.docker.calls).toEqual([])
  })

  test('no protocol is changed, as for attach or a hijacked exec', async () => {
    const socket = connect(it.port, '127.0.0.1')
    socket.write(
      `POST /exec/${id(1)}/start HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n`,
    )
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 /)
    const tunnel = connect(it.port, '127.0.0.1')
    tunnel.write('CONNECT docker:2375 HTTP/1.1\r\nHost: docker:2375\r\n\r\n')
    expect(await text(tunnel)).not.toContain(' 200 ')
  })

  test('of a long address the beginning is told', async () => {
    await it.ask(`/images/${'x'.repeat(5000)}`)
    expect(it.refused[0]?.length).toBeLessThan(250)
  })
})

test('from elsewhere it may not be asked, whatever it is', async () => {
  await using it = await Guarding.start({ networks: ['10.0.0.0/8', '::1'] })
  it.docker.rows = [row(1)]
  for (const path of ['/_ping', '/version', '/containers/json', '/events', '/services']) {
    const { status, body } = await it.ask(path)
    expect([status, body], path).toEqual([403, '{"message":"not from there: LABELGATE_GUARD_NETWORKS"}'])
  }
  expect(it.refused).toHaveLength(5)
  expect([it.docker.calls, it.docker.open]).toEqual([[], 0])
})

describe('a daemon that does not answer', () => {
  const EVERY = ['/containers/json?all=1', `/containers/${id(1)}/json`, '/_ping', '/version', '/events']
  test.for(EVERY)('which is gone: %s ends with 502, and that is told', async (path) => {
    await it.docker.die()
    const { status, body } = await it.ask(path)
    expect([status, body]).toEqual([502, '{"message":"labelgate cannot ask the Docker daemon"}'])
    expect(it.failures).toHaveLength(1)
    await it.docker.listen()
    expect((await it.ask('/containers/json?all=1')).status).toBe(200)
  })

  test.for([
    ['an error', { status: 500, body: '{"message":"SECRET"}' }],
    ['what is no list', { body: '{"message":"SECRET"}' }],
    ['no JSON', { body: '<html>SECRET' }],
    ['a list cut short', { body: `[${JSON.stringify(row(1))},` }],
    ['nothing', { body: '' }],
  ] as const)('which says %s: there is no list, rather than an empty one', async ([, answer]) => {
    it.docker.listAnswer = answer
    const { status, body } = await it.ask('/containers/json?all=1')
    expect(status).toBe(502)
    expect(body).not.toMatch(/^\[|SECRET/)
    expect(it.failures).toHaveLength(1)
  })

  test('which has no container: the list is empty', async () => {
    it.docker.rows = []
    expect(await it.ask('/containers/json?all=1')).toMatchObject({ status: 200, body: '[]' })
  })
})

test('a container that is gone is not found, and that is no fault', async () => {
  const { status, body } = await it.ask(`/containers/${id(9)}/json`)
  expect([status, body]).toEqual([404, '{"message":"No such container"}'])
  expect([it.failures, it.refused]).toEqual([[], []])
})

test('where it is closed nobody is answered, and to close it twice does no harm', async () => {
  const { port } = it
  await it.server.close()
  await it.server.close()
  const socket = connect(port, '127.0.0.1')
  await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
