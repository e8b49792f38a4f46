/**
 * Requests through a real Traefik that reads the labels the guard shows. The daemon and labelgate's own server are
 * stand-ins here, so that containers can be echo servers of this process; the whole is tried in guard.test.ts.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { guarded, overview } from '../../src/proxy/guard/labels.ts'
import { describeWith } from '../parts.ts'
import { KEY } from '../proxy/builder.ts'
import { CONTEXT } from '../proxy/guard/context.ts'
import { type DockerTraefik, startDockerTraefik } from '../proxy/guard/docker-traefik.ts'
import { type FakeContainer, type FakeDocker, startFakeDocker } from '../proxy/guard/fake-docker.ts'
import { ask, echoed, type Listening, startApp, startStandIn, type StandIn, valuesOf } from '../proxy/world.ts'

const ALICE = { Cookie: 'session=alice' }
const SIGNS = "-_.!#$%&'*+^`|~".split('')

let docker: FakeDocker
let traefik: DockerTraefik
let standIn: StandIn
let app: Listening

const get = (target: string, headers?: Record<string, string>) => ask(traefik.web, target, headers)

function container(name: string, labels: Readonly<Record<string, string>>): FakeContainer {
  return { id: name, name, labels, address: '127.0.0.1', port: Number(new URL(app.url).port) }
}

describeWith(['traefik'], 'Traefik with the labels that the guard shows', () => {
  beforeAll(async () => {
    standIn = await startStandIn()
    app = await startApp('app')
    docker = await startFakeDocker()
    const containers = [
      container('whoami', {
        'labelgate.allow': 'signed-in',
        'traefik.http.routers.whoami.rule': 'Host(`whoami.example.com`)',
        'traefik.http.routers.whoami.Middlewares': 'strip',
        'traefik.http.middlewares.strip.stripprefix.prefixes': '/api',
      }),
      container('other', {
        'labelgate.headers.X-Auth-Name': 'user',
        'traefik.http.routers.other.rule': 'Host(`other.example.com`)',
      }),
      container('open', { 'traefik.http.routers.open.rule': 'Host(`open.example.com`)' }),
      container('wrong', { 'labelgate.alow': 'x', 'traefik.http.routers.wrong.rule': 'Host(`wrong.example.com`)' }),
      container('thief', {
        'traefik.http.routers.thief.rule': 'Host(`thief.example.com`)',
        'traefik.http.routers.thief.service': 'whoami',
      }),
    ]
    const view = overview(containers, CONTEXT)
    const context = { ...CONTEXT, internalUrl: standIn.url, proxyKey: KEY }
    docker.show(containers.map((one) => ({ ...one, labels: guarded(one, view, context).labels })))
    traefik = await startDockerTraefik(docker.endpoint)
    await traefik.built('whoami@docker')
  })

  afterAll(() => Promise.all([traefik, docker, standIn, app].map((part) => part[Symbol.asyncDispose]())))

  test('a container that declares an app is asked about, before its own middlewares change the path', async () => {
    standIn.asked.length = 0
    expect(await get('whoami.example.com/api/x?y=1')).toMatchObject({
      status: 302,
      headers: { location: 'http://auth.example.com/login?app=whoami' },
    })
    expect(Object.fromEntries(standIn.asked[0]?.headers ?? [])).toMatchObject({ 'x-forwarded-uri': '/api/x?y=1' })
    const received = echoed(await get('whoami.example.com/api/x?y=1', ALICE))
    expect(received).toMatchObject({ by: 'app', url: '/x?y=1' })
    expect(valuesOf(received, 'Remote-User')).toEqual(['alice'])
    expect(valuesOf(received, 'Cookie')).toEqual([])
  })

  test.for(['Remote-User', 'rEMOTE-gROUPS', 'Remote-Email', 'X-Auth-Name'])(
    'a client that sends %s, with whichever sign for the dash, is not believed (A-08, H-32)',
    async (name) => {
      const spoofed = Object.fromEntries(SIGNS.map((sign) => [name.replaceAll('-', sign), 'mallory']))
      const received = echoed(await get('whoami.example.com/', { ...ALICE, ...spoofed, 'X-Kept': 'yes' }))
      expect(received.headers.flat()).not.toContain('mallory')
      expect(valuesOf(received, 'X-Kept')).toEqual(['yes'])
    },
  )

  test('what the client says of host, path and method is not asked about', async () => {
    standIn.asked.length = 0
    await get('whoami.example.com/real', { 'X-Forwarded-Host': 'a.example.org', 'X-Forwarded-Uri': '/public' })
    expect(Object.fromEntries(standIn.asked[0]?.headers ?? [])).toMatchObject({
      'x-forwarded-host': 'whoami.example.com',
      'x-forwarded-uri': '/real',
    })
  })

  test('one that declares nothing is open; one whose labels are wrong, or that leads elsewhere, has no route', async () => {
    expect((await get('open.example.com/')).status).toBe(200)
    expect((await get('wrong.example.com/')).status).toBe(404)
    expect((await get('thief.example.com/')).status).toBe(404)
  })

  test.for(['error', 'garbage', 'huge', 'redirect'] as const)(
    'nobody comes through while labelgate answers: %s (H-30, H-31)',
    async (manner) => {
      standIn.manner = manner
      const answer = await get('whoami.example.com/', ALICE)
      standIn.manner = 'labelgate'
      expect(answer.status).toBeGreaterThanOrEqual(300)
      expect(answer.headers['x-served-by']).toBeUndefined()
    },
  )
})
