import { execa } from 'execa'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freePort } from '../free-port.ts'
import { describeWith } from '../parts.ts'
import { ask } from '../proxy/world.ts'
import { IMAGE, ROOT } from './image.ts'

// One name, so that what a broken run left behind is gone after the next.
const PROJECT = 'labelgate-test'
const PATIENCE = { timeout: 60_000, interval: 250 }

let port = 0
const docker = (args: readonly string[], reject = true) =>
  execa('docker', args, {
    cwd: ROOT,
    reject,
    all: true,
    env: {
      LABELGATE_IMAGE: IMAGE,
      LABELGATE_HTTP_PORT: String(port),
      LABELGATE_PORTAL_URL: `http://auth.localhost:${port}`,
    },
  })
const compose = (args: readonly string[], reject = true) =>
  docker(['compose', '-p', PROJECT, '-f', 'deploy/compose.yaml', ...args], reject)

const LOCKED = ['--rm', '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges:true']

describeWith(['docker', 'compose', 'node-image', 'traefik', 'whoami'], 'the image and deploy/compose.yaml', () => {
  beforeAll(async () => {
    port = await freePort()
    await compose(['up', '-d', '--build'])
  }, 600_000)

  afterAll(async () => {
    await compose(['down', '--volumes', '--timeout', '5'])
  })

  test('a labelled container is behind sign-in, with nothing else configured', async () => {
    const answer = await vi.waitUntil(async () => {
      const found = await ask(port, 'whoami.localhost/page?x=1', { Accept: 'text/html' }).catch(() => undefined)
      return found?.status === 404 ? undefined : found
    }, PATIENCE)
    expect([302, 303]).toContain(answer.status)
    expect(answer.headers['location']).toMatch(new RegExp(`^http://auth\\.localhost:${port}/`))
    expect(answer.body).not.toContain('Hostname:')
  })

  test('the portal answers, and its log has the link that makes the first account', async () => {
    await vi.waitUntil(async () => (await ask(port, 'auth.localhost/login')).status === 200, PATIENCE)
    const { stdout } = await compose(['logs', '--no-color', 'labelgate'])
    expect(stdout).toContain(`http://auth.localhost:${port}/setup`)
  })

  test('it becomes healthy', async () => {
    const state = async () => (await compose(['ps', '--format', '{{.Health}}', 'labelgate'])).stdout
    await expect.poll(state, PATIENCE).toBe('healthy')
  })

  test('it runs as node without a capability, and only it has the socket', async () => {
    const status = await compose(['exec', '-T', 'labelgate', 'cat', '/proc/1/status'])
    expect(status.stdout).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m)
    expect(status.stdout).toMatch(/^CapEff:\t0{16}$/m)
    const { stdout } = await docker(['inspect', '--format', '{{json .HostConfig.Binds}}', `${PROJECT}-traefik-1`])
    expect(stdout).not.toContain('docker.sock')
  })

  test('a command run in the container works on the data of the server', async () => {
    const { stdout } = await compose(['exec', '-T', 'labelgate', 'labelgate', 'user', 'list'])
    expect(stdout).not.toContain('EACCES')
    const apps = await compose(['exec', '-T', 'labelgate', 'labelgate', 'apps'])
    expect(apps.stdout).toContain('whoami.localhost')
  })

  test('started as root without the two capabilities it refuses to go on', async () => {
    const { exitCode, all } = await docker(['run', ...LOCKED, '--user', 'root', IMAGE, '--help'], false)
    expect(exitCode).toBe(2)
    expect(all).toContain('add the capabilities SETUID and SETGID')
  })

  test('as node it needs no capability and writes nothing outside its data', async () => {
    const { all } = await docker(['run', ...LOCKED, IMAGE, '--help'])
    expect(all).toContain('labelgate')
  })

  test('the image carries no development dependency and no source', async () => {
    const { stdout } = await docker(['run', '--rm', '--entrypoint', 'ls', IMAGE, '/app', '/app/node_modules'])
    expect(stdout.split('\n')).not.toEqual(expect.arrayContaining(['vitest']))
    expect(stdout.split('\n')).not.toEqual(expect.arrayContaining(['typescript']))
    expect(stdout.split('\n')).not.toEqual(expect.arrayContaining(['src']))
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['dist', 'fastify']))
  })
})
