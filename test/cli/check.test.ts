import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { labelgate } from './fake-terminal.ts'

const GOOD = `name: shop
services:
  web:
    labels:
      labelgate.host: web.example.com
      labelgate.allow: group:staff
  db: {}
`
const BAD = `name: shop
services:
  web:
    labels:
      labelgate.host: web.example.com
      labelgate.alow: group:staff
  api:
    labels:
      - labelgate.host=api.example.com
      - labelgate.allow=admins
`
const RIVAL = `name: other
services:
  web:
    labels: { labelgate.host: web.example.com }
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labelgate-check-'))
  for (const [name, text] of Object.entries({ GOOD, BAD, RIVAL })) await writeFile(join(folder, name), text)
})
afterAll(() => rm(folder, { recursive: true }))

const named = (lines: readonly string[]) => lines.map((line) => line.replaceAll(`${folder}/`, ''))

test('labels that are right are not spoken of', async () => {
  expect(await labelgate(`check ${folder}/GOOD`)).toEqual({
    code: 0,
    out: [],
    err: ['2 services, 0 errors, 0 warnings'],
  })
})

test('what is wrong is said with file, line, container, label and mend; the exit code is 1', async () => {
  const { code, out, err } = await labelgate(`check ${folder}/BAD`)
  expect(named(out)).toEqual([
    'BAD:10: error: shop-api-1: labelgate.allow="admins" "admins" says neither user nor group: did you mean group:admins or user:admins?',
    'BAD:6: error: shop-web-1: labelgate.alow="group:staff" is not a key of ours: did you mean labelgate.allow?',
  ])
  expect([code, err]).toEqual([1, ['2 services, 2 errors, 0 warnings']])
})

test('several files are one table: two services that claim one host are both named, each in its file', async () => {
  const { code, out } = await labelgate(`check ${folder}/GOOD ${folder}/RIVAL`)
  expect(code).toBe(1)
  expect(named(out)).toEqual([
    expect.stringMatching(/^RIVAL:3: error: other-web-1: claims web\.example\.com\/, and so does shop-web-1: both are/),
    expect.stringMatching(/^GOOD:3: error: shop-web-1: claims web\.example\.com\/, and so does other-web-1: both are/),
  ])
})

test('- is standard input, and --json is for machines', async () => {
  const { code, out, err } = await labelgate('check --json -', { input: BAD })
  expect([code, err]).toEqual([1, []])
  expect(JSON.parse(out.join('\n'))).toContainEqual({
    file: '-',
    line: 6,
    severity: 'error',
    container: 'shop-web-1',
    key: 'labelgate.alow',
    value: 'group:staff',
    reason: 'is not a key of ours',
    mend: 'did you mean labelgate.allow?',
  })
  const good = await labelgate('check --json -', { input: GOOD })
  expect([good.code, JSON.parse(good.out.join('\n'))]).toEqual([0, []])
})

test('options of the operator hold, as they will when it runs', async () => {
  const env = { LABELGATE_HOST_SUFFIXES: 'example.org' }
  const { code, out } = await labelgate('check -', { input: GOOD, env })
  expect([code, out.join()]).toEqual([1, expect.stringContaining('labelgate.host="web.example.com"')])
})

test.for([
  ['check /nowhere/compose.yaml', '', 2, '/nowhere/compose.yaml cannot be read'],
  ['check --jsn -', '', 2, "unknown option '--jsn'"],
])('%s ends with the usage exit code, and says why', async ([line, input, code, words]) => {
  const said = await labelgate(String(line), { input: String(input) })
  expect([said.code, said.err.join()]).toEqual([code, expect.stringContaining(String(words))])
})

test.for([
  ['nothing', ''],
  ['no compose file', 'a: 1'],
  ['no YAML', 'services: [}'],
  ['two documents', 'services: {}\n---\nservices: {}'],
])('%s is a problem, not a success', async ([, input]) => {
  const { code, out } = await labelgate('check -', { input: String(input) })
  expect([code, out]).toEqual([1, [expect.stringMatching(/^-:1: error: /)]])
})
