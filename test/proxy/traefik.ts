/** A real Traefik on free ports of this machine, with the file provider on a folder of the test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { traefikProgram } from '../parts.ts'

export interface RunningTraefik extends AsyncDisposable {
  /** Port of the entry point `web`, plain http. */
  readonly web: number
  /** Port of the entry point `websecure`, https with Traefik's own certificate. */
  readonly websecure: number
  /** What Traefik made of the objects of the file provider, by name. */
  objects(kind: 'routers' | 'services' | 'middlewares'): Promise<Record<string, TraefikObject>>
  /** What it logged. */
  log(): string
}

export interface TraefikObject {
  readonly name: string
  readonly status: 'enabled' | 'disabled' | 'warning'
  readonly error?: readonly string[]
  readonly rule?: string
  readonly priority?: number
  readonly service?: string
  readonly tls?: object
  readonly middlewares?: readonly string[]
  readonly loadBalancer?: { readonly servers: readonly { readonly url: string }[] }
}

/**
 * @param directory watched by the file provider; must be there
 * @param more options of its static configuration, by name, beside those given here or in their place
 */
export async function startTraefik(
  directory: string,
  more: Readonly<Record<string, string>> = {},
): Promise<RunningTraefik> {
  const [web, websecure, api] = [await freePort(), await freePort(), await freePort()]
  const options = {
    'entryPoints.web.address': `127.0.0.1:${web}`,
    'entryPoints.websecure.address': `127.0.0.1:${websecure}`,
    'entryPoints.traefik.address': `127.0.0.1:${api}`,
    'api.insecure': 'true',
    'global.checkNewVersion': 'false',
    'global.sendAnonymousUsage': 'false',
    'providers.file.directory': directory,
    // 2 s by default, after each event: only patience, nothing depends on it
    'providers.providersThrottleDuration': '50ms',
    'log.level': 'INFO',
    ...more,
  }
  const words = Object.entries(options).map(([option, value]) => `--${option}=${value}`)
  const child = run(directory, words)
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.push(String(chunk)))
  const objects = async (kind: string): Promise<Record<string, TraefikObject>> => {
    const answer = await fetch(`http://127.0.0.1:${api}/api/http/${kind}?per_page=10000`)
    const all = (await answer.json()) as TraefikObject[]
    return Object.fromEntries(all.flatMap((one) => (one.name.endsWith('@file') ? [[one.name.slice(0, -5), one]] : [])))
  }
  await answering(() => objects('routers'), child, output)
  return {
    web,
    websecure,
    objects,
    log: () => output.join(''),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      child.kill()
      await once(child, 'exit')
    },
  }
}

function run(directory: string, options: readonly string[]): ChildProcess {
  if (traefikProgram !== undefined) return spawn(traefikProgram, options, { stdio: ['ignore', 'pipe', 'pipe'] })
  const mounts = ['--network=host', `--volume=${directory}:${directory}`, '--label=parts.test=traefik-file']
  return spawn('docker', ['run', '--rm', ...mounts, 'traefik:v3.7', ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function answering(ask: () => Promise<unknown>, child: ChildProcess, output: readonly string[]): Promise<void> {
  for (;;) {
    const answered = await ask().then(
      () => true,
      () => false,
    )
    if (answered) return
    if (child.exitCode !== null) throw new Error(`Traefik ended: ${output.join('')}`)
    await setTimeout(50)
  }
}
