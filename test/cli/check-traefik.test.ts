/** Traefik's API is a stand-in here, so that it can also be hostile; a real one is read in test/e2e/entrypoint.test.ts. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { readTraefik } from '../../src/proxy/traefik/api.ts'
import { labelgate } from './fake-terminal.ts'

type Answers = Readonly<Record<string, unknown>>
const GOOD: Answers = {
  '/api/version': { Version: '3.7.13' },
  '/api/entrypoints': [{ name: 'web', address: ':80', http: { aliasHeadersStrategy: 'delete' } }],
  '/api/http/middlewares': [],
  '/api/http/routers': [],
}

async function api(answers: Answers, also?: (req: IncomingMessage, res: ServerResponse) => boolean): Promise<string> {
  const server = createServer((req, res) => {
    if (also?.(req, res) === true) return
    const answer = answers[(req.url ?? '').split('?')[0] ?? '']
    res.writeHead(answer === undefined ? 404 : 200).end(typeof answer === 'string' ? answer : JSON.stringify(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const check = (origin: string, env = {}) => labelgate(`check --traefik ${origin}`, { env })

test('nothing to mend is exit code 0', async () => {
  expect(await check(await api(GOOD))).toEqual({ code: 0, out: [], err: ['Traefik 3.7.13, 0 routers, 0 findings'] })
})

test('what lets people past sign-in is exit code 1, the worst first', async () => {
  const routers = [{ name: 'evil@docker', provider: 'docker', rule: 'Host(`auth.example.com`)', using: ['web'] }]
  const origin = await api({ ...GOOD, '/api/version': { Version: '3.7.12' }, '/api/http/routers': routers })
  const { code, out } = await check(origin, { LABELGATE_PORTAL_URL: 'https://auth.example.com' })
  expect(code).toBe(1)
  expect(out[0]).toMatch(/^error: router evil@docker: takes the host of the portal/)
  expect(out[1]).toMatch(/^warning: Traefik 3.7.12: has known holes/)
})

test('for machines there is JSON', async () => {
  const { out } = await labelgate(
    `check --json --traefik ${await api({ ...GOOD, '/api/version': { Version: 'dev' } })}`,
  )
  expect(JSON.parse(out.join('\n'))).toEqual([expect.objectContaining({ severity: 'info', subject: 'Traefik dev' })])
})

test('names that would write on the terminal are printed as what they are', async () => {
  const routers = [{ name: 'a\u001b[31m\n@docker', provider: 'docker', rule: 'Host(`a`)' }]
  const { out } = await check(await api({ ...GOOD, '/api/http/routers': routers }))
  expect(out).toHaveLength(1)
  // oxlint-disable-next-line no-control-regex -- controls are what it looks for
  expect(out[0]).not.toMatch(/[\u0000-\u001f]/)
})

test.for([
  ['traefik:8080', /does not begin with/],
  ['http://traefik:8080/api', /something follows the host/],
] as const)('%j is no origin', async ([origin, said]) => {
  const { code, err } = await check(origin)
  expect(code).toBe(2)
  expect(err.join()).toMatch(said)
})

test('files and a Traefik are not read at once', async () => {
  expect((await labelgate('check --traefik http://traefik:8080 compose.yaml')).code).toBe(2)
})

test('all pages of routers are read', async () => {
  const origin = await api(GOOD, (req, res) => {
    const page = new URL(req.url ?? '', 'http://x').searchParams.get('page')
    if (req.url?.startsWith('/api/http/routers') !== true) return false
    res.writeHead(200, { 'X-Next-Page': page === '3' ? '1' : String(Number(page) + 1) })
    res.end(JSON.stringify([{ name: `r${page}@docker` }]))
    return true
  })
  expect((await readTraefik(origin)).routers.map(({ name }) => name)).toEqual(['r1@docker', 'r2@docker', 'r3@docker'])
})

const NOT_ONE: readonly (readonly [string, Answers, RegExp])[] = [
  ['answers 404', {}, /answers 404/],
  ['has no version', { '/api/version': {} }, /names no version/],
  ['answers a page', { '/api/version': '<!doctype html>' }, /JSON/],
  ['answers no list', { ...GOOD, '/api/entrypoints': {} }, /is no list/],
  ['answers without end', { ...GOOD, '/api/http/routers': `[${' '.repeat(5_000_000)}]` }, /more than/],
]
test.for(NOT_ONE)('what %s is no Traefik: exit code 3', async ([, answers, said]) => {
  const { code, err } = await check(await api(answers))
  expect(code).toBe(3)
  expect(err.join()).toMatch(said)
})

test('a redirect is not followed: it leads to who knows whom', async () => {
  const other = await api(GOOD)
  const origin = await api({}, (req, res) => {
    res.writeHead(302, { Location: other + req.url }).end()
    return true
  })
  expect((await check(origin)).code).toBe(3)
})

test('one that is away is exit code 3', async () => {
  expect((await check('http://127.0.0.1:9')).code).toBe(3)
})

test('one that never answers is not waited for', async () => {
  const origin = await api({}, () => true)
  await expect(readTraefik(origin, AbortSignal.timeout(50))).rejects.toThrow('timeout')
})
