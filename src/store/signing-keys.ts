import { randomBytes } from 'node:crypto'
import { open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose'
import { StoreError } from './error.ts'
import { makeFolder } from './folder.ts'

/** An ES256 key (RFC 7518 section 3.4). */
export interface SigningKey {
  /** Thumbprint of the public part (RFC 7638). */
  readonly kid: string
  /** Epoch milliseconds from which on it signs; it is published before. */
  readonly from: number
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

/** Where signing keys rest. */
export interface SigningKeyStore {
  /** All of them, in no order that counts. */
  load(): Promise<SigningKey[]>
  /** Makes one that signs from then on. */
  make(from: number): Promise<void>
  remove(kid: string): Promise<void>
}

/** Keys that are forgotten with the process. */
export class MemorySigningKeys implements SigningKeyStore {
  readonly #keys = new Map<string, SigningKey>()

  async load(): Promise<SigningKey[]> {
    return [...this.#keys.values()]
  }

  async make(from: number): Promise<void> {
    const key = await keyOf(await newJwk(), from)
    this.#keys.set(key.kid, key)
  }

  async remove(kid: string): Promise<void> {
    this.#keys.delete(kid)
  }
}

const TOO_OPEN = 0o077
const NAME = /^[\w-]{43}\.json$/

/** `signing/<kid>.json` in the data folder, for its owner alone; shared by all processes that serve from it. */
export class FolderSigningKeys implements SigningKeyStore {
  readonly #folder: string

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'signing')
  }

  /** @throws StoreError `bad-key` for a file that others may read, or that holds no key of ours */
  async load(): Promise<SigningKey[]> {
    await makeFolder(this.#folder)
    const names = (await readdir(this.#folder)).filter((name) => NAME.test(name))
    const keys = await Promise.all(names.map((name) => readKey(join(this.#folder, name))))
    return keys.filter((key) => key !== undefined)
  }

  /** Whole or not at all. */
  async make(from: number): Promise<void> {
    await makeFolder(this.#folder)
    const jwk = await newJwk()
    const path = join(this.#folder, `${await calculateJwkThumbprint(jwk)}.json`)
    const aside = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`
    const file = await open(aside, 'wx', 0o600)
    try {
      await file.writeFile(`${JSON.stringify({ from, jwk })}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(aside, path)
  }

  async remove(kid: string): Promise<void> {
    await unlink(join(this.#folder, `${kid}.json`)).catch((error: unknown) => {
      // another process was sooner
      if (!isAbsent(error)) throw error
    })
  }
}

async function newJwk(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return exportJWK(privateKey)
}

async function keyOf(jwk: JWK, from: number): Promise<SigningKey> {
  const { kty, crv, x, y } = jwk
  const kid = await calculateJwkThumbprint(jwk)
  const privateKey = await importJWK({ ...jwk, alg: 'ES256' }, 'ES256')
  if (privateKey instanceof Uint8Array || privateKey.type !== 'private') throw new TypeError('no private key')
  const publicJwk = { kty, crv, x, y, kid, use: 'sig', alg: 'ES256' } as JWK
  return { kid, from, privateKey, publicJwk }
}

/** Undefined where another process has just removed it. */
async function readKey(path: string): Promise<SigningKey | undefined> {
  try {
    const [{ mode }, text] = [await stat(path), await readFile(path, 'utf8')]
    if ((mode & TOO_OPEN) !== 0) throw new Error('may be read or written by others: remove it, and a new one is made')
    const { from, jwk } = JSON.parse(text) as { from: unknown; jwk: JWK }
    if (typeof from !== 'number' || !(from > 0)) throw new Error('holds no time')
    return await keyOf(jwk, from)
  } catch (cause) {
    if (isAbsent(cause)) return undefined
    const why = cause instanceof Error && cause.message.startsWith('may be') ? cause.message : 'holds no signing key'
    throw new StoreError('bad-key', `${path} ${why}`, { cause })
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
