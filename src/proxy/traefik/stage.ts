import { constants } from 'node:fs'
import { chmod, lstat, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Document } from './document.ts'

/** A file we own, and the folder beside it in which its next content is made ready. */
export interface Place {
  readonly file: string
  readonly folder: string
  /**
   * On the same file system, so that rename is atomic, and in a folder Traefik does not watch: an event for a file it
   * does not even read costs it two seconds before it looks at the next (aggregator.go, the throttle).
   */
  readonly stage: string
}

/** Tells two states of a file apart without reading it; undefined where there is no regular file. */
export type Stamp = string | undefined

/**
 * The file holds the key of the capability address, so not everybody reads it: its owner does and its group. Traefik
 * runs as root (its image's default), or as our user, or in the group of the folder where that is set-group-ID.
 */
const FILE_MODE = 0o640
/** Traefik lists every folder below the one it is given, and fails over one it may not list: same readers as the file. */
const STAGE_MODE = 0o750
const OTHERS_WRITE = 0o022

export function placeOf(path: string): Place {
  const folder = dirname(path)
  return { file: path, folder, stage: join(folder, '.labelgate') }
}

/** Makes the stage, or makes sure that it is one: where others can write, they could plant a link to anywhere. */
export async function prepareStage({ stage }: Place): Promise<void> {
  const made = await mkdir(stage, { mode: STAGE_MODE }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
  const found = await lstat(stage)
  if (!found.isDirectory() || found.uid !== process.geteuid?.() || (found.mode & OTHERS_WRITE) !== 0) {
    throw new Error(`${stage} is not a folder of our own that nobody else can write: remove it`)
  }
  // whatever the umask; a set-group-ID bit that came from the folder stays: by it the file gets that folder's group
  if (made) await chmod(stage, (found.mode & 0o7000) | STAGE_MODE)
}

/** Puts the bytes in the file's place, whole or not at all, also across a power cut. Follows no link, ever. */
export async function replaceFile({ file, folder, stage }: Place, { parts }: Document): Promise<void> {
  const next = join(stage, `${basename(file)}.tmp`)
  // what a killed predecessor left; O_EXCL then sees to it that nothing else stands there
  await rm(next, { force: true })
  {
    await using handle = await open(next, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, FILE_MODE)
    await writeAll(handle, parts)
    await handle.chmod(FILE_MODE)
    await handle.sync()
  }
  await rename(next, file)
  await using handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  await handle.sync()
}

/** All of them, in their order: one call may write less than it was given. */
export async function writeAll(handle: Pick<FileHandle, 'writev'>, parts: readonly Buffer[]): Promise<void> {
  for (let rest = parts; rest.length > 0;) {
    const { bytesWritten } = await handle.writev(rest)
    rest = from(rest, bytesWritten)
  }
}

/** What is left of the parts after so many bytes. */
function from(parts: readonly Buffer[], bytes: number): readonly Buffer[] {
  let [at, left] = [0, bytes]
  for (let part = parts[0]; part !== undefined && part.length <= left; part = parts[at]) {
    left -= part.length
    at += 1
  }
  const [first, ...others] = parts.slice(at)
  return first === undefined ? [] : [first.subarray(left), ...others]
}

/** The stamp of a file that holds exactly these bytes; taken before they were read, so that no later edit hides in it. */
export async function stampIfHolding({ file }: Place, document: Document): Promise<Stamp> {
  // a pipe planted there must not keep us waiting, a link must not be followed
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  try {
    await using handle = await open(file, flags)
    const stats = await handle.stat({ bigint: true })
    if (!stats.isFile() || stats.size !== BigInt(document.byteLength)) return undefined
    return document.isIn(await handle.readFile()) ? stamp(stats) : undefined
  } catch (error) {
    if (isOneOf(error, ['ENOENT', 'ELOOP', 'ENXIO'])) return undefined
    throw error
  }
}

export async function stampOf({ file }: Place): Promise<Stamp> {
  try {
    const stats = await lstat(file, { bigint: true })
    return stats.isFile() ? stamp(stats) : undefined
  } catch (error) {
    if (isOneOf(error, ['ENOENT', 'ENOTDIR'])) return undefined
    throw error
  }
}

function stamp(stats: { ino: bigint; size: bigint; ctimeNs: bigint }): string {
  return `${stats.ino} ${stats.size} ${stats.ctimeNs}`
}

function isOneOf(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
