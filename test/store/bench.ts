import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryStore } from '../../src/store/memory.ts'
import { SqliteStore } from '../../src/store/sqlite.ts'
import type { Every } from '../../src/store/timer.ts'
import type { Bench } from './contract.ts'
import { NOON } from './samples.ts'

/** A hand that only a test turns. */
export class Hand {
  readonly #runs = new Set<() => void>()

  readonly every: Every = (_, run) => {
    this.#runs.add(run)
    return () => this.#runs.delete(run)
  }

  turn(): void {
    for (const run of this.#runs) run()
  }
}

export async function memoryBench(): Promise<Bench> {
  let now = NOON
  const store = new MemoryStore(() => now)
  return {
    store,
    other: async () => store,
    turn: () => undefined,
    setTime: (time) => (now = time),
    close: () => store.close(),
  }
}

export interface SqliteBench extends Bench {
  readonly folder: string
  readonly path: string
}

export async function sqliteBench(): Promise<SqliteBench> {
  let now = NOON
  const hand = new Hand()
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-store-'))
  const path = join(folder, 'labelgate.db')
  const open = () => SqliteStore.open(path, { every: hand.every, now: () => now })
  const stores = [await open()]
  const other = async () => {
    const store = await open()
    stores.push(store)
    return store
  }
  const [store] = stores
  if (store === undefined) throw new Error('never')
  return {
    store,
    folder,
    path,
    other,
    turn: () => hand.turn(),
    setTime: (time) => (now = time),
    close: async () => {
      for (const one of stores) await one.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
