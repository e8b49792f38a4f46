// `npm start`: the demo, from source.
import { fileURLToPath } from 'node:url'
import { ensureNode } from './pinned-node.mjs'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
await ensureNode(fileURLToPath(import.meta.url))
process.argv.splice(1, 1, main, 'demo')
await import(main)
