import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const pinnedNode = join(import.meta.dirname, '../src/pinned-node.mjs')
let folder = ''
let script = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'labelgate-node-'))
  script = join(folder, 'script.mjs')
  writeFileSync(script, 'console.log("again with", process.argv.slice(2).join(" "))\nprocess.exit(7)\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A script that begins with the guard, on a machine with this Node and this pinned one. */
function guarded(world: object, args: string[] = []): Promise<{ code: number; output: string }> {
  const text =
    `import { ensureNode } from ${JSON.stringify(pinnedNode)}\n` +
    `await ensureNode(${JSON.stringify(script)}, ${JSON.stringify(world)})\nconsole.log('goes on')\n`
  const file = join(folder, `guarded-${Object.values(world).join('-').replaceAll('/', '_')}.mjs`)
  writeFileSync(file, text)
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    )
  })
}

test.for(['24.12.0', '24.21.0', '25.0.0', '100.0.0'])('Node %s goes on', async (version) => {
  expect(await guarded({ version, pinned: '/nowhere' })).toEqual({ code: 0, output: 'goes on\n' })
})

test.for(['18.20.0', '20.20.2', '24.11.9', '24.9.0'])('Node %s runs again under the pinned one', async (version) => {
  const outcome = await guarded({ version, pinned: process.execPath }, ['a', 'b'])
  expect(outcome).toEqual({ code: 7, output: 'again with a b\n' })
})

test('an old Node alone is told what to install', async () => {
  const outcome = await guarded({ version: '20.20.2', pinned: '/nowhere' })
  expect(outcome.code).toBe(2)
  expect(outcome.output).toContain('needs Node 24.12 or newer, and this is 20.20.2')
  expect(outcome.output).toContain('npm ci')
})
