import type { Settings } from '../config/settings.ts'
import { Assertions } from '../session/assertions.ts'
import { Signing } from '../session/signing.ts'
import { FolderSigningKeys, MemorySigningKeys } from '../store/signing-keys.ts'

export interface OpenSigning extends Disposable {
  readonly assertions: Assertions
  /** A JWK Set. */
  readonly publicKeys: () => unknown
}

/** What is signed, and by which keys; they rest where everything else does. Rejects with a StoreError where they cannot. */
export async function openSigning(
  { store, dataDir, portal }: Pick<Settings, 'store' | 'dataDir' | 'portal'>,
  { now, fault }: { readonly now: () => number; readonly fault: (error: unknown) => void },
): Promise<OpenSigning> {
  const keys = store === 'memory' ? new MemorySigningKeys() : new FolderSigningKeys(dataDir)
  const signing = await Signing.open(keys, { now, onError: fault })
  return {
    assertions: new Assertions(signing, portal.origin),
    publicKeys: () => signing.published,
    [Symbol.dispose]: () => signing.close(),
  }
}
