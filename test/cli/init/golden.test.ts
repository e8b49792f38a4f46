/**
 * Each folder of golden/ holds configuration of the program that its name begins with, and what `labelgate init` makes of
 * it. Samples are after the documentation of these programs. `UPDATE_GOLDEN=1` writes what it makes of them now.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { carryOver } from '../../../src/cli/init/carry.ts'
import { operatorBy } from '../../../src/cli/init/check-output.ts'
import { SOURCES } from '../../../src/cli/init/sources.ts'
import { OPERATOR, OVERRIDE } from '../../../src/cli/init/write.ts'
import { tableOf } from './world.ts'

const FOLDER = join(import.meta.dirname, 'golden')
const EXPECTED = 'expected.txt'
const cases = readdirSync(FOLDER)

function carried(name: string) {
  const from = Object.keys(SOURCES).find((source) => name.startsWith(source)) ?? ''
  const files = readdirSync(join(FOLDER, name))
    .filter((file) => file !== EXPECTED)
    .map((file) => ({ file, text: readFileSync(join(FOLDER, name, file), 'utf8') }))
  return carryOver(from, files, {})
}

test.for(cases)('%s is carried over as its golden file says', (name) => {
  const { result, notes } = carried(name)
  const text = [
    ...notes.remarks.map((line) => `note: ${line}\n`),
    ...notes.notCarried.map((line) => `not carried over: ${line}\n`),
    ...result.map(([file, text]) => `=== ${file}\n${text}`),
  ].join('')
  const path = join(FOLDER, name, EXPECTED)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text)
  expect(text).toBe(readFileSync(path, 'utf8'))
})

test.for(cases)('%s: what is written reads without a problem, and holds no secret', (name) => {
  const result = new Map(carried(name).result)
  const operator = operatorBy(result.get(OPERATOR))
  if (typeof operator === 'string') throw new Error(operator)
  expect(tableOf(result.get(OVERRIDE) ?? 'services: {}', operator).problems).toEqual([])
  expect([...result.values()].join()).not.toMatch(/SECRET-THAT/)
})
