import { run } from '../../src/cli/program.ts'
import type { ExitCode } from '../../src/cli/exit.ts'

export interface Said {
  readonly code: ExitCode
  /** Standard output and standard error, line by line. */
  readonly out: readonly string[]
  readonly err: readonly string[]
}

export interface Given {
  readonly env?: Readonly<Record<string, string>>
  /** Standard input. */
  readonly input?: string
}

/** Runs a command as somebody types it, without a process: `labelgate <line>`. */
export async function labelgate(line: string, { env = {}, input = '' }: Given = {}): Promise<Said> {
  const out: string[] = []
  const err: string[] = []
  const code = await run(line === '' ? [] : line.split(' '), {
    env,
    out: (text) => out.push(...text.split('\n')),
    err: (text) => err.push(...text.split('\n')),
    input: async () => input,
  })
  return { code, out, err }
}
