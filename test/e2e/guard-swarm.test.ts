/**
 * Services of a Swarm, labelled themselves (`deploy.labels`), which Traefik's Swarm provider finds through the guard. A
 * real Swarm of one node, on a second daemon; a real Traefik, beside it on the machine.
 */
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freePort } from '../free-port.ts'
import { describeWith } from '../parts.ts'
import { type RunningTraefik, startTraefik } from '../proxy/traefik.ts'
import { Labelgate } from './fault/labelgate.ts'
import { SecondDocker } from './second-docker.ts'

const WHOAMI = 'traefik/whoami'
const NETWORK = 'apps'
/** Swarm's own, on the machine, by which its containers reach out. */
const BRIDGE = 'docker_gwbridge'
const SECRET = 'not-for-the-proxy'
const PATIENCE = { timeout: 30_000, interval: 100 }

const parts = new AsyncDisposableStack()
let second: SecondDocker
let traefik: RunningTraefik
let guard: string

/** A service that runs, and to whose containers the machine has a way: nobody else is on their network. */
async function service(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
  const all = {
    [`traefik.http.routers.${name}.rule`]: `Host(\`${name}.swarm.test\`)`,
    [`traefik.http.services.${name}.loadbalancer.server.port`]: '80',
    ...labels,
  }
  const words = Object.entries(all).map(([key, value]) => `--label=${key}=${value}`)
  const more = [`--env=SECRET=${SECRET}`, '--no-resolve-image', '--detach=false', '--quiet']
  await second.docker('service', 'create', `--name=${name}`, `--network=${NETWORK}`, ...more, ...words, WHOAMI)
  const container = await second.docker(
    'ps',
    '-q',
    '--no-trunc',
    `--filter=label=com.docker.swarm.service.name=${name}`,
  )
  const format = `{{(index .NetworkSettings.Networks "${NETWORK}").IPAddress}}`
  const address = await second.docker('inspect', `--format=${format}`, container)
  const way = `{{(index .Containers "${container}").IPv4Address}}`
  const via = (await second.docker('network', 'inspect', `--format=${way}`, BRIDGE)).replace(/\/.*/, '')
  await execa('ip', ['route', 'add', `${address}/32`, 'via', via])
}

/** What Traefik answers at `notes.swarm.test/path`. */
async function ask(host: string, path = '/'): Promise<number | undefined> {
  const asked = request({ host: '127.0.0.1', port: traefik.web, path, headers: { Host: host } }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode
}

const said = async (path: string) => {
  const answer = await fetch(`http://${guard}${path}`)
  return { status: answer.status, body: await answer.text() }
}

describeWith(['docker', 'second-docker', 'traefik', 'whoami'], 'services of a Swarm, through the guard', () => {
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'labelgate-swarm-'))
    parts.defer(() => rm(folder, { recursive: true, force: true }))
    const before = await execa('ip', ['link', 'show', BRIDGE], { reject: false })
    second = await SecondDocker.start([WHOAMI])
    parts.defer(async () => {
      await second.docker('swarm', 'leave', '--force').catch(() => undefined)
      await second[Symbol.asyncDispose]()
      if (before.exitCode !== 0) await execa('ip', ['link', 'delete', BRIDGE], { reject: false })
    })
    const listen = `--listen-addr=127.0.0.1:${await freePort()}`
    await second.docker('swarm', 'init', '--advertise-addr=127.0.0.1', listen)
    await second.docker('network', 'create', '--driver=overlay', NETWORK)
    const [traefikFolder, dataFolder] = [join(folder, 'traefik'), join(folder, 'data')]
    for (const made of [traefikFolder, dataFolder]) await mkdir(made)
    guard = `127.0.0.1:${await freePort()}`
    await Promise.all([
      service('notes', { 'labelgate.allow': 'signed-in', 'labelgate.public': '/open/**' }),
      service('typo', { 'labelgate.alow': 'signed-in' }),
      service('plain', {}),
    ])
    traefik = parts.use(
      await startTraefik(traefikFolder, {
        'providers.swarm.endpoint': `tcp://${guard}`,
        'providers.swarm.refreshSeconds': '1s',
        'providers.swarm.network': NETWORK,
        'providers.docker.endpoint': `tcp://${guard}`,
        'providers.docker.defaultRule': 'Host(`{{ index .Labels "com.docker.swarm.service.name" }}.beside.test`)',
      }),
    )
    const env = { LABELGATE_TRAEFIK_FILE: '', LABELGATE_GUARD_LISTEN: guard }
    const surroundings = { dockerHost: second.host, traefikFolder, dataFolder, web: traefik.web, env }
    await parts.use(await Labelgate.in(surroundings)).start()
    await vi.waitFor(async () => expect(await ask('plain.swarm.test')).toBe(200), PATIENCE)
  }, 120_000)

  afterAll(() => parts.disposeAsync(), 60_000)

  test('nobody gets in who has not signed in, but where the labels of the service open it', async () => {
    expect(await ask('notes.swarm.test')).toBe(401)
    expect(await ask('notes.swarm.test', '/open/page')).toBe(200)
  })

  test('a misspelt label: no route', async () => {
    expect(await ask('typo.swarm.test')).toBe(404)
  })

  test('its containers, which carry no label, have no route beside it by the Docker provider', async () => {
    await vi.waitFor(async () => expect(await ask('plain.beside.test')).toBe(200), PATIENCE)
    for (const name of ['notes', 'typo']) expect(await ask(`${name}.beside.test`)).toBe(404)
  })

  test('what its containers are made of is not to be seen, nor how one joins the swarm', async () => {
    const services = JSON.parse((await said('/v1.41/services')).body) as { ID: string; Spec: { Name: string } }[]
    expect(services.map(({ Spec }) => Spec.Name).toSorted()).toEqual(['notes', 'plain', 'typo'])
    const filters = { service: { [services[0]?.ID ?? '']: true }, 'desired-state': { running: true } }
    const tasks = await said(`/v1.41/tasks?filters=${encodeURIComponent(JSON.stringify(filters))}`)
    const [task] = JSON.parse(tasks.body) as { NodeID: string }[]
    const node = await said(`/nodes/${task?.NodeID}`)
    const networks = await said(`/networks?filters=${encodeURIComponent('{"scope":["swarm"]}')}`)
    for (const { status, body } of [await said('/services'), tasks, node, networks]) {
      expect(status).toBe(200)
      expect(body).not.toMatch(/SECRET|not-for-the-proxy|TLSInfo|ContainerSpec/)
    }
    for (const path of [
      '/swarm',
      '/nodes',
      '/secrets',
      '/configs',
      '/tasks',
      '/networks',
      `/services/${services[0]?.ID}`,
    ])
      expect([path, (await said(path)).status]).toEqual([path, 403])
  })

  test('labels of a service that runs are changed, and that holds', async () => {
    await service('late', { 'labelgate.allow': 'signed-in' })
    await vi.waitFor(async () => expect(await ask('late.swarm.test')).toBe(401), PATIENCE)
    await second.docker('service', 'update', '--detach', '--quiet', '--label-add=labelgate.public=/**', 'late')
    await vi.waitFor(async () => expect(await ask('late.swarm.test')).toBe(200), PATIENCE)
    await second.docker('service', 'update', '--detach', '--quiet', '--label-rm=labelgate.public', 'late')
    await vi.waitFor(async () => expect(await ask('late.swarm.test')).toBe(401), PATIENCE)
    await second.docker('service', 'rm', 'late')
    await vi.waitFor(async () => expect(await ask('late.swarm.test')).toBe(404), PATIENCE)
  })
})
