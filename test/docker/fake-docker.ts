/**
 * A FAKE Docker daemon: an HTTP server on a socket that answers what a test wants, above all what no sound daemon
 * would. It is for faults and for counting; what Docker really does is tested against Docker (test/e2e/docker.test.ts).
 */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Row } from './rows.ts'

/** How one call is answered; `hang` accepts it and says nothing, and what is `open` says so much and does not end. */
export type Answer = 'hang' | { readonly status?: number; readonly body: string; readonly open?: true }

export class FakeDocker implements AsyncDisposable {
  /** What runs. */
  rows: readonly Row[] = []
  /** Of a swarm it manages, or what it says instead. Undefined: it manages none. */
  services: readonly { readonly ID: string }[] | { readonly status: number; readonly body: string } | undefined
  /** In place of the list of `rows`, and of the stream of events. */
  listAnswer: Answer | undefined
  eventsAnswer: Answer | undefined
  /** Runs when a list is asked for, after its answer was settled and before it is sent. */
  beforeList: () => void | Promise<void> = () => undefined
  /** Runs when the stream is asked for, before it is open: what is said then is heard by nobody. */
  beforeEvents: () => void = () => undefined
  /** Each call so far: `events`, `all`, or how many ids were asked for. */
  readonly calls: (string | number)[] = []
  /** With what each stream of events was asked for. */
  readonly queries: URLSearchParams[] = []
  readonly host: string
  readonly #folder: string
  readonly #streams = new Set<ServerResponse>()
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined

  private constructor(folder: string) {
    this.#folder = folder
    this.host = `unix://${join(folder, 'docker.sock')}`
  }

  /** A daemon that listens; `absent` has an address and nobody behind it yet. */
  static async start(how?: 'absent'): Promise<FakeDocker> {
    const fake = new FakeDocker(await mkdtemp(join(tmpdir(), 'fake-docker-')))
    if (how !== 'absent') await fake.listen()
    return fake
  }

  async listen(): Promise<void> {
    this.#server = createServer((request, response) => void this.#serve(request, response))
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    this.#server.listen(this.host.slice('unix://'.length))
    await once(this.#server, 'listening')
  }

  /** As if killed. */
  async die(): Promise<void> {
    if (this.#server === undefined) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
    this.#server = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.die()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#sockets.size
  }

  /** Streams of events that are open now. */
  get listeners(): number {
    return this.#streams.size
  }

  tell(action: string, container: string): void {
    this.say(`${JSON.stringify({ Type: 'container', Action: action, Actor: { ID: container, Attributes: {} } })}\n`)
  }

  /** These bytes into every stream of events. */
  say(text: string): void {
    for (const stream of this.#streams) stream.write(text)
  }

  endStreams(): void {
    for (const stream of this.#streams) stream.end()
  }

  /** The streams stay open, and nothing will ever come through them. */
  goDeaf(): void {
    this.#streams.clear()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://docker')
    if (url.pathname === '/events') {
      this.queries.push(url.searchParams)
      return this.#listen(response)
    }
    if (url.pathname === '/_ping') return void response.end('OK')
    if (url.pathname === '/version') return void response.end(VERSION)
    const [, id] = /^\/containers\/([^/]+)\/json$/.exec(url.pathname) ?? []
    if (id !== undefined) return this.#inspect(id, response)
    if (url.pathname === '/services') return this.#services(url, response)
    const ids = wanted(url)
    this.calls.push(ids?.length ?? 'all')
    const answer = this.listAnswer ?? { body: this.#list(ids) }
    await this.beforeList()
    if (answer === 'hang') return
    response.writeHead(answer.status ?? 200).write(answer.body)
    if (answer.open !== true) response.end()
  }

  #inspect(id: string, response: ServerResponse): void {
    const row = this.rows.find(({ Id }) => Id === id)
    if (row === undefined) return void response.writeHead(404).end('{"message":"No such container"}')
    const { Names, Labels, NetworkSettings } = row as { Names: string[] } & Row
    const Config = { Labels, Env: ['PASSWORD=SECRET'] }
    response.end(JSON.stringify({ Id: id, Name: Names[0], State: { Running: true }, Config, NetworkSettings }))
  }

  #services(url: URL, response: ServerResponse): void {
    if (this.services === undefined) return void response.writeHead(503).end(NO_MANAGER)
    if ('status' in this.services) return void response.writeHead(this.services.status).end(this.services.body)
    const ids = wanted(url)
    response.end(JSON.stringify(this.services.filter(({ ID }) => ids === undefined || ids.includes(ID))))
  }

  #listen(response: ServerResponse): void {
    this.calls.push('events')
    this.beforeEvents()
    if (this.eventsAnswer === 'hang') return
    if (this.eventsAnswer !== undefined) {
      return void response.writeHead(this.eventsAnswer.status ?? 200).end(this.eventsAnswer.body)
    }
    this.#streams.add(response)
    response.once('close', () => this.#streams.delete(response))
    response.writeHead(200).flushHeaders()
  }

  #list(ids: readonly string[] | undefined): string {
    return `${JSON.stringify(this.rows.filter((row) => ids === undefined || ids.includes(String(row['Id']))))}\n`
  }
}

const VERSION = JSON.stringify({ Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12', KernelVersion: '6.1' })
/** As Docker 20.10 says it. */
const NO_MANAGER = JSON.stringify({
  message:
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
})

function wanted(url: URL): readonly string[] | undefined {
  const filters = JSON.parse(url.searchParams.get('filters') ?? '{}') as { id?: string[] }
  return filters.id
}
