/** Every vector of the collection is named by a test, or has its reason. A list of where: LIST_VECTORS=1. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COLLECTION } from './collection.ts'

const ROOT = join(import.meta.dirname, '..')
const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') || /^threats\/group-.*\.ts$|\/vectors\.ts$/.test(file))
  .toSorted()
const named = new Map(files.map((file) => [file, namesIn(readFileSync(join(ROOT, file), 'utf8'))]))

/** What stands in the names of tests, and in the `id` of vectors: in text, not in comments. */
function namesIn(source: string): ReadonlySet<string> {
  const texts = source.matchAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g)
  return new Set([...texts].flatMap(([text]) => text.match(/\b[A-Z]-\d\d\b/g) ?? []))
}

function where(id: string): string[] {
  return [...named].filter(([, ids]) => ids.has(id)).map(([file]) => file)
}

test.for(Object.entries(COLLECTION))('%s: %s', ([id, reason]) => {
  if (reason === 'here') expect(where(id)).not.toEqual([])
  else expect(reason.length).toBeGreaterThan(20)
})

test('no test names a vector that the collection does not have', () => {
  const known = new Set(Object.keys(COLLECTION))
  const strange = [...named].flatMap(([file, ids]) =>
    [...ids].filter((id) => /^[A-I]/.test(id) && !known.has(id)).map((id) => `${file}: ${id}`),
  )
  expect(strange).toEqual([])
})

if (process.env['LIST_VECTORS'] === '1') {
  for (const [id, reason] of Object.entries(COLLECTION))
    console.log(`${id}: ${reason === 'here' ? where(id).join(', ') : reason}`)
}
