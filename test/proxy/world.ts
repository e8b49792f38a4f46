/**
 * What stands around a real Traefik in its tests: apps that say what they received, and a stand-in for labelgate's own
 * server, written by hand, that keeps to the contract of the forward-auth answer. The real one is tried end to end
 * elsewhere; here it is the generated file that is under test.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type RequestListener, type ServerResponse } from 'node:http'
import { request as requestTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { KEY } from './builder.ts'

export interface Listening extends AsyncDisposable {
  readonly url: string
}

/** One request as an app or labelgate got it. */
export interface Received {
  readonly by: string
  readonly method: string
  readonly url: string
  /** Names and values as they came, in lower case and in order. */
  readonly headers: readonly (readonly [string, string])[]
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** An app: answers every request with what it received, and echoes WebSocket messages. */
export async function startApp(name: string): Promise<Listening> {
  const server = createServer((request, response) => {
    response.setHeader('X-Served-By', name).end(JSON.stringify(received(name, request)))
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, request) => {
    const user = request.headers['remote-user']?.toString()
    socket.on('message', (data: Buffer) => socket.send(`${name} ${user}: ${data.toString()}`))
  })
  return listen(server)
}

/** How the stand-in answers forward-auth: as labelgate does, or as nobody should. */
export type Manner = 'labelgate' | 'error' | 'garbage' | 'redirect' | 'huge'

export interface StandIn extends Listening {
  manner: Manner
  /** Questions by forward-auth. */
  readonly asked: Received[]
}

/** Knows one session: `session=alice`. */
export async function startStandIn(): Promise<StandIn> {
  const asked: Received[] = []
  const standIn = { manner: 'labelgate' as Manner, asked }
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (!path.startsWith('/auth/')) {
      response.statusCode = request.headers.host?.startsWith('auth.') ? 200 : 503
      return response.setHeader('X-Served-By', 'labelgate').end(JSON.stringify(received('labelgate', request)))
    }
    asked.push(received('labelgate', request))
    if (!path.startsWith(`/auth/forward/${KEY}/`)) return response.writeHead(403).end()
    return MANNERS[standIn.manner](request, response)
  })
  return Object.assign(standIn, await listen(server))
}

const MANNERS: Record<Manner, RequestListener> = {
  labelgate: answer,
  error: (_, response) => response.writeHead(500).end('broken'),
  garbage: (request) => request.socket.end('\0\0 this is not HTTP\r\n\r\n'),
  redirect: (_, response) => response.writeHead(302, { Location: 'https://elsewhere.example.org/' }).end(),
  huge: (_, response) => response.writeHead(200, { 'Remote-User': 'alice' }).end('x'.repeat(100_000)),
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const cookies = (request.headers.cookie ?? '').split('; ').filter((cookie) => cookie !== '')
  const rest = cookies.filter((cookie) => !cookie.startsWith('session='))
  if (request.headers['x-forwarded-uri']?.toString().startsWith('/.labelgate/callback')) {
    response.appendHeader('Set-Cookie', 'session=alice; HttpOnly').appendHeader('Set-Cookie', 'nonce=; Max-Age=0')
    response.writeHead(302, { Location: 'http://whoami.example.com/back?to=here' }).end()
  } else if (cookies.includes('session=alice')) {
    if (rest.length > 0) response.setHeader('Cookie', rest.join('; '))
    response.setHeader('Remote-User', 'alice').setHeader('Remote-Groups', '').setHeader('X-Reserved', 'no').end()
  } else {
    response.writeHead(302, { Location: `http://auth.example.com/login?app=${request.url?.split('/').at(-1)}` }).end()
  }
}

/**
 * One request to Traefik. `target` says host and path, headers are sent as they are written.
 * @param port of the entry point; `tls` where that one wants it
 */
export async function ask(
  port: number,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  tls = false,
): Promise<Answer> {
  const slash = target.indexOf('/')
  const options = {
    host: '127.0.0.1',
    port,
    path: target.slice(slash),
    headers: { Host: target.slice(0, slash), ...headers },
    agent: false as const,
  }
  const sent = tls ? requestTls({ ...options, rejectUnauthorized: false }) : request(options)
  const [response] = (await once(sent.end(), 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += chunk
  return { status: response.statusCode ?? 0, headers: response.headers, body }
}

/** What an app said it received. */
export function echoed(answer: Answer): Received {
  return JSON.parse(answer.body) as Received
}

/** Every value of a header that was received, whatever the case and separators of its name: as a CGI program reads it. */
export function valuesOf({ headers }: Received, name: string): string[] {
  return headers.flatMap(([key, value]) => (folded(key) === folded(name) ? [value] : []))
}

function folded(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '_')
}

function received(by: string, { method = '', url = '', rawHeaders }: IncomingMessage): Received {
  const headers = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? ''] as const] : [],
  )
  return { by, method, url, headers }
}

async function listen(server: ReturnType<typeof createServer>): Promise<Listening> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
