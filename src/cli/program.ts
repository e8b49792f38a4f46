import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { printable } from '../config/reader.ts'
import { nearest } from '../syntax/nearest.ts'
import { CommandError, EXIT, type ExitCode } from './exit.ts'
import type { ExplainOptions } from './explain.ts'
import type { RenderOptions } from './render.ts'
import type { InitOptions } from './init/init.ts'
import type { Terminal } from './terminal.ts'

/** Runs what the arguments say. Each command loads what it needs and no more: the server starts in half a second. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const result: { code: ExitCode } = { code: EXIT.ok }
  try {
    const program = await programOf(terminal, args, result)
    await program.parseAsync(args, { from: 'user' })
    return result.code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (!(error instanceof CommandError)) throw error
    for (const line of error.message.split('\n')) terminal.err(`labelgate: ${line}`)
    return error.code
  }
}

async function programOf(terminal: Terminal, args: readonly string[], result: { code: ExitCode }): Promise<Command> {
  const ends = (code: ExitCode) => void (result.code = code)
  const program = new Command('labelgate')
    .description('Label a container, and your reverse proxy asks for sign-in before it. Without a command it serves.')
    .version(version(), '--version')
    .helpCommand(false)
    .addHelpText('after', EXIT_CODES)
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .exitOverride()
    .allowExcessArguments()
    .action(async () => {
      const [word] = program.args
      if (word !== undefined) throw new CommandError(EXIT.usage, unknownCommand(word, program))
      const { serve } = await import('./serve.ts')
      ends(await serve(terminal.env))
    })
  addDemo(program, terminal, ends)
  addQuestions(program, terminal, ends)
  addInit(program, terminal, ends)
  // loaded where it is used, or listed
  if (args.length > 0) {
    const { userCommand } = await import('./user.ts')
    const { tokenCommand } = await import('./token.ts')
    program.addCommand(inherit(userCommand(terminal), program))
    program.addCommand(inherit(tokenCommand(terminal), program))
  }
  return program
}

type Ends = (code: ExitCode) => void

function addDemo(program: Command, terminal: Terminal, ends: Ends): void {
  program
    .command('demo')
    .description('shows it: watches Docker, serves *.localhost through a gateway of its own, keeps nothing')
    .option('--port <port>', 'where it answers, on this machine alone', '8080')
    .action(async ({ port }: { port: string }) => {
      const { demo } = await import('./demo.ts')
      ends(await demo(terminal, port))
    })
}

function addInit(program: Command, terminal: Terminal, ends: Ends): void {
  program
    .command('init <files...>')
    .description('writes labels, and the operator’s file, from what another program was told; - is standard input')
    .requiredOption('--from <program>', 'tinyauth, oauth2-proxy, authelia or traefik-forward-auth')
    .option('--out <folder>', 'writes files there instead of printing them; none that is there is overwritten')
    .action(async (files: string[], options: InitOptions) => {
      const { init } = await import('./init/init.ts')
      ends(await init(terminal, files, options))
    })
}

/** Commands that change nothing. */
function addQuestions(program: Command, terminal: Terminal, ends: Ends): void {
  program
    .command('check [files...]')
    .description('reads the labels of compose files, without Docker; - is standard input')
    .option('--traefik <origin>', 'reads in its place the settings of a Traefik that runs, at its API')
    .option('--json', 'for machines')
    .action(async (files: string[], { json, traefik }: { json?: true; traefik?: string }) => {
      if (traefik !== undefined) {
        if (files.length > 0) throw new CommandError(EXIT.usage, '--traefik reads no files: leave one of them out')
        const { checkTraefik } = await import('./check-traefik.ts')
        return ends(await checkTraefik(terminal, traefik, json === true))
      }
      const { check } = await import('./check.ts')
      ends(await check(terminal, files, json === true))
    })
  program
    .command('explain <url>')
    .description('says which app, which rule and which words decide over a request; exit code 0 where it passes')
    .option('--user <name>', 'who asks: a local account, signed in just now')
    .option('--groups <groups>', 'suppose these groups, by commas; there need be no account then')
    .option('--email <address>', 'suppose this e-mail address')
    .option('--method <method>', 'method of the request', 'GET')
    .option('--from <address>', 'address of the client')
    .option('--json', 'for machines')
    .action(async (url: string, options: ExplainOptions) => {
      const { explainRequest } = await import('./explain.ts')
      ends(await explainRequest(terminal, url, options))
    })
  program
    .command('apps')
    .description('lists the apps of the containers there are now, and what is wrong with them')
    .option('--json', 'for machines')
    .action(async ({ json }: { json?: true }) => {
      const { listApps } = await import('./apps.ts')
      ends(await listApps(terminal, json === true))
    })
  addRender(program, terminal, ends)
}

function addRender(program: Command, terminal: Terminal, ends: Ends): void {
  program
    .command('render <proxy>')
    .description('prints the one configuration that nginx, caddy, envoy or haproxy needs, whatever containers come')
    .option('--listen <address>', 'where the proxy answers: 443, or 127.0.0.1:8443')
    .option('--cert <file>', 'certificate, as the proxy reads it; for haproxy with its key')
    .option('--key <file>', 'key of the certificate')
    .option('--header <name...>', 'a header of apps that are to come, besides those that are known', [])
    .option('--include <part>', 'nginx: only what goes into your own http, server or location')
    .option('--lua', 'haproxy: the program that lies beside the configuration')
    .option('--lua-path <file>', 'haproxy: where that lies', '/usr/local/etc/haproxy/labelgate.lua')
    .action(async (proxy: string, options: RenderOptions) => {
      const { renderProxy } = await import('./render.ts')
      ends(await renderProxy(terminal, proxy, options))
    })
}

/** Commands that are added whole take over nothing by themselves. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent)
  for (const below of command.commands) below.copyInheritedSettings(parent)
  return command
}

function unknownCommand(word: string, { commands }: Command): string {
  const near = nearest(
    word,
    commands.map((command) => command.name()),
  )
  return `there is no command ${printable(word.slice(0, 80))}: ${near === undefined ? 'labelgate --help lists them' : `did you mean ${near}?`}`
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

const EXIT_CODES = `
Exit codes: 0 done; 1 found problems, or the request would not pass; 2 wrong options or usage;
3 a part it needs cannot be reached (Docker daemon, data folder, address to listen on).

Options are environment variables: deploy/options.md. Labels: deploy/labels.md.`
