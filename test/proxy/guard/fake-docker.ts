/**
 * A fake of the Docker daemon's API, of the five requests that Traefik makes. A fake, because nobody can start thousands
 * of containers in a test; what reads it, Traefik, is the real one.
 */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeContainer {
  readonly id: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly address: string
  /** Exposed TCP port; none where undefined. */
  readonly port?: number
}

export interface FakeDocker extends AsyncDisposable {
  /** `tcp://…`, as Traefik's option `endpoint` takes it. */
  readonly endpoint: string
  /** From now on these run, and an event says so. */
  show(containers: readonly FakeContainer[]): void
}

export async function startFakeDocker(): Promise<FakeDocker> {
  let shown = new Map<string, FakeContainer>()
  const listeners = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://docker').pathname.replace(/^\/v1\.\d+/, '')
    const [, id] = /^\/containers\/([^/]+)\/json$/.exec(path) ?? []
    const container = id === undefined ? undefined : shown.get(id)
    response.setHeader('Api-Version', '1.51')
    const known: Record<string, unknown> = {
      '/_ping': 'OK',
      '/version': { Version: '28.0.0', ApiVersion: '1.51', MinAPIVersion: '1.24' },
      '/containers/json': [...shown.values()].map(({ id }) => ({ Id: id })),
    }
    const found = container === undefined ? known[path] : inspected(container)
    if (path !== '/events') {
      response.writeHead(found === undefined ? 404 : 200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(found ?? { message: 'no such thing' }))
      return
    }
    response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders()
    listeners.add(response.on('close', () => listeners.delete(response)))
    // what was shown since Traefik last listed must not fall between
    response.write(STARTED)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    show(containers) {
      shown = new Map(containers.map((container) => [container.id, container]))
      for (const listener of listeners) listener.write(STARTED)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const STARTED = `${JSON.stringify({ Type: 'container', Action: 'start', Actor: { ID: 'any', Attributes: {} }, time: 1 })}\n`

function inspected({ id, name, labels, address, port }: FakeContainer): unknown {
  return {
    Id: id,
    Name: `/${name}`,
    State: { Status: 'running', Running: true },
    Config: { Labels: labels },
    HostConfig: { NetworkMode: 'bridge' },
    NetworkSettings: {
      Ports: port === undefined ? {} : { [`${port}/tcp`]: null },
      Networks: { bridge: { NetworkID: 'bridge', IPAddress: address } },
    },
  }
}
