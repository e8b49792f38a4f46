import { randomBytes } from 'node:crypto'
import { link, open, readFile, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError } from './error.ts'
import { makeFolder } from './folder.ts'

const BYTES = 32
// Readable by a group is how Kubernetes hands secrets over; more is a mistake.
const TOO_OPEN = 0o027

export interface Keys {
  /** Stands in the capability address; 43 characters, base64url. */
  readonly proxyKey: string
  /** What everything sealed is sealed with. */
  readonly master: Uint8Array
}

/** Keys that are forgotten with the process. */
export function makeKeys(): Keys {
  return { proxyKey: randomBytes(BYTES).toString('base64url'), master: randomBytes(BYTES) }
}

/**
 * The keys of this installation: `proxy.key` and `master.key` in the data folder, made at the first start.
 * @throws StoreError `bad-key` for a file that others may read or that does not hold 32 random bytes: never made anew,
 *   since what was given out with it would stop working without a word
 */
export async function loadKeys(dataDir: string): Promise<Keys> {
  await makeFolder(dataDir)
  const proxyKey = await loadKey(join(dataDir, 'proxy.key'))
  const master = await loadKey(join(dataDir, 'master.key'))
  return { proxyKey: proxyKey.toString('base64url'), master }
}

async function loadKey(path: string): Promise<Buffer> {
  return (
    (await readKey(path)) ?? (await createKey(path), await readKey(path)) ?? bad(path, 'went away while it was read')
  )
}

async function readKey(path: string): Promise<Buffer | undefined> {
  try {
    const [{ mode }, text] = [await stat(path), await readFile(path, 'utf8')]
    if ((mode & TOO_OPEN) !== 0)
      bad(path, 'may be read or written by others: chmod 600 it, and make a new one if it was')
    return decode(path, text.trim())
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    if (error instanceof StoreError) throw error
    throw new StoreError('bad-key', `${path} cannot be read`, { cause: error })
  }
}

/** Whole or not at all, and never over another: of two processes that start at once, both read what the first made. */
async function createKey(path: string): Promise<void> {
  const aside = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`
  const file = await open(aside, 'wx', 0o600)
  try {
    await file.writeFile(`${randomBytes(BYTES).toString('base64url')}\n`)
    await file.sync()
    await link(aside, path)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  } finally {
    await file.close()
    await unlink(aside)
  }
}

function decode(path: string, text: string): Buffer {
  if (text === '') bad(path, 'is empty')
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text || bytes.length !== BYTES) bad(path, `is not ${BYTES} bytes as base64url`)
  // 32 random bytes with fewer than 16 different ones do not happen: zeros, a sample, a word over and over.
  if (new Set(bytes).size < 16) bad(path, 'is not random')
  return bytes
}

function bad(path: string, why: string): never {
  throw new StoreError('bad-key', `${path} ${why}. Put back the one from your backup, or remove it to have one made`)
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
