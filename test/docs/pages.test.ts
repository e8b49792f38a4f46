import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { generatedPages } from '../../src/docs.ts'
import { KEYS } from '../../src/labels/keys.ts'

const read = (path: string) => readFileSync(`${import.meta.dirname}/../../${path}`, 'utf8')

test.for([...generatedPages()])('%s is what npm run docs writes', ([path, text]) => {
  expect(read(path)).toBe(text)
})

test.for([...generatedPages()])('%s is one page: a title, sections below it, no cell out of its table', ([, text]) => {
  expect(text.match(/^# .+$/gm)).toHaveLength(1)
  expect(text).not.toMatch(/^###/m)
  expect(text).toMatch(/\S\n$/)
  const columns = (row: string) => row.split(/(?<!\\)\|/).length
  for (const rows of text.match(/(?:^\|.*\n)+/gm) ?? [])
    expect(new Set(rows.trimEnd().split('\n').map(columns)).size, rows).toBe(1)
})

test('README points at each of them', () => {
  for (const path of generatedPages().keys()) expect(read('README.md')).toContain(`(${path})`)
})

test.for(Object.keys(KEYS))('deploy/labels.md has a row for %s', (key) => {
  const rows = read('deploy/labels.md').split('\n')
  expect(rows.filter((row) => /^\| `labelgate\.(?:rules\.<rule>\.)?([a-z-]+)/.exec(row)?.[1] === key)).toHaveLength(1)
})
