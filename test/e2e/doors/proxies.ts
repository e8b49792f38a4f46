/** Real proxies on free ports of this machine, each by what `labelgate render` writes for it and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { envoyProgram } from '../../parts.ts'

export type DoorName = 'nginx' | 'caddy' | 'envoy' | 'haproxy'

export interface RunningDoor extends AsyncDisposable {
  readonly name: DoorName
  readonly port: number
  /** Where its files lie. */
  readonly folder: string
  log(): string
}

/** Files of a proxy by their names, and how it is started on them. */
export interface DoorFiles {
  readonly name: DoorName
  readonly port: number
  readonly files: Readonly<Record<string, string>>
}

const COMMANDS: Record<DoorName, (folder: string) => readonly [string, ...string[]]> = {
  nginx: (folder) => ['nginx', '-p', folder, '-c', join(folder, 'nginx.conf')],
  caddy: (folder) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')],
  envoy: (folder) => [
    envoyProgram ?? 'envoy',
    '-c',
    join(folder, 'envoy.yaml'),
    '--use-dynamic-base-id',
    '--concurrency',
    '2',
    '-l',
    'warning',
  ],
  haproxy: (folder) => ['haproxy', '-W', '-db', '-f', join(folder, 'haproxy.cfg')],
}

/** What nginx needs around the file that goes into its `http` block. */
export const NGINX_AROUND = [
  'pid nginx.pid;',
  'error_log stderr notice;',
  'daemon off;',
  'user root;',
  'worker_processes 2;',
  'events {}',
  'http {',
  '    access_log off;',
  '    include conf.d/*.conf;',
  '}\n',
].join('\n')

export async function startDoor({ name, port, files }: DoorFiles): Promise<RunningDoor> {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), `labelgate-${name}-`))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text.replaceAll('FOLDER', folder), { mode: 0o600 })
  }
  const [command, ...args] = COMMANDS[name](folder)
  const env = {
    ...process.env,
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
    HOME: folder,
    PATH: `${process.env['PATH']}:/usr/sbin`,
  }
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(String(chunk)))
  opened.defer(() => stopped(child))
  await listening(port, child, output)
  const owned = opened.move()
  return { name, port, folder, log: () => output.join(''), [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(3000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))
  await Promise.race([ended, late.then(() => ended)])
}

async function listening(port: number, child: ChildProcess, output: readonly string[]): Promise<void> {
  for (;;) {
    if (await opens(port)) return
    if (child.exitCode !== null) throw new Error(`it ended: ${output.join('')}`)
    await setTimeout(20)
  }
}

function opens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
