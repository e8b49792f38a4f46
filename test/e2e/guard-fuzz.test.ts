/**
 * What Traefik builds through the guard, against what it builds without it. The Docker daemon is a fake
 * (test/proxy/guard/fake-docker.ts says why); both Traefiks are real. Another seed: LABELGATE_FUZZ_SEED; more or fewer
 * containers: LABELGATE_FUZZ_BATCHES.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Guarded, guarded, overview, type Verdict } from '../../src/proxy/guard/labels.ts'
import { identify } from '../../src/labels/identify.ts'
import { readLabels } from '../../src/labels/read.ts'
import { describeWith } from '../parts.ts'
import { CONTEXT } from '../proxy/guard/context.ts'
import { type Built, type DockerTraefik, startDockerTraefik } from '../proxy/guard/docker-traefik.ts'
import { type FakeContainer, type FakeDocker, startFakeDocker } from '../proxy/guard/fake-docker.ts'
import { labels, numbered } from '../proxy/guard/labels-arbitrary.ts'

const SEED = Number(process.env['LABELGATE_FUZZ_SEED'] ?? 20_260_101)
const BATCHES = Number(process.env['LABELGATE_FUZZ_BATCHES'] ?? 8)
const BATCH = 500

interface Side {
  readonly docker: FakeDocker
  readonly traefik: DockerTraefik
}
let plain: Side
let through: Side

async function start(): Promise<Side> {
  const docker = await startFakeDocker()
  return { docker, traefik: await startDockerTraefik(docker.endpoint) }
}

/** Shows the containers, and a further one by whose router it is seen that Traefik has come so far. */
async function show({ docker, traefik }: Side, containers: readonly FakeContainer[], round: string): Promise<Built> {
  const marker = { id: `marker-${round}`, name: `marker-${round}`, labels: {}, address: '10.255.0.1', port: 80 }
  const built = traefik.built(`marker-${round}@docker`)
  docker.show([...containers, marker])
  const found = await built
  if (found === undefined) throw new Error(`nothing was built: ${traefik.log()}`)
  return found
}

function batch(round: number): FakeContainer[] {
  return fc.sample(labels, { numRuns: BATCH, seed: SEED + round }).map((drawn, index) => ({
    // never one of another round: Traefik may still be inspecting those
    id: `${round}-${index}`,
    name: `app_${index}`,
    labels: numbered(drawn, index),
    address: `10.1.${index >> 8}.${index & 255}`,
    ...(index % 23 !== 0 && { port: 80 }),
  }))
}

// a router that is disabled for another reason has its names as they were written
const isOurs = (name: string) => /^labelgate-(?:.+-)?[0-9a-f]{16}(?:@docker)?$/.test(name)

/** What is built, without the middleware that stands first where there is one of ours. */
function withoutOurs(built: Built): unknown {
  const routers = Object.entries(built.routers ?? {}).map(([name, router]) => {
    const { middlewares = [], ...rest } = router
    return [name, { ...rest, middlewares: isOurs(middlewares[0] ?? '') ? middlewares.slice(1) : middlewares }]
  })
  const middlewares = Object.entries(built.middlewares ?? {}).filter(([name]) => !isOurs(name))
  return { ...built, routers: Object.fromEntries(routers), middlewares: Object.fromEntries(middlewares) }
}

const unprefixed = (built: Built) =>
  Object.fromEntries(
    Object.entries(built.routers ?? {}).map(([n, r]) => [n, { ...r, middlewares: r.middlewares ?? [] }]),
  )

describeWith(['traefik'], 'what Traefik builds through the guard', () => {
  beforeAll(async () => {
    plain = await start()
    through = await start()
  })

  afterAll(async () => {
    for (const { docker, traefik } of [plain, through]) {
      await traefik[Symbol.asyncDispose]()
      await docker[Symbol.asyncDispose]()
    }
  })

  test('is what it builds without it, with our middleware first', async () => {
    const counts = { containers: 0, routers: 0, enabled: 0, ours: 0, 'as-is': 0, protected: 0, withheld: 0 }
    for (let round = 0; round < BATCHES; round++) {
      const containers = batch(round)
      const view = overview(containers, CONTEXT)
      const shown = new Map<FakeContainer, Guarded>(containers.map((one) => [one, guarded(one, view, CONTEXT)]))
      const verdict = (one: FakeContainer): Verdict | undefined => shown.get(one)?.verdict
      const [without, built] = await Promise.all([
        show(plain, containers.filter((one) => verdict(one) !== 'withheld'), `${round}`),
        show(through, containers.map((one) => ({ ...one, labels: shown.get(one)?.labels ?? {} })), `${round}`),
      ]) // prettier-ignore
      expect(withoutOurs(built)).toEqual({ ...without, routers: unprefixed(without) })
      expectProtected(built, containers, verdict)
      const ours = Object.entries(built.middlewares ?? {}).filter(([name]) => isOurs(name))
      expect(ours.filter(([, { status }]) => status !== 'enabled')).toEqual([])
      const routers = Object.values(built.routers ?? {})
      counts.containers += containers.length
      counts.routers += routers.length
      counts.enabled += routers.filter(({ status }) => status !== 'disabled').length
      counts.ours += routers.filter(({ middlewares: [first = ''] = [] }) => isOurs(first)).length
      for (const one of containers) counts[verdict(one) ?? 'withheld']++
    }
    console.log(`guard fuzz, seed ${SEED}: ${JSON.stringify(counts)}`)
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(BATCHES * 30)
  })

  test('is something, where without it one label stops the whole provider', async () => {
    const containers = [
      running('good', {}),
      running('bad', { 'traefik.http.routers.a].rule': 'Host(`a.example.com`)' }),
    ]
    plain.docker.show(containers)
    await expect.poll(() => plain.traefik.log().includes('panic in operation'), { timeout: 20_000 }).toBe(true)
    const built = await show(through, throughGuard(containers), 'last')
    expect(Object.keys(built.routers ?? {})).toEqual(expect.arrayContaining(['good@docker']))
    expect(Object.keys(built.routers ?? {})).not.toContain('bad@docker')
  })

  test('has no router of a name that two containers use for different things: Traefik removes both', async () => {
    const rule = { 'traefik.http.routers.web.rule': 'Host(`web.example.com`)' }
    const containers = [running('one', { ...rule, 'labelgate.allow': 'signed-in' }), running('two', rule)]
    const built = await show(through, throughGuard(containers), 'collision')
    expect(Object.keys(built.routers ?? {})).not.toContain('web@docker')
    expect(through.traefik.log()).toContain('defined multiple times')
  })

  test('has one middleware for all replicas, whatever else is written of them', async () => {
    const service = { 'com.docker.compose.project': 'p', 'com.docker.compose.service': 'web' }
    const old = { ...service, 'labelgate.allow': 'signed-in' }
    const containers = [
      running('p-web-1', old),
      running('p-web-2', { ...old, 'labelgate.headers.X-New': 'user' }),
      running('p-web-3', { ...old, 'org.example.note': 'another' }),
    ]
    const { routers, services, middlewares } = await show(through, throughGuard(containers), 'replicas')
    const [first = ''] = routers?.['web-p@docker']?.middlewares ?? []
    expect(isOurs(first)).toBe(true)
    expect(middlewares?.[first]).toMatchObject({ status: 'enabled' })
    expect(services?.['web-p@docker']?.loadBalancer?.servers).toHaveLength(3)
  })
})

let addresses = 0
function running(name: string, labels: Readonly<Record<string, string>>): FakeContainer {
  return { id: `id-${++addresses}`, name, labels, address: `10.2.0.${addresses}`, port: 80 }
}

function throughGuard(containers: readonly FakeContainer[]): FakeContainer[] {
  const view = overview(containers, CONTEXT)
  return containers.map((one) => ({ ...one, labels: guarded(one, view, CONTEXT).labels }))
}

/** Told by the addresses to which Traefik would send, and not by any name. */
function expectProtected(
  built: Built,
  containers: readonly FakeContainer[],
  verdict: (one: FakeContainer) => Verdict | undefined,
): void {
  const at = new Map(containers.map((one) => [one.address, one]))
  const servers = (service: string, from: string): FakeContainer[] => {
    const name = service.includes('@') ? service : `${service}@${from.split('@')[1]}`
    const urls = built.services?.[name]?.loadBalancer?.servers?.map(({ url }) => url ?? '') ?? []
    return urls.flatMap((url) => at.get(URL.parse(url)?.hostname ?? '') ?? [])
  }
  // replicas may differ in the apps they declare, and are one compose service all the same
  const replicas = Map.groupBy(containers, (one) => identify(one).key)
  const ids = (one: FakeContainer) =>
    (replicas.get(identify(one).key) ?? []).flatMap((each) =>
      readLabels(each, CONTEXT.operator).apps.map(({ id }) => id),
    )
  for (const [name, { service = '', middlewares: [first = ''] = [] }] of Object.entries(built.routers ?? {})) {
    for (const one of servers(service, name)) {
      expect(verdict(one), `${name} leads to the withheld ${one.name}`).not.toBe('withheld')
      if (verdict(one) !== 'protected') continue
      const asked = built.middlewares?.[first.includes('@') ? first : `${first}@docker`]?.forwardAuth?.address ?? ''
      expect(isOurs(first), `${name} leads to ${one.name} past us`).toBe(true)
      expect(ids(one), `${name} asks about another app`).toContain(decodeURIComponent(asked.split('/').at(-1) ?? ''))
    }
  }
  for (const [name, { errors }] of Object.entries(built.middlewares ?? {})) {
    const { service } = errors ?? {}
    if (service === undefined || service === '') continue
    const definers = containers.filter((one) =>
      Object.keys(one.labels).some((key) => key.split('.')[3] === name.split('@')[0]),
    )
    const keys = new Set(definers.flatMap(ids))
    for (const one of servers(service, name)) {
      if (verdict(one) === 'protected')
        expect(
          ids(one).some((id) => keys.has(id)),
          `${name} fetches from ${one.name}`,
        ).toBe(true)
    }
  }
}
