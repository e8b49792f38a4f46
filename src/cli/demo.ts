import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { Held } from '../config/current.ts'
import type { Environment } from '../config/reader.ts'
import type { Configured, Settings } from '../config/settings.ts'
import { connect, type Docker } from '../docker/client.ts'
import { LiveTable } from '../table/live.ts'
import type { Table } from '../table/table.ts'
import { builtInApps } from './demo/built-in.ts'
import { narrator } from './demo/narrator.ts'
import { CommandError, EXIT, type ExitCode } from './exit.ts'
import { follow, monotonic } from './follow.ts'
import { openGate, type Gate } from './gate.ts'
import { openGateway } from './gateway.ts'
import { settingsOf } from './settings.ts'
import { stopped, stopSignal } from './stop.ts'
import { Tables } from './tables.ts'
import { waitingFor, type Terminal } from './terminal.ts'

const HERE = '127.0.0.1'
const PORTS_TRIED = 20

/** `labelgate demo`, and `npm start`: everything in memory and on this machine alone; nothing is left of it. */
export async function demo(terminal: Terminal, wantedPort: string): Promise<ExitCode> {
  const signal = stopSignal('SIGHUP')
  await using running = new AsyncDisposableStack()
  const port = await freePort(wantedPort)
  const settings = settingsFor(terminal.env, port)
  const config = new Held<Configured>(settings)
  const live = new LiveTable(0)
  const table = () => live.current(monotonic)
  const fault = (error: unknown) => terminal.err(`fault: ${error instanceof Error ? error.message : String(error)}`)
  const observer = { decided: nothing, stranger: nothing, failed: fault }
  const gate = running.use(
    await openGate({ settings, config, now: Date.now, table, observer, observe: nothing, fault }),
  )
  const door = { listen: { host: HERE, port }, certificates: [], timeout: 60_000 }
  running.use(await openGateway(gate, { settings: door, option: '--port', table, fault }))

  const docker = await daemon(terminal, settings)
  const account = await addAccount(gate)
  terminal.out(greeting(settings, account, docker !== undefined))
  const changed = narrator(terminal.out, settings.portal.origin)
  if (docker !== undefined) await follow(docker, { network: settings.network, config, live, signal, changed })
  else {
    show(await builtInApps(running), { settings, live, changed })
    await stopped(signal)
  }
  terminal.out('\nstopped; nothing is left')
  return EXIT.ok
}

const nothing = () => undefined

/** What the environment says holds here too, but for where it is served and what it keeps. */
function settingsFor(env: Environment, port: number): Settings {
  const set = {
    LABELGATE_PORTAL_URL: `http://auth.localhost:${port}`,
    LABELGATE_STORE: 'memory',
    LABELGATE_DEFAULT_HOST: '{name}.localhost',
  }
  const without = Object.keys(set).map((name) => [`${name}_FILE`, undefined])
  const settings = settingsOf({ ...env, ...(Object.fromEntries(without) as Environment), ...set })
  return { ...settings, traefikMode: 'routes', operator: { ...settings.operator, ownsRoutes: true } }
}

/** Undefined, and said why, where no daemon answers. */
async function daemon(terminal: Terminal, { dockerHost, dockerCertPath }: Settings): Promise<Docker | undefined> {
  try {
    const docker = connect({ host: dockerHost, ...(dockerCertPath !== undefined && { certPath: dockerCertPath }) })
    await waitingFor(terminal, `the Docker daemon at ${dockerHost}`, docker.ping())
    return docker
  } catch (error) {
    terminal.err(`No Docker daemon answers at ${dockerHost}: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

function show(
  apps: Awaited<ReturnType<typeof builtInApps>>,
  { settings, live, changed }: { settings: Settings; live: LiveTable; changed: (table: Table) => void },
): void {
  const containers = new Map(apps.map((app) => [app.id, app]))
  const { operator } = settings
  const table = new Tables({ operator, self: nothing }).of({ containers, changed: 'all', syncedAt: 0 })
  live.replace(table, monotonic())
  changed(table)
}

async function addAccount({ accounts }: Gate): Promise<{ name: string; password: string }> {
  const account = { name: 'demo', password: randomBytes(9).toString('base64url') }
  const added = await accounts.add({ ...account, displayName: 'Demo', groups: ['admins'] }, Date.now())
  if (added.kind !== 'ok') throw new Error(`the demo's account could not be made: ${added.kind}`)
  return account
}

function greeting(
  { portal }: Settings,
  { name, password }: { name: string; password: string },
  docker: boolean,
): string {
  const hello = new URL(portal.origin)
  hello.hostname = 'hello.localhost'
  const next = docker
    ? `Start a container with a label, in another terminal:

    docker run --rm -d --name hello -l labelgate.enable=true traefik/whoami

and open  ${hello.origin}  It asks for sign-in first.`
    : `So here are three apps of its own, labelled as in src/cli/demo/compose.yaml. Open one:`
  return `
labelgate demo. Everything is in memory; Ctrl-C leaves nothing behind.

    sign in   ${portal.origin}/
    account   ${name}
    password  ${password}

${next}
`
}

async function freePort(wanted: string): Promise<number> {
  const first = Number(wanted)
  if (!/^\d{1,5}$/.test(wanted) || first < 1 || first > 65_535)
    throw new CommandError(EXIT.usage, `--port: "${wanted}" is no port: write a number from 1 to 65535`)
  for (let port = first; port < Math.min(first + PORTS_TRIED, 65_536); port++) if (await isFree(port)) return port
  throw new CommandError(EXIT.unreachable, `--port: ${first} and the ${PORTS_TRIED - 1} ports after it are taken`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, HERE)
  const free = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]).catch(() => false)
  if (free) await new Promise((resolve) => server.close(resolve))
  return free
}
