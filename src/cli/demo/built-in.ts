import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Container } from '../../docker/container.ts'
import { readCompose } from '../compose.ts'

/** Apps without Docker: each service of the demo's compose file as a container that runs here, in this process. */
export async function builtInApps(stack: AsyncDisposableStack): Promise<Container[]> {
  const file = new URL('compose.yaml', import.meta.url)
  const { services } = readCompose(readFileSync(file, 'utf8'), file.pathname, {})
  return Promise.all(
    services.map(async ({ name, labels }, index): Promise<Container> => {
      const port = await start(labels['com.docker.compose.service'] ?? name, stack)
      return {
        id: `demo-${index}`,
        name,
        created: 0,
        state: 'running',
        health: 'none',
        labels,
        networks: [{ name: 'demo', address: '127.0.0.1' }],
        ports: [port],
        published: [],
        networkMode: 'demo',
      }
    }),
  )
}

async function start(name: string, stack: AsyncDisposableStack): Promise<number> {
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8').setHeader('Cache-Control', 'no-store')
    response.end(pageOf(name, request.url ?? '', request.rawHeaders))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(() => close(server))
  return (server.address() as AddressInfo).port
}

async function close(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}

/** What the app received: there is no sign of our cookie, and who is there stands in the headers. */
function pageOf(name: string, url: string, rawHeaders: readonly string[]): string {
  const rows = rawHeaders.flatMap((header, i) =>
    i % 2 === 0 ? [`<tr><th>${escape(header)}<td>${escape(rawHeaders[i + 1] ?? '')}`] : [],
  )
  return `<!doctype html><html lang=en><meta name=viewport content="width=device-width"><title>${escape(name)}</title>
<style>body{font:1rem/1.5 system-ui;margin:2rem auto;max-width:50rem;padding:0 1rem;color-scheme:light dark}
th{text-align:left;vertical-align:top;padding-right:1rem}td{overflow-wrap:anywhere}</style>
<h1>${escape(name)}</h1><p>This app has no sign-in of its own. It was asked for <code>${escape(url)}</code>, and received:
<table>${rows.join('\n')}</table>`
}

function escape(text: string): string {
  return text.replaceAll(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
