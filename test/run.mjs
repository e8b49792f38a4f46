// `npm test [-- filter or vitest options]`: unit tests, then those with real parts; what could not run and why;
// and, as the last line, the count. Plain JavaScript, so that an old Node can still say what is wrong.
//
//   LABELGATE_TEST_REQUIRE=all   a part that is missing (Docker, Traefik, a browser …) is a failure
//   LABELGATE_TEST_NOT_RUN=file  where test/parts.ts notes the blocks that could not run (default: a file of our own)
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureNode, run } from '../src/pinned-node.mjs'
import { count, notRun, summary } from './summary.mjs'

await ensureNode(fileURLToPath(import.meta.url))

const root = join(import.meta.dirname, '..')
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
if (!existsSync(vitest)) {
  console.error('vitest is not installed: run "npm ci" first')
  process.exit(2)
}
const require = process.env.LABELGATE_TEST_REQUIRE ?? ''
if (!['', 'all'].includes(require)) {
  console.error(`LABELGATE_TEST_REQUIRE=${require} is not known: it is "all" or unset`)
  process.exit(2)
}

const args = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'labelgate-test-'))
const list = process.env.LABELGATE_TEST_NOT_RUN ?? join(folder, 'not-run')
const env = { ...process.env, LABELGATE_TEST_NOT_RUN: list }

const counts = []
for (const project of ['unit', 'e2e']) {
  const file = join(folder, `${project}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const options = ['run', '--config', 'test/vitest.config.ts', '--project', project, '--passWithNoTests', ...reporters]
  process.chdir(root)
  const code = await run(process.execPath, [vitest, ...options, ...args], env)
  counts.push(count(project, code, existsSync(file) ? readFileSync(file, 'utf8') : undefined))
}
const blocks = notRun(existsSync(list) ? readFileSync(list, 'utf8') : '')
rmSync(folder, { recursive: true, force: true })

const { text, failed } = summary(counts, { filtered: args.length > 0, blocks })
process.stdout.write(text)
process.exitCode = failed ? 1 : 0
