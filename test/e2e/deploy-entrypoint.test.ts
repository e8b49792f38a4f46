import { execa } from 'execa'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freePort } from '../free-port.ts'
import { describeWith } from '../parts.ts'
import { ask } from '../proxy/world.ts'
import { IMAGE, ROOT } from './image.ts'

// One name, so that what a broken run left behind is gone after the next.
const PROJECT = 'labelgate-test-entrypoint'
const PATIENCE = { timeout: 60_000, interval: 250 }

let port = 0
const compose = (...args: readonly string[]) =>
  execa('docker', ['compose', '-p', PROJECT, '-f', 'deploy/entrypoint/compose.yaml', ...args], {
    cwd: ROOT,
    env: {
      LABELGATE_IMAGE: IMAGE,
      LABELGATE_HTTP_PORT: String(port),
      LABELGATE_PORTAL_URL: `http://auth.localhost:${port}`,
    },
  })
/** Once it is routed; 404 is Traefik's word for no router. */
const routed = (target: string) =>
  vi.waitUntil(async () => {
    const found = await ask(port, target, { Accept: 'text/html' }).catch(() => undefined)
    return found?.status === 404 ? undefined : found
  }, PATIENCE)

describeWith(['docker', 'compose', 'node-image', 'traefik', 'whoami'], 'deploy/entrypoint/compose.yaml', () => {
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

  test('a container without one is denied, and the log says what to do', async () => {
    const answer = await routed('bare.localhost/')
    expect(answer.status).toBe(403)
    expect(answer.body).not.toContain('Hostname:')
    const { stdout } = await compose('logs', '--no-color', 'labelgate')
    expect(stdout).toContain('is denied by the entry point, as no app has it: bare.localhost/')
    expect(stdout).not.toContain('whoami.localhost/')
  })

  test('the portal answers, and its log has the link that makes the first account', async () => {
    await vi.waitUntil(async () => (await ask(port, 'auth.localhost/login')).status === 200, PATIENCE)
    const { stdout } = await compose('logs', '--no-color', 'labelgate')
    expect(stdout).toContain(`http://auth.localhost:${port}/setup`)
  })

  test('the proxy key is in nothing that is answered to a stranger', async () => {
    expect((await ask(port, 'auth.localhost/traefik/guess')).status).toBe(404)
    expect((await ask(port, 'auth.localhost/auth/forward/guess')).status).not.toBe(200)
  })
})
