import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isToken } from '../../src/session/token-text.ts'
import { labelgate } from './fake-terminal.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labelgate-token-'))
  await run('user add alice --generate')
})
afterEach(() => rm(folder, { recursive: true }))

const run = (line: string) => labelgate(line, { env: { LABELGATE_DATA_DIR: folder } })
const token = (line: string) => run(`token ${line}`)
const list = async () => JSON.parse((await token('list --json')).out.join('\n')) as Record<string, unknown>[]

test('a token is printed once, by itself, so that a script can read it', async () => {
  const { code, out, err } = await token('add Alice --name backup')
  expect([code, out.length, isToken(out[0] ?? '')]).toEqual([0, 1, true])
  expect(err).toEqual([
    expect.stringMatching(
      /^[\da-f]{12}: a token of alice, for every app its owner may open, until it is removed\. It is shown this once$/,
    ),
  ])
  expect((await token('list')).out.join()).not.toContain(out[0]?.slice(0, 12))
})

test('tokens are listed with what they open, and for how long', async () => {
  expect((await token('list')).out).toEqual(['no tokens yet: labelgate token add <user> --name <name>'])
  await token('add alice --name git --apps git,files,git --expires 90d')
  await token('add alice --name all')
  const [git, all] = await list()
  expect(git).toMatchObject({ user: 'alice', name: 'git', apps: ['git', 'files'], lastUsed: null })
  const days = (Date.parse(String(git?.['expires'])) - Date.parse(String(git?.['created']))) / 86_400_000
  expect(days).toBe(90)
  expect(all).toMatchObject({ name: 'all', apps: null, expires: null })
  expect((await token('list')).out).toEqual([
    expect.stringMatching(/^ID +USER +NAME +APPS +EXPIRES +LAST USED$/),
    expect.stringMatching(/^[\da-f]{12} +alice +git +git, files +\d{4}-\d\d-\d\d +not yet$/),
    expect.stringMatching(/^[\da-f]{12} +alice +all +any +never +not yet$/),
  ])
})

test('one is taken back by its id, and goes with its account', async () => {
  await token('add alice --name one')
  await token('add alice --name two')
  const [one] = await list()
  expect(await token(`remove ${String(one?.['id'])}`)).toEqual({
    code: 0,
    out: [`${String(one?.['id'])}: removed`],
    err: [],
  })
  expect(await list()).toMatchObject([{ name: 'two' }])
  await run('user remove alice')
  expect(await list()).toEqual([])
})

test('one that leaked is taken back by itself', async () => {
  const { out } = await token('add alice --name leaked')
  const [leaked] = await list()
  expect((await token(`remove ${out[0]?.slice(0, -1)}`)).err).toEqual(['labelgate: the token is cut short or mistyped'])
  expect((await token(`remove ${out[0]}`)).out).toEqual([`${String(leaked?.['id'])}: removed`])
  expect(await list()).toEqual([])
})

test.for([
  ['add nobody --name x', 1, 'there is no account called nobody: labelgate user list'],
  ['add alice --name x --expires tomorrow', 2, '--expires: "tomorrow" is no time: write 12h, 90d or 52w'],
  ['add alice --name x --expires 0d', 2, '--expires: "0d"'],
  ['add alice --name x --apps a,,b', 2, '--apps: "a,,b" names no apps: labelgate apps lists them'],
  [`add alice --name ${'x'.repeat(101)}`, 2, '--name: write 1 to 100 characters on one line'],
  ['remove 000000000000', 1, 'there is no token 000000000000: labelgate token list'],
] as const)('%s is refused with exit code %i', async ([line, code, words]) => {
  const refused = await token(line)
  expect(refused).toMatchObject({ code, out: [] })
  expect(refused.err).toEqual([expect.stringContaining(`labelgate: ${words}`)])
  expect(await list()).toEqual([])
})
