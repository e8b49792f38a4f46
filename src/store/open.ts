import { makeFolder } from './folder.ts'
import { join } from 'node:path'
import { MemoryStore } from './memory.ts'
import { SqliteStore } from './sqlite.ts'
import type { Store } from './store.ts'

/** @param dataDir where `labelgate.db` lies; made, for its owner alone, where it is not there */
export async function openStore(kind: 'sqlite' | 'memory', dataDir: string): Promise<Store> {
  if (kind === 'memory') return new MemoryStore()
  await makeFolder(dataDir)
  return SqliteStore.open(join(dataDir, 'labelgate.db'))
}
