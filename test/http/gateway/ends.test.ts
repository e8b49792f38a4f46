/** Where an app ends, breaks off or says nothing: its client sees what is so, and nothing is held for ever. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createSecondServer, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { answerOf, begin, listening, openApp, openGateway, openRawApp } from './fixture.ts'

/** What a client gets by each path: the body, or that it is none. */
async function bodies(port: number, paths: readonly string[]): Promise<Record<string, string>> {
  const seen: Record<string, string> = {}
  for (const path of paths) {
    const sent = begin(port, { path })
    sent.end()
    const answer = await answerOf(sent)
    seen[path] = await answer.toArray().then(
      (parts) => String(Buffer.concat(parts as Buffer[])),
      () => 'broken',
    )
  }
  return seen
}

test('a body that ends with its connection is whole; one that a reset ends, or that is short, is not', async () => {
  const head = 'HTTP/1.1 200 OK\r\n'
  const reset: Socket[] = []
  const ends: Record<string, (socket: Socket) => void> = {
    '/whole': (socket) => socket.end(`${head}Connection: close\r\n\r\nbody`),
    '/short': (socket) => socket.end(`${head}Content-Length: 9\r\n\r\nbody`),
    '/chunk': (socket) => socket.end(`${head}Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n`),
    '/reset': (socket) => {
      socket.write(`${head}Connection: close\r\n\r\nbody`)
      reset.push(socket)
    },
  }
  const port = await openRawApp((text, socket) => ends[text.split(' ')[1] ?? '']?.(socket))
  const gateway = await openGateway({ ports: [port] })
  expect(await bodies(gateway.port, ['/whole', '/short', '/chunk'])).toEqual({
    '/whole': 'body',
    '/short': 'broken',
    '/chunk': 'broken',
  })
  const sent = begin(gateway.port, { path: '/reset' })
  sent.end()
  const answer = await answerOf(sent)
  expect(String((await once(answer, 'data'))[0])).toBe('body')
  reset[0]?.resetAndDestroy()
  await expect(answer.toArray()).rejects.toThrow('aborted')
})

test('by HTTP/2 in the clear, too, an answer that breaks off is no whole one', async () => {
  const ends: Record<string, (stream: ServerHttp2Stream) => void> = {
    '/whole': (stream) => stream.end(),
    '/error': (stream) => stream.destroy(new Error('broken')),
    '/gone': (stream) => stream.session?.socket.destroy(),
  }
  const server = createSecondServer()
  server.on('stream', (stream, head) => {
    stream.on('error', () => undefined)
    stream.respond()
    stream.write('body', () => ends[head[':path'] ?? '']?.(stream))
  })
  const gateway = await openGateway({ ports: [await listening(server)], labels: 'scheme=h2c' })
  expect(await bodies(gateway.port, Object.keys(ends))).toEqual({
    '/whole': 'body',
    '/error': 'broken',
    '/gone': 'broken',
  })
})

test.for(['destroy', 'resetAndDestroy'] as const)(
  'an app that ends a new connection on a request (%s) is not asked a second time',
  async (end) => {
    let asked = 0
    const port = await openRawApp((_, socket) => {
      asked += 1
      socket[end]()
    })
    const { ask } = await openGateway({ ports: [port] })
    expect((await ask('GET /')).status).toBe(502)
    expect(asked).toBe(1)
  },
)

test('a client that says no more in the middle of its body does not hold the app for ever', async () => {
  const port = await openApp((req) => void req.resume())
  const gateway = await openGateway({ ports: [port], timeout: 50 })
  const sent = begin(gateway.port, { method: 'POST', headers: { 'Content-Length': '5' } })
  sent.write('he')
  expect((await answerOf(sent)).statusCode).toBe(504)
  sent.destroy()
})

test('an app that has answered before the body came is let go, and its client may go on', async () => {
  const apps: Socket[] = []
  const port = await openRawApp((_, socket) => {
    apps.push(socket)
    socket.write('HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\n\r\nno')
  })
  const gateway = await openGateway({ ports: [port] })
  const sent = begin(gateway.port, { method: 'POST', headers: { 'Content-Length': '5' } })
  sent.write('he')
  const answer = await answerOf(sent)
  expect([answer.statusCode, String((await answer.toArray())[0])]).toEqual([413, 'no'])
  const [app] = apps
  if (app !== undefined && !app.closed) await once(app, 'close')
  sent.end('llo')
  await once(sent, 'finish')
})

/** Waits until a number stays the same for a while of the loop's turns. */
async function still(value: () => number): Promise<void> {
  for (let last = -1, same = 0; same < 200; same = value() === last ? same + 1 : 0) {
    last = value()
    await turn()
  }
}

const MEGABYTE = 1024 * 1024
const WHOLE = 64 * MEGABYTE
/** What the buffers of four connections on one machine hold, and a little more. */
const HELD = 24 * MEGABYTE

function fill(
  to: { write(part: Buffer): boolean; end(): void } & NodeJS.EventEmitter,
  wrote: (octets: number) => void,
) {
  const part = Buffer.alloc(MEGABYTE / 4)
  let left = WHOLE
  const more = () => {
    while (left > 0) {
      left -= part.length
      wrote(part.length)
      if (!to.write(part)) return void to.once('drain', more)
    }
    to.end()
  }
  more()
}

test.for(['http', 'h2c'])('an app by %s that does not read holds back its client', async (scheme) => {
  const held = Promise.withResolvers<IncomingMessage>()
  let written = 0
  const take = (req: IncomingMessage, res: ServerResponse) => {
    held.resolve(req)
    req.on('end', () => res.end())
  }
  const app = scheme === 'http' ? openApp(take) : listening(createSecondServer(take as never))
  const gateway = await openGateway({ ports: [await app], labels: `scheme=${scheme}` })
  const sent = begin(gateway.port, { method: 'POST' })
  fill(sent, (octets) => (written += octets))
  const body = await held.promise
  await still(() => written)
  expect(written).toBeLessThan(HELD)
  body.resume()
  expect((await answerOf(sent)).statusCode).toBe(200)
  expect(written).toBe(WHOLE)
})

test.for(['http', 'h2c'])('a client that does not read holds back its app by %s', async (scheme) => {
  let written = 0
  const give = (_: unknown, res: ServerResponse) => fill(res, (octets) => (written += octets))
  const app = scheme === 'http' ? openApp(give) : listening(createSecondServer(give as never))
  const gateway = await openGateway({ ports: [await app], labels: `scheme=${scheme}` })
  const sent = begin(gateway.port)
  sent.end()
  const answer = await answerOf(sent)
  await still(() => written)
  expect(written).toBeLessThan(HELD)
  let read = 0
  for await (const part of answer) read += (part as Buffer).length
  expect(read).toBe(WHOLE)
})
