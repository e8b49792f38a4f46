/** The watch against real Docker daemons: the machine's own, and one that is killed. */
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, type Connection } from '../../src/docker/client.ts'
import type { Container, Containers } from '../../src/docker/container.ts'
import { watch, type WatchNote } from '../../src/docker/watch.ts'
import { describeWith } from '../parts.ts'
import { SecondDocker } from './second-docker.ts'

const OWN = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock'
const PREFIX = 'labelgate-watch'
const WHOAMI = 'traefik/whoami'
const never = new AbortController().signal

/** A watch that lists only when its stream was opened: what it sees later on, events have told it. */
class Watching implements AsyncDisposable {
  readonly notes: WatchNote[] = []
  readonly #stop = new AbortController()
  readonly #done: Promise<void>
  #containers: Containers = new Map()

  constructor(connection: Connection) {
    this.#done = this.#follow(connection)
  }

  async #follow(connection: Connection): Promise<void> {
    const log = (note: WatchNote) => void this.notes.push(note)
    const options = { signal: this.#stop.signal, log, relist: 3_600_000 }
    for await (const { containers } of watch(connect(connection), options)) this.#containers = containers
  }

  find(name: string): Container | undefined {
    return [...this.#containers.values()].find((container) => container.name === name)
  }

  get lost(): number {
    return this.notes.filter(({ kind }) => kind === 'lost').length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#done
  }
}

/** Waits until the container is known to be so; `undefined`: until it is no longer known. */
async function expectSeen(
  watching: Watching,
  name: string,
  expected: Partial<Container> | undefined,
  timeout = 5000,
): Promise<void> {
  const sight = () => watching.find(name)
  if (expected === undefined) await expect.poll(sight, { timeout, interval: 5 }).toBeUndefined()
  else await expect.poll(sight, { timeout, interval: 5 }).toMatchObject(expected)
}

describeWith(['docker', 'whoami', 'node-image'], 'a real daemon', () => {
  const docker = async (...args: string[]) => (await execa('docker', args)).stdout
  const [name, network] = [`${PREFIX}-app`, `${PREFIX}-network`]

  async function clear() {
    const found = await docker('ps', '-aq', '--filter', `name=${PREFIX}`)
    if (found !== '') await docker('rm', '-f', ...found.split('\n'))
    await execa('docker', ['network', 'rm', network], { reject: false })
  }
  beforeAll(clear)
  afterAll(clear)

  test('each step of a container’s life is seen as it happens', async () => {
    await using watching = new Watching({ host: OWN })
    await expect.poll(() => watching.notes).toEqual([{ kind: 'following' }])

    const labels = ['--label', 'labelgate.host=app.example.com', '--label', 'labelgate.title=A = "b"\n{}']
    const id = await docker('create', '--name', name, ...labels, '-p', '127.0.0.1::80', WHOAMI)
    await expectSeen(watching, name, { id, state: 'created', ports: [], published: [], networkMode: 'bridge' })
    expect(watching.find(name)?.labels).toMatchObject({
      'labelgate.host': 'app.example.com',
      'labelgate.title': 'A = "b"\n{}',
    })
    expect(Math.abs(Date.now() / 1000 - (watching.find(name)?.created ?? 0))).toBeLessThan(60)

    await docker('start', name)
    const published = { address: '127.0.0.1', hostPort: expect.any(Number), containerPort: 80 }
    const bridge = { name: 'bridge', address: expect.stringMatching(/^\d+(\.\d+){3}$/) }
    await expectSeen(watching, name, { state: 'running', ports: [80], published: [published], networks: [bridge] })

    await docker('pause', name)
    await expectSeen(watching, name, { state: 'paused' })
    await docker('unpause', name)
    await expectSeen(watching, name, { state: 'running' })

    await docker('network', 'create', network)
    await docker('network', 'connect', network, name)
    await expectSeen(watching, name, { networks: [bridge, { name: network, address: expect.stringMatching(/^\d/) }] })
    await docker('network', 'disconnect', 'bridge', name)
    await expectSeen(watching, name, { networks: [{ name: network, address: expect.stringMatching(/^\d/) }] })

    await docker('rename', name, `${name}-2`)
    await expectSeen(watching, `${name}-2`, { id })
    await expectSeen(watching, name, undefined)

    await docker('stop', `${name}-2`)
    await expectSeen(watching, `${name}-2`, { state: 'exited', ports: [], published: [] })
    await docker('rm', `${name}-2`)
    await expectSeen(watching, `${name}-2`, undefined)
    expect(watching.notes).toEqual([{ kind: 'following' }])
  })

  test('I-09 a container that ends by itself is seen to have ended within 2 s', async () => {
    await using watching = new Watching({ host: OWN })
    await docker('run', '-d', '--name', name, 'node:24-bookworm-slim', 'sleep', '1')
    await docker('wait', name)
    // Nothing is announced after `die`, and at that moment the list still says `running`.
    await expectSeen(watching, name, { state: 'exited' }, 2000)
    await docker('rm', name)
  })

  test('health is seen: starting, healthy, unhealthy', async () => {
    await using watching = new Watching({ host: OWN })
    const check = ['--health-cmd', 'test -e /tmp/well', '--health-interval', '1s', '--health-retries', '1']
    const run = ['--name', name, ...check, '--health-start-period', '60s', 'node:24-bookworm-slim', 'sleep', '600']
    await docker('run', '-d', ...run)
    await expectSeen(watching, name, { state: 'running', health: 'starting' })
    await docker('exec', name, 'touch', '/tmp/well')
    await expectSeen(watching, name, { health: 'healthy' }, 15_000)
    await docker('exec', name, 'rm', '/tmp/well')
    await expectSeen(watching, name, { health: 'unhealthy' }, 15_000)
    await docker('rm', '-f', name)
    await expectSeen(watching, name, undefined)
  })

  test('the network mode tells which network a container lives on', async () => {
    await using watching = new Watching({ host: OWN })
    await docker('network', 'inspect', network)
    const id = await docker('create', '--name', name, '--network', network, WHOAMI)
    for (const mode of ['host', 'none']) await docker('create', '--name', `${name}-${mode}`, '--network', mode, WHOAMI)
    await docker('create', '--name', `${name}-guest`, '--network', `container:${id}`, WHOAMI)
    await expectSeen(watching, name, { networkMode: network })
    await expectSeen(watching, `${name}-host`, { networkMode: 'host' })
    await expectSeen(watching, `${name}-none`, { networkMode: 'none' })
    await expectSeen(watching, `${name}-guest`, { networkMode: `container:${id}`, networks: [] })
    await clear()
    await expectSeen(watching, name, undefined)
  })
})

describeWith(['docker', 'second-docker', 'whoami'], 'a daemon of our own', () => {
  let second: SecondDocker
  beforeAll(async () => {
    second = await SecondDocker.start([WHOAMI])
  })
  afterAll(async () => {
    await second[Symbol.asyncDispose]()
  })

  test('I-06 it is killed and comes back: what it said last stays, then what is true then is seen', async () => {
    await second.docker('run', '-d', '--name', 'runs', WHOAMI)
    await using watching = new Watching({ host: second.host })
    await expectSeen(watching, 'runs', { state: 'running' })
    await second.kill()
    await expect.poll(() => watching.lost).toBeGreaterThan(0)
    expect(watching.find('runs')?.state).toBe('running')
    await second.run()
    // It was stopped while nobody could say so.
    await expectSeen(watching, 'runs', { state: 'exited' }, 20_000)
    await second.docker('create', '--name', 'later', WHOAMI)
    await expectSeen(watching, 'later', { state: 'created' })
    await second.docker('rm', 'runs', 'later')
    await expectSeen(watching, 'later', undefined)
  })

  test('by TLS it is followed all the same', async () => {
    await using watching = new Watching({ host: second.tlsHost, certPath: second.certPath })
    await expect.poll(() => watching.notes).toEqual([{ kind: 'following' }])
    await second.docker('create', '--name', 'by-tls', WHOAMI)
    await expectSeen(watching, 'by-tls', { state: 'created' })
    await second.docker('rm', 'by-tls')
    await expectSeen(watching, 'by-tls', undefined)
  })

  test('by TLS neither a stranger nor one without TLS is heard', async () => {
    const stranger = connect({ host: second.tlsHost, certPath: await second.strangerCertPath() })
    await expect(stranger.list(undefined, never)).rejects.toThrow(/certificate|self.signed/i)
    await expect(connect({ host: second.tlsHost }).list(undefined, never)).rejects.toThrow('Docker answered 400')
  })
})
