import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { CommandError, EXIT } from './exit.ts'

/**
 * Asks for a new password twice, without showing it; where standard input is no terminal, reads its first line.
 * Node's readline shows what is typed unless it writes to nowhere.
 */
export async function askPassword(prompt: string): Promise<string> {
  if (!process.stdin.isTTY) return firstLine()
  const password = await askHidden(`${prompt}: `)
  if ((await askHidden('again: ')) !== password)
    throw new CommandError(EXIT.usage, 'the two passwords are not the same')
  return password
}

async function firstLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin })
  for await (const line of lines) return line
  throw new CommandError(EXIT.usage, 'no password on standard input: pipe one in, or run this in a terminal')
}

async function askHidden(prompt: string): Promise<string> {
  process.stderr.write(prompt)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  const interrupted = once(lines, 'SIGINT').then(() => undefined)
  const closed = once(lines, 'close').then(() => undefined)
  const answer = new Promise<string>((resolve) => lines.question('', resolve))
  const password = await Promise.race([answer, interrupted, closed])
  lines.close()
  process.stderr.write('\n')
  if (password === undefined) throw new CommandError(EXIT.usage, 'no password was given')
  return password
}
