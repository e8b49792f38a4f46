/** Our cookies in a browser's header, and what the app may see of it: `<ours>` stands for the session's value. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cookieName, loginCookies, readCookie, readCookies, setCookie } from '../../src/session/cookie.ts'

const V = 'v'.repeat(43)
const W = 'w'.repeat(43)
const SESSION = `__Host-labelgate=${V}`

test('a session cookie alone leaves nothing for the app', () => {
  expect(readCookies(SESSION, true)).toEqual({ session: V, nonce: undefined, rest: '' })
})

test.for([
  ['', ''],
  ['theme=dark', 'theme=dark'],
  [`theme=dark; ${SESSION}`, 'theme=dark'],
  [`${SESSION}; theme=dark`, 'theme=dark'],
  [`a=1; ${SESSION}; b=2`, 'a=1; b=2'],
  [`a=1;${SESSION};b=2`, 'a=1;b=2'],
  [`a=1; ${SESSION}; __Host-labelgate-nonce=${W}; b=2; ${SESSION}`, 'a=1; b=2'],
  ['a=1; __Host-labelgate-login-0mhq2x9zk1a2b3=x; labelgate-login-evil=y', 'a=1'],
  ['labelgate-demo=1; mylabelgate=1; labelgated=2; _x=1; l=2', 'mylabelgate=1; labelgated=2; _x=1; l=2'],
  ['a="x; y"; b', 'a="x; y"; b'],
] as const)('of %j the app sees %j', ([header, rest]) => {
  expect(readCookies(header, true).rest).toBe(rest)
})

describe('D-02 two session cookies', () => {
  test.for([
    [`${SESSION}; __Host-labelgate=${W}`],
    [`__Host-labelgate=${W}; ${SESSION}`],
    [`__Host-labelgate=garbage; ${SESSION}`],
    [`${SESSION}; a=1; __Host-labelgate=`],
  ])('that differ are none: %s', ([header = '']) => {
    expect(readCookies(header, true)).toMatchObject({ session: undefined })
    expect(readCookies(header, true).rest).not.toMatch(/labelgate/)
    expect(readCookie(header, 'session', true)).toBeUndefined()
  })
  test('that are the same are one', () => {
    expect(readCookies(`${SESSION}; ${SESSION}`, true).session).toBe(V)
  })
})

describe('D-03 a name that has to be trimmed, folded or decoded is not ours, and no app sees it', () => {
  test.for([
    `__Host-labelgate =${V}`,
    ` __Host-labelgate=${V}`,
    `\t__Host-labelgate=${V}`,
    `\u00a0__Host-labelgate=${V}`,
    `a=1;  __Host-labelgate=${V}`,
    `__host-labelgate=${V}`,
    `__HOST-LABELGATE=${V}`,
    `__Secure-labelgate=${V}`,
    `labelgate=${V}`,
    `__Host-labelgate\t=${V}`,
  ])('%j', (header) => {
    const { session, rest } = readCookies(header, true)
    expect(session).toBeUndefined()
    expect(rest).not.toMatch(/labelgate/i)
  })
  test.for([`\u00e2\u0080\u0080__Host-labelgate=${V}`, `%5F_Host-labelgate=${V}`, `x__Host-labelgate=${V}`])(
    '%j is the name of something else',
    (header) => {
      expect(readCookies(header, true).session).toBeUndefined()
    },
  )
})

describe('D-06 quotes, commas and $Version have no meaning', () => {
  test.for([`__Host-labelgate="${V}"`, `__Host-labelgate=${V}, evil=1`, `$Version=1, ${SESSION}`])('%s', (header) => {
    expect(readCookies(header, true).session).not.toBe(V)
  })
  test('a quoted text that swallows our cookie does not carry it to the app', () => {
    const { rest } = readCookies(`$Version=1; theme="x; ${SESSION}; y="`, true)
    expect(rest).toBe('$Version=1; theme="x; y="')
  })
})

test('D-08 there are no parts of a cookie to be counted', () => {
  const header = 'labelgate.0=a; labelgate.99999999=b; labelgate_chunks=99999999; __Host-labelgate.0=a'
  expect(readCookies(header, true)).toEqual({ session: undefined, nonce: undefined, rest: header })
})

test('D-14 the bare name is not read where the prefixed one is set, nor the other way round', () => {
  expect(readCookies(`labelgate=${V}`, true).session).toBeUndefined()
  expect(readCookies(`__Host-labelgate=${V}`, false).session).toBeUndefined()
  expect(readCookies(`labelgate=${V}`, false).session).toBe(V)
})

test('D-18 D-19 attributes come from us: host only, for every path, out of reach of scripts', () => {
  expect(setCookie('session', V, { secure: true, maxAge: 60 })).toBe(
    `__Host-labelgate=${V}; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60`,
  )
  expect(setCookie('nonce', V, { secure: false })).toBe(`labelgate-nonce=${V}; Path=/; HttpOnly; SameSite=Lax`)
})

test('D-26 names of the language itself are values like any other', () => {
  expect(readCookies('__proto__=x; constructor=y; __Host-labelgate=__proto__', true)).toEqual({
    session: '__proto__',
    nonce: undefined,
    rest: '__proto__=x; constructor=y',
  })
})

const pair = fc.stringMatching(/^[!-:<-~]{1,12}$/).filter((text) => !/labelgate/i.test(text))
const ours = fc.constantFrom(SESSION, `__Host-labelgate-nonce=${W}`, `labelgate=${W}`, '__Host-labelgate-csrf=x')

test('whatever stands between, the app sees its own cookies in their order and none of ours', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(pair, ours), { maxLength: 8 }), (pairs) => {
      const { rest } = readCookies(pairs.join('; '), true)
      expect(rest).toBe(pairs.filter((text) => !/labelgate/.test(text)).join('; '))
    }),
  )
})

test('a single cookie is found by its whole name', () => {
  const header = `a=1; ${cookieName('csrf', true)}=token; x${cookieName('csrf', true)}=other`
  expect(readCookie(header, 'csrf', true)).toBe('token')
  expect(readCookie(undefined, 'csrf', true)).toBeUndefined()
})

describe('sign-ins under way', () => {
  const [one, two] = ['0mhq2x9zk1a2b3', '0mhq2x9zm4c5d6']
  test('are found by their ids, and nothing else is one', () => {
    const header = `a=1; __Host-labelgate-login-${one}=x.y; ${SESSION};__Host-labelgate-login-${two}=z; __Host-labelgate-login-short=w`
    expect([...loginCookies(header, true)]).toEqual([
      [one, 'x.y'],
      [two, 'z'],
    ])
  })
  test('D-02: one that is there twice is none; one without its prefix is another’s', () => {
    const name = `__Host-labelgate-login-${one}`
    expect(loginCookies(`${name}=x; ${name}=y`, true).size).toBe(0)
    expect(loginCookies(`labelgate-login-${one}=x`, true).size).toBe(0)
    expect(loginCookies(undefined, true).size).toBe(0)
  })
})
