import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../src/identity/local/account.ts'
import { isToken, newToken } from '../../src/session/token-text.ts'
import { issueToken, Tokens, type NewToken } from '../../src/session/tokens.ts'
import type { Store } from '../../src/store/store.ts'
import { Hand, sqliteBench, type SqliteBench } from '../store/bench.ts'
import { account, NOON } from '../store/samples.ts'

const DAY = 86_400_000

/** The server's store, and a second handle on the same file: a command. */
let file: SqliteBench
let command: Store
let tokens: Tokens
beforeEach(async () => {
  file = await sqliteBench()
  command = await file.other()
  await file.store.putAccount(account('alice', { groups: ['users'] }))
  tokens = await Tokens.open(file.store, { every: new Hand().every })
})
afterEach(async () => {
  tokens.close()
  await file.close()
})

/** As the command makes it; the server has heard of it. */
async function given(more: Partial<NewToken> = {}): Promise<{ text: string; id: string }> {
  const wanted = { account: 'id-of-alice', name: 'work', apps: null, expiresAt: null, ...more }
  const { text, record } = await issueToken(command, wanted, NOON)
  file.turn()
  await expect.poll(() => tokens.find(text, NOON)).toBeDefined()
  return { text, id: record.id }
}

const change = (more: Partial<Account>) => command.changeAccount('alice', (it) => ({ ...it, ...more }))

describe('a token', () => {
  test('speaks for its account, and says by what it was known', async () => {
    const { text } = await given({ apps: ['files', 'git'] })
    expect(tokens.find(text, NOON)).toMatchObject({
      identity: { issuer: 'local', subject: 'id-of-alice', user: 'alice', groups: ['users'] },
      authentication: { provider: 'local', at: NOON, amr: [] },
      credential: 'token',
      host: null,
      apps: new Set(['files', 'git']),
    })
  })

  test('is the same object in each request, until its account changes', async () => {
    const { text } = await given()
    const before = tokens.find(text, NOON)
    expect(tokens.find(text, NOON + 1)).toBe(before)
    await change({ groups: ['admins'] })
    file.turn()
    await expect.poll(() => tokens.find(text, NOON)?.identity.groups).toEqual(['admins'])
  })

  test('rests as a hash alone', async () => {
    const { text } = await given()
    expect(JSON.stringify(await command.tokens())).not.toContain(text.slice(3, 46))
  })

  test('opens any app where none is named', async () => {
    const { text } = await given()
    expect(tokens.find(text, NOON)?.apps).toBeUndefined()
  })

  test('holds until it expires, and not for that very moment', async () => {
    const { text } = await given({ expiresAt: NOON + DAY })
    expect(tokens.find(text, NOON + DAY - 1)).toBeDefined()
    expect(tokens.find(text, NOON + DAY)).toBeUndefined()
    expect(tokens.find(text, Number.NaN)).toBeUndefined()
  })

  test('is noted as used, in a batch', async () => {
    const { text, id } = await given()
    tokens.find(text, NOON + 7)
    expect((await command.token(id))?.lastUsed).toBeNull()
    await tokens.flush()
    expect((await command.token(id))?.lastUsed).toBe(NOON + 7)
  })
})

describe('what a command does holds at once', () => {
  const cases: readonly { what: string; act: (id: string) => Promise<unknown> }[] = [
    { what: 'a token taken back', act: (id) => command.removeToken(id) },
    { what: 'an account that was disabled', act: () => change({ disabled: true }) },
    { what: 'an account that was removed', act: () => command.removeAccount('alice') },
    {
      what: 'an account that was removed, another taking its name',
      act: async () => {
        await command.removeAccount('alice')
        await command.putAccount(account('alice', { id: 'another' }))
      },
    },
  ]
  test.for(cases)('$what', async ({ act }) => {
    const { text, id } = await given()
    await act(id)
    file.turn()
    await expect.poll(() => tokens.find(text, NOON)).toBeUndefined()
  })

  test('an account that was given another name keeps its tokens, under the new one', async () => {
    const { text } = await given()
    await command.putAccount(account('alice', { name: 'alicia' }))
    file.turn()
    await expect.poll(() => tokens.find(text, NOON)?.identity.user).toBe('alicia')
  })
})

test('a store that cannot be followed makes no token trustworthy', async () => {
  expect(tokens.trustworthy).toBe(true)
  file.store.account = () => Promise.reject(new Error('disk'))
  await change({ disabled: true })
  file.turn()
  await expect.poll(() => tokens.trustworthy).toBe(false)
})

describe('the text of a token', () => {
  test('is lg_ and 49 letters and digits, never the same', () => {
    const some = Array.from({ length: 200 }, newToken)
    expect(some.filter((text) => /^lg_[0-9A-Za-z]{49}$/.test(text) && isToken(text))).toHaveLength(200)
    expect(new Set(some).size).toBe(200)
  })

  const good = newToken()
  const other = good[20] === 'a' ? 'b' : 'a'
  test.for([
    ['mistyped', good.slice(0, 20) + other + good.slice(21)],
    ['cut short', good.slice(0, -1)],
    ['with a line end', `${good}\n`],
    ['in capitals', good.toUpperCase()],
    ['empty', ''],
    ['nothing but its beginning', 'lg_'],
    ['of a megabyte', `lg_${'a'.repeat(1_000_000)}`],
  ])('%s it is none', ([, text = '']) => {
    expect(isToken(text)).toBe(false)
  })
})
