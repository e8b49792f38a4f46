/** How long after a container was created its policy is in force, with a real daemon. */
import type { Readable } from 'node:stream'
import Dockerode from 'dockerode'
import type * as ClientModule from '../../src/docker/client.ts'
import type * as FollowModule from '../../src/cli/follow.ts'
import type * as SettingsModule from '../../src/cli/settings.ts'
import type * as LiveModule from '../../src/table/live.ts'
import { compiled } from './compiled.ts'
import { median, quantile, type Row } from './row.ts'

const IMAGE = 'traefik/whoami'
const MINE = 'labelgate.bench'

/** @param quick five containers */
export async function eventRows(quick: boolean): Promise<Row[]> {
  const docker = new Dockerode()
  const missing = await whyNot(docker)
  const waits = missing === undefined ? await waitsFor(docker, quick ? 5 : 60) : undefined
  const row = (name: string, limit: number, value: number | undefined): Row => ({
    name: `from Docker's event to the policy in force, ${name}`,
    value,
    unit: 'ms',
    limit,
    ...(missing !== undefined && { note: missing }),
  })
  return [row('median', 20, waits && median(waits)), row('p99', 50, waits && quantile(waits, 0.99))]
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

/** Milliseconds for each container, by the daemon's own time of its `create` event. */
async function waitsFor(docker: Dockerode, count: number): Promise<number[]> {
  const stop = new AbortController()
  const [created, live] = [new Times(), new Times()]
  const heard = await hear(docker, created)
  const { over } = await followed(stop.signal, live)
  const waits: number[] = []
  try {
    for (let n = 0; n < count; n++) {
      const host = `bench-${process.pid}-${n}.example.com`
      const container = await docker.createContainer({ Image: IMAGE, Labels: { 'labelgate.host': host, [MINE]: host } })
      try {
        await container.start()
        waits.push((await live.of(host)) - (await created.of(host)))
      } finally {
        await container.remove({ force: true })
      }
    }
  } finally {
    stop.abort()
    heard.destroy()
  }
  await over
  return waits
}

/** When something was seen first, in epoch milliseconds; may be asked before it is seen. */
class Times {
  readonly #known = new Map<string, PromiseWithResolvers<number>>()

  seen(key: string, at: number): void {
    this.#of(key).resolve(at)
  }

  of(key: string): Promise<number> {
    return this.#of(key).promise
  }

  #of(key: string): PromiseWithResolvers<number> {
    const known = this.#known.get(key) ?? Promise.withResolvers<number>()
    this.#known.set(key, known)
    return known
  }
}

/** A stream of our own beside the one that is measured. */
async function hear(docker: Dockerode, created: Times): Promise<Readable> {
  const filters = JSON.stringify({ type: ['container'], event: ['create'], label: [MINE] })
  const stream = (await docker.getEvents({ filters })) as Readable
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const { timeNano, Actor } = JSON.parse(line) as {
        timeNano: number
        Actor: { Attributes: Record<string, string> }
      }
      created.seen(Actor.Attributes[MINE] ?? '', timeNano / 1e6)
    }
  })
  return stream
}

/** What `serve` does, with its own client. Resolves once the first table is there; what it gives, when all is over. */
async function followed(signal: AbortSignal, times: Times): Promise<{ readonly over: Promise<void> }> {
  const { connect } = await compiled<typeof ClientModule>('docker/client.js')
  const { follow } = await compiled<typeof FollowModule>('cli/follow.js')
  const { settingsOf } = await compiled<typeof SettingsModule>('cli/settings.js')
  const { LiveTable } = await compiled<typeof LiveModule>('table/live.js')
  const settings = settingsOf({ ...process.env, LABELGATE_PORTAL_URL: 'https://auth.example.com' })
  const { dockerHost, dockerCertPath } = settings
  const first = Promise.withResolvers<void>()
  const over = follow(
    connect({ host: dockerHost, ...(dockerCertPath !== undefined && { certPath: dockerCertPath }) }),
    {
      network: settings.network,
      config: { current: () => settings, subscribe: () => () => undefined },
      live: new LiveTable(0),
      signal,
      changed: ({ hosts }) => {
        const now = performance.timeOrigin + performance.now()
        for (const host of hosts.keys()) if (host.startsWith('bench-')) times.seen(host, now)
        first.resolve()
      },
    },
  )
  await Promise.race([first.promise, over])
  return { over }
}
