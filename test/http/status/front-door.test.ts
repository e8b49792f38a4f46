/** Threat I-30: what is for operators is not to be had where everybody comes in. */
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFrontDoor } from '../../../src/http/server.ts'
import { portalFixture } from '../portal/fixture.ts'
import { ask } from './ask.ts'

let asksForward = 0
const app = createFrontDoor((_request, response) => {
  asksForward += 1
  response.writeHead(403).end()
}, portalFixture().deps)
let port = 0

beforeAll(async () => {
  await app.listen({ host: '127.0.0.1', port: 0 })
  ;({ port } = app.server.address() as AddressInfo)
})
afterAll(() => app.close())

const PATHS = [
  '/metrics',
  '/metrics/',
  '/Metrics',
  '//metrics',
  '/%6detrics',
  '/%2e%2e/metrics',
  '/assets/../metrics',
  '/assets/%2e%2e/metrics',
  '/login/..;/metrics',
  '/debug',
  '/debug/pprof',
  '/healthz',
  '/readyz',
  '/api',
  '/config',
  '/.git/config',
  '/.env',
]
const HOSTS = {
  'auth.example.com': [400, 404],
  'app.example.com': [503],
  'one.apps.example.com': [503],
  'evil.example.org': [421],
  '127.0.0.1': [421],
} as const
const cases = PATHS.flatMap((path) => Object.entries(HOSTS).map(([host, wanted]) => ({ path, host, wanted })))

test.for(cases)('$path of $host has nothing to tell', async ({ path, host, wanted }) => {
  const { status, body } = await ask(port, path, host)
  expect(wanted).toContain(status)
  expect(body).toMatch(/^<!doctype html>/i)
  expect(body).not.toMatch(/process_|nodejs_|labelgate_|"ready"|repositoryformatversion|LABELGATE_/)
})

test('nor is it to be had behind the address that proxies ask', async () => {
  const before = asksForward
  expect(await ask(port, '/auth/../metrics', 'auth.example.com')).toEqual({ status: 403, body: '' })
  expect(asksForward).toBe(before + 1)
})
