import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createFrontDoor } from '../../../src/http/server.ts'
import { traefikProvider } from '../../../src/http/traefik/provider.ts'
import { portalFixture } from '../portal/fixture.ts'

const KEY = 'k'.repeat(43)

async function open(document: () => string | undefined) {
  const strangers: (string | undefined)[] = []
  const observer = { stranger: (peer: string | undefined) => void strangers.push(peer) }
  const provider = traefikProvider({ proxyKey: KEY, document, observer })
  const app = createFrontDoor((_req, res) => void res.writeHead(403).end(), { ...portalFixture().deps, provider })
  await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => app.close())
  const { port } = app.server.address() as AddressInfo
  const get = (path: string, { method = 'GET', headers = {} } = {}) =>
    new Promise<{ status: number; type: string | undefined; body: string }>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (res) => {
        let body = ''
        res.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
        res.on('end', () => resolve({ status: res.statusCode ?? 0, type: res.headers['content-type'], body }))
      })
      sent.on('error', reject).end()
    })
  return { get, strangers }
}

test('who knows the key is answered what the file would hold, byte for byte', async () => {
  const text = '# Written\nhttp:\n  x: "é"\n'
  const { get, strangers } = await open(() => text)
  expect(await get(`/traefik/${KEY}`)).toEqual({ status: 200, type: 'application/yaml', body: text })
  expect(strangers).toEqual([])
})

test('before the first table it is never an empty 200, by which Traefik would lose what it has', async () => {
  const world: { text: string | undefined } = { text: undefined }
  const { get } = await open(() => world.text)
  expect((await get(`/traefik/${KEY}`)).status).toBe(503)
  world.text = 'http: {}'
  expect((await get(`/traefik/${KEY}`)).body).toBe('http: {}')
})

test.for([
  '/traefik/',
  `/traefik/${'k'.repeat(42)}`,
  `/traefik/${'k'.repeat(42)}x`,
  `/traefik/${KEY}/`,
  `/traefik/${KEY}?x`,
  `/traefik/%6b${KEY.slice(1)}`,
  `/traefik/${KEY.toUpperCase()}`,
])('%s is a stranger, and is counted', async (path) => {
  const { get, strangers } = await open(() => 'secret')
  const answer = await get(path)
  expect(answer).toMatchObject({ status: 404, body: 'not found\n' })
  expect(strangers).toEqual(['127.0.0.1'])
})

test("so is who knows the key but comes through the portal's router", async () => {
  const { get, strangers } = await open(() => 'secret')
  const headers = { Host: 'auth.example.com', 'X-Labelgate-Proxy-Key': KEY }
  expect((await get(`/traefik/${KEY}`, { headers })).status).toBe(404)
  expect(strangers).toHaveLength(1)
})

test.for(['POST', 'PUT', 'DELETE', 'HEAD'])('%s is not for reading', async (method) => {
  const { get } = await open(() => 'secret')
  expect(await get(`/traefik/${KEY}`, { method })).toMatchObject({ status: 405 })
})

test("where it is not switched on the address is the portal's, like any other", async () => {
  const app = createFrontDoor((_req, res) => void res.writeHead(403).end(), portalFixture().deps)
  onTestFinished(() => app.close())
  const answer = await app.inject({ url: `/traefik/${KEY}`, headers: { host: 'auth.example.com' } })
  expect(answer.statusCode).toBe(404)
})
