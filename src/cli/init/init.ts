import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { printable } from '../../config/reader.ts'
import { nearest } from '../../syntax/nearest.ts'
import { CommandError, EXIT, type ExitCode } from '../exit.ts'
import type { Terminal } from '../terminal.ts'
import { carryOver } from './carry.ts'
import { SOURCES } from './sources.ts'
import { OPERATOR, OVERRIDE } from './write.ts'

export interface InitOptions {
  readonly from: string
  /** Folder to write into; undefined: printed. */
  readonly out?: string
}

const MAX_SIZE = 4 * 1024 * 1024

/** `labelgate init --from … FILE…`: labels and the operator's file from what another program was told. */
export async function init(
  terminal: Terminal,
  files: readonly string[],
  { from, out }: InitOptions,
): Promise<ExitCode> {
  const name = sourceName(from)
  if (files.length === 0) throw new CommandError(EXIT.usage, 'name the files to read, or - for standard input')
  const texts: { file: string; text: string }[] = []
  for (const file of files) texts.push({ file, text: file === '-' ? await terminal.input() : readFile(file) })
  const written =
    out === undefined ? [] : [OVERRIDE, OPERATOR].map((name) => join(out, name)).filter((path) => existsSync(path))
  if (written.length > 0)
    throw new CommandError(
      EXIT.usage,
      `${written.join(' and ')} is there already: move it away, or name another folder with --out`,
    )
  const { result, notes } = carryOver(name, texts, terminal.env)
  for (const [file, text] of result) put(file, text, { terminal, out, several: result.length > 1 })
  for (const line of notes.remarks) terminal.err(`note: ${line}`)
  for (const line of notes.notCarried) terminal.err(`not carried over: ${line}`)
  if (result.length === 0) terminal.err('nothing was found that could be carried over, so nothing is written')
  return notes.notCarried.length > 0 || result.length === 0 ? EXIT.problems : EXIT.ok
}

function sourceName(from: string): string {
  const names = Object.keys(SOURCES)
  if (names.includes(from)) return from
  const near = nearest(from.toLowerCase(), names)
  throw new CommandError(
    EXIT.usage,
    `--from: "${printable(from.slice(0, 80))}" is none of ${names.join(', ')}${near === undefined ? '' : `: did you mean ${near}?`}`,
  )
}

function put(
  name: string,
  text: string,
  { terminal, out, several }: { terminal: Terminal; out: string | undefined; several: boolean },
): void {
  if (out === undefined) {
    terminal.out(`${several ? `# ${name}\n` : ''}${text.trimEnd()}`)
    return
  }
  const path = join(out, name)
  try {
    mkdirSync(out, { recursive: true })
    writeFileSync(path, text, { flag: 'wx' })
  } catch (error) {
    throw new CommandError(EXIT.usage, `--out: ${path} cannot be written: ${reasonOf(error)}`, { cause: error })
  }
  terminal.err(`${path} is written`)
}

function readFile(file: string): string {
  try {
    const text = readFileSync(file, 'utf8')
    if (text.length <= MAX_SIZE) return text
  } catch (error) {
    throw new CommandError(EXIT.usage, `${file} cannot be read: ${reasonOf(error)}`, { cause: error })
  }
  throw new CommandError(EXIT.usage, `${file} is larger than ${MAX_SIZE / 1024 / 1024} MiB`)
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
