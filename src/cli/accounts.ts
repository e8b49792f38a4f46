import { randomBytes } from 'node:crypto'
import { Accounts } from '../identity/local/accounts.ts'
import { PasswordHasher } from '../identity/local/password.ts'
import { Throttle } from '../identity/local/throttle.ts'
import { Devices } from '../session/devices.ts'
import { Seal } from '../session/seal.ts'
import { StoreError } from '../store/error.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { CommandError, EXIT } from './exit.ts'
import { offlineSettingsOf } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** Runs with the accounts of this installation; a server that runs beside it takes up what changes within a second. */
export async function withAccounts<T>(
  { env }: Terminal,
  run: (accounts: Accounts, store: Store) => Promise<T>,
): Promise<T> {
  const { store: kind, dataDir } = offlineSettingsOf(env)
  if (kind === 'memory')
    throw new CommandError(EXIT.usage, 'LABELGATE_STORE=memory keeps accounts in the server alone: use sqlite')
  const store = await openStore(kind, dataDir).catch(unreachable)
  try {
    // nobody signs in here, so nothing is sealed that another process would have to open
    const devices = new Devices(Seal.from(randomBytes(32)))
    return await run(new Accounts(store, new PasswordHasher(), new Throttle(), devices), store)
  } catch (error) {
    return unreachable(error)
  } finally {
    await store.close()
  }
}

/** What goes wrong with a store, as a person wants to read it. */
export function unreachable(error: unknown): never {
  if (error instanceof CommandError) throw error
  if (error instanceof StoreError || isSystemError(error)) {
    throw new CommandError(EXIT.unreachable, `LABELGATE_DATA_DIR: ${error.message}`, { cause: error })
  }
  throw error
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}
