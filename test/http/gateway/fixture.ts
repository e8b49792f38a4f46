/** The gateway on a real connection, before apps that the test itself answers for. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import {
  createServer,
  request,
  type ClientRequest,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
  type Server,
} from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Certificates } from '../../../src/http/gateway/certificates.ts'
import { createGateway } from '../../../src/http/gateway/gateway.ts'
import { questioner } from '../../../src/http/forward/question.ts'
import { identityHeaderNames } from '../../../src/table/header-names.ts'
import { noAssertions, noCredentials } from '../../build/credentials.ts'
import { container } from '../../build/container.ts'
import { tableOf } from '../../build/table.ts'
import { makeCertificate } from '../../e2e/certificate.ts'
import { openDoor } from '../forward/door.ts'
import { exchange } from '../forward/wire.ts'
import { portalFixture } from '../portal/fixture.ts'

/** Where a server of the test listens, until the test is over. */
export async function listening(server: NetServer, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  onTestFinished(() => {
    if ('closeAllConnections' in server) (server as Server).closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

export async function openApp(handler: RequestListener): Promise<number> {
  return listening(createServer(handler))
}

/** An app that is given the bytes of each head of a request, and answers with bytes. */
export async function openRawApp(answer: (head: string, socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    let bytes = ''
    socket.on('error', () => undefined)
    socket.on('data', (part: Buffer) => {
      bytes += part.toString('latin1')
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = bytes.slice(0, end)
      bytes = ''
      answer(head, socket)
    })
  })
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()))
  return listening(server)
}

/** A request to `app.localhost`, not ended. */
export function begin(port: number, options: RequestOptions = {}): ClientRequest {
  return request({
    host: '127.0.0.1',
    port,
    ...options,
    headers: { Host: 'app.localhost', ...(options.headers as Record<string, string>) },
  })
}

export async function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return answer
}

/** A certificate for these names, and what serves it. */
export async function openCertificates(names: readonly string[]) {
  const made = await makeCertificate(names)
  const folder = await mkdtemp(join(tmpdir(), 'labelgate-certificates-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  await writeFile(file.cert, made.certificate)
  await writeFile(file.key, made.key)
  const nothing = () => undefined
  return { made, certificates: await Certificates.open({ files: [file], heard: nothing, repeat: () => nothing }) }
}

export interface Served {
  /** Of each replica of `app.localhost`. */
  readonly ports: readonly number[]
  readonly labels?: string
  /** Of the apps. Default: 127.0.0.1. */
  readonly address?: string
  readonly certificates?: Certificates
  readonly timeout?: number
  /** Milliseconds after which is asked again about what stands open. */
  readonly again?: number
  readonly reserved?: readonly string[]
}

/** `app.localhost` is open to everybody, `closed.localhost` to whoever signs in. */
export async function openGateway({ ports, labels = '', address = '127.0.0.1', ...words }: Served) {
  const { certificates, timeout = 5000, again, reserved = [] } = words
  const secure = certificates !== undefined
  const origin = `${secure ? 'https' : 'http'}://auth.localhost:8080`
  const portal = { origin, host: 'auth.localhost', secure }
  const replica = (name: string, words: string, port: number) =>
    container(name, `${words}\n${labels}`, {
      networks: [{ name: 'proxy', address }],
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
  const counts = { decided: 0 }
  const ask = questioner({
    table: () => table,
    now: () => door.clock.now,
    portal,
    site,
    sessions: door.sessions,
    handover: door.handover,
    sessionMax: 60,
    credentials: noCredentials,
    assertions: noAssertions,
    observer: { decided: () => void (counts.decided += 1) },
  })
  const gateway = createGateway({
    portal,
    site,
    ask,
    ...(again !== undefined && { again }),
    portalHandler: (req, res) => door.app.routing(req, res),
    identityHeaderNames: () => identityHeaderNames(table),
    reservedHeaders: () => reserved,
    fault: (error) => void faults.push(error),
    certificates,
    timeout,
  })
  const port = await gateway.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => gateway.close())
  const send = async (line: string, lines = '', body = '') => {
    const answer = await exchange(port, `${line} HTTP/1.1\r\nHost: app.localhost\r\n${lines}\r\n${body}`)
    if (answer === undefined) throw new Error('no answer')
    return answer
  }
  return { port, faults, gateway, ask: send, door, counts }
}
