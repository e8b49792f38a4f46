/** The gate over one app at this port, for proxies to ask. Started by proxies.ts; ends with it. */
import type { AddressInfo } from 'node:net'
import { openGate } from '../../../src/cli/gate.ts'
import { settingsOf } from '../../../src/cli/settings.ts'
import { Held } from '../../../src/config/current.ts'
import { identityHeaders } from '../../../src/proxy/traefik/headers.ts'
import { render } from '../../../src/proxy/traefik/render.ts'
import { container } from '../../build/container.ts'
import { person } from '../../build/people.ts'
import { tableOf } from '../../build/table.ts'

/** What the proxies are given. */
export interface GateReady {
  readonly internalUrl: string
  readonly proxyKey: string
  /** Value of the session cookie of somebody who may. */
  readonly cookie: string
  readonly identityHeaders: readonly string[]
  /** What Traefik's file provider reads. */
  readonly traefikFile: string
}

const [, , port = ''] = process.argv
const settings = settingsOf({
  LABELGATE_PORTAL_URL: 'http://auth.example.com',
  LABELGATE_STORE: 'memory',
  LABELGATE_TRAEFIK_ENTRYPOINTS: 'web',
})
const networks = [{ name: 'proxy', address: '127.0.0.1' }]
const app = container('app', 'host=app.example.com', { networks, ports: [Number(port)] })
const table = tableOf([app], settings.operator)
const nothing = () => undefined
const gate = await openGate({
  settings,
  config: new Held(settings),
  now: Date.now,
  table: () => table,
  observer: { decided: nothing, stranger: nothing, failed: nothing },
  observe: nothing,
  fault: nothing,
})
await gate.frontDoor.listen({ host: '127.0.0.1', port: 0 })
const internalUrl = `http://127.0.0.1:${(gate.frontDoor.server.address() as AddressInfo).port}`
const { proxyKey, sessions } = gate
const alice = person('alice', { issuer: 'https://idp.example' })
const now = Date.now()
const signedIn = await sessions.startPortal(alice, { provider: 'idp', at: now, amr: ['pwd'] }, now)
const portal = sessions.find(signedIn, now)
const cookie = portal === undefined ? undefined : await sessions.startApp(portal, 'app.example.com', now)
process.once('disconnect', () => process.exit())
process.send?.({
  internalUrl,
  proxyKey,
  cookie: cookie ?? '',
  identityHeaders: identityHeaders(table, settings.operator.defaultHeaders),
  traefikFile: render(table, { ...settings, internalUrl, proxyKey }).text,
} satisfies GateReady)
