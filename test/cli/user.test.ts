import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { labelgate } from './fake-terminal.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labelgate-user-'))
})
afterEach(() => rm(folder, { recursive: true }))

const user = (line: string) => labelgate(`user ${line}`, { env: { LABELGATE_DATA_DIR: folder } })
const list = async () => JSON.parse((await user('list --json')).out.join('\n')) as unknown

test('an account is added, listed, changed, shut, opened and removed', async () => {
  expect((await user('list')).out).toEqual(['no accounts yet: labelgate user add <name>'])
  const added = await user('add Alice --generate --groups staff,ops --email alice@example.com')
  expect(added).toEqual({
    code: 0,
    out: ['alice: added, in ops, staff', expect.stringMatching(/^password: [\w-]{20}$/)],
    err: [],
  })
  expect((await user('list')).out).toEqual([
    expect.stringMatching(/^NAME +FULL NAME +E-MAIL +GROUPS$/),
    expect.stringMatching(/^alice +alice@example\.com +ops, staff$/),
  ])
  expect((await user('groups alice staff')).out).toEqual(['alice: in staff'])
  expect((await user('groups alice')).out).toEqual(['alice: in no group'])
  expect((await user('passwd alice --generate')).out[0]).toBe('alice: has another password')
  expect((await user('disable alice')).out).toEqual(['alice: disabled'])
  expect(await list()).toMatchObject([{ name: 'alice', groups: [], disabled: true }])
  expect((await user('enable alice')).out).toEqual(['alice: enabled'])
  expect(await list()).toMatchObject([{ name: 'alice', disabled: false }])
  expect((await user('remove alice')).out).toEqual(['alice: removed'])
  expect(await list()).toEqual([])
})

test.for([
  ['add alice --generate', 1, 'there is an account called alice already'],
  ['passwd nobody --generate', 1, 'there is no account called nobody: labelgate user list'],
  ['disable nobody', 1, 'there is no account called nobody: labelgate user list'],
  ['add al!ce --generate', 2, 'a user name may have 1 to 64 characters, of a-z 0-9 . _ - @ +'],
  ['add bob --generate --email x', 2, 'the e-mail '],
  ['groups alice a,,b', 2, 'groups '],
] as const)('%s is refused with exit code %i, and no password is shown', async ([line, code, words]) => {
  await user('add alice --generate')
  const refused = await user(line)
  expect(refused).toMatchObject({ code, out: [] })
  expect(refused.err).toEqual([expect.stringContaining(`labelgate: ${words}`)])
  expect(await list()).toMatchObject([{ name: 'alice', groups: [] }])
})

test.for([
  ['correct horse battery', 0, 'bob: added, in no group'],
  ['short', 2, 'labelgate: the password is shorter than 8 characters'],
] as const)('the password %s comes from the first line of standard input', async ([password, code, words]) => {
  const options = { cwd: join(import.meta.dirname, '../..'), env: { LABELGATE_DATA_DIR: folder }, all: true }
  const add = ['src/main.ts', 'user', 'add', 'bob']
  const said = await execa(process.execPath, add, { ...options, input: `${password}\nmore\n`, reject: false })
  expect([said.exitCode, said.all]).toEqual([code, words])
})

test.for([
  [{ LABELGATE_STORE: 'memory' }, 2, 'LABELGATE_STORE=memory keeps accounts in the server alone'],
  [{ LABELGATE_DATA_DIR: '/dev/null/data' }, 3, 'LABELGATE_DATA_DIR: '],
] as const)('where accounts cannot be kept, %j, it is said', async ([env, code, words]) => {
  const { code: given, err } = await labelgate('user list', { env })
  expect([given, err.join()]).toEqual([code, expect.stringContaining(words)])
})
