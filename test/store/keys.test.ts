import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadKeys, makeKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'

let parent: string
let folder: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'labelgate-keys-'))
  folder = join(parent, 'data')
})
afterEach(() => rm(parent, { recursive: true, force: true }))

test('keys are made once, at random, and stay', async () => {
  const keys = await loadKeys(folder)
  expect(keys.proxyKey).toMatch(/^[\w-]{43}$/)
  expect(keys.master).toHaveLength(32)
  expect(Buffer.from(keys.master).toString('base64url')).not.toBe(keys.proxyKey)
  expect(await loadKeys(folder)).toEqual(keys)
})

test('they lie in files for their owner alone, in a folder for its owner alone, and nothing is left over', async () => {
  await loadKeys(folder)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  expect((await readdir(folder)).toSorted()).toEqual(['master.key', 'proxy.key'])
  for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
})

test('of many that start at once all get the same', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => loadKeys(folder)))
  for (const keys of all) expect(keys).toEqual(all[0])
})

const bad = [
  { what: 'empty', text: '', says: 'is empty' },
  { what: 'blank', text: '\n', says: 'is empty' },
  { what: 'a word', text: 'changeme', says: 'is not 32 bytes as base64url' },
  { what: '15 bytes', text: Buffer.alloc(15, 'abcdefgh').toString('base64url'), says: 'is not 32 bytes' },
  { what: '33 bytes', text: Buffer.from('0123456789abcdefghijklmnopqrstuvw').toString('base64url'), says: 'is not 32' },
  {
    what: 'base64 with padding',
    text: Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64'),
    says: 'is not 32',
  },
  { what: 'all zero', text: Buffer.alloc(32).toString('base64url'), says: 'is not random' },
  { what: 'one word over and over', text: Buffer.alloc(32, 'secret').toString('base64url'), says: 'is not random' },
]

test.for(bad)('D-24 a key that is $what is refused by name, and not made anew', async ({ text, says }) => {
  await loadKeys(folder)
  for (const name of ['proxy.key', 'master.key']) {
    const path = join(folder, name)
    const good = await readFile(path, 'utf8')
    await writeFile(path, text)
    const message = expect.stringContaining(`${path} ${says}`)
    await expect(loadKeys(folder)).rejects.toMatchObject({ code: 'bad-key', message })
    expect(await readFile(path, 'utf8')).toBe(text)
    await writeFile(path, good)
  }
})

test.for([0o644, 0o606, 0o620])('a key file of mode %o is refused by name, and the key is not said', async (mode) => {
  const { proxyKey } = await loadKeys(folder)
  const path = join(folder, 'proxy.key')
  await chmod(path, mode)
  const error = await loadKeys(folder).then(undefined, (reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'bad-key', message: expect.stringContaining(`${path} may be read`) })
  expect(String(error)).not.toContain(proxyKey)
})

test('a key handed over by group, as Kubernetes does, is taken', async () => {
  const keys = await loadKeys(folder)
  await chmod(join(folder, 'master.key'), 0o440)
  expect(await loadKeys(folder)).toEqual(keys)
})

test('keys in memory are others each time', () => {
  expect(makeKeys().proxyKey).not.toBe(makeKeys().proxyKey)
  expect(makeKeys().master).toHaveLength(32)
})

test('the store is opened by its word, in a folder for its owner alone', async () => {
  const store = await openStore('sqlite', folder)
  await store.close()
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  expect(await readdir(folder)).toEqual(['labelgate.db'])
  const memory = await openStore('memory', join(parent, 'never'))
  expect(await memory.accounts()).toEqual([])
  expect(await readdir(parent)).toEqual(['data'])
})
