/** What could stand at labelgate's address in its place, and what it could answer. */
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'

/** Answers of something in labelgate's place, none of which is labelgate's. */
export const IMPOSTORS: Readonly<Record<string, RequestListener>> = {
  'an error': (_, response) => response.writeHead(500).end('broken'),
  'no HTTP': ({ socket }) => socket.end('\0\0 this is not HTTP\r\n\r\n'),
  'an end': ({ socket }) => socket.destroy(),
  'an empty yes': (_, response) => response.writeHead(200).end(),
  'a page': (_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>Welcome</h1>'),
  'a yes for alice': (_, response) => response.writeHead(200, { 'Remote-User': 'alice' }).end(),
  'a yes without content': (_, response) => response.writeHead(204, { 'Remote-User': 'alice' }).end(),
  'a yes to nowhere': (_, response) =>
    response.writeHead(200, { 'X-Labelgate-Upstream': 'x', 'X-Labelgate-Upstream-Scheme': 'x' }).end(),
  'a redirect': (_, response) => response.writeHead(302, { Location: 'https://elsewhere.example.org/' }).end(),
  'half an answer': ({ socket }) => socket.end('HTTP/1.1 200 OK\r\nRemote-User: alice\r\nContent-Le'),
}

export async function listenOn(port: number, listener: RequestListener): Promise<Server> {
  const server = createServer(listener)
  server.on('clientError', (_, socket) => socket.destroy())
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return server
}
