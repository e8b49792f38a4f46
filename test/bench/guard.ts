/** What it costs Traefik to ask the guard rather than the daemon, with a real daemon: events, and a long list. */
import { once } from 'node:events'
import { type IncomingMessage, request, type RequestOptions } from 'node:http'
import type { AddressInfo } from 'node:net'
import Dockerode from 'dockerode'
import type * as SettingsModule from '../../src/cli/settings.ts'
import type * as ClientModule from '../../src/docker/client.ts'
import type * as EndpointModule from '../../src/docker/endpoint.ts'
import type * as GuardModule from '../../src/proxy/guard/guard.ts'
import type * as ServerModule from '../../src/proxy/guard/server.ts'
import type * as NetworksModule from '../../src/syntax/networks.ts'
import { compiled } from './compiled.ts'
import { median, type Row } from './row.ts'

const IMAGE = 'traefik/whoami'
/** Of every container made here, so that they can be told from others, and be removed if this was killed. */
const MINE = 'org.labelgate.bench.guard'
const RUN = `${process.pid}`
const AT_ONCE = 8
/** Milliseconds in which the containers of the list have to be made; later ones are left out. */
const PATIENCE = 90_000

/** @param quick a few events, and a short list */
export async function guardRows(quick: boolean): Promise<Row[]> {
  const docker = new Dockerode()
  const missing = await whyNot(docker)
  if (missing !== undefined) return rowsOf({ note: missing })
  const made = new Set<string>()
  const guard = await openGuard()
  try {
    const late = await eventsOf(docker, guard, { made, count: quick ? 10 : 100 })
    const wanted = quick ? 20 : 1000
    await make(docker, { made, count: wanted - made.size })
    const lists = await listsOf(guard, quick ? 3 : 25)
    const note = made.size < wanted ? `no more than ${made.size} containers in ${PATIENCE / 1000} s; ` : ''
    return rowsOf({
      late,
      lists,
      count: made.size,
      note: `${note}the first list, with every label read: ${lists.note}`,
    })
  } finally {
    await guard.close()
    await inTurns([...made], (id) => docker.getContainer(id).remove({ force: true }))
  }
}

interface Lists {
  readonly own: number
  readonly through: number
  readonly note: string
}

function rowsOf({
  late,
  lists,
  count = 1000,
  note,
}: {
  late?: number
  lists?: Lists
  count?: number
  note: string
}): Row[] {
  const list = `list of ${count.toLocaleString('en')} containers`
  const ratio = lists && lists.through / lists.own
  return [
    {
      name: 'event through the guard against from the socket, median',
      value: late,
      unit: 'ms',
      limit: 2,
      ...(late === undefined && { note }),
    },
    { name: `${list} of the daemon, median`, value: lists?.own, unit: 'ms', ...(lists === undefined && { note }) },
    { name: `${list} through the guard, median`, value: lists?.through, unit: 'ms', note },
    {
      name: 'the same against the daemon’s',
      value: ratio,
      unit: '×',
      limit: 1.5,
      ...(ratio === undefined && { note }),
    },
  ]
}

async function whyNot(docker: Dockerode): Promise<string | undefined> {
  try {
    await docker.ping()
  } catch {
    return 'no Docker daemon'
  }
  const found = await docker.listImages({ filters: { reference: [IMAGE] } })
  return found.length > 0 ? undefined : `no image ${IMAGE}`
}

interface Opened {
  /** How the daemon is asked, and the guard. */
  readonly own: RequestOptions
  readonly through: RequestOptions
  close(): Promise<void>
}

/** The guard as `serve` opens it, before a table that knows every container. */
async function openGuard(): Promise<Opened> {
  const { settingsOf } = await compiled<typeof SettingsModule>('cli/settings.js')
  const { relay } = await compiled<typeof ClientModule>('docker/client.js')
  const { endpointOf } = await compiled<typeof EndpointModule>('docker/endpoint.js')
  const { Guard } = await compiled<typeof GuardModule>('proxy/guard/guard.js')
  const { GuardServer } = await compiled<typeof ServerModule>('proxy/guard/server.js')
  const { parseNetworks } = await compiled<typeof NetworksModule>('syntax/networks.js')
  const said = { LABELGATE_PORTAL_URL: 'https://auth.example.com', LABELGATE_GUARD_LISTEN: '127.0.0.1:1' }
  const { operator, dockerHost, internalUrl } = settingsOf({ ...process.env, ...said })
  const daemon = relay({ host: dockerHost })
  const context = () => ({
    operator,
    internalUrl,
    proxyKey: 'K'.repeat(43),
    identityHeaders: ['Remote-User'],
    maxResponseBody: true,
  })
  const guard = new Guard({ daemon, context, settled: () => true, port: 4180, found: () => undefined })
  const networks = parseNetworks(['127.0.0.0/8'])
  if ('invalid' in networks) throw new Error(networks.invalid)
  const fail = (what: unknown) => {
    throw new Error('the guard failed', { cause: what })
  }
  const server = new GuardServer({ guard, daemon, networks, refused: fail, failed: fail, now: Date.now })
  server.server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { socketPath, host, port } = endpointOf(dockerHost) as RequestOptions
  const { port: own } = server.server.address() as AddressInfo
  return {
    own: socketPath === undefined ? { host, port } : { socketPath },
    through: { host: '127.0.0.1', port: own },
    close: () => server.close(),
  }
}

async function ask(whom: RequestOptions, path: string): Promise<IncomingMessage> {
  const [answer] = (await once(request({ ...whom, path, agent: false }).end(), 'response')) as [IncomingMessage]
  if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode}`)
  return answer
}

/** Milliseconds by which an event comes later through the guard than from the daemon, in the middle. */
async function eventsOf(docker: Dockerode, guard: Opened, { made, count }: { made: Set<string>; count: number }) {
  const filters = encodeURIComponent(JSON.stringify({ type: { container: true } }))
  const streams = [
    await ask(guard.own, `/events?filters=${filters}`),
    await ask(guard.through, `/events?filters=${filters}`),
  ]
  const [own, through] = streams.map((stream) => arrivals(stream))
  const late: number[] = []
  try {
    for (let n = 0; n < count; n++) {
      const id = await create(docker, n)
      made.add(id)
      late.push(((await through?.(id)) ?? Number.NaN) - ((await own?.(id)) ?? Number.NaN))
    }
  } finally {
    for (const stream of streams) stream.destroy()
  }
  return median(late)
}

/** When the creation of a container was heard of; may be asked before it is. */
function arrivals(stream: IncomingMessage): (id: string) => Promise<number> {
  const known = new Map<string, PromiseWithResolvers<number>>()
  const of = (id: string) => {
    const found = known.get(id) ?? Promise.withResolvers<number>()
    known.set(id, found)
    return found
  }
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const now = performance.now()
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const { Action, Actor } = JSON.parse(line) as { Action: string; Actor: { ID: string } }
      if (Action === 'create') of(Actor.ID).resolve(now)
    }
  })
  return (id) => of(id).promise
}

/** Containers that are not started, and have labels as people write them; each second one is protected. */
async function create(docker: Dockerode, n: number): Promise<string> {
  const [name, host] = [`bench-${RUN}-${n}`, `bench-${n}.example.com`]
  const Labels = {
    [MINE]: RUN,
    'com.docker.compose.project': `bench-${RUN}-${n}`,
    'com.docker.compose.service': 'web',
    [`traefik.http.routers.${name}.rule`]: `Host(\`${host}\`)`,
    [`traefik.http.routers.${name}.entrypoints`]: 'websecure',
    [`traefik.http.services.${name}.loadbalancer.server.port`]: '80',
    ...(n % 2 === 0 && { 'labelgate.allow': 'group:staff, user:alice' }),
  }
  const { id } = await docker.createContainer({ Image: IMAGE, name, Labels })
  return id
}

async function make(docker: Dockerode, { made, count }: { made: Set<string>; count: number }): Promise<void> {
  const until = performance.now() + PATIENCE
  const first = made.size
  await inTurns(
    Array.from({ length: count }, (_, n) => first + n),
    async (n) => {
      if (performance.now() < until) made.add(await create(docker, n))
    },
  )
}

async function inTurns<T>(items: readonly T[], run: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values()
  const worker = async () => {
    for (const item of left) await run(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** In turn from the daemon and through the guard, so that what else the machine does troubles both. */
async function listsOf({ own, through }: Opened, rounds: number): Promise<Lists> {
  const first = await listed(through)
  const [owns, throughs]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    owns.push(await listed(own))
    throughs.push(await listed(through))
  }
  return { own: median(owns), through: median(throughs), note: `${first.toFixed(0)} ms` }
}

/** Milliseconds until all of it is there. */
async function listed(whom: RequestOptions): Promise<number> {
  const start = performance.now()
  const answer = await ask(whom, '/containers/json?all=1')
  await once(answer.resume(), 'end')
  return performance.now() - start
}
