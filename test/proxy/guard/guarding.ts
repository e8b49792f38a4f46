/** The guard's server on a port of its own, before a FAKE daemon: that has to fail, and to say odd things, when told. */
import { once } from 'node:events'
import { type IncomingMessage, request, type RequestOptions } from 'node:http'
import { request as requestTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { relay } from '../../../src/docker/client.ts'
import { linesOf } from '../../../src/docker/lines.ts'
import { Guard } from '../../../src/proxy/guard/guard.ts'
import { GuardServer, type ServerOptions } from '../../../src/proxy/guard/server.ts'
import { parseNetworks } from '../../../src/syntax/networks.ts'
import { FakeDocker } from '../../docker/fake-docker.ts'
import { CONTEXT } from './context.ts'

interface More extends Pick<Partial<ServerOptions>, 'tls'> {
  /** Default: 127.0.0.0/8. */
  readonly networks?: readonly string[]
}

export interface Said {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** 2026-11-25T23:00:00Z */
export const NOW = 1_795_647_600_000

export class Guarding implements AsyncDisposable {
  readonly docker: FakeDocker
  readonly server: GuardServer
  /** `peer asked`, each that was refused. */
  readonly refused: string[] = []
  readonly failures: unknown[] = []

  private constructor(docker: FakeDocker, more: More) {
    const { networks = ['127.0.0.0/8'], ...others } = more
    const parsed = parseNetworks(networks)
    if ('invalid' in parsed) throw new Error(parsed.invalid)
    this.docker = docker
    const daemon = relay({ host: docker.host, timeout: 5000 })
    const found = () => undefined
    this.server = new GuardServer({
      guard: new Guard({ daemon, context: () => CONTEXT, settled: () => true, port: 4180, found }),
      daemon,
      networks: parsed,
      refused: (peer, asked) => this.refused.push(`${peer} ${asked}`),
      failed: (error) => this.failures.push(error),
      now: () => NOW,
      ...others,
    })
  }

  static async start(more: More = {}): Promise<Guarding> {
    const it = new Guarding(await FakeDocker.start(), more)
    it.server.server.listen(0, '127.0.0.1')
    await once(it.server.server, 'listening')
    return it
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port
  }

  /** Connections that are open now. */
  get connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
    })
  }

  /** The answer as it begins. */
  async open(path: string, more: RequestOptions & { ca?: string; cert?: string; key?: string } = {}) {
    const options = { host: '127.0.0.1', port: this.port, path, agent: false as const, ...more }
    const sent = more.ca === undefined ? request(options) : requestTls({ servername: 'localhost', ...options })
    const [answer] = (await once(sent.end(), 'response')) as [IncomingMessage]
    return answer
  }

  async ask(path: string, more?: Parameters<Guarding['open']>[1]): Promise<Said> {
    const answer = await this.open(path, more)
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
  }

  /** Each event that comes, in turn; awaited once the daemon has the stream, too. */
  async events(path = '/events'): Promise<{ answer: IncomingMessage; next: () => Promise<unknown> }> {
    const answer = await this.open(path)
    const lines = linesOf(answer, 1024 * 1024)
    const next = async () => {
      const { value, done } = await lines.next()
      return done === true ? 'the end' : (JSON.parse(value) as unknown)
    }
    return { answer, next }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close()
    await this.docker[Symbol.asyncDispose]()
  }
}
