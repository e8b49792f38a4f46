// `npm run build`: dist/ from src/, compiled JavaScript and the pages' templates, ready for Node alone.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureNode } from './pinned-node.mjs'

await ensureNode(fileURLToPath(import.meta.url))

const root = join(import.meta.dirname, '..')
const [src, dist] = [join(root, 'src'), join(root, 'dist')]
const ASSETS = new Set(['.eta', '.css', '.svg', '.yaml'])
/** Programs: what package.json's `bin` and the image's entry point name. */
const PROGRAMS = ['main.js', 'image.js']

rmSync(dist, { recursive: true, force: true })
const tsc = join(root, 'node_modules/typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', src], { stdio: 'inherit' })
if (status !== 0) process.exit(1)
for (const name of readdirSync(src, { recursive: true })) {
  if (ASSETS.has(extname(name))) cpSync(join(src, name), join(dist, name))
}
for (const name of PROGRAMS) {
  const file = join(dist, name)
  const text = readFileSync(file, 'utf8')
  if (!text.startsWith('#!')) writeFileSync(file, `#!/usr/bin/env node\n${text}`)
  chmodSync(file, 0o755)
}
