/**
 * Each file of golden/ holds containers with their labels, the people who come, and what becomes of each request of
 * each of them. `UPDATE_GOLDEN=1` writes what becomes of them now. A row that changes is a promise to users that
 * changes (threat I-37): read the difference before you keep it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decide } from '../../src/authz/decide.ts'
import type { Decision, SessionState } from '../../src/authz/decision.ts'
import { parseForwarded, type Forwarded } from '../../src/authz/forwarded.ts'
import { container } from '../build/container.ts'
import { NOW } from '../build/people.ts'
import { tableOf } from '../build/table.ts'
import { stateOf } from './visitors.ts'

const FOLDER = join(import.meta.dirname, 'golden')
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.txt'))

test.for(files)('I-37 requests are decided as %s says', async (file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8')
  const actual = await decided(text)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(join(FOLDER, file), actual)
  else expect(actual).toBe(text)
})

test('I-37 there are at least 300 rows', () => {
  const texts = files.map((file) => readFileSync(join(FOLDER, file), 'utf8'))
  expect(texts.join('').match(/^ {2}\S.* => /gm)?.length).toBeGreaterThanOrEqual(300)
})

/**
 * `# remark`; `@container name created=1` and below it its labels, indented; `@visitors nobody; alice, 2h ago`; then
 * requests, `GET https://host/path` with `from 10.1.2.3`, `bound to app`, `socket of https://origin`, `unlisted`.
 * What is indented below a request is written here.
 */
async function decided(text: string): Promise<string> {
  const world = readWorld(text)
  const table = tableOf(world.containers)
  let visitors: readonly string[] = ['nobody']
  const lines: string[] = []
  for (const line of text.split('\n')) {
    if (/^ {2}\S.* => /.test(line)) continue
    lines.push(line)
    if (line.startsWith('@visitors ')) visitors = line.slice('@visitors '.length).split('; ')
    if (!/^[A-Z]+ /.test(line)) continue
    const width = Math.max(...visitors.map((visitor) => visitor.length))
    for (const visitor of visitors) {
      const words = readRequest(line)
      const session = await stateOf(visitor, words.forwarded?.request.host ?? '')
      const setting = { table: words.unlisted ? undefined : table, now: NOW, secure: true, app: words.app }
      lines.push(`  ${visitor.padEnd(width)} => ${outcome(words.forwarded, session, setting)}`)
    }
  }
  return lines.join('\n')
}

function outcome(
  forwarded: Forwarded | undefined,
  session: SessionState,
  setting: Parameters<typeof decide>[0],
): string {
  return forwarded === undefined ? 'bad-request' : shown(decide(setting, forwarded.request, session))
}

function shown(decision: Decision): string {
  const judged = 'judged' in decision ? decision.judged : undefined
  const rule = judged?.rule === undefined ? '' : `, rule ${judged.rule}`
  const who = decision.verdict === 'allow' ? ` as ${decision.session.identity.user}` : ''
  return `${decision.verdict}${who} (${decision.reason}${rule})`
}

function readWorld(text: string) {
  const found = text.matchAll(/^@container (\S+)(?: created=(\d+))?\n((?: {2}\S.*\n)+)/gm)
  const containers = [...found].map(([, name = '', created = '1', labels = '']) =>
    container(name, labels, { created: Number(created) }),
  )
  return { containers }
}

function readRequest(line: string) {
  const pattern =
    /^([A-Z]+) (\w+):\/\/([^/ ]*)(\S*)(?: from (\S+))?(?: bound to (\S+))?(?: socket of (\S+))?( unlisted)?$/
  const found = pattern.exec(line)
  if (found === null) throw new Error(`not a request: ${line}`)
  const [, method = '', scheme = '', host = '', uri = '', address = '203.0.113.9', app, origin, unlisted] = found
  const lines = ['X-Forwarded-Method', method, 'X-Forwarded-Proto', scheme, 'X-Forwarded-Host', host]
  lines.push('X-Forwarded-Uri', uri, 'X-Forwarded-For', address)
  if (origin !== undefined) lines.push('Origin', origin, 'Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==')
  return { forwarded: parseForwarded('forward', lines), app, unlisted: unlisted !== undefined }
}
