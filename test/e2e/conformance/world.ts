/** One labelgate over one table, and every proxy before it: what one lets through the others are to let through too. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { openGate, type Gate } from '../../../src/cli/gate.ts'
import { openGateway } from '../../../src/cli/gateway.ts'
import { settingsOf } from '../../../src/cli/settings.ts'
import { Held } from '../../../src/config/current.ts'
import type { Settings } from '../../../src/config/settings.ts'
import { identityHeaders } from '../../../src/proxy/traefik/headers.ts'
import { render } from '../../../src/proxy/traefik/render.ts'
import { issueToken } from '../../../src/session/tokens.ts'
import { openStore } from '../../../src/store/open.ts'
import type { Table } from '../../../src/table/table.ts'
import { person } from '../../build/people.ts'
import { tableOf } from '../../build/table.ts'
import { freePort } from '../../free-port.ts'
import { startTraefik } from '../../proxy/traefik.ts'
import { doorFiles } from '../doors/files.ts'
import { type DoorName, startDoor } from '../doors/proxies.ts'
import type { EchoApp } from './apps.ts'

export type ProxyName = 'traefik' | 'gateway' | DoorName

export interface World extends AsyncDisposable {
  /** Port of each proxy that runs. */
  readonly ports: ReadonlyMap<ProxyName, number>
  /** Value of somebody's session cookie at a host. */
  cookie(who: Person, host: string): Promise<string>
  /** A token of carol's. */
  readonly token: string
  log(proxy: ProxyName): string
}

export type Person = 'alice' | 'bob'

/** From elsewhere, so that no account has to stand in the store. */
const PEOPLE = {
  alice: person('alice', { issuer: 'https://idp.example', groups: ['users'] }),
  bob: person('bob', { issuer: 'https://idp.example', groups: ['admins'] }),
}

export async function openWorld(apps: readonly EchoApp[], proxies: readonly ProxyName[]): Promise<World> {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-conformance-'))
  opened.defer(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'labelgate.yaml'), 'headers: { reserved: X-Fam-* }\n')
  const settings = settingsOf({
    LABELGATE_CONFIG: join(folder, 'labelgate.yaml'),
    LABELGATE_PORTAL_URL: 'http://auth.example.com',
    LABELGATE_DATA_DIR: join(folder, 'data'),
    LABELGATE_TRAEFIK_ENTRYPOINTS: 'web',
    LABELGATE_LOG_LEVEL: 'silent',
  })
  const table = tableOf(
    apps.map(({ container }) => container),
    settings.operator,
  )
  const gate = opened.use(await gateOf(settings, table))
  const token = await tokenOf(gate, settings)
  const { port } = gate.frontDoor.server.address() as AddressInfo
  const words = { ...settings, internalUrl: `http://127.0.0.1:${port}`, proxyKey: gate.proxyKey }
  const ports = new Map<ProxyName, number>()
  const logs = new Map<ProxyName, () => string>()
  for (const proxy of proxies) {
    if (proxy === 'traefik') {
      const dynamic = join(folder, 'traefik')
      await mkdir(dynamic)
      await writeFile(join(dynamic, 'labelgate.yml'), render(table, words).text)
      const traefik = opened.use(await startTraefik(dynamic))
      await vi.waitFor(async () => {
        const there = Object.keys(await traefik.objects('routers'))
        if (!there.includes('labelgate-portal')) throw new Error(`Traefik has ${there.join()}: ${traefik.log()}`)
      }, 10_000)
      ports.set(proxy, traefik.web)
      logs.set(proxy, () => traefik.log())
    } else if (proxy === 'gateway') {
      const listen = { host: '127.0.0.1', port: await freePort() }
      const fault = (error: unknown) => expect.fail(String(error))
      const words = { settings: { listen, certificates: [], timeout: 60_000 }, option: '', table: () => table, fault }
      opened.use(await openGateway(gate, words))
      ports.set(proxy, listen.port)
    } else {
      const listen = { host: '127.0.0.1', port: await freePort() }
      const { defaultHeaders, reservedHeaders } = settings.operator
      const headers = { identityHeaders: identityHeaders(table, defaultHeaders), reservedHeaders }
      const door = opened.use(await startDoor(doorFiles(proxy, { ...words, ...headers, listen })))
      ports.set(proxy, door.port)
      logs.set(proxy, () => door.log())
    }
  }
  const owned = opened.move()
  return {
    ports,
    cookie: cookies(gate),
    token,
    log: (proxy) => logs.get(proxy)?.() ?? '',
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function gateOf(settings: Settings, table: Table): Promise<Gate> {
  const fault = (error: unknown) => expect.fail(String(error))
  const nothing = () => undefined
  const observer = { decided: nothing, stranger: nothing, failed: fault }
  const options = { settings, config: new Held(settings), now: Date.now, table: () => table, observer }
  const gate = await openGate({ ...options, observe: nothing, fault })
  await gate.frontDoor.listen({ host: '127.0.0.1', port: 0 })
  return gate
}

/** As an operator makes one, beside the process that runs. */
async function tokenOf({ accounts, forward }: Gate, { store: kind, dataDir }: Settings): Promise<string> {
  const added = await accounts.add({ name: 'carol', password: 'correct horse battery' }, Date.now())
  if (added.kind !== 'ok') throw new Error(added.kind)
  const store = await openStore(kind, dataDir)
  try {
    const account = (await store.accounts())[0]?.id ?? ''
    const { text } = await issueToken(store, { account, name: 'test', apps: null, expiresAt: null }, Date.now())
    await vi.waitFor(() => expect(forward.credentials.tokens.find(text, Date.now())).toBeDefined(), 5000)
    return text
  } finally {
    await store.close()
  }
}

function cookies({ sessions }: Gate): World['cookie'] {
  const made = new Map<string, Promise<string>>()
  const make = async (who: Person, host: string): Promise<string> => {
    const now = Date.now()
    const portal = sessions.find(
      await sessions.startPortal(PEOPLE[who], { provider: 'idp', at: now, amr: ['pwd'] }, now),
      now,
    )
    if (portal === undefined) throw new Error('nobody could sign in')
    return (await sessions.startApp(portal, host, now)) ?? ''
  }
  return (who, host) => {
    const key = `${who} ${host}`
    const cookie = made.get(key) ?? make(who, host)
    made.set(key, cookie)
    return cookie
  }
}
