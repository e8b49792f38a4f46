/** I-13: whatever goes wrong inside, the answer is a refusal, and the next good question is answered. */
import { ServerResponse } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { ForwardDeps } from '../../../src/http/forward/forward.ts'
import { fwd, type Line } from '../../threats/fixture.ts'
import { alice, ask, type Door, FORWARD, openDoor, question, session, visit, word } from './door.ts'
import { exchange, Wire } from './wire.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Ways in which a part that should answer does not. */
const fault = {
  throws: () => {
    throw new Error('out of order')
  },
  'throws nothing': () => {
    // oxlint-disable-next-line no-throw-literal -- what is thrown may be anything
    throw undefined
  },
  'gives undefined': () => undefined,
  'gives null': () => null,
  'gives a text': () => 'yes',
  'gives true': () => true,
  'gives an object': () => ({}),
  'gives a promise': () => new Promise(() => undefined),
} satisfies Record<string, () => unknown>
const sessions = (part: Partial<Record<'find' | 'trustworthy' | 'end', () => unknown>>) => ({
  find: part.find ?? (() => undefined),
  end: part.end ?? (async () => undefined),
  get trustworthy() {
    return part.trustworthy?.() ?? true
  },
})

/** Parts on the path of every question, each replaced by one that is out of order. */
const parts: Readonly<Record<string, (broken: () => unknown) => unknown>> = {
  table: (table) => ({ table }),
  clock: (now) => ({ now }),
  'session look-up': (find) => ({ sessions: sessions({ find }) }),
  'word of the store': (trustworthy) => ({ sessions: sessions({ trustworthy }) }),
}
const rows = Object.keys(parts).flatMap((part) => Object.entries(fault).map(([how, broken]) => ({ part, how, broken })))

const HOSTS = ['app.example.com', 'admin.example.com', 'unknown.example.com', 'api.example.com']

test.for(rows)('I-13 the $part $how: no protected app is opened', async ({ part, broken }) => {
  const door = await openDoor({ broken: parts[part]?.(broken) as Partial<ForwardDeps> })
  for (const host of HOSTS) {
    const answer = await ask(door, visit(host, '/', session('v'.repeat(43))))
    expect(word(answer)).toBe('DENY')
  }
  // what is public may stay so, as nobody, where its policy was known
  expect(['ANON', 'DENY']).toContain(word(await ask(door, visit('public.example.com', '/', session('v'.repeat(43))))))
})

test.for(Object.keys(parts))('I-13 the %s throws: 503, and the fault is told', async (part) => {
  const door = await openDoor({ broken: parts[part]?.(fault.throws) as Partial<ForwardDeps> })
  const answer = await ask(door, visit('app.example.com', '/', session('v'.repeat(43))))
  expect([answer.status, answer.body]).toEqual([503, '{"error":"not-ready","reason":"internal"}'])
  expect(door.seen.failures).toEqual([new Error('out of order')])
  const nginx: Line[] = [
    ['X-Original-URL', 'https://app.example.com/'],
    ['X-Original-Method', 'GET'],
    ['Cookie', session('v'.repeat(43))],
  ]
  expect((await ask(door, nginx, { path: '/auth/nginx' })).status).toBe(403)
})

describe('I-13 who is told of answers throws', () => {
  const observer = { decided: () => undefined, stranger: () => undefined, failed: () => undefined }
  test.for(['decided', 'stranger'] as const)('%s', async (word) => {
    const door = await openDoor({ trusted: [], broken: { observer: { ...observer, [word]: fault.throws } } })
    const path = word === 'stranger' ? { path: FORWARD } : {}
    expect((await ask(door, fwd('public.example.com', '/'), path)).status).toBe(503)
  })
  test('even of the fault itself: no answer, and the next question is answered', async () => {
    const fragile = { ...observer, failed: fault.throws, stranger: fault.throws }
    const door = await openDoor({ trusted: [], broken: { observer: fragile } })
    expect(await exchange(door.port, question(fwd('public.example.com', '/'), FORWARD))).toBeUndefined()
    expect(word(await ask(door, fwd('public.example.com', '/')))).toBe('ANON')
  })
})

describe('I-13 an answer cannot be written', () => {
  const write = () => vi.spyOn(ServerResponse.prototype, 'writeHead')
  test('once: 503', async () => {
    const door = await openDoor()
    write().mockImplementationOnce(fault.throws)
    expect((await ask(door, fwd('public.example.com', '/'))).status).toBe(503)
    expect(word(await ask(door, fwd('public.example.com', '/')))).toBe('ANON')
  })
  test('at all: the connection ends without one', async () => {
    const door = await openDoor()
    write().mockImplementationOnce(fault.throws).mockImplementationOnce(fault.throws)
    expect(await exchange(door.port, question(fwd('public.example.com', '/')))).toBeUndefined()
    expect(word(await ask(door, fwd('public.example.com', '/')))).toBe('ANON')
  })
})

describe('I-13 the last step of sign-in', () => {
  const asked = visit('app.example.com', '/.labelgate/callback?code=x', `__Host-labelgate-nonce=${'n'.repeat(43)}`)
  const ways = {
    ...fault,
    rejects: () => Promise.reject(new Error('out of order')),
    'gives null later': async () => null,
  }
  test.for(Object.entries(ways).filter(([how]) => how !== 'gives a promise'))('%s: no session', async ([, redeem]) => {
    const door = await openDoor({ broken: { handover: { redeem } } as Partial<ForwardDeps> })
    const answer = await ask(door, asked)
    expect([400, 503]).toContain(answer.status)
    expect(word(answer)).toBe('DENY')
  })
  test('hangs: there is no answer yet, and nobody else waits for it', async () => {
    const door = await openDoor({ broken: { handover: { redeem: fault['gives a promise'] } } as Partial<ForwardDeps> })
    const hanging = await Wire.open(door.port)
    hanging.send(question(asked))
    for (let i = 0; i < 20; i++) expect(word(await ask(door, fwd('public.example.com', '/')))).toBe('ANON')
    expect(hanging.waiting).toBe(0)
    hanging.end()
  })
  test('signing out fails in the store: 503, and the cookie is not taken away in vain', async () => {
    const good = await openDoor()
    const { app, portal } = await good.signIn(alice, 'app.example.com')
    const find = () => ({ ...portal, host: 'app.example.com' })
    const door = await openDoor({
      broken: {
        sessions: sessions({ find, end: () => Promise.reject(new Error('out of order')) }),
      } as unknown as Partial<ForwardDeps>,
    })
    const lines = [
      ...fwd('app.example.com', '/.labelgate/logout', 'POST'),
      ['Cookie', session(app)],
      ['Sec-Fetch-Site', 'same-origin'],
    ] as Line[]
    const answer = await ask(door, lines)
    expect([answer.status, answer.headers.has('set-cookie')]).toEqual([503, false])
  })
})

test('I-13 a page cannot be made: 503', async () => {
  const door: Door = await openDoor({ broken: { site: undefined as never } })
  const { app } = await door.signIn(alice, 'admin.example.com')
  expect((await ask(door, visit('admin.example.com', '/', session(app)))).status).toBe(503)
})
