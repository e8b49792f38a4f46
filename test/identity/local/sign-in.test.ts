import { beforeEach, describe, expect, test } from 'vitest'
import { Desk, done, PASSWORD } from './desk.ts'

let desk: Desk
beforeEach(() => {
  desk = new Desk()
})

const MALFORMED = '$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA'

describe('who gets in', () => {
  test('the right name with the right password, as who they are', async () => {
    const alice = await desk.add('alice', { groups: ['admins'] })
    const result = await desk.signIn('alice', PASSWORD)
    expect(result).toMatchObject({
      kind: 'ok',
      identity: { issuer: 'local', subject: alice.id, user: 'alice', email: '', groups: ['admins'] },
      authentication: { provider: 'local', at: desk.now, amr: ['pwd'] },
      account: alice,
    })
    expect(result.kind === 'ok' && Object.getPrototypeOf(result.identity.claims)).toBeNull()
  })

  test('a user name, never an e-mail address', async () => {
    done(await desk.accounts.add({ name: 'alice', password: PASSWORD, email: 'alice@example.com' }, desk.now))
    expect(await desk.signIn('alice@example.com', PASSWORD)).toEqual({ kind: 'refused' })
  })

  test('G-22 never somebody whose name only looks alike', async () => {
    await desk.add('alice')
    for (const name of ['al\u0131ce', 'alice\u200d', '\u0430lice', 'alice\0']) {
      expect(await desk.signIn(name, PASSWORD)).toEqual({ kind: 'refused' })
    }
  })

  test('nobody who was shut out while their password was being looked at', async () => {
    await desk.add('alice')
    for (const change of [
      () => desk.accounts.disable('alice', desk.now),
      () => desk.store.changeAccount('alice', (it) => ({ ...it, passwordHash: MALFORMED, passwordAt: desk.now + 1 })),
      () => desk.accounts.remove('alice', desk.now),
    ]) {
      await desk.store.changeAccount('alice', (it) => ({ ...it, disabled: false }))
      const attempt = desk.signIn('alice', PASSWORD)
      await change()
      expect(await attempt).toEqual({ kind: 'refused' })
    }
  })
})

describe('G-01, G-02, G-15, G-16: who does not get in is told the same', () => {
  const strangers: readonly { what: string; name: unknown; password: unknown }[] = [
    { what: 'unknown user', name: 'nobody', password: PASSWORD },
    { what: 'wrong password', name: 'alice', password: 'wrong' },
    { what: 'disabled user with the right password', name: 'carol', password: PASSWORD },
    { what: 'user whose stored hash is malformed', name: 'broken', password: PASSWORD },
    { what: 'stored hash as the password', name: 'broken', password: MALFORMED },
    { what: 'empty user', name: '', password: PASSWORD },
    { what: 'empty password', name: 'alice', password: '' },
    { what: 'endless password', name: 'alice', password: PASSWORD.repeat(1000) },
    { what: '__proto__', name: '__proto__', password: '' },
    { what: 'constructor', name: 'constructor', password: 'x' },
    { what: 'toString', name: 'toString', password: PASSWORD },
    { what: 'hasOwnProperty', name: 'hasOwnProperty', password: PASSWORD },
    { what: 'a list of names', name: ['alice', 'bob'], password: { $ne: 1 } },
    { what: 'an object', name: { toString: 'x' }, password: 'x' },
    { what: 'true', name: true, password: true },
    { what: 'nothing', name: undefined, password: undefined },
  ]

  async function people(): Promise<void> {
    for (const name of ['alice', 'carol', 'broken']) await desk.add(name)
    await desk.accounts.disable('carol', desk.now)
    await desk.store.changeAccount('broken', (it) => ({ ...it, passwordHash: MALFORMED }))
  }

  test.for(strangers)('$what', async ({ name, password }) => {
    await people()
    expect(await desk.signIn(name, password)).toEqual({ kind: 'refused' })
  })

  test('and it takes as long', async () => {
    await people()
    const times = new Map(strangers.slice(0, 9).map(({ what }) => [what, [] as number[]]))
    // in turns, so that whatever else the machine does falls on all of them
    for (let round = 0; round < 15; round++) {
      for (const { what, name, password } of strangers.slice(0, 9)) {
        const start = performance.now()
        await desk.signIn(name, password)
        times.get(what)?.push(performance.now() - start)
        // nobody is to be throttled here
        desk.elapsed += 3_600_000
      }
    }
    // the quickest of each: what the machine does besides only adds
    const quickest = [...times.values()].map((list) => Math.min(...list))
    expect(Math.max(...quickest) / Math.min(...quickest)).toBeLessThan(1.35)
  }, 60_000)

  test('unknown and known accounts are throttled alike', async () => {
    await people()
    for (const name of ['alice', 'nobody', 'carol']) {
      const answers = []
      for (let i = 0; i < 6; i++) answers.push(await desk.signIn(name, 'wrong'))
      expect(answers.slice(0, 5)).toEqual(repeated(5, { kind: 'refused' }))
      expect(answers[5]).toEqual({ kind: 'throttled', retryAfter: 30 })
    }
  }, 30_000)
})

describe('guessing is slow, and nobody else is', () => {
  test('G-03 whatever the spelling, after the fifth failure the right password waits too', async () => {
    await desk.add('alice')
    const spellings = ['alice', 'ALICE', 'alice ', '\uff41lice', 'aLiCe']
    for (const name of spellings) expect(await desk.signIn(name, 'wrong')).toEqual({ kind: 'refused' })
    for (const name of spellings) expect(await desk.signIn(name, PASSWORD)).toMatchObject({ kind: 'throttled' })
    desk.elapsed += 30_000
    expect(await desk.signIn('alice', PASSWORD)).toMatchObject({ kind: 'ok' })
  })

  test('G-03 what is no name at all is throttled as well, and is nobody’s', async () => {
    await desk.add('alice')
    for (let i = 0; i < 5; i++) expect(await desk.signIn('alice%00', 'wrong')).toEqual({ kind: 'refused' })
    expect(await desk.signIn('alice%00', 'wrong')).toMatchObject({ kind: 'throttled' })
    expect(await desk.signIn('alice', PASSWORD)).toMatchObject({ kind: 'ok' })
  })

  test('G-06 one address cannot go on with other names', async () => {
    const address = '2001:db8::1'
    const busy = []
    for (let i = 0; i < 50; i++) busy.push(await desk.signIn(`user-${i}`, 'wrong', { address }))
    expect(busy).toEqual(repeated(50, { kind: 'refused' }))
    expect(await desk.signIn('user-50', 'wrong', { address: '2001:db8::2' })).toEqual({
      kind: 'throttled',
      retryAfter: 600,
    })
  }, 30_000)

  test('the owner gets in from the browser that was there before, while strangers guess', async () => {
    await desk.add('alice')
    const first = await desk.signIn('alice', PASSWORD)
    const device = first.kind === 'ok' ? first.device : expect.fail('refused')
    for (let i = 0; i < 5; i++) await desk.signIn('alice', 'wrong')
    expect(await desk.signIn('alice', PASSWORD)).toMatchObject({ kind: 'throttled' })
    expect(await desk.signIn('alice', PASSWORD, { device })).toMatchObject({ kind: 'ok' })
  })

  test('a device mark is renewed at each sign-in and stays one device', async () => {
    await desk.add('alice')
    const first = await desk.signIn('alice', PASSWORD)
    const mark = first.kind === 'ok' ? first.device : ''
    const second = await desk.signIn('alice', PASSWORD, { device: mark })
    const renewed = second.kind === 'ok' ? second.device : ''
    expect(renewed).not.toBe(mark)
    for (let i = 0; i < 5; i++) await desk.signIn('alice', 'wrong', { device: i % 2 === 0 ? mark : renewed })
    expect(await desk.signIn('alice', PASSWORD, { device: renewed })).toMatchObject({ kind: 'throttled' })
    desk.now += 180 * 86_400_000
    expect(await desk.signIn('alice', PASSWORD, { device: renewed })).toMatchObject({ kind: 'ok' })
  })

  test('a mark that is another account’s, a removed one’s, or none at all is no mark', async () => {
    await desk.add('mallory')
    await desk.add('alice')
    const hers = await desk.signIn('mallory', PASSWORD)
    const earlier = await desk.signIn('alice', PASSWORD)
    await desk.accounts.remove('alice', desk.now)
    await desk.add('alice')
    for (let i = 0; i < 5; i++) await desk.signIn('alice', 'wrong')
    for (const device of [hers, earlier]
      .map((it) => (it.kind === 'ok' ? it.device : ''))
      .concat('', 'x', 'a'.repeat(9000))) {
      expect(await desk.signIn('alice', PASSWORD, { device })).toMatchObject({ kind: 'throttled' })
    }
  })

  test('G-14 a flood is told busy, and who was told so may try again at once', async () => {
    await desk.add('alice')
    const flood = Array.from({ length: 200 }, (_, i) => desk.signIn(`user-${i}`, 'wrong'))
    const busy = desk.signIn('alice', PASSWORD)
    expect(await busy).toEqual({ kind: 'busy', retryAfter: 2 })
    const kinds = (await Promise.all(flood)).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'refused')).toHaveLength(34)
    for (let i = 0; i < 4; i++) await desk.signIn('alice', 'wrong')
    expect(await desk.signIn('alice', PASSWORD)).toMatchObject({ kind: 'ok' })
  }, 30_000)
})

test('sign-ins and refusals are noted down, without what was typed for a name that is nobody’s', async () => {
  await desk.add('alice')
  desk.store.noted.length = 0
  await desk.signIn('alice', PASSWORD, { address: '203.0.113.9' })
  await desk.signIn('my secret pass phrase', PASSWORD, { address: '203.0.113.9' })
  await desk.signIn('hunter2hunter2', PASSWORD, { address: '203.0.113.9' })
  for (let i = 0; i < 8; i++) await desk.signIn('alice', 'wrong', { address: '203.0.113.9' })
  expect(desk.store.noted.map(({ event, user, address }) => [event, user, address])).toEqual([
    ['sign-in', 'alice', '203.0.113.9'],
    ['sign-in-refused', undefined, '203.0.113.9'],
    ['sign-in-refused', undefined, '203.0.113.9'],
    ...repeated(5, ['sign-in-refused', 'alice', '203.0.113.9']),
    ['sign-in-throttled', 'alice', '203.0.113.9'],
  ])
  expect(JSON.stringify(desk.store.noted)).not.toMatch(/secret|hunter2|correct horse|wrong/)
})

function repeated<T>(times: number, value: T): T[] {
  return Array.from({ length: times }, () => value)
}
