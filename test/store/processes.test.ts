import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SqliteStore } from '../../src/store/sqlite.ts'

const program = join(import.meta.dirname, 'writer.ts')
const run = promisify(execFile)

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labelgate-processes-'))
  path = join(folder, 'labelgate.db')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a process killed while it writes leaves a file that opens, with all that was acknowledged', async () => {
  const child = spawn(process.execPath, [program, 'write', path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))
  const acknowledged: string[] = []
  for await (const line of createInterface(child.stdout)) {
    acknowledged.push(...line.split(' '))
    if (acknowledged.length === 400) child.kill('SIGKILL')
  }
  expect(await gone).toBe('SIGKILL')
  const store = await SqliteStore.open(path)
  const there = new Map<string, string | null>()
  for await (const { id, parent } of store.sessions()) there.set(id, parent)
  await store.close()
  // the last line may be torn by the kill
  const whole = acknowledged.filter((id) => id.length === 43)
  expect(whole.length).toBeGreaterThanOrEqual(400)
  expect(whole.filter((id) => !there.has(id))).toEqual([])
  for (const parent of there.values()) expect(parent === null || there.has(parent)).toBe(true)
}, 30_000)

test('processes that start at once on a new folder make one file, and none fails', async () => {
  const all = Array.from({ length: 4 }, () => run(process.execPath, [program, 'open', path]))
  await expect(Promise.all(all)).resolves.toHaveLength(4)
  const store = await SqliteStore.open(path)
  expect(await store.accounts()).toHaveLength(4)
  await store.close()
}, 30_000)

test('the feed tells what another process wrote, by the clock on the wall, within a second', async () => {
  const store = await SqliteStore.open(path)
  const told = new Promise<number>((resolve) => store.subscribe(() => resolve(Date.now())))
  await run(process.execPath, [program, 'open', path])
  const written = Date.now()
  // written before the process ended, so this is the most it can have been
  expect((await told) - written).toBeLessThan(1000)
  await store.close()
}, 30_000)

test('processes that start at once agree on the keys', async () => {
  const all = Array.from({ length: 4 }, () => run(process.execPath, [program, 'keys', folder]))
  const said = (await Promise.all(all)).map(({ stdout }) => stdout)
  expect(said[0]).toMatch(/^[\w-]{43} [\w-]{43}$/)
  expect(new Set(said).size).toBe(1)
}, 30_000)
