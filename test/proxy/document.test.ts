import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { Document } from '../../src/proxy/traefik/document.ts'
import { writeAll } from '../../src/proxy/traefik/stage.ts'
import { DynamicFile } from '../../src/proxy/traefik/write.ts'

test('a document is its parts, one after the other, and their bytes alone', () => {
  const document = new Document(['é', '', Buffer.from('b\n')])
  expect(document.text).toBe('éb\n')
  expect([document.byteLength, document.parts.length]).toEqual([4, 2])
  expect(document.isIn(Buffer.from('éb\n'))).toBe(true)
  for (const other of ['', 'éb', 'éb\n\n', 'éc\n', 'eéb']) expect(document.isIn(Buffer.from(other)), other).toBe(false)
})

test('documents are the same by their bytes, made anew or not', () => {
  const part = Buffer.from('kept')
  const document = new Document(['a', part])
  expect(document.sameAs(new Document(['a', part]))).toBe(true)
  expect(document.sameAs(new Document(['a', 'kept']))).toBe(true)
  for (const parts of [['a'], ['a', 'kepT'], ['b', part], ['a', part, 'c'], []])
    expect(document.sameAs(new Document(parts))).toBe(false)
})

test('a disk that takes few bytes at a time gets all of them, each once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string()), fc.integer({ min: 1, max: 9 }), async (texts, most) => {
      const taken: Buffer[] = []
      const writev = (parts: readonly NodeJS.ArrayBufferView[]) => {
        const bytes = Buffer.concat(parts as readonly Buffer[]).subarray(0, most)
        taken.push(bytes)
        return Promise.resolve({ bytesWritten: bytes.length, buffers: [] })
      }
      await writeAll({ writev } as Pick<FileHandle, 'writev'>, new Document(texts).parts)
      expect(Buffer.concat(taken)).toEqual(Buffer.from(texts.join('')))
    }),
  )
})

test('a file is written of more parts than the system takes in one call', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'labelgate-parts-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'labelgate.yml')
  await using file = await DynamicFile.open(path)
  const lines = Array.from({ length: 5000 }, (_, n) => `line ${n}\n`)
  expect(await file.publish(new Document(lines))).toBe('written')
  expect(readFileSync(path, 'utf8')).toBe(lines.join(''))
  // the same bytes in other parts need not be written
  expect(await file.publish(new Document([lines.join('')]))).toBe('unchanged')
})
