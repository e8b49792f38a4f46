/** Providers outside the examples' containers, which containers and browsers reach by one and the same name. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../image.ts'

/** Browsers take it for this machine; containers are told that it is (`extra_hosts`). */
export const OUTSIDE = 'id.localhost'

/** A file of the test in the place of one of the example, by its path in the container. */
export type Files = Readonly<Record<string, string>>

/** Volumes of a compose file for these files, which lie in a folder of their own. */
export async function mounted(parts: AsyncDisposableStack, files: Files): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-example-'))
  parts.defer(() => rm(folder, { recursive: true }))
  return Promise.all(
    Object.entries(files).map(async ([target, text], i) => {
      // in the container it is read by somebody else
      await writeFile(join(folder, String(i)), text, { mode: 0o644 })
      return `${join(folder, String(i))}:${target}:ro`
    }),
  )
}

/**
 * The operator's file of an example with some of its words replaced.
 * @throws Error where the file does not say what would be replaced: the example has changed
 */
export async function operatorFile(example: string, replaced: Readonly<Record<string, string>>): Promise<string> {
  let text = await readFile(join(ROOT, 'deploy/examples', example, 'labelgate.yaml'), 'utf8')
  for (const [from, to] of Object.entries(replaced)) {
    if (!text.includes(from)) throw new Error(`labelgate.yaml of ${example} does not say ${from}`)
    text = text.replaceAll(from, () => to)
  }
  return text
}
