import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lint } from './oxlint.ts'

/** design.md, "The flow, and the folders that show it": who may import whom. `types:` allows `import type` alone. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  syntax: [],
  docker: ['syntax'],
  labels: ['syntax'],
  identity: ['syntax', 'types:config'],
  store: ['identity', 'syntax'],
  session: ['store', 'identity', 'syntax'],
  table: ['labels', 'docker', 'syntax'],
  authz: ['table', 'labels', 'syntax', 'types:session', 'types:identity'],
  proxy: ['table', 'labels', 'syntax', 'types:authz', 'types:config'],
  http: ['authz', 'table', 'labels', 'session', 'identity', 'store', 'syntax', 'config'],
  config: ['syntax', 'types:labels'],
  cli: ['syntax', 'docker', 'labels', 'identity', 'store', 'session', 'table', 'authz', 'proxy', 'http', 'config'],
}
const FOLDERS = Object.keys(MAY_IMPORT)
const PURE = ['syntax', 'labels', 'table', 'authz']

const RESTRICTED_IMPORT = 'eslint(no-restricted-imports)'
const RESTRICTED_GLOBAL = 'eslint(no-restricted-globals)'
const RESTRICTED_PROPERTY = 'eslint(no-restricted-properties)'

const uses = (what: string) => `export const v = ${what}\n`
const fromFolder = (to: string, up = '..') => `import { thing } from '${up}/${to}/thing.ts'\n${uses('thing()')}`

const pairs = FOLDERS.flatMap((from) => FOLDERS.filter((to) => to !== from).map((to) => ({ from, to })))

/** Ways around a direction that a pattern of names could miss. */
const evasions = {
  'from a folder below': ['src/labels/deep/a.ts', fromFolder('docker', '../..')],
  'through the root': ['src/labels/root.ts', fromFolder('docker', '../../src')],
  'by a detour': ['src/labels/detour.ts', fromFolder('docker', './..')],
  'when it is called': ['src/labels/dynamic.ts', "export const f = async () => import('../docker/thing.ts')\n"],
  'by passing on': ['src/labels/again.ts', "export { thing } from '../docker/thing.ts'\n"],
  'by log.ts, which writes': ['src/labels/log.ts', "import { thing } from '../log.ts'\nexport const v = thing()\n"],
  'by audit.ts, which writes': [
    'src/table/audit.ts',
    "import { thing } from '../audit.ts'\nexport const v = thing()\n",
  ],
  'by main.ts': ['src/http/main.ts', "import { thing } from '../main.ts'\nexport const v = thing()\n"],
} as const

const impure = [
  "import { readFileSync } from 'node:fs'\nexport const v = readFileSync('a')\n",
  "import { createServer } from 'node:http'\nexport const v = createServer()\n",
  "import { connect } from 'node:net'\nexport const v = connect(1)\n",
  "import { execSync } from 'node:child_process'\nexport const v = execSync('a')\n",
  "import { randomBytes } from 'node:crypto'\nexport const v = randomBytes(1)\n",
  "import { thing } from 'fastify'\nexport const v = thing()\n",
  "import { thing } from 'dockerode'\nexport const v = thing()\n",
  "import { thing } from 'pino'\nexport const v = thing()\n",
].map((text) => ({ text, rule: RESTRICTED_IMPORT }))

const ambient = [
  'process.env',
  'globalThis.process',
  'Date.now()',
  'new Date()',
  'performance.now()',
  'crypto.randomUUID()',
  'setTimeout(() => 1, 1)',
  "fetch('a')",
].map((text) => ({ text: uses(text), rule: RESTRICTED_GLOBAL }))

const refusals = [...impure, ...ambient, { text: uses('Math.random()'), rule: RESTRICTED_PROPERTY }]
const cases = PURE.flatMap((folder) => refusals.map((row) => ({ ...row, folder, what: row.text.split('\n')[0] })))
const path = (folder: string, i: number) => `src/${folder}/impure-${i}.ts`

const found = lint({
  ...Object.fromEntries(
    pairs.flatMap(({ from, to }) => [
      [`src/${from}/value-${to}.ts`, fromFolder(to)],
      [`src/${from}/type-${to}.ts`, `import type { Thing } from '../${to}/thing.ts'\nexport type Things = Thing[]\n`],
    ]),
  ),
  ...Object.fromEntries(Object.values(evasions)),
  ...Object.fromEntries(cases.map(({ folder, text }, i) => [path(folder, i), text])),
  'src/syntax/pure.ts':
    "import { BlockList, isIP } from 'node:net'\nimport { fold } from './fold.ts'\n" +
    uses('[new BlockList(), isIP(fold()), Math.max(1, 2)]'),
  'src/docker/impure.ts': "import { readFileSync } from 'node:fs'\n" + uses('[readFileSync(String(Date.now()))]'),
  'src/proxy/traefik/render.ts': "import { join } from '../join.ts'\n" + uses('join()'),
})
const imports = (file: string) => (found.get(file) ?? []).filter((rule) => rule === RESTRICTED_IMPORT)

test('every folder of src has its directions', () => {
  const there = readdirSync(join(import.meta.dirname, '../../src'), { withFileTypes: true })
  expect(FOLDERS).toEqual(expect.arrayContaining(there.filter((e) => e.isDirectory()).map((e) => e.name)))
})

test.for(pairs)('$from/ imports $to/ only where design.md says so', ({ from, to }) => {
  const allowed = MAY_IMPORT[from] ?? []
  const [value, type] = [allowed.includes(to), allowed.includes(to) || allowed.includes(`types:${to}`)]
  expect(imports(`src/${from}/value-${to}.ts`)).toEqual(value ? [] : [RESTRICTED_IMPORT])
  expect(imports(`src/${from}/type-${to}.ts`)).toEqual(type ? [] : [RESTRICTED_IMPORT])
})

test.for(Object.entries(evasions))('a forbidden import is seen %s', ([, [file]]) => {
  expect(imports(file)).toEqual([RESTRICTED_IMPORT])
})

test.for(cases.map((row, i) => ({ ...row, i })))('$folder/ stays pure: no $what', ({ folder, rule, i }) => {
  expect(found.get(path(folder, i))).toContain(rule)
})

test.for(['src/syntax/pure.ts', 'src/docker/impure.ts', 'src/proxy/traefik/render.ts'])(
  'what is allowed passes: %s',
  (file) => {
    expect(found.get(file)).toBeUndefined()
  },
)
