// Plain JavaScript for an old Node: the first lines of `npm test` and `npm start`, which must be able to say
// what is wrong where everything else would die of a syntax error.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
// On Linux x64 and arm64 `npm ci` brings the Node we are tried with (see .node/package.json).
const PINNED = `${root}node_modules/.bin/node`

/**
 * Makes sure that a script runs under a Node that is new enough: returns at once where it does; else runs the
 * script again under the pinned Node and ends with its exit code; else says what to install and ends with 2.
 * @param {string} script absolute path; gets this process's arguments
 * @param {{ version?: string, pinned?: string }} [world] what to look at, for tests
 */
export async function ensureNode(script, { version = process.versions.node, pinned = PINNED } = {}) {
  const wanted = JSON.parse(readFileSync(`${root}package.json`, 'utf8')).engines.node.replace('>=', '')
  if (isAtLeast(version, wanted)) return
  if (existsSync(pinned)) process.exit(await run(pinned, [script, ...process.argv.slice(2)]))
  console.error(
    `labelgate needs Node ${wanted} or newer, and this is ${version}.\n` +
      'Run "npm ci" first: on Linux x64 and arm64 it brings the right one. Elsewhere install the LTS from https://nodejs.org',
  )
  process.exit(2)
}

/**
 * Runs a program on our terminal, passes SIGTERM and SIGHUP on, and gives its exit code (128 + signal where one ended it).
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>}
 */
export function run(command, args, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env })
    // Ctrl-C reaches the whole process group by itself; we only stay to see how the program ends.
    process.on('SIGINT', () => undefined)
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]))
  })
}

function isAtLeast(version, wanted) {
  const [have, want] = [version, wanted].map((text) => text.split('.').map(Number))
  for (let i = 0; i < want.length; i++) if (have[i] !== want[i]) return have[i] > want[i]
  return true
}
