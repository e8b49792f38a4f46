/** `node dist/cli/health.js`: the image's health check, for want of curl in it. Exit code 0 where the process is well. */
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { service } from '../config/options/service.ts'
import { Reader } from '../config/reader.ts'
import type { Address } from '../config/settings.ts'

/** Milliseconds within which `/healthz` must answer. */
const TIMEOUT = 2000

/**
 * Asks `/healthz` at the address of LABELGATE_STATUS_LISTEN.
 * @returns what is wrong; undefined where it answers 200
 */
export function health(address: Address, timeout = TIMEOUT): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { host: reachable(address.host), port: address.port, path: '/healthz', timeout }
    const request = get(options, (response) => {
      response.resume()
      resolve(response.statusCode === 200 ? undefined : `/healthz answered ${response.statusCode ?? 'nothing'}`)
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeout} ms`)))
    request.on('error', (error) => resolve(`${address.host}:${address.port}: ${error.message}`))
  })
}

/** Who listens on every address is asked on this machine's own. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

if (import.meta.main) {
  const reader = new Reader(process.env, (path) => readFileSync(path, 'utf8'))
  const address = reader.value(service.statusListen)
  const wrong = reader.problems.length > 0 ? reader.problems.join('; ') : await health(address)
  if (wrong !== undefined) {
    process.stderr.write(`unhealthy: ${wrong}\n`)
    process.exitCode = 1
  }
}
