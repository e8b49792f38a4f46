/**
 * Each file of golden/ holds labels as a user would write them, a line of dashes, and what comes of them.
 * `UPDATE_GOLDEN=1` writes what comes of them now: read the difference before you keep it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Operator } from '../../src/labels/operator.ts'
import { readLabels } from '../../src/labels/read.ts'
import { OPERATOR } from './operator.ts'
import { print } from './print.ts'

const FOLDER = join(import.meta.dirname, 'golden')
const LINE = '----------\n'
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.txt'))

test.for(files)('labels come to what %s says', (file) => {
  const path = join(FOLDER, file)
  const [input = '', expected] = readFileSync(path, 'utf8').split(LINE)
  const { container, operator } = parse(input)
  const actual = print(readLabels(container, operator), operator)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, input + LINE + actual)
  else expect(actual).toBe(expected)
})

test('there are goldens', () => {
  expect(files.length).toBeGreaterThanOrEqual(60)
})

/** `# remark`, `@name web`, `@operator {"optOut": false}`, and else `key=value` with `\n` and `\u{200b}` for what cannot be typed. */
function parse(input: string) {
  let name = 'web'
  let operator: Operator = OPERATOR
  const labels: Record<string, string> = {}
  for (const line of input.split('\n')) {
    const [, word, rest = ''] = /^@(\w+) (.*)$/.exec(line) ?? []
    if (word === 'name') name = rest
    else if (word === 'operator') operator = changed(operator, JSON.parse(rest) as object)
    else if (line !== '' && !line.startsWith('#')) {
      const equals = line.indexOf('=')
      labels[unescape(line.slice(0, equals))] = unescape(line.slice(equals + 1))
    }
  }
  return { container: { name, labels }, operator }
}

/** `null` takes away what is there. */
function changed(operator: Operator, change: object): Operator {
  const entries = Object.entries({ ...operator, ...change }).filter(([, value]) => value !== null)
  return Object.fromEntries(entries) as unknown as Operator
}

function unescape(text: string): string {
  return text
    .replaceAll('\\n', '\n')
    .replaceAll('\\t', '\t')
    .replaceAll(/\\u\{([\da-f]{1,5})\}/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
}
