import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const OURS = ['package.json', 'src/pinned-node.mjs', 'test/run.mjs', 'test/summary.mjs', 'test/vitest.config.ts']

const head = "import { expect, test } from 'vitest'\n"
const good = `${head}test('is good', () => expect(1).toBe(1))\n`
const bad = `${head}test('is bad', () => expect(1).toBe(2))\n`
const missing = "import { describeWith } from '../parts.ts'\nimport { test } from 'vitest'\n"
const withPart = `${missing}describeWith(['wrk'], 'the load', () => test('holds', () => {}))\n`

interface Outcome {
  readonly code: number
  readonly output: string
  readonly lastLine: string
}

/** `npm test`, in a project that has only these tests, on a machine whose PATH has no program of ours. */
function npmTest(files: Readonly<Record<string, string>>, args: string[] = [], env = {}): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'labelgate-run-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  for (const path of [...OURS, 'test/parts.ts']) cpSync(join(root, path), join(folder, path))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const surroundings = { HOME: folder, PATH: '/nowhere', NO_COLOR: '1', ...env }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['test/run.mjs', ...args],
      { cwd: folder, env: surroundings },
      (error, stdout, stderr) => {
        rmSync(folder, { recursive: true, force: true })
        const code = error === null ? 0 : Number(error.code)
        resolve({ code, output: stdout + stderr, lastLine: stdout.trimEnd().split('\n').at(-1) ?? '' })
      },
    )
  })
}

const cases = [
  {
    name: 'everything passes',
    files: { 'test/a.test.ts': good, 'test/e2e/b.test.ts': good },
    code: 0,
    lastLine: '2 passed, 0 failed',
  },
  {
    name: 'a test fails',
    files: { 'test/a.test.ts': good, 'test/e2e/b.test.ts': bad },
    code: 1,
    lastLine: '1 passed, 1 failed',
  },
  {
    name: 'a file does not load',
    files: { 'test/a.test.ts': good, 'test/c.test.ts': "import './absent.ts'\n", 'test/e2e/b.test.ts': good },
    code: 1,
    lastLine: '2 passed, 1 failed',
  },
  {
    name: 'what tests share cannot be set up',
    files: {
      'test/a.test.ts': good,
      'test/e2e/b.test.ts': `import { beforeAll } from 'vitest'\n${good}beforeAll(() => Promise.reject(new Error('no')))\n`,
    },
    code: 1,
    lastLine: '1 passed, 1 failed, 1 skipped',
  },
  {
    name: 'an error lies outside every test',
    files: {
      'test/a.test.ts': `${head}test('leaves a promise behind', () => {\n  void Promise.reject(new Error('lost'))\n  expect(1).toBe(1)\n})\n`,
      'test/e2e/b.test.ts': good,
    },
    code: 1,
    lastLine: '2 passed, 1 failed',
    says: 'though no test failed',
  },
  {
    name: 'a test ends the process',
    files: {
      'test/a.test.ts': `${head}test('exits', () => {\n  process.kill(process.pid, 'SIGKILL')\n  expect(1).toBe(1)\n})\n`,
      'test/e2e/b.test.ts': good,
    },
    code: 1,
    lastLine: '1 passed, 1 failed',
  },
  {
    name: 'vitest itself does not start',
    files: { 'test/a.test.ts': good, 'test/e2e/b.test.ts': good },
    args: ['--no-such-option'],
    code: 1,
    lastLine: '0 passed, 2 failed',
    says: 'vitest gave no result',
  },
  {
    name: 'a whole project is empty',
    files: { 'test/e2e/b.test.ts': good },
    code: 1,
    lastLine: '1 passed, 1 failed',
    says: 'no test ran: unit',
  },
  {
    name: 'a filter matches in one project',
    files: { 'test/a.test.ts': bad, 'test/e2e/b.test.ts': good },
    args: ['e2e/b'],
    code: 0,
    lastLine: '1 passed, 0 failed',
  },
  {
    name: 'a filter matches nothing',
    files: { 'test/a.test.ts': good, 'test/e2e/b.test.ts': good },
    args: ['nonsense'],
    code: 1,
    lastLine: '0 passed, 1 failed',
    says: 'no test ran: unit, e2e',
  },
  {
    name: 'a name matches nothing',
    files: { 'test/a.test.ts': good, 'test/e2e/b.test.ts': good },
    args: ['-t', 'nonsense'],
    code: 1,
    lastLine: '0 passed, 1 failed, 2 skipped',
    says: 'no test ran: unit, e2e',
  },
  {
    name: 'a part is missing',
    files: { 'test/a.test.ts': good, 'test/e2e/b.test.ts': withPart },
    code: 0,
    lastLine: '1 passed, 0 failed, 1 skipped',
    says: '  the load: wrk is not installed\n',
  },
  {
    name: 'a part is missing that is required',
    files: { 'test/a.test.ts': good, 'test/e2e/b.test.ts': withPart },
    env: { LABELGATE_TEST_REQUIRE: 'all' },
    code: 1,
    lastLine: '1 passed, 1 failed',
    says: 'wrk is not installed',
  },
] as const

test.concurrent.for<(typeof cases)[number] & { args?: readonly string[]; env?: object; says?: string }>(cases)(
  'npm test ends rightly where $name',
  { timeout: 60_000 },
  async ({ files, args, env, code, lastLine, says }, { expect }) => {
    const outcome = await npmTest(files, [...(args ?? [])], env)
    expect(outcome.lastLine).toBe(lastLine)
    expect(outcome.code).toBe(code)
    expect(outcome.output).toContain(says ?? '')
  },
)

test('npm test refuses a word for LABELGATE_TEST_REQUIRE that it does not know', async () => {
  const outcome = await npmTest({ 'test/a.test.ts': good }, [], { LABELGATE_TEST_REQUIRE: 'al' })
  expect(outcome).toMatchObject({ code: 2, output: 'LABELGATE_TEST_REQUIRE=al is not known: it is "all" or unset\n' })
})
