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
import type { DoorOptions } from '../../../src/proxy/door/options.ts'
import { identityHeaders } from '../../../src/proxy/traefik/headers.ts'
import { render } from '../../../src/proxy/traefik/render.ts'
import { issueToken } from '../../../src/session/tokens.ts'
import { openStore } from '../../../src/store/open.ts'
import type { Table } from '../../../src/table/table.ts'
import { person } from '../../build/people.ts'
import { tableOf } from '../../build/table.ts'
import { freePort } from '../../free-port.ts'
import { startTraefik } from '../../proxy/traefik.ts'
import type { Certificate } from '../certificate.ts'
import { doorFiles } from '../doors/files.ts'
import { type DoorName, startDoor } from '../doors/proxies.ts'
import type { EchoApp } from './apps.ts'

export type ProxyName = 'traefik' | 'gateway' | DoorName

/** All of them; some, where the environment says which. */
export const PROXIES = (process.env['PROXIES']?.split(',') ?? [
  'traefik',
  'nginx',
  'caddy',
  'envoy',
  'haproxy',
  'gateway',
]) as readonly ProxyName[]

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

/** @param tls of everything there is: proxies and portal alike; undefined: plain http */
export async function openWorld(
  apps: readonly EchoApp[],
  proxies: readonly ProxyName[],
  tls?: Certificate,
): Promise<World> {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-conformance-'))
  opened.defer(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'labelgate.yaml'), 'headers: { reserved: X-Fam-* }\n')
  const files = tls && (await writePems(folder, tls))
  const settings = settingsOf({
    LABELGATE_CONFIG: join(folder, 'labelgate.yaml'),
    LABELGATE_PORTAL_URL: `${tls === undefined ? 'http' : 'https'}://auth.example.com`,
    LABELGATE_DATA_DIR: join(folder, 'data'),
    LABELGATE_TRAEFIK_ENTRYPOINTS: tls === undefined ? 'web' : 'websecure',
    LABELGATE_LOG_LEVEL: 'silent',
  })
  const table = tableOf(
    apps.map(({ container }) => container),
    settings.operator,
  )
  const gate = opened.use(await gateOf(settings, table))
  const token = await tokenOf(gate, settings)
  const ports = new Map<ProxyName, number>()
  const logs = new Map<ProxyName, () => string>()
  for (const proxy of proxies) {
    const running = opened.use(await startProxy(proxy, { folder, settings, table, gate, files }))
    ports.set(proxy, running.port)
    logs.set(proxy, running.log)
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

interface Surroundings {
  readonly folder: string
  readonly settings: Settings
  readonly table: Table
  readonly gate: Gate
  readonly files: DoorOptions['tls']
}

interface Running extends AsyncDisposable {
  readonly port: number
  readonly log: () => string
}

async function startProxy(proxy: ProxyName, around: Surroundings): Promise<Running> {
  const { settings, table, gate, files } = around
  if (proxy === 'gateway') return startGateway(around)
  const { port } = gate.frontDoor.server.address() as AddressInfo
  const words = { ...settings, internalUrl: `http://127.0.0.1:${port}`, proxyKey: gate.proxyKey }
  if (proxy === 'traefik') return startTraefikOn(around, render(table, words).text)
  const listen = { host: '127.0.0.1', port: await freePort() }
  const { defaultHeaders, reservedHeaders } = settings.operator
  const headers = { identityHeaders: identityHeaders(table, defaultHeaders), reservedHeaders }
  return startDoor(doorFiles(proxy, { ...words, ...headers, listen, tls: files }))
}

async function startTraefikOn({ folder, files }: Surroundings, text: string): Promise<Running> {
  const dynamic = join(folder, 'traefik')
  await mkdir(dynamic)
  await writeFile(join(dynamic, 'labelgate.yml'), text)
  if (files !== undefined) {
    const defaultCertificate = { certFile: files.certificate, keyFile: files.key }
    await writeFile(join(dynamic, 'tls.yml'), JSON.stringify({ tls: { stores: { default: { defaultCertificate } } } }))
  }
  const traefik = await startTraefik(dynamic)
  await vi.waitFor(async () => {
    const there = Object.keys(await traefik.objects('routers'))
    if (!there.includes('labelgate-portal')) throw new Error(`Traefik has ${there.join()}: ${traefik.log()}`)
  }, 10_000)
  const port = files === undefined ? traefik.web : traefik.websecure
  return { port, log: () => traefik.log(), [Symbol.asyncDispose]: () => traefik[Symbol.asyncDispose]() }
}

async function startGateway({ table, gate, files }: Surroundings): Promise<Running> {
  const listen = { host: '127.0.0.1', port: await freePort() }
  const certificates = files === undefined ? [] : [{ cert: files.certificate, key: files.key }]
  const fault = (error: unknown) => expect.fail(String(error))
  const words = { settings: { listen, certificates, timeout: 60_000 }, option: '', table: () => table, fault }
  const opened = await openGateway(gate, words)
  return { port: listen.port, log: () => '', [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
}

async function writePems(folder: string, { certificate, key }: Certificate): Promise<DoorOptions['tls']> {
  const [cert, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  await writeFile(cert, certificate)
  await writeFile(keyFile, key)
  return { certificate: cert, key: keyFile }
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
