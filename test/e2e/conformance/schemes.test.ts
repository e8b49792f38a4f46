/** Apps at an IPv6 address, apps with a certificate that nobody knows, and apps that speak HTTP/2 alone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../parts.ts'
import { type Certificate, makeCertificate } from '../certificate.ts'
import { sendSecond } from '../doors/second.ts'
import { sendRaw } from '../doors/wire.ts'
import { type At, echoApp, type EchoApp } from './apps.ts'
import { outcome } from './outcome.ts'
import { requestOf, row, type SecondRow } from './second-rows.ts'
import { openWorld, PROXIES, type ProxyName, type World } from './world.ts'

const running = new AsyncDisposableStack()
let apps: EchoApp[]
let world: World
let certificate: Certificate

const [FOUR, SIX] = ['127.0.0.1', '::1']
const APPS = {
  six: { scheme: 'http', address: SIX },
  https: { scheme: 'https', address: FOUR },
  'https-six': { scheme: 'https', address: SIX },
  h2c: { scheme: 'h2c', address: FOUR },
  'h2c-six': { scheme: 'h2c', address: SIX },
} as const
type AppName = keyof typeof APPS

const hostOf = (app: AppName) => `${app}.example.com`
const ALICE = ['cookie', '__Host-labelgate=$alice'] as const

async function startApps(): Promise<EchoApp[]> {
  // for a name that nobody asks for
  const own = await makeCertificate(['app.internal'])
  const started = (Object.keys(APPS) as AppName[]).map((name) => {
    const { scheme, address } = APPS[name]
    const at: At = { address, second: scheme === 'h2c', ...(scheme === 'https' && { tls: own }) }
    return echoApp(name, `host=${hostOf(name)}\nscheme=${scheme}`, {}, at)
  })
  return (await Promise.all(started)).map((app) => running.use(app))
}

/** What an app gets of a client of HTTP/2. */
function rowsOf(app: AppName): SecondRow[] {
  const host = hostOf(app)
  const spoofed = [ALICE, ['remote-user', 'mallory']] as const
  return [
    row('nobody', '401 challenge', [], { host }),
    row('alice', `${app} as alice/users`, [ALICE], { host, path: '/a/b?c=%2F' }),
    row('alice, who says that she is mallory', `${app} as alice/users`, spoofed, { host }),
    row('a body', `${app} as alice/users, 3 bytes`, [ALICE, ['content-length', '3']], {
      host,
      method: 'POST',
      body: 'abc',
    }),
    row('a body of no length said', `${app} as alice/users, 3 bytes`, [ALICE], { host, method: 'POST', body: 'abc' }),
    row('other cookies', `${app} as alice/users, cookie: a=1; b=2`, [['cookie', 'a=1'], ALICE, ['cookie', 'b=2']], {
      host,
    }),
    row('trailers', `${app} as alice/users, 3 bytes`, [ALICE], {
      host,
      method: 'POST',
      body: 'abc',
      trailers: [['remote-user', 'mallory']],
    }),
  ]
}

async function ask(proxy: ProxyName, row: SecondRow) {
  for (const { received } of apps) received.length = 0
  const peer = { port: world.ports.get(proxy) ?? 0, ca: certificate.certificate, servername: row.host }
  const answer = await sendSecond(peer, await requestOf(row, world))
  const received = apps.flatMap(({ received }) => received)
  return { answer, said: outcome({ ...row, scheme: 'https' }, answer, received) }
}

describeWith(['traefik', 'nginx', 'caddy', 'envoy', 'haproxy'], 'apps elsewhere, and that speak otherwise', () => {
  beforeAll(async () => {
    certificate = await makeCertificate(['*.example.com'])
    apps = await startApps()
    world = running.use(await openWorld(apps, PROXIES, certificate))
  }, 60_000)
  afterAll(() => running.disposeAsync())

  describe.for(PROXIES)('%s', (proxy) => {
    describe.for(Object.keys(APPS) as AppName[])('%s', (app) => {
      test.for(rowsOf(app).map((row) => [row.name, row] as const))('%s', async ([name, row]) => {
        const { said, answer } = await ask(proxy, row)
        expect(said).toBe(differently(proxy, app, name) ?? row.expected)
        // calls of gRPC end with them
        if (app.startsWith('h2c') && answer.status === 200) expect(answer.trailers.get('x-status')).toEqual(['fine'])
      })

      test('a WebSocket', async () => {
        const said = await openSocket(proxy, app)
        if (app.startsWith('h2c')) expect(said).toMatch(/^50[023]$/)
        else expect(said).toBe(`${app} as alice/users`)
      })
    })
  })
})

/** Where a proxy answers otherwise than the rest; also in deploy/doors.md. */
function differently(proxy: ProxyName, app: AppName, name: string): string | undefined {
  const second = app.startsWith('h2c')
  // 1.22 ends the connection upon them
  if (name === 'trailers' && proxy === 'nginx') return '0'
  // HAProxy before 3.2; Envoy where the app speaks HTTP/2
  if (name === 'trailers' && (proxy === 'haproxy' || (proxy === 'envoy' && second)))
    return `${app} as alice/users, 3 bytes, !trailer remote-user: mallory`
  return proxy === 'nginx' && second && name !== 'nobody' ? '503' : undefined
}

async function openSocket(proxy: ProxyName, app: AppName): Promise<string> {
  for (const { received } of apps) received.length = 0
  const lines = [
    'GET /x HTTP/1.1',
    `Host: ${hostOf(app)}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Cookie: __Host-labelgate=${await world.cookie('alice', hostOf(app))}`,
  ]
  const answer = await sendRaw(world.ports.get(proxy) ?? 0, `${lines.join('\r\n')}\r\n\r\n`, { tls: true })
  const row = { method: 'GET', path: '/x', host: hostOf(app), scheme: 'https' } as const
  return outcome(
    row,
    answer,
    apps.flatMap(({ received }) => received),
  )
}
