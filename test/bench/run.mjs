// `npm run bench [-- --json] [-- --quick]`: builds dist/, then measures it. Plain JavaScript, so that an old Node can
// still say what is wrong. `--json` for machines; `--quick` only shows that everything can be measured.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureNode } from '../../src/pinned-node.mjs'

await ensureNode(fileURLToPath(import.meta.url))

const build = join(import.meta.dirname, '../../src/build.mjs')
// standard output is for the figures alone
const { status } = spawnSync(process.execPath, [build], { stdio: ['ignore', 2, 2] })
if (status !== 0) process.exit(1)
const { bench } = await import('./bench.ts')
process.exitCode = await bench(process.argv.slice(2))
