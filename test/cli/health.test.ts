import { execFile } from 'node:child_process'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { health } from '../../src/cli/health.ts'

/** A status listener that answers so; gives its port. */
async function listening(answer: RequestListener, host = '127.0.0.1'): Promise<number> {
  const server = createServer(answer)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return (server.address() as AddressInfo).port
}

const well: RequestListener = (request, response) => {
  response.statusCode = request.url === '/healthz' ? 200 : 404
  response.end('ok')
}

test.for(['127.0.0.1', '0.0.0.0'])('who answers at %s is well', async (host) => {
  expect(await health({ host, port: await listening(well, host) })).toBeUndefined()
})

test('another status than 200 is not well', async () => {
  const port = await listening((_, response) => response.writeHead(503).end())
  expect(await health({ host: '127.0.0.1', port })).toBe('/healthz answered 503')
})

test('who does not answer in time is not well', async () => {
  const port = await listening(() => {})
  expect(await health({ host: '127.0.0.1', port }, 50)).toBe(`127.0.0.1:${port}: no answer within 50 ms`)
})

test('who starts to answer and stops is not well', async () => {
  const port = await listening((request) => request.socket.destroy())
  expect(await health({ host: '127.0.0.1', port })).toContain(`127.0.0.1:${port}: `)
})

test('nobody listening is not well', async () => {
  expect(await health({ host: '127.0.0.1', port: 1 })).toContain('ECONNREFUSED')
})

/** The image's health check, as it is run there. */
function program(env: Record<string, string>): Promise<{ code: number; said: string }> {
  const file = join(import.meta.dirname, '../../src/cli/health.ts')
  return new Promise((resolve) => {
    execFile(process.execPath, [file], { env }, (error, _, said) =>
      resolve({ code: error === null ? 0 : Number(error.code), said }),
    )
  })
}

test('the program reads LABELGATE_STATUS_LISTEN and ends with 0 or 1', async () => {
  const port = await listening(well)
  expect(await program({ LABELGATE_STATUS_LISTEN: `127.0.0.1:${port}` })).toEqual({ code: 0, said: '' })
  const wrong = await program({ LABELGATE_STATUS_LISTEN: 'nonsense' })
  expect(wrong.code).toBe(1)
  expect(wrong.said).toContain('unhealthy: LABELGATE_STATUS_LISTEN: "nonsense"')
})
