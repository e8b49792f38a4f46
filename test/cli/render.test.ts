import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { labelgate } from './fake-terminal.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labelgate-render-'))
})
afterEach(() => rm(folder, { recursive: true }))

const KEY = 'nJ8vQ2xY5rT0aLmB3cDfGhKpSuWzE6i7o9N4eRtVyUI'
const run = (line: string, env: Readonly<Record<string, string>> = {}) =>
  labelgate(`render ${line}`, {
    env: {
      LABELGATE_DATA_DIR: folder,
      LABELGATE_PORTAL_URL: 'https://auth.example.com',
      DOCKER_HOST: `unix://${folder}/none.sock`,
      ...env,
    },
  })
const TLS = '--cert /tls/cert.pem --key /tls/key.pem'

test.for(['nginx', 'caddy', 'envoy', 'haproxy'])('%s: with our key, and headers that are named', async (proxy) => {
  const { code, out } = await run(`${proxy} ${TLS} --header x-ptl-user X-Other`, { LABELGATE_PROXY_KEY: KEY })
  expect(code).toBe(0)
  for (const word of [KEY, 'auth']) expect(out.join('\n')).toContain(word)
  expect(out.join('\n').toLowerCase()).toMatch(/x.+ptl.+user/)
})

test('where Docker cannot be asked that is said, and the rest is written', async () => {
  const { code, out, err } = await run(`nginx ${TLS}`)
  expect([code, out[0]]).toEqual([0, expect.stringContaining('nobody but nginx may read it')])
  expect(err.at(-1)).toBe('labelgate: so headers that labels name are not in it; name them by --header')
})

test('the key is the one of the data folder, made once', async () => {
  const [first, second] = [await run(`nginx ${TLS}`), await run(`nginx ${TLS}`)]
  expect(first.out).toEqual(second.out)
})

test.for([
  ['nginx', 'the portal is https: name the files by --cert and --key, as the proxy reads them'],
  ['haproxy', 'the portal is https: name the file of certificate and key by --cert'],
  ['ngnix', 'there is nothing to render for ngnix: did you mean nginx?'],
  [
    'traefik',
    'there is nothing to render for traefik: its file is written by the service itself (LABELGATE_TRAEFIK_FILE)',
  ],
  [`nginx ${TLS} --listen x`, '--listen: "x" is no address: write 443 or 127.0.0.1:443'],
  [`nginx ${TLS} --header a_b`, '--header: "a_b" is no name: use letters, digits and dashes'],
  ['nginx --include x', '--include: "x" is no part: write http, server or location'],
  ['caddy --include http', '--include is for nginx alone'],
  ['envoy --lua', '--lua is for haproxy alone'],
  ['nginx --cert /a;b --key /k', 'a path may hold letters, digits and . / : @ + ~ _ - alone: /a;b'],
] as const)('render %s is wrong usage', async ([line, words]) => {
  const { code, out, err } = await run(line)
  expect([code, out]).toEqual([2, []])
  expect(err.at(-1)).toBe(`labelgate: ${words}`)
})

test('a key that is kept nowhere is none', async () => {
  const { code, err } = await run(`nginx ${TLS}`, { LABELGATE_STORE: 'memory' })
  expect([code, err]).toEqual([
    2,
    ['labelgate: LABELGATE_PROXY_KEY is not set, and LABELGATE_STORE=memory keeps none: set it'],
  ])
})
