/** The whole gate over SQLite behind a real Traefik, by the file that labelgate writes for it; apps on loopback. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { openGate, type Gate } from '../../src/cli/gate.ts'
import { settingsOf } from '../../src/cli/settings.ts'
import { Held } from '../../src/config/current.ts'
import { render } from '../../src/proxy/traefik/render.ts'
import { tableOf } from '../build/table.ts'
import { type RunningTraefik, startTraefik } from '../proxy/traefik.ts'
import type { ClientApp } from './client-apps.ts'

export interface Place extends AsyncDisposable {
  readonly gate: Gate
  readonly traefik: RunningTraefik
  /** For commands beside the gate. */
  readonly env: Readonly<Record<string, string>>
  /** Address of a host here: `http://app.example.com:<port>/…`. */
  url(target: string): string
}

/**
 * The portal is `auth.example.com`.
 * @param file the operator's
 * @param apps whoever opens the place closes them
 * @param now epoch milliseconds
 */
export async function openPlace(file: string, apps: readonly ClientApp[], now = Date.now): Promise<Place> {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-place-'))
  opened.defer(() => rm(folder, { recursive: true }))
  const dynamic = join(folder, 'traefik')
  await mkdir(dynamic)
  const traefik = opened.use(await startTraefik(dynamic))
  const env = {
    LABELGATE_PORTAL_URL: `http://auth.example.com:${traefik.web}`,
    LABELGATE_DATA_DIR: join(folder, 'data'),
    LABELGATE_CONFIG: join(folder, 'labelgate.yaml'),
    LABELGATE_TRAEFIK_ENTRYPOINTS: 'web',
    LABELGATE_LOG_LEVEL: 'silent',
  }
  await writeFile(env.LABELGATE_CONFIG, file)
  const settings = settingsOf(env)
  const containers = apps.map(({ container }) => container)
  const table = tableOf(containers, settings.operator)
  const fault = (error: unknown) => expect.fail(String(error))
  const nothing = () => undefined
  const observer = { decided: nothing, stranger: nothing, failed: fault }
  const options = { settings, config: new Held(settings), now, table: () => table, observer }
  const gate = opened.use(await openGate({ ...options, observe: nothing, fault }))
  await gate.frontDoor.listen({ host: '127.0.0.1', port: 0 })
  const { port } = gate.frontDoor.server.address() as AddressInfo
  const words = { ...settings, internalUrl: `http://127.0.0.1:${port}`, tokenHeader: settings.file.tokens.header }
  await writeFile(join(dynamic, 'labelgate.yml'), render(table, { ...words, proxyKey: gate.proxyKey }).text)
  await vi.waitFor(async () => {
    const there = Object.keys(await traefik.objects('routers'))
    // the portal has one, too
    if (there.length <= apps.length) throw new Error(`Traefik has ${there.join()}: ${traefik.log()}`)
  }, 10_000)
  const owned = opened.move()
  return {
    gate,
    traefik,
    env,
    url(target) {
      const slash = target.indexOf('/')
      return `http://${target.slice(0, slash)}:${traefik.web}${target.slice(slash)}`
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
