/** The least a Node server can do: answers the same header lines to everybody. Started by server-process.ts. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveParent } from './server-process.ts'

const lines = JSON.parse(process.argv[2] ?? '[]') as string[]
let yes = 0
// the options of src/http/server.ts
const server = createServer(
  { maxHeaderSize: 64 * 1024, keepAliveTimeout: 95_000, headersTimeout: 100_000 },
  (_req, res) => {
    yes += 1
    res.writeHead(200, [...lines])
    res.end()
  },
)
server.maxHeadersCount = 200
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
serveParent({ port, lines, requests: [] }, () => ({ yes, no: 0 }))
