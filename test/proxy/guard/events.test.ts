/** The stream of events through the guard, over real sockets: at once, line by line, and never longer than it should. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { id, row } from '../../docker/rows.ts'
import { Guarding, NOW } from './guarding.ts'

let it: Guarding
beforeEach(async () => {
  it = await Guarding.start()
})
afterEach(() => it[Symbol.asyncDispose]())

const PATIENCE = { timeout: 10_000, interval: 10 }
const listeners = (count: number) => vi.waitFor(() => expect(it.docker.listeners).toBe(count), PATIENCE)
const filters = (of: object) => `/events?filters=${encodeURIComponent(JSON.stringify(of))}`

describe('what happens', () => {
  test('is passed on as it happens, line by line', async () => {
    const { next, answer } = await it.events()
    expect([answer.statusCode, answer.headers['transfer-encoding']]).toEqual([200, 'chunked'])
    for (const action of ['create', 'start', 'health_status: healthy', 'die', 'destroy']) {
      it.docker.tell(action, id(1))
      expect(await next()).toMatchObject({ Type: 'container', Action: action, Actor: { ID: id(1) } })
    }
  })

  test('is passed on wherever the bytes of the daemon were cut, and half a line waits for its other half', async () => {
    const { next } = await it.events()
    const line = JSON.stringify({ Type: 'container', Action: 'start', Actor: { ID: 'é', Attributes: { name: 'é' } } })
    it.docker.say(`${line}\n\n${line.slice(0, 60)}`)
    expect(await next()).toMatchObject({ Actor: { ID: 'é' } })
    const later = next()
    expect(await Promise.race([later, wait(50, 'nothing')])).toBe('nothing')
    it.docker.say(`${line.slice(60)}\n`)
    expect(await later).toMatchObject({ Actor: { ID: 'é', Attributes: { name: 'é' } } })
  })

  test('in a container, by a command, is passed over', async () => {
    const { next } = await it.events()
    it.docker.tell('exec_create: /bin/sh -c SECRET', id(1))
    it.docker.tell('exec_start: /bin/sh -c SECRET', id(1))
    it.docker.tell('start', id(2))
    expect(await next()).toMatchObject({ Action: 'start' })
  })

  test('is asked of the daemon as narrowly as it was asked for', async () => {
    await it.events(`${filters({ type: ['container'], event: ['start', 'exec_create'] })}&since=12`)
    expect(Object.fromEntries(it.docker.queries[0] ?? [])).toEqual({
      filters: '{"type":["container"],"event":["start"]}',
      since: '12',
    })
  })

  test('elsewhere than in containers is nothing', async () => {
    const { next } = await it.events(filters({ type: ['image'] }))
    it.docker.tell('start', id(1))
    it.docker.endStreams()
    expect(await next()).toBe('the end')
  })
})

describe('the end', () => {
  test('of the daemon’s stream is the end of ours, so that Traefik connects anew', async () => {
    const { next, answer } = await it.events()
    it.docker.endStreams()
    expect(await next()).toBe('the end')
    expect(answer.complete).toBe(true)
    expect(it.failures).toEqual([])
  })

  test('of the daemon is the end of our stream', async () => {
    const { next } = await it.events()
    const end = next().catch(() => 'the end')
    await it.docker.die()
    expect(await end).toBe('the end')
  })

  test('of who listens lets the stream of the daemon go, and is no fault', async () => {
    const one = await it.events()
    const other = await it.events()
    await listeners(2)
    one.answer.destroy()
    await listeners(1)
    it.docker.tell('start', id(1))
    expect(await other.next()).toMatchObject({ Action: 'start' })
    expect(it.failures).toEqual([])
  })

  test('of who listens before the daemon has answered lets its call go, and is no fault', async () => {
    it.docker.eventsAnswer = 'hang'
    const socket = connect(it.port, '127.0.0.1')
    socket.write('GET /events HTTP/1.1\r\nHost: x\r\n\r\n')
    await vi.waitFor(() => expect(it.docker.open).toBe(1), PATIENCE)
    socket.destroy()
    await vi.waitFor(() => expect(it.docker.open).toBe(0), PATIENCE)
    expect(await it.ask('/version')).toMatchObject({ status: 200 })
    expect(it.failures).toEqual([])
  })

  test('of the guard is the end of every stream', async () => {
    const streams = [await it.events(), await it.events()]
    const ends = streams.map(({ next }) => next().catch(() => 'the end'))
    await it.server.close()
    expect(await Promise.all(ends)).toEqual(['the end', 'the end'])
    await listeners(0)
  })
})

describe('a daemon that says what is no event', () => {
  test.for(['<html>', '{"Type":"container"', '{"Type":"container","Action":"start"}}'])(
    '%s ends the stream, and is told',
    async (line) => {
      const { next } = await it.events()
      const end = next().catch(() => 'the end')
      it.docker.say(`${line}\n`)
      expect(await end).toBe('the end')
      await vi.waitFor(() => expect(it.failures).toHaveLength(1), PATIENCE)
      await listeners(0)
    },
  )

  test('with an error before the stream: 502, and that is told', async () => {
    it.docker.eventsAnswer = { status: 500, body: '{"message":"SECRET"}' }
    const { status, body } = await it.ask('/events')
    expect([status, body]).toEqual([502, '{"message":"labelgate cannot ask the Docker daemon"}'])
    expect(it.failures).toHaveLength(1)
  })
})

describe('a nudge', () => {
  test('reaches every stream as an event upon which Traefik lists again', async () => {
    const streams = [await it.events(), await it.events('/v1.24/events')]
    it.server.nudge()
    for (const { next } of streams) {
      expect(await next()).toMatchObject({
        Type: 'container',
        Action: 'health_status: labelgate',
        status: 'health_status: labelgate',
        time: NOW / 1000,
        Actor: { ID: '', Attributes: {} },
      })
    }
  })

  test('does not reach who asked for starts alone', async () => {
    const { next } = await it.events(filters({ type: ['container'], event: ['start'] }))
    it.server.nudge()
    it.docker.tell('start', id(1))
    expect(await next()).toMatchObject({ Action: 'start' })
  })

  test('where nobody listens does nothing', async () => {
    it.server.nudge()
    expect(await it.connections).toBe(0)
  })
})

describe('who does not read', () => {
  /** Listens, and reads nothing from then on. */
  async function deaf() {
    const socket = connect(it.port, '127.0.0.1')
    socket.write('GET /events HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'readable')
    return socket
  }
  const long = {
    Type: 'container',
    Action: 'start',
    Actor: { ID: id(1), Attributes: { name: 'n'.repeat(256 * 1024) } },
  }

  test('is let go, with the stream of the daemon, and others hear on', async () => {
    it.docker.rows = [row(1)]
    await using socket = await deaf()
    expect(await it.connections).toBe(1)
    for (let n = 0; n < 100; n++) it.docker.say(`${JSON.stringify(long)}\n`)
    await listeners(0)
    await vi.waitFor(async () => expect(await it.connections).toBe(0), PATIENCE)
    expect(it.failures).toEqual([])
    const { next } = await it.events()
    it.docker.tell('start', id(2))
    expect(await next()).toMatchObject({ Actor: { ID: id(2) } })
    expect(socket.destroyed).toBe(false)
  })

  test('nudges are not remembered for either', async () => {
    await using socket = await deaf()
    await listeners(1)
    for (let n = 0; n < 200_000 && it.docker.listeners > 0; n++) {
      it.server.nudge()
      if (n % 1000 === 0) await wait(0)
    }
    await vi.waitFor(async () => expect(await it.connections).toBe(0), PATIENCE)
    expect(socket.destroyed).toBe(false)
  })
})
