/** What Traefik may find in the file we write for it, whatever happens to us or stands in our way. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Document } from '../../src/proxy/traefik/document.ts'
import { DynamicFile } from '../../src/proxy/traefik/write.ts'
import { TEXTS } from './dynamic-writer.ts'

const TEXT = new Document(['text\n'])

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'labelgate-file-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  return made
}

async function opened(path: string): Promise<DynamicFile> {
  const file = await DynamicFile.open(path)
  onTestFinished(() => file.close())
  return file
}

describe('I-12 whoever reads finds the file whole', () => {
  test('while its writer is killed, again and again', { timeout: 60_000 }, async () => {
    const path = join(folder(), 'labelgate.yml')
    let reads = 0
    for (let round = 1; round <= 10; round++) {
      const writer = spawn(process.execPath, [join(import.meta.dirname, 'dynamic-writer.ts'), path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const gone = once(writer, 'exit')
      for (let written = 0; written < 3 * round;) {
        const [bytes] = (await once(writer.stdout, 'data')) as [Buffer]
        written += bytes.length
        expect(TEXTS).toContain(readFileSync(path, 'utf8'))
        reads += 1
      }
      writer.kill('SIGKILL')
      await gone
      expect(TEXTS).toContain(readFileSync(path, 'utf8'))
    }
    expect(reads).toBeGreaterThan(10)
    // what the last one left in the way does not matter to the next
    const file = await opened(path)
    expect(await file.publish(new Document(['ne', 'xt\n']))).toBe('written')
    expect(readFileSync(path, 'utf8')).toBe('next\n')
  })

  test('where the folder is gone the state says so, and what was published comes as soon as it is there', async () => {
    const path = join(folder(), 'not-yet', 'labelgate.yml')
    const file = await opened(path)
    expect(await file.publish(TEXT)).toBe('failing')
    expect(file.state).toMatchObject({ kind: 'failing', reason: expect.stringContaining('make the folder') })
    mkdirSync(join(path, '..'))
    expect(await file.publish(TEXT)).toBe('written')
    expect(file.state).toEqual({ kind: 'current' })
  })
})

test('I-28 a second process does not write to the file of the first, and the file stays when we go', async () => {
  const path = join(folder(), 'labelgate.yml')
  const first = await DynamicFile.open(path)
  await first.publish(TEXT)
  await expect(DynamicFile.open(path)).rejects.toThrow(path)
  await first.close()
  expect(readFileSync(path, 'utf8')).toBe('text\n')
  expect(await (await opened(path)).publish(TEXT)).toBe('unchanged')
})

describe('H-22 a link that was planted leads nowhere', () => {
  test('in the place of the file: it is replaced, and what it named is not touched', async () => {
    const path = join(folder(), 'labelgate.yml')
    const victim = join(folder(), 'victim')
    writeFileSync(victim, 'precious')
    symlinkSync(victim, path)
    await (await opened(path)).publish(TEXT)
    expect([lstatSync(path).isFile(), readFileSync(path, 'utf8'), readFileSync(victim, 'utf8')]).toEqual([
      true,
      'text\n',
      'precious',
    ])
  })

  test('in the place of what is made ready: it is taken away', async () => {
    const path = join(folder(), 'labelgate.yml')
    const victim = join(folder(), 'victim')
    const file = await opened(path)
    symlinkSync(victim, join(path, '..', '.labelgate', 'labelgate.yml.tmp'))
    expect(await file.publish(TEXT)).toBe('written')
    expect(existsSync(victim)).toBe(false)
  })

  test('in the place of the folder in which it is made ready: nothing is written', async () => {
    const path = join(folder(), 'labelgate.yml')
    const elsewhere = folder()
    symlinkSync(elsewhere, join(path, '..', '.labelgate'))
    const file = await opened(path)
    expect(await file.publish(TEXT)).toBe('failing')
    expect(existsSync(path)).toBe(false)
  })
})
