import type { Address } from '../config/settings.ts'
import { CommandError, EXIT } from './exit.ts'

const MENDS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there: stop it, or choose another port',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this user may not listen there: choose a port above 1023',
}

/** What `listen` makes listen. */
export interface Listening {
  listen(address: Address): Promise<unknown>
}

/** @param option the name of the option the address is from, for the error */
export async function listen(app: Listening, { host, port }: Address, option: string): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const why = MENDS[code] ?? (error instanceof Error ? error.message : String(error))
    throw new CommandError(EXIT.unreachable, `${option}: ${host}:${port}: ${why}`, { cause: error })
  }
}
