/** The image, built of this checkout once for all tests that run it: what has not changed since, Docker keeps. */
import { join } from 'node:path'
import { execa } from 'execa'

export const IMAGE = 'labelgate-test'
export const ROOT = join(import.meta.dirname, '../..')

export async function buildImage(): Promise<void> {
  await execa('docker', ['build', '--quiet', '--force-rm', '--tag', IMAGE, ROOT])
}
