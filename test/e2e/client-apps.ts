/** Apps that programs use, rather than people: each on loopback, with everything they received written down. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Container } from '../../src/docker/container.ts'
import { container, type Labels } from '../build/container.ts'

export interface ClientApp extends AsyncDisposable {
  readonly container: Container
  /** Header lines of every request, in lower case. */
  readonly received: Record<string, string>[]
}

async function start(name: string, labels: Labels, answer: RequestListener): Promise<ClientApp> {
  const received: Record<string, string>[] = []
  const server = createServer((request, response) => {
    received.push(linesOf(request))
    answer(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const networks = [{ name: 'proxy', address: '127.0.0.1' }]
  return {
    container: container(name, labels, { networks, ports: [port] }),
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function linesOf({ rawHeaders }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), rawHeaders[i + 1] ?? '']] : [])),
  )
}

/** Says what it received. */
export function echo(name: string, labels: Labels): Promise<ClientApp> {
  return start(name, labels, (request, response) => {
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(linesOf(request)))
  })
}

/**
 * Believes a header, and shows its own sign-in where that is empty. It takes the header by CGI's rules, as the most
 * gullible do: whatever is neither letter nor digit is an underscore (RFC 3875 section 4.1.18).
 */
export function believing(name: string, header: string, labels: Labels): Promise<ClientApp> {
  const cgi = (line: string) => line.replaceAll(/[^A-Za-z0-9]/g, '_').toUpperCase()
  return start(name, labels, (request, response) => {
    const said = Object.entries(linesOf(request)).flatMap(([line, value]) => (cgi(line) === cgi(header) ? value : []))
    const user = said.join()
    response.end(user === '' ? 'Please log in' : `Hello ${user}`)
  })
}

/** As much of WebDAV (RFC 4918) as a sync client needs: PROPFIND, PUT, GET. */
export function webdav(name: string, labels: Labels): Promise<ClientApp> {
  const files = new Map<string, string>()
  return start(name, labels, (request, response) => void answerDav(files, request, response))
}

async function answerDav(files: Map<string, string>, request: IncomingMessage, response: ServerResponse) {
  const path = request.url ?? ''
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
  if (request.method === 'PUT') {
    files.set(path, body)
    response.writeHead(201).end()
  } else if (request.method === 'PROPFIND') {
    const items = [...files.keys()].map((file) => `<d:response><d:href>${file}</d:href></d:response>`).join('')
    response.writeHead(207, { 'Content-Type': 'application/xml' })
    response.end(`<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">${items}</d:multistatus>`)
  } else {
    const file = files.get(path)
    response.writeHead(file === undefined ? 404 : 200).end(file)
  }
}

/** git's own server (git-http-backend, a CGI program) over the repositories of a folder. */
export function gitServer(name: string, labels: Labels, folder: string): Promise<ClientApp> {
  return start(name, labels, (request, response) => void answerGit(folder, request, response))
}

async function answerGit(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const { method = '', headers } = request
  const cgi = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: headers['remote-user']?.toString() ?? '',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: method,
      CONTENT_TYPE: headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
      HTTP_GIT_PROTOCOL: headers['git-protocol']?.toString() ?? '',
    },
  })
  request.pipe(cgi.stdin)
  const chunks: Buffer[] = []
  for await (const chunk of cgi.stdout as AsyncIterable<Buffer>) chunks.push(chunk)
  const output = Buffer.concat(chunks)
  const end = output.indexOf('\r\n\r\n')
  for (const line of output.subarray(0, end).toString().split('\r\n')) {
    const [header = '', value = ''] = line.split(/: (.*)/)
    if (header === 'Status') response.statusCode = Number.parseInt(value, 10)
    else response.setHeader(header, value)
  }
  response.end(output.subarray(end + 4))
}
