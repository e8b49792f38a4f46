/** What only bytes on a wire can show: repeated lines, bodies, pipelining. */
import { describe, expect, test } from 'vitest'
import { fwd, signed, without, type Line } from '../../threats/fixture.ts'
import { alice, bob, BROWSER, FORWARD, KEY, openDoor, question, sent, session, stillGood, word } from './door.ts'
import { exchange, Wire } from './wire.ts'

const PATH = `${FORWARD}/${KEY}`
const OPEN = fwd('public.example.com', '/')
const text = (lines: readonly Line[]) => lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')

describe('the request line and Host', () => {
  test('B-17 two Host lines are two readings of one request', async () => {
    const door = await openDoor()
    const head = `GET ${PATH} HTTP/1.1\r\nHost: public.example.com\r\nHost: admin.example.com\r\n`
    expect(await exchange(door.port, `${head}${text(OPEN)}\r\n`)).toMatchObject({ status: 400 })
    const noForwarded = without(OPEN, 'X-Forwarded-Host')
    expect(await exchange(door.port, `${head}${text(noForwarded)}\r\n`)).toMatchObject({ status: 400 })
  })

  test.for([
    'GET / HTTP/1.0\r\n',
    'GET / HTTP/1.1\r\nHost:\r\n',
    'GET / HTTP/1.1\r\nHost: \t\r\n',
    'GET / HTTP/1.1\r\n',
  ])('B-19 our own Host decides nothing, and its absence neither: %j', async (head) => {
    const door = await openDoor()
    const asked = head.replace(' / ', ` ${PATH} `)
    expect(word(await exchange(door.port, `${asked}${text(fwd('admin.example.com', '/'))}\r\n`))).toBe('DENY')
    const hostless = text(without(OPEN, 'X-Forwarded-Host'))
    expect(await exchange(door.port, `${asked}${hostless}\r\n`)).toMatchObject({ status: 400 })
    await stillGood(door)
  })

  test('A-32 CONNECT is no question, and opens no tunnel', async () => {
    const door = await openDoor()
    expect(await sent(door, 'CONNECT admin.example.com:443 HTTP/1.1\r\nHost: admin.example.com:443\r\n\r\n')).toEqual(
      [],
    )
    const connect = text(fwd('admin.example.com', '/', 'CONNECT'))
    const [answer] = await sent(door, `GET ${PATH} HTTP/1.1\r\nHost: x\r\n${connect}Content-Length: 5\r\n\r\nhello`)
    expect(answer).toMatchObject({ status: 400 })
    await stillGood(door)
  })

  test.for(['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'TRACE', 'PROPFIND'])(
    'the question may come by %s; what is asked about stands in the headers',
    async (method) => {
      const door = await openDoor()
      const { app } = await door.signIn(alice, 'admin.example.com')
      const lines = text([...fwd('admin.example.com', '/'), ['Cookie', session(app)]])
      const wire = await Wire.open(door.port)
      wire.send(`${method} ${PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n${lines}\r\n`)
      // to HEAD there is only the head of an answer
      expect((await wire.rest()).map(({ status }) => status)).toEqual(method === 'HEAD' ? [] : [403])
      expect(door.seen.decisions).toMatchObject([{ verdict: 'forbid' }])
    },
  )
})

test('A-26 of more lines than are kept, none is believed', async () => {
  const door = await openDoor()
  const filler = (count: number) => text(Array.from({ length: count }, () => ['a', ''] as const))
  const asked = async (lines: string) =>
    (await sent(door, `GET ${PATH} HTTP/1.1\r\nHost: public.example.com\r\n${lines}\r\n`, 1))[0]
  expect([400, 431]).toContain((await asked(filler(2000) + text(fwd('admin.example.com', '/'))))?.status)
  // the proxy's own lines would be the ones that are lost
  const lost = text([['X-Forwarded-Host', 'admin.example.com']])
  for (const count of [193, 194, 200, 500])
    expect([400, 431]).toContain((await asked(text(OPEN) + filler(count) + lost))?.status)
  expect(word(await asked(text(OPEN) + filler(193)))).toBe('ANON')
  expect((await asked(text(OPEN) + filler(194)))?.status).toBe(400)
  expect((await asked(`${text(OPEN)}X-Big: ${'x'.repeat(70_000)}\r\n`))?.status).toBe(431)
})

test('A-30 a WebSocket handshake is answered like any request, and never with 101', async () => {
  const door = await openDoor()
  const { app } = await door.signIn(bob, 'admin.example.com')
  const socket: Line[] = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ['Sec-WebSocket-Version', '13'],
  ]
  const lines = [...fwd('admin.example.com', '/ws'), ...socket]
  expect(await exchange(door.port, question(lines))).toMatchObject({ status: 401 })
  const withCookie: Line[] = [...lines, ['Cookie', session(app)]]
  expect(word(await exchange(door.port, question(withCookie)))).toBe('AS bob')
  expect(word(await exchange(door.port, question([...withCookie, ['Origin', 'https://evil.com']])))).toBe('DENY')
})

describe('I-17 each answer is that of its own request, in order', () => {
  test('pipelined on one connection, up to the first that cannot be read', async () => {
    const door = await openDoor()
    const [toApp, toAdmin] = ['app.example.com', 'admin.example.com'].map((host) => fwd(host, '/'))
    const b = await door.signIn(bob, 'app.example.com', 'admin.example.com')
    const a = await door.signIn(alice, 'app.example.com', 'admin.example.com')
    const as = (lines: readonly Line[] | undefined, value = '') =>
      question([...(lines ?? []), ['Cookie', session(value)]])
    const asked = [
      as(toApp, b.apps[0]),
      question(toApp ?? []),
      as(toAdmin, a.apps[1]),
      as(toApp, a.apps[0]),
      as(toAdmin, b.apps[1]),
    ]
    const answers = await sent(door, asked.join(''), asked.length)
    expect(answers.map(word)).toEqual(['AS bob', 'DENY', 'DENY', 'AS alice', 'AS bob'])
    const broken = await sent(door, `${as(toApp, b.apps[0])}GET\r\n\r\n${as(toApp, a.apps[0])}`)
    expect(broken.map(word)).toEqual(['AS bob', 'DENY'])
  })

  test('a hundred connections with a hundred questions each', async () => {
    const door = await openDoor()
    const people = {
      alice: await door.signIn(alice, 'app.example.com'),
      bob: await door.signIn(bob, 'app.example.com'),
    }
    const kinds = [
      { asked: question([...fwd('app.example.com', '/'), ['Cookie', session(people.alice.app)]]), safe: 'AS alice' },
      { asked: question([...fwd('app.example.com', '/'), ['Cookie', session(people.bob.app)]]), safe: 'AS bob' },
      { asked: question([...fwd('app.example.com', '/'), ...BROWSER]), safe: 'DENY' },
      { asked: question(OPEN), safe: 'ANON' },
      { asked: question(fwd('unknown.example.com', '/')), safe: 'DENY' },
    ]
    const one = async (seed: number) => {
      const order = Array.from(
        { length: 100 },
        (_, i) => kinds[(i * seed + seed + (i >> 2)) % kinds.length] ?? kinds[0],
      )
      const answers = await sent(door, order.map((kind) => kind?.asked).join(''), order.length)
      expect(answers.map(word)).toEqual(order.map((kind) => kind?.safe))
    }
    await Promise.all(Array.from({ length: 100 }, (_, i) => one(i + 1)))
    expect(door.seen.failures).toEqual([])
  })
})

describe('I-19 I-20 a body is not waited for, not read, and ends the connection', () => {
  const asked = (lines: string) => `GET ${PATH} HTTP/1.1\r\nHost: x\r\n${text(OPEN)}${lines}\r\n`
  test.for<[string, string, string]>([
    ['that never comes', 'Content-Length: 1000000\r\n', ''],
    ['of 10 MB', 'Content-Length: 10000000\r\n', 'x'.repeat(1_000_000)],
    ['in chunks without end', 'Transfer-Encoding: chunked\r\n', '1\r\nx\r\n'],
    ['in chunks with a long extension', 'Transfer-Encoding: chunked\r\n', `1;${'x'.repeat(100_000)}\r\nx\r\n`],
    ['of 100,000 chunks', 'Transfer-Encoding: chunked\r\n', '1\r\nx\r\n'.repeat(100_000)],
  ])('%s', async ([, lines, body]) => {
    const door = await openDoor()
    const answers = await sent(door, asked(lines) + body)
    const [first, ...more] = answers
    expect(word(first)).toBe('ANON')
    expect(first?.headers.get('connection')).toEqual(['close'])
    expect(more.filter(({ status }) => status < 400)).toEqual([])
    await stillGood(door)
  })

  test('that the client asks leave for: the answer comes, and an expectation we do not know is refused', async () => {
    const door = await openDoor()
    expect((await sent(door, asked('Expect: 100-continue\r\nContent-Length: 5\r\n'))).map(word)).toEqual(['ANON'])
    expect((await sent(door, asked('Expect: foo\r\n'), 1)).map(({ status }) => status)).toEqual([417])
  })

  test('an empty one is none, and the connection stays', async () => {
    const door = await openDoor()
    const answers = await sent(door, asked('Content-Length: 0\r\n').repeat(2), 2)
    expect(answers.map(word)).toEqual(['ANON', 'ANON'])
  })
})

test('D-02 several Cookie lines are one list: two sessions that differ are none', async () => {
  const door = await openDoor()
  const [a, b] = [await door.signIn(alice, 'app.example.com'), await door.signIn(bob, 'app.example.com')]
  const cookies = (...values: string[]) => values.map((value): Line => ['Cookie', session(value)])
  const asked = (...values: string[]) =>
    exchange(door.port, question([...fwd('app.example.com', '/'), ...cookies(...values)]))
  expect(word(await asked(a.app, b.app))).toBe('DENY')
  expect(word(await asked(b.app, a.app))).toBe('DENY')
  expect(word(await asked('garbage', a.app))).toBe('DENY')
  expect(word(await asked(a.app, a.app))).toBe('AS alice')
})

test('the cookie stand-in of the vectors is nobody', async () => {
  const door = await openDoor()
  expect(
    word(await exchange(door.port, question(signed(fwd('app.example.com', '/'), 'alice', 'app.example.com')))),
  ).toBe('DENY')
})
