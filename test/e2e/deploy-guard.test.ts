import { execa } from 'execa'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freePort } from '../free-port.ts'
import { describeWith } from '../parts.ts'
import { ask } from '../proxy/world.ts'
import { IMAGE, ROOT } from './image.ts'

// One name, so that what a broken run left behind is gone after the next.
const PROJECT = 'labelgate-test-guard'
const PATIENCE = { timeout: 60_000, interval: 250 }

let port = 0
const docker = (args: readonly string[], reject = true) =>
  execa('docker', args, {
    cwd: ROOT,
    reject,
    env: {
      LABELGATE_IMAGE: IMAGE,
      LABELGATE_HTTP_PORT: String(port),
      LABELGATE_PORTAL_URL: `http://auth.localhost:${port}`,
    },
  })
const compose = (...args: readonly string[]) =>
  docker(['compose', '-p', PROJECT, '-f', 'deploy/guard/compose.yaml', ...args])

/** Once it is routed; 404 is Traefik's word for no router. */
const routed = (target: string) =>
  vi.waitUntil(async () => {
    const found = await ask(port, target, { Accept: 'text/html' }).catch(() => undefined)
    return found?.status === 404 ? undefined : found
  }, PATIENCE)

/** What the guard answers to somebody on this network: a program of the image, which is no part of the composition. */
async function fromNetwork(network: string, address: string): Promise<string> {
  const asked = `fetch('http://${address}:2375/containers/json', { signal: AbortSignal.timeout(2000) })`
  // a name that nobody answers to is looked for long after that
  const said = `console.log(await ${asked}.then((answer) => answer.status, () => 'nobody')); process.exit()`
  const run = [
    'run',
    '--rm',
    '--network',
    `${PROJECT}_${network}`,
    '--entrypoint',
    'node',
    IMAGE,
    '--input-type=module',
    '-e',
    said,
  ]
  return (await docker(run)).stdout
}

describeWith(['docker', 'compose', 'node-image', 'traefik', 'whoami'], 'deploy/guard/compose.yaml', () => {
  beforeAll(async () => {
    port = await freePort()
    await compose('up', '-d', '--build')
  }, 600_000)

  afterAll(async () => {
    await compose('down', '--volumes', '--timeout', '5')
  })

  test('a container with one label of ours is behind sign-in, by the Traefik labels it has', async () => {
    const answer = await routed('whoami.localhost/page')
    expect(answer.status).toBe(302)
    expect(answer.headers['location']).toMatch(new RegExp(`^http://auth\\.localhost:${port}/login\\?`))
    expect(answer.body).not.toContain('Hostname:')
  })

  test('a container without one is as it was', async () => {
    const answer = await routed('open.localhost/')
    expect([answer.status, answer.body]).toEqual([200, expect.stringContaining('Hostname:')])
  })

  test('the portal answers, though nobody wrote a router for it, and its log has the link that makes the first account', async () => {
    const answer = await routed('auth.localhost/login')
    expect([answer.status, answer.body]).toEqual([200, expect.stringContaining('<form')])
    const { stdout } = await compose('logs', '--no-color', 'labelgate')
    expect(stdout).toContain(`http://auth.localhost:${port}/setup`)
  })

  test('Traefik has no socket, and no way to one', async () => {
    const { stdout } = await docker(['inspect', `${PROJECT}-traefik-1`])
    expect(stdout).not.toContain('docker.sock')
  })

  test('labelgate may have a further network, to the world: the portal stays where Traefik reaches it', async () => {
    const outside = `${PROJECT}-outside`
    await docker(['network', 'rm', outside], false)
    await docker(['network', 'create', outside])
    await docker(['network', 'connect', outside, `${PROJECT}-labelgate-1`])
    try {
      await compose('restart', '--timeout', '5', 'labelgate')
      // a container that starts makes Traefik list again, so that what is seen afterwards is of labelgate as it is now
      await compose('up', '-d', '--force-recreate', '--no-deps', 'open')
      await routed('open.localhost/')
      expect((await routed('auth.localhost/login')).status).toBe(200)
    } finally {
      await docker(['network', 'disconnect', '--force', outside, `${PROJECT}-labelgate-1`])
      await docker(['network', 'rm', outside])
    }
  })

  test('who is on the network of the apps does not reach the guard', async () => {
    const { stdout } = await docker([
      'inspect',
      '--format',
      `{{(index .NetworkSettings.Networks "${PROJECT}_guard").IPAddress}}`,
      `${PROJECT}-labelgate-1`,
    ])
    expect(await fromNetwork('guard', stdout)).toBe('200')
    expect(await fromNetwork('guard', 'labelgate')).toBe('200')
    expect(await fromNetwork('apps', stdout)).toBe('nobody')
    expect(await fromNetwork('apps', 'labelgate')).toBe('nobody')
  })
})
