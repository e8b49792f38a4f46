import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SCHEMA } from '../../../src/config/file/schema.ts'
import type { Schema } from '../../../src/config/file/schema-words.ts'
import { generatedSchema } from '../../../src/docs.ts'

const [path, text] = generatedSchema()

test(`${path} is what npm run docs writes`, () => {
  expect(readFileSync(`${import.meta.dirname}/../../../${path}`, 'utf8')).toBe(text)
})

/** Every schema below it, by where it stands. */
function all(schema: Schema, at: string): [at: string, schema: Schema][] {
  const below = Object.entries({ ...schema.properties, ...schema.definitions }).flatMap(([name, one]) =>
    all(one, `${at}.${name}`),
  )
  return [[at, schema], ...below]
}

test.for(all(SCHEMA, 'file').filter(([at]) => !/^file\.providers\.\w/.test(at)))(
  '%s has a sentence, and refuses keys it does not know',
  ([, schema]) => {
    expect(schema.description).toMatch(/\S[.?]( Default: .*)?$/)
    if (schema.type === 'object') expect(schema.additionalProperties).toBeDefined()
  },
)
