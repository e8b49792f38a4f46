import { existsSync, readFileSync } from 'node:fs'
import { OPTIONS } from '../config/options.ts'
import type { Environment } from '../config/reader.ts'
import type { Container } from '../docker/container.ts'
import type { Problem } from '../labels/problem.ts'
import { readLabels } from '../labels/read.ts'
import type { Reading } from '../labels/spec.ts'
import { build, type Entry } from '../table/build.ts'
import { modeOf, routerEntry, routerLine, routersIn } from './check-lines.ts'
import { readCompose, type ComposeService } from './compose.ts'
import { CommandError, EXIT, type ExitCode } from './exit.ts'
import { problemLine } from './problems.ts'
import { offlineSettingsOf } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** What compose itself looks for, in its order. */
const DEFAULT_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml']

/**
 * `labelgate check [file…]`: the operator's file, and by it the labels of compose files, without Docker; those of several
 * files together, and what becomes of each router that labels of Traefik's make. What is wrong with the operator's file ends it: by what labels are to be read is not known then.
 */
export async function check(terminal: Terminal, files: readonly string[], json: boolean): Promise<ExitCode> {
  const settings = offlineSettingsOf(terminal.env)
  const { operator } = settings
  const named = files.length > 0 ? files : defaultFile(terminal.env)
  const found: Located[] = []
  const services: { file: string; service: ComposeService }[] = []
  for (const file of named) {
    const text = file === '-' ? await terminal.input() : readFile(file)
    const reading = readCompose(text, file, terminal.env)
    found.push(...reading.problems.map((problem) => ({ file, problem })))
    services.push(...reading.services.map((service) => ({ file, service })))
  }
  const readings = services.map(({ file, service }) => ({ file, service, reading: readLabels(service, operator) }))
  found.push(...problemsOf(readings))
  const routers = routersIn(readings, modeOf(terminal.env, settings), operator)
  const errors = found.filter(({ problem }) => problem.severity === 'error').length
  if (json)
    terminal.out(
      JSON.stringify(
        [...found.map(({ problem, ...place }) => ({ ...place, ...problem })), ...routers.map(routerEntry)],
        null,
        2,
      ),
    )
  else {
    for (const { file, line, problem } of found) terminal.out(problemLine(problem, `${file}:${line ?? 1}: `))
    for (const router of routers) terminal.out(routerLine(router))
    terminal.err(`${services.length} services, ${errors} errors, ${found.length - errors} warnings`)
  }
  return errors > 0 ? EXIT.problems : EXIT.ok
}

interface Located {
  readonly file: string
  readonly line?: number
  readonly problem: Problem
}

interface Read {
  readonly file: string
  readonly service: ComposeService
  readonly reading: Reading
}

/** Those of each service's labels, and those of all together: two services that claim one host. */
function problemsOf(services: readonly Read[]): Located[] {
  const entries: Entry[] = services.map(({ service, reading }, i) => ({ container: containerOf(service, i), reading }))
  return build(entries, { own: [] }).problems.map((problem) => {
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
