/** The gateway on a real connection, before apps that the test itself answers for. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Server as NetServer } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Certificates } from '../../../src/http/gateway/certificates.ts'
import { createGateway } from '../../../src/http/gateway/gateway.ts'
import { questioner } from '../../../src/http/forward/question.ts'
import { identityHeaderNames } from '../../../src/table/header-names.ts'
import { noAssertions, noCredentials } from '../../build/credentials.ts'
import { container } from '../../build/container.ts'
import { tableOf } from '../../build/table.ts'
import { openDoor } from '../forward/door.ts'
import { exchange } from '../forward/wire.ts'
import { portalFixture } from '../portal/fixture.ts'

/** Where a server of the test listens, until the test is over. */
export async function listening(server: NetServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    if ('closeAllConnections' in server) (server as Server).closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

export async function openApp(handler: RequestListener): Promise<number> {
  return listening(createServer(handler))
}

export interface Served {
  /** Of each replica of `app.localhost`. */
  readonly ports: readonly number[]
  readonly labels?: string
  readonly certificates?: Certificates
  readonly timeout?: number
  readonly reserved?: readonly string[]
}

/** `app.localhost` is open to everybody, `closed.localhost` to whoever signs in. */
export async function openGateway({ ports, labels = '', certificates, timeout = 5000, reserved = [] }: Served) {
  const secure = certificates !== undefined
  const origin = `${secure ? 'https' : 'http'}://auth.localhost:8080`
  const portal = { origin, host: 'auth.localhost', secure }
  const replica = (name: string, words: string, port: number) =>
    container(name, `${words}\n${labels}`, {
      networks: [{ name: 'proxy', address: '127.0.0.1' }],
      ports: [port],
      service: `p/${name.replace(/-\d+$/, '')}`,
    })
  const table = tableOf([
    ...ports.map((port, i) => replica(`app-${i}`, 'host=app.localhost\npublic=/**', port)),
    replica('closed-0', 'host=closed.localhost', ports[0] ?? 1),
  ])
  const door = await openDoor({ portal })
  const faults: unknown[] = []
  const { site } = portalFixture(portal).deps
  const gateway = createGateway({
    portal,
    site,
    ask: questioner({
      table: () => table,
      now: () => door.clock.now,
      portal,
      site,
      sessions: door.sessions,
      handover: door.handover,
      sessionMax: 60,
      credentials: noCredentials,
      assertions: noAssertions,
      observer: { decided: () => undefined },
    }),
    portalHandler: (req, res) => door.app.routing(req, res),
    identityHeaderNames: () => identityHeaderNames(table),
    reservedHeaders: () => reserved,
    fault: (error) => void faults.push(error),
    certificates,
    timeout,
  })
  const port = await gateway.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => gateway.close())
  const ask = async (line: string, lines = '', body = '') => {
    const answer = await exchange(port, `${line} HTTP/1.1\r\nHost: app.localhost\r\n${lines}\r\n${body}`)
    if (answer === undefined) throw new Error('no answer')
    return answer
  }
  return { port, faults, gateway, ask, door }
}
