import { existsSync, readFileSync } from 'node:fs'
import { OPTIONS } from '../config/options.ts'
import type { Environment } from '../config/reader.ts'
import type { Container } from '../docker/container.ts'
import type { Operator } from '../labels/operator.ts'
import type { Problem } from '../labels/problem.ts'
import { readLabels } from '../labels/read.ts'
import { build, type Entry } from '../table/build.ts'
import { readCompose, type ComposeService } from './compose.ts'
import { CommandError, EXIT, type ExitCode } from './exit.ts'
import { problemLine } from './problems.ts'
import { offlineSettingsOf } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** What compose itself looks for, in its order. */
const DEFAULT_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml']

/**
 * `labelgate check [file…]`: the operator's file, and by it the labels of compose files, without Docker; those of several
 * files together. What is wrong with the operator's file ends it: by what labels are to be read is not known then.
 */
export async function check(terminal: Terminal, files: readonly string[], json: boolean): Promise<ExitCode> {
  const { operator } = offlineSettingsOf(terminal.env)
  const named = files.length > 0 ? files : defaultFile(terminal.env)
  const found: Located[] = []
  const services: { file: string; service: ComposeService }[] = []
  for (const file of named) {
    const text = file === '-' ? await terminal.input() : readFile(file)
    const reading = readCompose(text, file, terminal.env)
    found.push(...reading.problems.map((problem) => ({ file, problem })))
    services.push(...reading.services.map((service) => ({ file, service })))
  }
  found.push(...problemsOf(services, operator))
  const errors = found.filter(({ problem }) => problem.severity === 'error').length
  if (json)
    terminal.out(
      JSON.stringify(
        found.map(({ problem, ...place }) => ({ ...place, ...problem })),
        null,
        2,
      ),
    )
  else {
    for (const { file, line, problem } of found) terminal.out(problemLine(problem, `${file}:${line ?? 1}: `))
    terminal.err(`${services.length} services, ${errors} errors, ${found.length - errors} warnings`)
  }
  return errors > 0 ? EXIT.problems : EXIT.ok
}

interface Located {
  readonly file: string
  readonly line?: number
  readonly problem: Problem
}

/** Those of each service's labels, and those of all together: two services that claim one host. */
function problemsOf(services: readonly { file: string; service: ComposeService }[], operator: Operator): Located[] {
  const entries: Entry[] = services.map(({ service }, i) => ({
    container: containerOf(service, i),
    reading: readLabels(service, operator),
  }))
  return build(entries, { own: [] }, operator.entryPoint).problems.map((problem) => {
    const from = services.find(({ service }) => service.name === problem.container)
    const line = (problem.key === undefined ? undefined : from?.service.lines.get(problem.key)) ?? from?.service.line
    return { file: from?.file ?? '-', ...(line !== undefined && { line }), problem }
  })
}

/** The container it would be, before it runs: it claims its hosts, and nothing is said of how it is reached. */
function containerOf({ name, labels }: ComposeService, index: number): Container {
  const common = { networks: [], ports: [], published: [], networkMode: 'default' }
  return { id: `compose-${index}`, name, created: index, state: 'created', health: 'none', labels, ...common }
}

/** None where the operator's file alone was meant. */
function defaultFile(env: Environment): string[] {
  const file = DEFAULT_FILES.find((name) => existsSync(name))
  if (file === undefined && env[OPTIONS.config.name] !== undefined) return []
  if (file === undefined)
    throw new CommandError(
      EXIT.usage,
      `there is no ${DEFAULT_FILES[0]} here: name the files to check, or - for standard input`,
    )
  return [file]
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandError(EXIT.usage, `${file} cannot be read: ${why}`, { cause: error })
  }
}
