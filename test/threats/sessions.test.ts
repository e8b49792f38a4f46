/** Group D: what a cookie may be made of, through the listening front door. `$ALICE` stands for her cookie's value. */
import { expect, test } from 'vitest'
import {
  alice,
  ask,
  bob,
  FORWARD,
  KEY,
  LIMITS,
  openDoor,
  question,
  session,
  visit,
  word,
} from '../http/forward/door.ts'
import { exchange } from '../http/forward/wire.ts'
import { fwd, type Line } from './fixture.ts'

const APP = 'app.example.com'

async function withCookie(make: (value: string) => string) {
  const door = await openDoor()
  const { app } = await door.signIn(alice, APP)
  const asked = question([...fwd(APP, '/'), ['Cookie', make(app)]])
  return { door, said: word(await exchange(door.port, asked)) }
}

const flipped = (value: string, at: number) =>
  value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1)

const malformed: Readonly<Record<string, (value: string) => string>> = {
  empty: () => '',
  'one letter': () => 'a',
  'a percent sign': () => '%',
  'a bad escape': () => '%zz',
  'a quote': () => '"',
  'an object': () => '{}',
  null: () => 'null',
  undefined: () => 'undefined',
  'text of an object': () => '[object Object]',
  'JSON in base64': () => 'e30=',
  'a way up': () => '..',
  '4 kB': () => 'A'.repeat(4096),
  '43 of the wrong letters': () => '+'.repeat(43),
  'one byte less': (value) => value.slice(0, -1),
  'one byte more': (value) => `${value}A`,
  'one bit other, in front': (value) => flipped(value, 0),
  'one bit other, behind': (value) => flipped(value, 41),
  'base64, not base64url': (value) => Buffer.from(value, 'base64url').toString('base64'),
  padded: (value) => `${value}=`,
  'with NUL': (value) => `${value}%00`,
  'in quotes': (value) => `"${value}"`,
  escaped: (value) => `%${(value.codePointAt(0) ?? 0).toString(16)}${value.slice(1)}`,
  'in capitals': (value) => value.toUpperCase(),
  twice: (value) => value + value,
  'with a blank': (value) => `${value} x`,
}

test.for(Object.entries(malformed))('D-01 a session cookie that is %s is nobody', async ([, make]) => {
  const { door, said } = await withCookie((value) => session(make(value)))
  expect(said).toBe('DENY')
  expect(door.seen.failures).toEqual([])
})

test('D-01 and the one as it was given is alice', async () => {
  expect((await withCookie(session)).said).toBe('AS alice')
})

test.for([
  ['__Host-labelgate =', ''],
  ['\xe2\x80\x80__Host-labelgate=', ''],
  ['\xa0__Host-labelgate=', ''],
  ['x=1; \t__Host-labelgate=', ''],
  ['labelgate=', ''],
  ['__Secure-labelgate=', ''],
  ['__host-labelgate=', ''],
  ['theme="x; __Host-labelgate="', '"; y="'],
  ['$Version=1, __Host-labelgate=', ''],
  ['__Host-labelgate=', ', evil=1'],
] as const)('D-03 D-06 the cookie %j$ALICE%j is nobody’s session', async ([before, after]) => {
  expect((await withCookie((value) => before + value + after)).said).toBe('DENY')
})

test.for(['__proto__', 'constructor', 'toString', '..%2f..%2fetc%2fpasswd', '*', 'sess:*', 'hasOwnProperty'])(
  'D-26 the value %s is no key to anything',
  async (value) => {
    expect((await withCookie(() => session(value))).said).toBe('DENY')
  },
)

test.for([
  ['', 'AS alice'],
  ['idle for less than the limit', 'AS alice'],
  ['idle for the limit', 'DENY'],
  ['busy every hour until the longest life', 'DENY'],
] as const)('D-12 a session that is %s: %s', async ([how, safe]) => {
  const door = await openDoor()
  const { app } = await door.signIn(alice, APP)
  const asked = visit(APP, '/', session(app))
  if (how.startsWith('idle')) door.clock.now += how.includes('less') ? LIMITS.idle - 1 : LIMITS.idle
  if (how.startsWith('busy')) {
    for (let hours = 1; hours < 7 * 24; hours++) {
      door.clock.now += 3_600_000
      expect(word(await ask(door, asked))).toBe('AS alice')
    }
    door.clock.now += 3_600_000
  }
  expect(word(await ask(door, asked))).toBe(safe)
})

test('D-14 the cookie of the portal, of another app, and the nonce open no app in its place', async () => {
  const door = await openDoor()
  const { cookie, apps } = await door.signIn(bob, 'ip.example.com')
  for (const value of [cookie, apps[0] ?? '', 'n'.repeat(43)])
    expect(word(await ask(door, visit('admin.example.com', '/', session(value))))).toBe('DENY')
})

test('D-22 a session in the address, or in any header but Cookie, is nobody', async () => {
  const door = await openDoor()
  const { app } = await door.signIn(alice, APP)
  const elsewhere: Line[][] = [
    fwd(APP, `/?__Host-labelgate=${app}`),
    fwd(APP, `/;labelgate=${app}`),
    [...fwd(APP, '/'), ['X-Session', app]],
    [...fwd(APP, '/'), ['Authorization', `Bearer ${app}`]],
    [...fwd(APP, '/'), ['Cookie2', session(app)]],
    [...fwd(APP, '/'), ['X-Cookie', session(app)]],
  ]
  for (const lines of elsewhere) expect(word(await ask(door, lines))).toBe('DENY')
  for (const path of [`${FORWARD}/${KEY}?__Host-labelgate=${app}`, `${FORWARD}/${KEY}/app?sess=${app}`])
    expect(word(await ask(door, fwd(APP, '/'), { path }))).toBe('DENY')
})

test('D-22 no answer repeats a cookie, a code or the key', async () => {
  const door = await openDoor()
  const { app, cookie } = await door.signIn(alice, 'admin.example.com')
  const secrets = [app, cookie, KEY, 'c0de-of-nobody']
  const uris = ['/', '/.labelgate/callback?code=c0de-of-nobody', '/.labelgate/x', '/a/../b']
  for (const uri of uris) {
    for (const lines of [
      visit('admin.example.com', uri, session(app)),
      [...fwd('admin.example.com', uri), ['Cookie', session(app)] as const],
    ]) {
      const { headers, body } = await ask(door, lines)
      const said = JSON.stringify([...headers]) + body
      for (const secret of secrets) expect(said).not.toContain(secret)
    }
  }
})
