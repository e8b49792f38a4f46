/** A real Traefik on free ports of this machine, with the Docker provider on an endpoint of the test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../../free-port.ts'
import { traefikProgram } from '../../parts.ts'

export interface TraefikRouter {
  readonly rule?: string
  readonly service?: string
  readonly middlewares?: readonly string[]
  readonly status?: string
}
export interface TraefikService {
  readonly loadBalancer?: { readonly servers?: readonly { readonly url?: string }[] }
}
export interface TraefikMiddleware {
  readonly status?: string
  readonly errors?: { readonly service?: string }
  readonly forwardAuth?: { readonly address: string }
}
/** All that Traefik has built, by qualified name: `GET /api/rawdata`, of which `/api/http/routers` is a part. */
export interface Built {
  readonly routers?: Readonly<Record<string, TraefikRouter>>
  readonly services?: Readonly<Record<string, TraefikService>>
  readonly middlewares?: Readonly<Record<string, TraefikMiddleware>>
  readonly tcpRouters?: object
  readonly tcpServices?: object
  readonly udpRouters?: object
  readonly udpServices?: object
}

/** Milliseconds that a test waits for Traefik. */
const PATIENCE = 30_000

export interface DockerTraefik extends AsyncDisposable {
  /** Port of its one entry point. */
  readonly web: number
  /** Waits for a router (`name@docker`), then says all that is built. Undefined where it does not come in time. */
  built(router: string): Promise<Built | undefined>
  log(): string
}

export async function startDockerTraefik(endpoint: string): Promise<DockerTraefik> {
  const [web, api] = [await freePort(), await freePort()]
  const options = [
    `--entryPoints.web.address=127.0.0.1:${web}`,
    `--entryPoints.traefik.address=127.0.0.1:${api}`,
    '--api.insecure=true',
    '--global.checkNewVersion=false',
    '--global.sendAnonymousUsage=false',
    `--providers.docker.endpoint=${endpoint}`,
    '--providers.providersThrottleDuration=20ms',
    '--log.level=ERROR',
  ]
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  const child: ChildProcess =
    traefikProgram === undefined
      ? spawn('docker', ['run', '--rm', '--network=host', '--label=parts.test=guard', 'traefik:v3.7', ...options], {
          stdio: [...stdio],
        })
      : spawn(traefikProgram, options, { stdio: [...stdio] })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.push(String(chunk)))
  const get = (path: string) => fetch(`http://127.0.0.1:${api}/api/${path}`)
  return {
    web,
    async built(router) {
      const until = performance.now() + PATIENCE
      while (performance.now() < until) {
        if (child.exitCode !== null) throw new Error(`Traefik ended: ${output.join('')}`)
        const found = await get(`http/routers/${encodeURIComponent(router)}`).catch(() => undefined)
        const data = found?.ok === true ? ((await (await get('rawdata')).json()) as Built) : undefined
        if (data?.routers?.[router] !== undefined) return data
        await setTimeout(30)
      }
      return undefined
    },
    log: () => output.join(''),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      child.kill()
      await once(child, 'exit')
    },
  }
}
