import type { AddressInfo } from 'node:net'
import { Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { health } from '../../../src/cli/health.ts'
import { readiness, type Circumstances, type Readiness } from '../../../src/http/status/ready.ts'
import { createStatus } from '../../../src/http/status/server.ts'
import { createMetrics } from '../../../src/metrics.ts'
import { ask } from './ask.ts'

const READY: Readiness = { ok: true, reasons: [] }

function status(ready: () => Readiness = () => READY, metrics?: Registry) {
  const sources = { table: () => undefined, tableAge: () => Infinity, sessions: () => 0 }
  return createStatus({ ready, metrics: metrics ?? createMetrics(sources).registry })
}

test('/healthz says ok, ready or not', async () => {
  const unready = status(() => ({ ok: false, reasons: ['table-not-synced'] }))
  for (const app of [status(), unready]) {
    const answer = await app.inject('/healthz')
    expect(answer).toMatchObject({ statusCode: 200, body: 'ok\n' })
  }
})

test.for<[Readiness, number]>([
  [READY, 200],
  [{ ok: false, reasons: ['table-not-synced', 'traefik-file-not-written'] }, 503],
])('/readyz for %j is %i, with the reasons', async ([ready, code]) => {
  const answer = await status(() => ready).inject('/readyz')
  expect(answer.statusCode).toBe(code)
  expect(answer.headers['content-type']).toContain('application/json')
  expect(answer.json()).toEqual({ ready: ready.ok, reasons: ready.reasons })
})

test('/readyz follows what is', async () => {
  let ready: Readiness = { ok: false, reasons: ['table-not-synced'] }
  const app = status(() => ready)
  expect((await app.inject('/readyz')).statusCode).toBe(503)
  ready = READY
  expect((await app.inject('/readyz')).statusCode).toBe(200)
})

const WELL: Circumstances = { tableAge: 1000, tableMaxAge: 60_000, storeTrustworthy: true, fileCurrent: true }

test.for<[string, Partial<Circumstances>, Readiness['reasons']]>([
  ['all is well', {}, []],
  ['the table is just as old as it may be', { tableAge: 60_000 }, []],
  ['the table is older', { tableAge: 60_001 }, ['table-too-old']],
  ['any age will do', { tableAge: 1e9, tableMaxAge: 0 }, []],
  ['Docker has not answered yet', { tableAge: Infinity }, ['table-not-synced']],
  ['Docker has not answered yet, and any age will do', { tableAge: Infinity, tableMaxAge: 0 }, ['table-not-synced']],
  ['the store cannot be read', { storeTrustworthy: false }, ['store-not-trustworthy']],
  ['the file cannot be written', { fileCurrent: false }, ['traefik-file-not-written']],
  [
    'nothing works',
    { tableAge: Infinity, storeTrustworthy: false, fileCurrent: false },
    ['table-not-synced', 'store-not-trustworthy', 'traefik-file-not-written'],
  ],
])('ready where %s: %j', ([, circumstances, reasons]) => {
  expect(readiness({ ...WELL, ...circumstances })).toEqual({ ok: reasons.length === 0, reasons })
})

test('/metrics is Prometheus text', async () => {
  const answer = await status().inject('/metrics')
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(answer.body).toMatch(/^# HELP labelgate_decisions_total .+\n# TYPE labelgate_decisions_total counter$/m)
  expect(answer.body).toContain('labelgate_table_age_seconds +Inf')
})

test.for(['/healthz', '/readyz', '/metrics'])(
  'HEAD %s is answered without a body, and nothing is kept',
  async (url) => {
    const answer = await status().inject({ method: 'HEAD', url })
    expect(answer).toMatchObject({ statusCode: 200, body: '' })
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  },
)

test.for([
  'GET /',
  'GET /healthz/',
  'GET /HEALTHZ',
  'GET /metrics/x',
  'GET /debug/pprof',
  'GET /.git/config',
  'GET /%zz',
  'GET //metrics',
  'POST /healthz',
  'PUT /metrics',
  'DELETE /readyz',
  'OPTIONS /metrics',
  'PROPFIND /metrics',
])('%s is not found, and the answer says nothing', async (line) => {
  const [method = '', url = ''] = line.split(' ')
  const answer = await status().inject({ method: method as 'GET', url, ...(method === 'POST' && { payload: '{' }) })
  expect(answer).toMatchObject({ statusCode: 404, body: 'not found\n' })
  expect(answer.headers['cache-control']).toBe('no-store')
})

test.for(['/readyz', '/metrics'])('a fault behind %s is told to nobody', async (url) => {
  const broken = new Registry()
  broken.metrics = () => Promise.reject(new Error('vault.example.com'))
  const app = status(() => {
    throw new Error('vault.example.com')
  }, broken)
  const answer = await app.inject(url)
  expect(answer).toMatchObject({ statusCode: 503, body: 'unavailable\n' })
})

test('the health check of the image finds it well', async () => {
  const app = status(() => ({ ok: false, reasons: ['table-not-synced'] }))
  onTestFinished(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  expect(await health({ host: '127.0.0.1', port })).toBeUndefined()
  expect(await ask(port, '/%2e%2e/metrics')).toMatchObject({ status: 404 })
})
