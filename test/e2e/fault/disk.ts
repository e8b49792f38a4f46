/** A file system of its own for one folder, that can be full, read-only or locked. Needs root. */
import { chmod, mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

export class SmallDisk implements AsyncDisposable {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async mount(): Promise<SmallDisk> {
    const path = await mkdtemp(join(tmpdir(), 'labelgate-disk-'))
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'labelgate-test', path])
    return new SmallDisk(path)
  }

  /** Until there is no byte left. */
  async fill(): Promise<void> {
    for (let n = 0; n < 100; n++) {
      const full = await writeFile(join(this.path, 'filler'), Buffer.alloc(4096), { flag: 'a' }).catch(String)
      if (full !== undefined) return
    }
    throw new Error('the disk does not fill up')
  }

  async empty(): Promise<void> {
    await rm(join(this.path, 'filler'))
  }

  async allow(access: 'ro' | 'rw'): Promise<void> {
    await execa('mount', ['-o', `remount,${access}`, this.path])
  }

  /** Mode of the folder in which the next content is made ready. */
  async stage(mode: number): Promise<void> {
    await chmod(join(this.path, '.labelgate'), mode)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await execa('umount', [this.path])
    await rmdir(this.path)
  }
}
