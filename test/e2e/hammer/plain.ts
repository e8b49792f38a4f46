/** Traefik without labelgate: it has the daemon itself, and people protect their apps by middlewares of their own. */
import { once } from 'node:events'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { execa } from 'execa'
import { type RunningTraefik, startTraefik } from '../../proxy/traefik.ts'
import { REAL } from './mode.ts'

export interface Plain extends AsyncDisposable {
  readonly traefik: RunningTraefik
  /** Of Traefik's file provider. */
  readonly folder: string
  /** Where forward-auth asks; it answers 401 to everybody. */
  readonly auth: string
}

export async function openPlain(dockerHost: string): Promise<Plain> {
  await using opened = new AsyncDisposableStack()
  const parent = await mkdtemp(join(tmpdir(), 'labelgate-plain-'))
  opened.defer(() => rm(parent, { recursive: true, force: true }))
  const folder = join(parent, 'traefik')
  await mkdir(folder)
  const server = createServer((_request, response) => response.writeHead(401).end('sign in'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  opened.defer(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const traefik = opened.use(await startTraefik(folder, { ...REAL, 'providers.docker.endpoint': dockerHost }))
  const owned = opened.move()
  return { traefik, folder, auth: `http://127.0.0.1:${port}/`, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/**
 * A controller beside Traefik: upon each start of a container it writes, for all that say `shadow.host`, a router of the
 * same rule and a higher priority, with sign-in before it. It writes whole files (`rename`), so that Traefik never reads
 * half of one, and waits for nothing.
 * @param knowsBy `list`: it lists the containers upon each event, which is how one knows them all. `event`: of the event
 * alone; none is faster, and none of those that started while it was down is ever known
 */
export async function startShadow(
  dockerHost: string,
  { folder, auth }: Plain,
  knowsBy: 'event' | 'list',
): Promise<AsyncDisposable> {
  const filters = ['--filter', 'type=container', '--filter', 'event=start', '--filter', 'label=shadow.host']
  const events = execa('docker', ['--host', dockerHost, 'events', ...filters, '--format', '{{json .}}'], {
    reject: false,
    buffer: false,
  })
  const hosts = new Map<string, string>()
  const follow = async () => {
    for await (const line of events) {
      const { Actor } = JSON.parse(line) as { Actor: { Attributes: Record<string, string> } }
      hosts.set(Actor.Attributes['name'] ?? '', Actor.Attributes['shadow.host'] ?? '')
      if (knowsBy === 'list')
        for (const { Names, Labels } of await list(dockerHost))
          if (Labels['shadow.host'] !== undefined) hosts.set(Names[0]?.slice(1) ?? '', Labels['shadow.host'])
      await write(join(folder, 'shadow.yml'), routersOf(hosts, auth))
    }
  }
  const following = follow()
  return {
    async [Symbol.asyncDispose]() {
      events.kill()
      await following
    },
  }
}

interface Listed {
  readonly Names: readonly string[]
  readonly Labels: Readonly<Record<string, string>>
}

async function list(dockerHost: string): Promise<readonly Listed[]> {
  const [socketPath, path] = [dockerHost.slice('unix://'.length), '/containers/json']
  const asked = get({ socketPath, path, headers: { Host: 'docker' } })
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return (await json(answer)) as readonly Listed[]
}

function routersOf(hosts: ReadonlyMap<string, string>, auth: string): object {
  const routers = [...hosts].map(([name, host]) => [
    `shadow-${name}`,
    { rule: `Host(\`${host}\`)`, priority: 1_000_000, middlewares: ['sign-in'], service: `${name}@docker` },
  ])
  const middlewares = { 'sign-in': { forwardAuth: { address: auth } } }
  return { http: { routers: Object.fromEntries(routers) as object, middlewares } }
}

async function write(file: string, content: object): Promise<void> {
  // JSON is YAML; Traefik reads no name that ends otherwise
  await writeFile(`${file}.next`, JSON.stringify(content))
  await rename(`${file}.next`, file)
}
