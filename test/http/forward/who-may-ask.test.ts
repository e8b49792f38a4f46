/** Who is believed to be a proxy: whoever has the key, and the peers the operator names. Nobody else is told anything. */
import { createServer, type Server } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readAddress } from '../../../src/http/forward/address.ts'
import { fwd } from '../../threats/fixture.ts'
import { alice, ask, FORWARD, KEY, openDoor, question, session, visit, word } from './door.ts'

const OPEN = fwd('mix.example.com', '/public/ok')
const ELSEWHERE = '127.0.0.2'

describe('without the key', () => {
  test('A-01 a peer that is not trusted is refused, and the same question of a trusted one is answered', async () => {
    const door = await openDoor()
    const stranger = await ask(door, OPEN, { path: FORWARD, from: ELSEWHERE })
    expect([stranger.status, stranger.body]).toEqual([403, '{"error":"forbidden","reason":"not-a-known-proxy"}'])
    expect(word(stranger)).toBe('DENY')
    expect(door.seen.strangers).toEqual([ELSEWHERE])
    expect(word(await ask(door, OPEN, { path: FORWARD }))).toBe('ANON')
  })

  test.for([[[]], [['10.0.0.0/8']], [['127.0.0.2/32']], [['::1']]] as const)(
    'A-02 where %j may ask, 127.0.0.1 may not',
    async ([trusted]) => {
      const door = await openDoor({ trusted })
      expect(word(await ask(door, OPEN, { path: FORWARD }))).toBe('DENY')
      expect(word(await ask(door, OPEN, { path: '/auth/nginx' }))).toBe('DENY')
    },
  )

  test('a session opens nothing for a stranger', async () => {
    const door = await openDoor({ trusted: [] })
    const { app } = await door.signIn(alice, 'app.example.com')
    expect(word(await ask(door, visit('app.example.com', '/', session(app)), { path: FORWARD }))).toBe('DENY')
    expect(word(await ask(door, visit('app.example.com', '/', session(app))))).toBe('AS alice')
  })

  test('A-37 a peer without an address, as on a unix socket, is trusted by no network', async () => {
    const door = await openDoor({ trusted: ['0.0.0.0/0', '::/0'] })
    const answer = await overUnixSocket(door.app.server, question(OPEN, FORWARD))
    expect(answer).toMatch(/^HTTP\/1\.1 403 /)
    expect(await overUnixSocket(door.app.server, question(OPEN))).toMatch(/^HTTP\/1\.1 200 /)
  })
})

/** The same listener, reached by a path in the file system. */
async function overUnixSocket(server: Server, text: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'labelgate-'))
  const path = join(folder, 'door.sock')
  const beside = createServer((req, res) => server.emit('request', req, res))
  onTestFinished(() => {
    beside.close()
    rmSync(folder, { recursive: true })
  })
  await new Promise<void>((resolve) => beside.listen(path, resolve))
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(text))
    socket.once('error', reject)
    socket.once('data', (bytes) => {
      socket.destroy()
      resolve(String(bytes))
    })
  })
}

describe('with the key', () => {
  test.for([
    [`${FORWARD}/${KEY}`, 'ANON'],
    [`${FORWARD}/${KEY}/`, 'ANON'],
    [`${FORWARD}/${KEY}/mix`, 'ANON'],
    [`${FORWARD}/${KEY}/m%69x`, 'ANON'],
    [`${FORWARD}/${KEY}/m%6x`, 'DENY'],
    [`${FORWARD}/${KEY}/admin`, 'DENY'],
    [`${FORWARD}/${KEY}/mix/`, 'DENY'],
    [`${FORWARD}/${KEY}/mix?x`, 'DENY'],
    [`${FORWARD}/${KEY}?x`, 'DENY'],
    [`${FORWARD}//${KEY}`, 'DENY'],
    [`${FORWARD}/${KEY.slice(1)}`, 'DENY'],
    [`${FORWARD}/${KEY}k`, 'DENY'],
    [`${FORWARD}/${KEY.slice(1)}x`, 'DENY'],
    [`${FORWARD}/${KEY.toUpperCase()}`, 'DENY'],
    [`${FORWARD}/%6b${KEY.slice(1)}`, 'DENY'],
    [`${FORWARD}/mix/${KEY}`, 'DENY'],
    [`${FORWARD}/../forward/${KEY}`, 'DENY'],
    [`/auth/nginx/../forward/${KEY}`, 'DENY'],
    [`/auth/Forward/${KEY}`, 'DENY'],
    [`/auth/forwards/${KEY}`, 'DENY'],
    [`/auth/${KEY}`, 'DENY'],
    ['/auth/', 'DENY'],
    ['/auth', 'DENY'],
    [`//auth/forward/${KEY}`, 'DENY'],
    [`/AUTH/forward/${KEY}`, 'DENY'],
    [`http://labelgate:4180${FORWARD}/${KEY}`, 'DENY'],
  ] as const)('a stranger who asks at %s is told %s', async ([path, safe]) => {
    const door = await openDoor({ trusted: [] })
    const answer = await ask(door, OPEN, { path, from: ELSEWHERE })
    expect(answer.status === 404 || answer.status === 421 ? 'DENY' : word(answer)).toBe(safe)
  })

  test('the question is bound to the app its address names: the host must be that app’s', async () => {
    const door = await openDoor({ trusted: [] })
    const { apps } = await door.signIn(alice, 'app.example.com', 'ip.example.com')
    const at = (app: string) => ({ path: `${FORWARD}/${KEY}/${app}` })
    const lines = visit('app.example.com', '/', session(apps[0] ?? ''))
    expect(word(await ask(door, lines, at('app')))).toBe('AS alice')
    expect(word(await ask(door, lines, at('ip')))).toBe('DENY')
    expect(word(await ask(door, lines, at('APP')))).toBe('DENY')
    expect(word(await ask(door, lines, at('constructor')))).toBe('DENY')
  })

  test('one that asked once in vain asks in vain again: what is remembered had the key', async () => {
    const door = await openDoor({ trusted: [] })
    for (let i = 0; i < 3; i++) {
      expect(word(await ask(door, OPEN, { path: `${FORWARD}/${KEY}` }))).toBe('ANON')
      expect(word(await ask(door, OPEN, { path: `${FORWARD}/wrong` }))).toBe('DENY')
      expect(word(await ask(door, OPEN, { path: FORWARD }))).toBe('DENY')
    }
  })
})

test.for([
  ['/auth/forward', { dialect: 'forward', app: undefined, keyed: false }],
  ['/auth/nginx/app', { dialect: 'nginx', app: 'app', keyed: false }],
  [`/auth/nginx/${KEY}/app`, { dialect: 'nginx', app: 'app', keyed: true }],
  [`/auth/forward/${KEY}/caf%C3%A9`, { dialect: 'forward', app: 'café', keyed: true }],
  [`/auth/forward/${KEY}/%C3`, { dialect: 'forward', app: '%C3', keyed: true }],
  ['/auth/forward/a/b', undefined],
  ['/auth/forwardx', undefined],
  ['/auth/envoy/x', undefined],
] as const)('%s is read as %j', ([url, asked]) => {
  expect(readAddress(url, KEY)).toEqual(asked)
})
