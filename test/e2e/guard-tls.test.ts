/** The guard over TLS, to a real Traefik that shows its certificate, and to one that has none. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freePort } from '../free-port.ts'
import { describeWith } from '../parts.ts'
import { startTraefik } from '../proxy/traefik.ts'
import { ask } from '../proxy/world.ts'
import { makeCertificate } from './certificate.ts'
import { Labelgate } from './fault/labelgate.ts'

const PATIENCE = { timeout: 30_000, interval: 100 }
const NAME = 'lg-guard-tls'
const HOST = 'guarded.tls.test'

const parts = new AsyncDisposableStack()
let folder = ''
let guard = ''
const path = (name: string) => join(folder, name)

/** Of Traefik, with what it shows to the guard. */
async function traefik(more: Readonly<Record<string, string>>) {
  const dynamic = await mkdtemp(path('traefik-'))
  return startTraefik(dynamic, {
    'providers.docker.endpoint': guard,
    'providers.docker.tls.ca': path('guard'),
    ...more,
  })
}

describeWith(['docker', 'traefik', 'whoami'], 'the guard over TLS', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'labelgate-guard-tls-'))
    parts.defer(() => rm(folder, { recursive: true, force: true }))
    for (const [name, host] of Object.entries({ guard: 'localhost', traefik: 'traefik' })) {
      const { certificate, key } = await makeCertificate([host])
      await writeFile(path(name), certificate)
      await writeFile(path(`${name}-key`), key)
    }
    const port = await freePort()
    guard = `tcp://localhost:${port}`
    await mkdir(path('data'))
    const env = {
      LABELGATE_TRAEFIK_FILE: '',
      LABELGATE_GUARD_LISTEN: `127.0.0.1:${port}`,
      LABELGATE_GUARD_TLS_CERT: path('guard'),
      LABELGATE_GUARD_TLS_KEY: path('guard-key'),
      LABELGATE_GUARD_TLS_CLIENT_CA: path('traefik'),
    }
    const dockerHost = 'unix:///var/run/docker.sock'
    const there = { dockerHost, traefikFolder: folder, dataFolder: path('data'), web: await freePort(), env }
    await parts.use(await Labelgate.in(there)).start()
    await execa('docker', ['rm', '-f', NAME])
    const labels = [`traefik.http.routers.${NAME}.rule=Host(\`${HOST}\`)`, 'labelgate.allow=signed-in']
    const run = ['run', '-d', '--name', NAME, ...labels.map((label) => `--label=${label}`), 'traefik/whoami']
    await execa('docker', run)
    parts.defer(async () => void (await execa('docker', ['rm', '-f', NAME])))
  })
  afterAll(() => parts.disposeAsync())

  test('Traefik that shows the certificate it was given has its routes, with sign-in before them', async () => {
    const shown = { 'providers.docker.tls.cert': path('traefik'), 'providers.docker.tls.key': path('traefik-key') }
    await using it = await traefik(shown)
    const answer = await vi.waitUntil(async () => {
      const found = await ask(it.web, `${HOST}/`)
      return found.status === 404 ? undefined : found
    }, PATIENCE)
    expect([answer.status, answer.body.includes('Hostname:')]).toEqual([401, false])
  })

  test('Traefik that shows none is told nothing', async () => {
    await using it = await traefik({})
    await vi.waitUntil(() => it.log().includes('certificate required'), PATIENCE)
    expect((await ask(it.web, `${HOST}/`)).status).toBe(404)
  })
})
