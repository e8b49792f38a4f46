import { printable, type Environment } from '../config/reader.ts'

/** What a command reads and writes. */
export interface Terminal {
  readonly env: Environment
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** All of standard input. */
  readonly input: () => Promise<string>
}

export const terminal: Terminal = {
  env: process.env,
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  async input() {
    let text = ''
    for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk)
    return text
  },
}

/** Says what is being waited for, once it takes longer than a second. */
export async function waitingFor<T>({ err }: Pick<Terminal, 'err'>, what: string, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => err(`waiting for ${what} …`), 1000)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

/** Rows under each other, columns as wide as their widest cell. What labels say cannot move the cursor. */
export function columns(rows: readonly (readonly string[])[]): string {
  const shown = rows.map((row) => row.map(printable))
  const widths = shown.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, cell.length)),
    [],
  )
  return shown
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
