import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const ROOT = join(import.meta.dirname, '../..')
const FOLDER = join(ROOT, 'deploy/examples')
const examples = readdirSync(FOLDER, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? entry.name : [],
)
const read = (path: string) => readFileSync(join(FOLDER, path), 'utf8')

test.for(examples)('%s is started by a test of test/e2e/examples, and listed', (name) => {
  expect(readFileSync(join(ROOT, `test/e2e/examples/${name}.test.ts`), 'utf8')).toContain(`'${name}'`)
  expect(read('../README.md')).toContain(`(examples/${name}/README.md)`)
})

test.for(examples)('%s says what it replaces, line by line, and that its apps are stand-ins', (name) => {
  const page = read(`${name}/README.md`)
  expect(page.match(/^# .+$/gm)).toHaveLength(1)
  expect(page.match(/^\|.+\|.+\|$/gm)?.length).toBeGreaterThan(8)
  expect(page).toMatch(/stand-in/)
  expect(page).toContain(`docker compose -f deploy/examples/${name}/compose.yaml up`)
})

test.for(examples)('links of %s/README.md lead somewhere', (name) => {
  const page = join(FOLDER, name, 'README.md')
  const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link)
  const own = links.filter((link) => !/^https?:/.test(link))
  expect(own.filter((link) => !existsSync(join(dirname(page), link)))).toEqual([])
})

test.for(examples)('%s names files of its own that are there', (name) => {
  const { services } = parse(read(`${name}/compose.yaml`), { merge: true }) as {
    services: Record<string, { volumes?: (string | { source: string })[] }>
  }
  const volumes = Object.values(services).flatMap(({ volumes = [] }) => volumes)
  const sources = volumes.map((volume) => (typeof volume === 'string' ? (volume.split(':')[0] ?? '') : volume.source))
  const missing = sources.filter((source) => source.startsWith('./') && !existsSync(join(FOLDER, name, source)))
  // the secret of Google's client is the operator's own
  expect(missing.filter((source) => source !== './client-secret')).toEqual([])
})
