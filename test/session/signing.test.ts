/** The keys we sign with: who verifies by what was published an hour ago is never surprised by another key. */
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Signing } from '../../src/session/signing.ts'
import { FolderSigningKeys, MemorySigningKeys, type SigningKeyStore } from '../../src/store/signing-keys.ts'
import { NOON } from '../store/samples.ts'

const DAY = 86_400_000
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labelgate-signing-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const stores: Record<string, () => SigningKeyStore> = {
  'in memory': () => new MemorySigningKeys(),
  'in a folder': () => new FolderSigningKeys(folder),
}

function open(store: SigningKeyStore, now = NOON): Promise<Signing> {
  const onError = (error: unknown) => expect.fail(String(error))
  return Signing.open(store, { now: () => now, every: () => () => undefined, onError })
}

const kids = (signing: Signing) => signing.published.keys.map(({ kid }) => kid)

describe.for(Object.entries(stores))('keys %s', ([, make]) => {
  test('one is made at the start, and signs at once', async () => {
    const signing = await open(make())
    expect(kids(signing)).toEqual([signing.key(NOON).kid])
  })

  test('the next is published a day before it signs, the last one for a day after', async () => {
    const signing = await open(make())
    const first = signing.key(NOON).kid
    await signing.rotate(NOON + 29 * DAY - 1)
    expect(kids(signing)).toEqual([first])
    await signing.rotate(NOON + 29 * DAY)
    const [, second] = kids(signing)
    expect([signing.key(NOON + 30 * DAY - 1).kid, signing.key(NOON + 30 * DAY).kid]).toEqual([first, second])
    await signing.rotate(NOON + 31 * DAY - 1)
    expect(kids(signing)).toEqual([first, second])
    await signing.rotate(NOON + 31 * DAY)
    expect(kids(signing)).toEqual([second])
  })

  test('after a long sleep the old one signs for one day more', async () => {
    const store = make()
    const first = (await open(store)).key(NOON).kid
    const signing = await open(store, NOON + 100 * DAY)
    expect(signing.key(NOON + 101 * DAY - 1).kid).toBe(first)
    expect(signing.key(NOON + 101 * DAY).kid).not.toBe(first)
  })

  test('a clock that was set back signs all the same', async () => {
    const signing = await open(make())
    expect(signing.key(NOON - DAY).kid).toBe(signing.key(NOON).kid)
  })

  test('nothing private is published', async () => {
    const [key] = (await open(make())).published.keys
    expect(Object.keys(key ?? {}).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  })
})

test('a start after a start finds the same key, in a file for its owner alone', async () => {
  const first = (await open(new FolderSigningKeys(folder))).key(NOON)
  expect((await open(new FolderSigningKeys(folder))).key(NOON).kid).toBe(first.kid)
  expect(await readdir(join(folder, 'signing'))).toEqual([`${first.kid}.json`])
  expect((await stat(join(folder, 'signing', `${first.kid}.json`))).mode & 0o777).toBe(0o600)
})

test('a process publishes what another has made, once it looks', async () => {
  const [one, two] = [await open(new FolderSigningKeys(folder)), await open(new FolderSigningKeys(folder))]
  await one.rotate(NOON + 29 * DAY)
  expect(kids(two)).toHaveLength(1)
  await two.rotate(NOON + 29 * DAY)
  expect(kids(two)).toEqual(kids(one))
})

describe('a file that cannot be what we wrote is not passed over', () => {
  const spoil: Record<string, (path: string) => Promise<void>> = {
    'others may read it': (path) => chmod(path, 0o644),
    'it is empty': (path) => writeFile(path, ''),
    'it holds no key': (path) => writeFile(path, '{"from":1,"jwk":{}}'),
    'it holds no time': async (path) => writeFile(path, '{"from":"x","jwk":{}}'),
  }
  test.for(Object.entries(spoil))('%s', async ([, change]) => {
    const { kid } = (await open(new FolderSigningKeys(folder))).key(NOON)
    await change(join(folder, 'signing', `${kid}.json`))
    await expect(open(new FolderSigningKeys(folder))).rejects.toMatchObject({
      code: 'bad-key',
      message: expect.stringContaining(`${kid}.json`),
    })
  })
})
