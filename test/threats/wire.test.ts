/** The vectors of groups A and B again, byte by byte through the listening front door, with what must hold after each. */
import { expect, test } from 'vitest'
import { alice, ask, bob, type Door, FORWARD, KEY, openDoor, question, word } from '../http/forward/door.ts'
import { exchange } from '../http/forward/wire.ts'
import { fwd, instead, nginx, type Line, type Vector } from './fixture.ts'
import { groupA } from './group-a.ts'
import { groupB, groupNginx } from './group-b.ts'

/** Bytes that Node's parser itself has to refuse; where only its header would hold them, the other vectors do too. */
const rawBytes: Vector[] = [
  '\x00',
  '\x01',
  '\x7f',
  '\x00public.example.com',
  'public.example.com\x00.admin.example.com',
].flatMap((host): Vector[] => [
  { id: 'B-09', lines: fwd(host, '/'), safe: 'BAD' },
  { id: 'B-29', lines: fwd('mix.example.com', `/public/${host}`), safe: 'BAD' },
  { id: 'B-09', lines: instead(fwd('public.example.com', '/'), 'X-Forwarded-For', host), safe: 'DENY' },
])

/** `$alice@host` becomes the cookie alice has for that host. */
async function withCookies(door: Door, lines: readonly Line[]): Promise<Line[]> {
  return Promise.all(
    lines.map(async ([name, value]): Promise<Line> => {
      const [, before = '', who, host = ''] = /^(.*=)\$(\w+)@(.+)$/.exec(value) ?? []
      if (name !== 'Cookie' || who === undefined) return [name, value]
      return [name, before + (await door.signIn(who === 'bob' ? bob : alice, host)).app]
    }),
  )
}

async function replay(vectors: readonly Vector[], path: string): Promise<string[]> {
  const door = await openDoor()
  const wrong: string[] = []
  for (const { id, lines, safe } of vectors) {
    const sent = question(await withCookies(door, lines), path)
    const answer = await exchange(door.port, sent)
    const found = word(answer)
    const bad = safe === 'BAD' && answer !== undefined && ![400, 403].includes(answer.status)
    if (found !== (safe === 'BAD' ? 'DENY' : safe) || bad || (answer?.status ?? 0) >= 500)
      wrong.push(`${id}: ${found} ${answer?.status}: ${JSON.stringify(sent.slice(0, 300))}`)
  }
  expect(word(await ask(door, fwd('public.example.com', '/')))).toBe('ANON')
  expect(door.seen.failures).toEqual([])
  return wrong
}

test('every vector of groups A and B, asked by a proxy that says X-Forwarded-*', async () => {
  expect(await replay([...groupA, ...groupB, ...rawBytes], `${FORWARD}/${KEY}`)).toEqual([])
})

test('and by nginx', async () => {
  const raw = [{ id: 'B-09', lines: nginx('https://\x00admin.example.com/'), safe: 'BAD' } as const]
  expect(await replay([...groupNginx, ...raw], `/auth/nginx/${KEY}`)).toEqual([])
})

test('A-21 D-18 what a header says of the host is never a second header, nor an attribute of a cookie', async () => {
  const door = await openDoor()
  for (const host of [
    'app.example.com; Domain=evil.com',
    'app.example.com\r\nSet-Cookie: a=b',
    'app.example.com%0d%0aX: y',
  ]) {
    const answer = await exchange(door.port, question(fwd(host, '/')))
    expect(word(answer)).toBe('DENY')
    expect(answer?.headers.has('set-cookie')).toBe(false)
  }
  const uri = '/x;%20Domain=evil.com%0d%0aSet-Cookie:%20a=b'
  const answer = await ask(door, [...fwd('app.example.com', '/'), ['Sec-Fetch-Mode', 'navigate']])
  expect(answer.headers.get('set-cookie')?.join()).not.toMatch(/domain/i)
  expect(word(await ask(door, fwd('app.example.com', uri)))).toBe('DENY')
})
