/**
 * The generated file in front of a real Traefik. Labelgate's own server is a stand-in here (test/proxy/world.ts), so
 * that it can also be dead, broken and hostile; apps are echo servers.
 */
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { parse } from 'yaml'
import { Document } from '../../src/proxy/traefik/document.ts'
import { render } from '../../src/proxy/traefik/render.ts'
import { DynamicFile } from '../../src/proxy/traefik/write.ts'
import type { App } from '../../src/table/table.ts'
import { describeWith } from '../parts.ts'
import { app, KEY, optionsWith, type Said, tableOf } from '../proxy/builder.ts'
import { type RunningTraefik, startTraefik, type TraefikObject } from '../proxy/traefik.ts'
import {
  type Answer,
  ask,
  echoed,
  type Listening,
  startApp,
  startStandIn,
  type StandIn,
  valuesOf,
} from '../proxy/world.ts'

const ALICE = { Cookie: 'session=alice' }

let folder: string
let path: string
let file: DynamicFile
let traefik: RunningTraefik
let standIn: StandIn
let apps: Record<'blue' | 'red', Listening>

/** Writes the file for these apps and waits until Traefik serves by it. */
async function publish(...apps: App[]): Promise<string> {
  const document = render(tableOf(...apps), optionsWith({ internalUrl: standIn.url }))
  const { text } = document
  expect(await file.publish(document)).not.toBe('failing')
  await applied(text)
  return text
}

async function applied(text: string): Promise<void> {
  const wanted = essence((parse(text) as { http: Record<Kind, Record<string, Partial<TraefikObject>>> }).http)
  await expect.poll(served, { timeout: 10_000 }).toEqual(wanted)
}

async function served() {
  const [routers, services, middlewares] = [
    await traefik.objects('routers'),
    await traefik.objects('services'),
    await traefik.objects('middlewares'),
  ]
  return essence({ routers, services, middlewares })
}

type Kind = 'routers' | 'services' | 'middlewares'
function essence(http: Readonly<Record<Kind, Readonly<Record<string, Partial<TraefikObject>>>>>) {
  return {
    routers: Object.fromEntries(
      Object.entries(http.routers).map(
        ([name, { rule, priority, service, middlewares = [], tls, status = 'enabled' }]) => [
          name,
          { rule, priority, service, middlewares: middlewares.map(unqualified), tls: tls !== undefined, status },
        ],
      ),
    ),
    services: Object.fromEntries(
      Object.entries(http.services).map(([name, { loadBalancer }]) => [name, loadBalancer?.servers]),
    ),
    middlewares: Object.keys(http.middlewares).toSorted(),
  }
}

const unqualified = (name: string) => name.replace('@file', '')
const statuses = async () => Object.values(await traefik.objects('routers')).map(({ status }) => status)

const blue = (said: Said = {}) => app({ ...said, upstreams: [apps.blue.url] })
const red = (said: Said = {}) => app({ ...said, upstreams: [apps.red.url] })
const get = (target: string, headers?: Record<string, string>) => ask(traefik.web, target, headers)
const openSocket = (headers: Record<string, string>) =>
  new WebSocket(`ws://127.0.0.1:${traefik.web}/ws`, { headers: { Host: 'whoami.example.com', ...headers } })
const reachedAnApp = ({ headers }: Answer) => ['blue', 'red'].includes(String(headers['x-served-by']))

describeWith(['traefik'], 'Traefik with the file labelgate writes', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'labelgate-traefik-'))
    path = join(folder, 'labelgate.yml')
    standIn = await startStandIn()
    apps = { blue: await startApp('blue'), red: await startApp('red') }
    file = await DynamicFile.open(path)
    traefik = await startTraefik(folder)
  })

  beforeEach(() => {
    standIn.manner = 'labelgate'
    standIn.asked.length = 0
  })

  afterAll(async () => {
    await file.close()
    await Promise.all([traefik, standIn, apps.blue, apps.red].map((part) => part[Symbol.asyncDispose]()))
    await rm(folder, { recursive: true })
  })

  test('the app is told who asks, by every identity header and by no other', async () => {
    await publish(blue())
    const answer = await get('whoami.example.com/page?x=1', ALICE)
    const received = echoed(answer)
    expect(received).toMatchObject({ by: 'blue', method: 'GET', url: '/page?x=1' })
    expect(valuesOf(received, 'Remote-User')).toEqual(['alice'])
    expect(valuesOf(received, 'Remote-Groups')).toEqual([''])
    expect(valuesOf(received, 'X-Reserved')).toEqual([])
  })

  const signs = "-_.!#$%&'*+^`|~".split('')
  test.for(['Remote-User', 'remote-user', 'REMOTE-USER', 'rEMOTE-gROUPS', 'Remote-Email'])(
    'a client that sends %s, with whichever sign for the dash, is not believed (A-08, H-32)',
    async (name) => {
      await publish(blue())
      const spoofed = Object.fromEntries(signs.map((sign) => [name.replace('-', sign), 'mallory']))
      const received = echoed(await get('whoami.example.com/', { ...ALICE, ...spoofed, 'X-Kept': 'yes' }))
      expect(received.by).toBe('blue')
      expect(received.headers.flat()).not.toContain('mallory')
      expect(valuesOf(received, 'Remote-User')).toEqual(['alice'])
      expect(valuesOf(received, 'X-Kept')).toEqual(['yes'])
    },
  )

  test('a client cannot have our headers dropped by naming them hop-by-hop (A-13)', async () => {
    await publish(blue())
    const connection = 'close, Remote-User, remote-groups, X-Forwarded-Host, x-forwarded-uri'
    const received = echoed(await get('whoami.example.com/x', { ...ALICE, Connection: connection }))
    expect(valuesOf(received, 'Remote-User')).toEqual(['alice'])
    expect(Object.fromEntries(standIn.asked[0]?.headers ?? [])).toMatchObject({
      'x-forwarded-host': 'whoami.example.com',
      'x-forwarded-uri': '/x',
    })
  })

  test("a header that only another app's labels name is taken from the client as well", async () => {
    const header = { name: 'X-Auth-Name', value: { kind: 'user' } } as const
    await publish(blue(), red({ id: 'other', headers: [header] }))
    const spoofed = { 'X-Auth-Name': 'm1', 'X_Auth-Name': 'm2', 'X-Auth.Name': 'm3', x_auth_name: 'm4' }
    expect(valuesOf(echoed(await get('whoami.example.com/', { ...ALICE, ...spoofed })), 'X-Auth-Name')).toEqual([])
  })

  test('our cookie does not reach the app, the others do', async () => {
    await publish(blue())
    const mixed = await get('whoami.example.com/', { Cookie: 'theme=dark; session=alice; lang=de' })
    expect(valuesOf(echoed(mixed), 'Cookie')).toEqual(['theme=dark; lang=de'])
    const alone = await get('whoami.example.com/', ALICE)
    expect(valuesOf(echoed(alone), 'Cookie')).toEqual([])
  })

  test('what forward-auth says to the browser arrives as it was said', async () => {
    await publish(blue())
    const anonymous = await get('whoami.example.com/')
    expect(anonymous.status).toBe(302)
    expect(anonymous.headers.location).toBe('http://auth.example.com/login?app=whoami')
    const back = await get('whoami.example.com/.labelgate/callback?code=1')
    expect(back.status).toBe(302)
    expect(back.headers['set-cookie']).toEqual(['session=alice; HttpOnly', 'nonce=; Max-Age=0'])
    expect(back.headers.location).toBe('http://whoami.example.com/back?to=here')
  })

  test('forward-auth is asked about the request Traefik routes, whatever the client says of it (H-31)', async () => {
    await publish(blue())
    await get('whoami.example.com/real', {
      'X-Forwarded-Host': 'other.example.com',
      'X-Forwarded-Uri': '/public',
      'X-Forwarded-Method': 'OPTIONS',
      'X-Forwarded-For': '10.0.0.1',
      X_Forwarded_Host: 'other.example.com',
    })
    const [question] = standIn.asked
    expect(question?.url).toBe(`/auth/forward/${KEY}/whoami`)
    expect(Object.fromEntries(question?.headers ?? [])).toMatchObject({
      'x-forwarded-host': 'whoami.example.com',
      'x-forwarded-uri': '/real',
      'x-forwarded-method': 'GET',
      'x-forwarded-for': '127.0.0.1',
    })
    expect(question?.headers.flat()).not.toContain('other.example.com')
  })

  test.for(['error', 'garbage', 'redirect', 'huge'] as const)(
    'the app is not reached when forward-auth answers with %s (H-30)',
    async (manner) => {
      await publish(blue())
      standIn.manner = manner
      const answer = await get('whoami.example.com/', ALICE)
      expect(answer.status).toBeGreaterThanOrEqual(300)
      expect(reachedAnApp(answer)).toBe(false)
    },
  )

  test('the app is not reached when nobody answers forward-auth (H-30)', async () => {
    const text = await publish(blue())
    const dead = text.replaceAll(standIn.url, 'http://127.0.0.1:9')
    expect(await file.publish(new Document([dead]))).toBe('written')
    await applied(dead)
    const answer = await get('whoami.example.com/', ALICE)
    expect(answer.status).toBe(500)
    expect(reachedAnApp(answer)).toBe(false)
  })

  test('the app is not reached by a router whose middleware is missing (H-30)', async () => {
    const text = await publish(blue(), red({ id: 'sound' }))
    const torn = text.replace(/^ +"whoami-[0-9a-f]+-auth": .*\n/m, '')
    expect(torn).not.toBe(text)
    expect(await file.publish(new Document([torn]))).toBe('written')
    await expect.poll(statuses, { timeout: 10_000 }).toContain('disabled')
    expect((await get('whoami.example.com/', ALICE)).status).toBe(404)
    expect(echoed(await get('sound.example.com/', ALICE)).by).toBe('red')
  })

  test('a longer path beats a shorter one, and ends where a segment does', async () => {
    await publish(blue({ id: 'whole', hosts: ['a.example.com'] }), red({ hosts: ['a.example.com'], path: '/app1' }))
    for (const [target, by] of [
      ['a.example.com/', 'blue'],
      ['a.example.com/app1', 'red'],
      ['a.example.com/app1/x', 'red'],
      ['a.example.com/app1?x', 'red'],
      ['a.example.com/app12', 'blue'],
      ['a.example.com/APP1', 'blue'],
    ] as const) {
      expect([target, echoed(await get(target, ALICE)).by]).toEqual([target, by])
    }
  })

  test.for([
    ['/a b', '/a%20b/x'],
    ['/café', '/caf%C3%A9'],
    ["/~u/(x)'$y", "/~u/(x)'$y/z"],
  ] as const)('a path with other than letters is found: %s', async ([declared, asked]) => {
    await publish(red({ hosts: ['a.example.com'], path: declared }))
    expect(echoed(await get(`a.example.com${asked}`, ALICE)).by).toBe('red')
    expect((await get('a.example.com/', ALICE)).status).toBe(404)
  })

  test('an exact host beats a wildcard, whatever the paths; a wildcard is one label deep', async () => {
    await publish(
      blue({ id: 'wild', hosts: ['*.example.com'], path: '/deep/path' }),
      blue({ id: 'wilder', hosts: ['*.example.com'] }),
      red({ id: 'exact', hosts: ['exact.example.com', 'exact2.example.com'] }),
    )
    expect(echoed(await get('exact.example.com/deep/path', ALICE)).by).toBe('red')
    expect(echoed(await get('EXACT2.example.com:8080/', ALICE)).by).toBe('red')
    expect(echoed(await get('any.example.com/', ALICE)).by).toBe('blue')
    expect(standIn.asked.at(-1)?.url).toBe(`/auth/forward/${KEY}/wilder`)
    expect(echoed(await get('any.example.com/deep/path/x', ALICE)).by).toBe('blue')
    expect(standIn.asked.at(-1)?.url).toBe(`/auth/forward/${KEY}/wild`)
    for (const host of [
      'a.b.example.com',
      'example.com',
      '.example.com',
      'anyexample.com',
      'any.example.com.evil.org',
    ]) {
      expect([host, (await get(`${host}/`, ALICE)).status]).toEqual([host, 404])
    }
  })

  test('the portal is labelgate alone, also where an app claims every host beside it', async () => {
    await publish(blue({ hosts: ['*.example.com'] }))
    const spoofed = { 'X-Labelgate-Proxy-Key': 'guess', 'X-Forwarded-For': '10.0.0.1' }
    const portal = await get('auth.example.com/login', spoofed)
    const received = echoed(portal)
    expect(received).toMatchObject({ by: 'labelgate', url: '/login' })
    expect(valuesOf(received, 'X-Labelgate-Proxy-Key')).toEqual([KEY])
    expect(valuesOf(received, 'X-Forwarded-For')).toEqual(['127.0.0.1'])
    for (const asked of ['/auth/forward', `/auth/forward/${KEY}/whoami`, '/x/../auth/forward', '/%61uth/forward']) {
      expect([asked, (await get(`auth.example.com${asked}`, ALICE)).status]).toEqual([asked, 404])
    }
    expect(standIn.asked).toEqual([])
  })

  test.for([
    ['whose labels are wrong', { broken: true }, 'blue'],
    ['of which nothing runs', {}, undefined],
  ] as const)('an app %s is kept by labelgate', async ([, said, upstream]) => {
    const upstreams = upstream === undefined ? [] : [apps[upstream].url]
    await publish(app({ ...said, upstreams }), red({ id: 'wild', hosts: ['*.example.com'] }))
    expect((await get('whoami.example.com/')).headers.location).toBe('http://auth.example.com/login?app=whoami')
    const answer = await get('whoami.example.com/auth/forward/x', ALICE)
    expect(answer.status).toBe(503)
    expect(echoed(answer)).toMatchObject({ by: 'labelgate', url: '/.labelgate/unavailable' })
  })

  test('a host that two apps claim leads to neither (H-08)', async () => {
    const hosts = ['a.example.com', 'b.example.com']
    await publish(blue({ hosts }), red({ id: 'evil', hosts: ['b.example.com', '*.b.example.com'] }))
    expect(echoed(await get('a.example.com/', ALICE)).by).toBe('blue')
    expect(echoed(await get('b.example.com/', ALICE)).by).toBe('labelgate')
    expect(echoed(await get('x.b.example.com/', ALICE)).by).toBe('red')
  })

  test('apps whose names differ by a sign keep their own middleware (H-11)', async () => {
    const ids = ['my.app', 'my-app', 'my_app', 'MY-APP', 'labelgate', 'labelgate-strip', 'default', 'api@internal']
    const hosts = ids.map((_, index) => `h${index}.example.com`)
    await publish(...ids.map((id, index) => blue({ id, hosts: [hosts[index] ?? ''] })))
    for (const [index, id] of ids.entries()) {
      expect(echoed(await get(`${hosts[index]}/`, ALICE)).by).toBe('blue')
      expect(standIn.asked.at(-1)?.url).toBe(`/auth/forward/${KEY}/${encodeURIComponent(id)}`)
    }
  })

  test('an app with TLS is served over TLS alone', async () => {
    await publish(blue({ tls: true }))
    expect((await get('whoami.example.com/', ALICE)).status).toBe(404)
    const answer = await ask(traefik.websecure, 'whoami.example.com/', ALICE, true)
    expect(echoed(answer).by).toBe('blue')
    expect(Object.fromEntries(standIn.asked[0]?.headers ?? [])).toMatchObject({ 'x-forwarded-proto': 'https' })
  })

  test('a WebSocket opens for somebody signed in, who is named to the app, and for nobody else', async () => {
    await publish(blue())
    const socket = openSocket({ ...ALICE, 'Remote-User': 'mallory' })
    socket.on('open', () => socket.send('hello'))
    const [heard] = (await once(socket, 'message')) as [Buffer]
    socket.close()
    expect(heard.toString()).toBe('blue alice: hello')
    const refused = openSocket({})
    const [request, { statusCode }] = (await once(refused, 'unexpected-response')) as [ClientRequest, IncomingMessage]
    request.destroy()
    expect(statusCode).toBe(302)
  })

  test('from many apps to none and back: the last route goes too', async () => {
    const many = Array.from({ length: 50 }, (_, index) => blue({ id: `app${index}` }))
    await publish(...many)
    expect(echoed(await get('app49.example.com/', ALICE)).by).toBe('blue')
    await publish()
    expect((await get('app49.example.com/', ALICE)).status).toBe(404)
    await publish(...many)
    expect(echoed(await get('app0.example.com/', ALICE)).by).toBe('blue')
  })

  test.for([
    ['deletes', () => rm(path)],
    ['empties', () => writeFile(path, '')],
    [
      'takes the middleware out of',
      async () => writeFile(path, (await readFile(path, 'utf8')).replaceAll(/"whoami-[0-9a-f]+-auth"\]/g, ']')),
    ],
  ] as const)('when somebody %s the file, it is there again, and Traefik serves by it', async ([, damage]) => {
    const text = await publish(blue())
    await damage()
    await expect.poll(() => readFile(path, 'utf8').catch(() => undefined), { timeout: 1000, interval: 20 }).toBe(text)
    await applied(text)
    expect((await get('whoami.example.com/')).status).toBe(302)
  })

  test('Traefik finds nothing to complain of in the file', async () => {
    // the program we test with was built without its dashboard pages, and says so
    const faults = /(?:ERR|WRN)(?!.*dashboard).*/g
    const before = traefik.log().length
    await publish(
      blue({ id: 'one', middlewares: ['labelgate-strip@file'], tls: true, entrypoints: ['websecure'] }),
      red({ id: 'two', hosts: ['*.two.example.com', 'two.example.com'], path: '/p' }),
      app({ id: 'three', broken: true }),
    )
    expect(traefik.log().slice(before).match(faults)).toBeNull()
  })
})
