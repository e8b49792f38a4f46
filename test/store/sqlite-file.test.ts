import { chmod, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SqliteStore } from '../../src/store/sqlite.ts'
import { sqliteBench, type SqliteBench } from './bench.ts'
import { listen, settle, words } from './contract.ts'
import { account, NOON, session } from './samples.ts'

let bench: SqliteBench
beforeEach(async () => {
  bench = await sqliteBench()
})
afterEach(() => bench.close())

/** Changes the file as no store would, while none has it open. */
async function meddle(path: string, sql: string): Promise<void> {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}

test('what was written is there when the file is opened again', async () => {
  await bench.store.putAccount(account('alice'))
  await bench.store.close()
  expect(await (await bench.other()).accounts()).toEqual([account('alice')])
})

test('the file, its journal and its index are for their owner alone, also where the file was open to others', async () => {
  const modes = () => Promise.all(['', '-wal', '-shm'].map(async (end) => (await stat(bench.path + end)).mode & 0o777))
  await bench.store.putAccount(account('alice'))
  expect(await modes()).toEqual([0o600, 0o600, 0o600])
  await bench.store.close()
  await chmod(bench.path, 0o644)
  await (await bench.other()).putAccount(account('bob'))
  expect(await modes()).toEqual([0o600, 0o600, 0o600])
})

test('the journal is written ahead, so that readers and the writer do not wait for each other', async () => {
  await bench.store.close()
  const db = new DatabaseSync(bench.path)
  expect(db.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' })
  db.close()
})

const unreadable = [
  {
    what: 'no database',
    code: 'corrupt',
    make: (path: string) => writeFile(path, 'not a database, but long enough'.repeat(99)),
  },
  { what: 'another program’s', code: 'foreign', make: (path: string) => meddle(path, 'CREATE TABLE notes (a)') },
  {
    what: 'another program’s that says so',
    code: 'foreign',
    make: (path: string) => meddle(path, 'PRAGMA application_id = 7'),
  },
] as const

test.for(unreadable)('a file that is $what is refused by name, and left as it was', async ({ code, make }) => {
  const path = join(bench.folder, 'other.db')
  await make(path)
  const before = await readFile(path)
  const open = SqliteStore.open(path)
  await expect(open).rejects.toMatchObject({ code, message: expect.stringContaining(path) })
  expect(await readFile(path)).toEqual(before)
})

test('a file of a newer version is refused by name, with both versions', async () => {
  await bench.store.close()
  await meddle(bench.path, 'INSERT INTO migration VALUES (99, 0)')
  const message = expect.stringMatching(/labelgate\.db was written by a newer labelgate \(version 99; .* version \d+\)/)
  await expect(bench.other()).rejects.toMatchObject({ code: 'newer', message })
})

test('an empty file is a new one', async () => {
  const path = join(bench.folder, 'empty.db')
  await writeFile(path, '')
  const store = await SqliteStore.open(path)
  expect(await store.accounts()).toEqual([])
  await store.close()
})

test('a folder that is not there is said by name', async () => {
  const path = join(bench.folder, 'nowhere', 'labelgate.db')
  await expect(SqliteStore.open(path)).rejects.toMatchObject({ code: 'failed', message: expect.stringContaining(path) })
})

const damage = [
  { what: 'groups are no list', sql: "UPDATE account SET groups = '{}'" },
  { what: 'groups are no JSON', sql: "UPDATE account SET groups = 'admins'" },
  { what: 'a time is beyond all numbers', sql: 'UPDATE account SET created_at = 9223372036854775807' },
]

test.for(damage)('a row that cannot be read is an error, never a missing one: $what', async ({ sql }) => {
  await bench.store.putAccount(account('alice'))
  await meddle(bench.path, sql)
  const message = expect.stringContaining(bench.path)
  await expect(bench.store.account('alice')).rejects.toMatchObject({ code: 'corrupt', message })
  await expect(bench.store.accounts()).rejects.toMatchObject({ code: 'corrupt', message })
})

test('pages that were overwritten are an error that names the file', async () => {
  for (let i = 0; i < 300; i++) await bench.store.putSession(session(`s${i}`))
  await bench.store.close()
  const bytes = await readFile(bench.path)
  await writeFile(bench.path, bytes.fill(0xa5, 20 * 4096))
  const store = await bench.other()
  const read = async () => {
    for await (const record of store.sessions()) expect(record.id).toHaveLength(43)
  }
  await expect(read()).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining(bench.path) })
})

test('D-12 a time that is no number does not get in', async () => {
  for (const lastSeen of [Number.NaN, Number.POSITIVE_INFINITY, 1.5]) {
    await expect(bench.store.putSession(session('a', { lastSeen }))).rejects.toMatchObject({ code: 'failed' })
  }
})

test('a writer waits for another process without holding up the event loop, and gives up with code busy', async () => {
  const other = new DatabaseSync(bench.path)
  other.exec('BEGIN IMMEDIATE')
  let turns = 0
  const hand = setInterval(() => (turns += 1), 1)
  const write = bench.store.putAccount(account('alice'))
  await expect.poll(() => turns).toBeGreaterThan(3)
  other.exec('COMMIT')
  await expect(write).resolves.toBeUndefined()
  other.exec('BEGIN IMMEDIATE')
  await expect(bench.store.putAccount(account('bob'))).rejects.toMatchObject({ code: 'busy' })
  // a reader does not wait at all
  expect(await bench.store.account('alice')).toEqual(account('alice'))
  other.close()
  clearInterval(hand)
}, 20_000)

test('the feed says broken once while the file is gone, and restored when it is back', async () => {
  const heard = listen(bench.store)
  await rename(bench.path, `${bench.path}.aside`)
  bench.turn()
  bench.turn()
  await settle()
  expect(heard).toEqual([{ kind: 'broken' }])
  await rename(`${bench.path}.aside`, bench.path)
  bench.turn()
  await bench.store.putAccount(account('alice'))
  await settle()
  expect(heard).toEqual([{ kind: 'broken' }, { kind: 'restored' }, { kind: 'account', key: 'alice' }])
})

test('the feed says broken where a backup was put in the file’s place', async () => {
  const heard = listen(bench.store)
  await writeFile(`${bench.path}.backup`, await readFile(bench.path))
  await rename(`${bench.path}.backup`, bench.path)
  bench.turn()
  await settle()
  expect(heard).toEqual([{ kind: 'broken' }])
})

test('who was told too little, since changes are dropped in time, is told to read everything anew', async () => {
  const other = await bench.other()
  const heard = listen(bench.store)
  await other.putAccount(account('alice'))
  await other.putAccount(account('bob'))
  await meddle(bench.path, 'DELETE FROM changes WHERE seq = 1')
  bench.turn()
  await settle()
  expect(words(heard)).toEqual(['broken', 'restored'])
})

test('audit lines and changes are dropped from the oldest on, in time', async () => {
  await meddle(
    bench.path,
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100005)
     INSERT INTO audit SELECT i, i, 'sign-in-refused', NULL, NULL, '{}' FROM n;
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10005)
     INSERT INTO changes SELECT i, 'account', 'a' FROM n`,
  )
  await bench.store.prune({ createdBefore: 0, seenBefore: 0, now: NOON })
  const db = new DatabaseSync(bench.path)
  const oldest = (table: string) => db.prepare(`SELECT min(seq) AS seq, count(*) AS rows FROM ${table}`).get()
  expect(oldest('audit')).toMatchObject({ seq: 6, rows: 100_000 })
  expect(oldest('changes')).toMatchObject({ seq: 6, rows: 10_000 })
  db.close()
})
