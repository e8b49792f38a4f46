/**
 * Labelgate and Traefik, and a daemon that says what no sound one would, or nothing (test/docker/fake-docker.ts). What it
 * says runs are echo servers of this process.
 */
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Answer, FakeDocker } from '../docker/fake-docker.ts'
import { id, row, type Row } from '../docker/rows.ts'
import { describeWith } from '../parts.ts'
import { startApp } from '../proxy/world.ts'
import { SmallDisk } from './fault/disk.ts'
import { Labelgate } from './fault/labelgate.ts'
import type { Load } from './fault/load.ts'
import { Reader } from './fault/reader.ts'
import { World } from './fault/world.ts'

const HOST = 'echo.fire.test'
const SOON = { timeout: 20_000, interval: 10 }
const MANY = 200

const parts = new AsyncDisposableStack()
let fake: FakeDocker
let world: World
/** Row of a container whose app is ours. */
let echo: (n: number, host: string) => Row
let strangers: Load
let members: Load

interface Silence {
  readonly harm: () => unknown
  readonly mend: () => unknown
}

const silences: Readonly<Record<string, Silence>> = {
  'is missing': { harm: () => fake.die(), mend: () => fake.listen() },
  'may not be asked': { harm: () => chmod(socketFolder(), 0), mend: () => chmod(socketFolder(), 0o700) },
  'takes the question and says nothing': {
    harm: () => (fake.listAnswer = 'hang'),
    mend: async () => {
      fake.listAnswer = undefined
      // otherwise the answer would be waited for, for 10 s
      await fake.die()
      await fake.listen()
    },
  },
  'answers 500': answering({ status: 500, body: '{"message":"no"}' }),
  'answers with a page': answering({ body: '<html><body>Bad Gateway</body></html>' }),
}

function answering(answer: Answer): Silence {
  return { harm: () => (fake.listAnswer = answer), mend: () => (fake.listAnswer = undefined) }
}

function socketFolder(): string {
  return dirname(fake.host.slice('unix://'.length))
}

interface Obstacle {
  readonly harm: (disk: SmallDisk, labelgate: Labelgate) => Promise<void>
  readonly mend: (disk: SmallDisk) => Promise<void>
}

const obstacles: Readonly<Record<string, Obstacle>> = {
  'ENOSPC, the disk is full': { harm: (disk) => disk.fill(), mend: (disk) => disk.empty() },
  'EROFS, the disk is read-only at the next start': {
    async harm(disk, labelgate) {
      await labelgate.end('SIGKILL')
      await disk.allow('ro')
      await labelgate.start()
    },
    mend: (disk) => disk.allow('rw'),
  },
  'EACCES, the folder is not for us': { harm: (disk) => disk.stage(0o500), mend: (disk) => disk.stage(0o750) },
}

describeWith(['traefik'], 'a faulty daemon', () => {
  beforeAll(async () => {
    const app = parts.use(await startApp('echo'))
    const Labels = (host: string) => ({ 'labelgate.host': host, 'labelgate.port': new URL(app.url).port })
    const NetworkSettings = { Networks: { proxy: { IPAddress: '127.0.0.1', GlobalIPv6Address: '' } } }
    echo = (n, host) => row(n, { Labels: Labels(host), NetworkSettings })
    fake = parts.use(await FakeDocker.start())
    fake.rows = [echo(1, HOST)]
    world = parts.use(await World.open(fake.host))
    await world.labelgate.start()
    strangers = parts.use(world.strangers(HOST))
    await strangers.settled('gate')
    members = parts.use(await world.members(HOST))
  })

  beforeEach(async () => {
    // each starts with a daemon that was sound, and a file of that time in Traefik's hands
    if (!world.labelgate.running) await world.labelgate.start()
    await members.settled('app')
    await strangers.settled('gate')
  })

  afterAll(() => parts.disposeAsync())

  test.for(Object.entries(silences))(
    'I-01 the daemon %s at the start: 503 for everybody, until it is there',
    async ([, { harm, mend }]) => {
      await world.labelgate.end('SIGTERM')
      await harm()
      try {
        await world.labelgate.start()
        expect(await members.next(MANY)).toMatchObject({ unavailable: MANY })
        expect(await strangers.next(MANY)).toMatchObject({ unavailable: MANY })
        const asked = [HOST, 'unknown.fire.test'].map((host) => world.labelgate.forward(host))
        expect(await Promise.all(asked)).toEqual([503, 503])
        const { status, body } = await world.labelgate.status('/readyz')
        expect([status, body]).toEqual([503, expect.stringContaining('"table-not-synced"')])
        expect(world.labelgate.running).toBe(true)
      } finally {
        await mend()
      }
      await members.settled('app')
      await strangers.settled('gate')
      expect(await world.labelgate.status('/readyz')).toMatchObject({ status: 200 })
      expect(strangers.counts.app).toBe(0)
    },
  )

  test('I-02 until the first list is there, from the first moment on nobody gets in', async () => {
    await world.labelgate.end('SIGTERM')
    await members.settled('unavailable')
    const list = Promise.withResolvers<void>()
    fake.beforeList = () => list.promise
    const { app } = members.counts
    world.labelgate.launch()
    await expect.poll(() => world.labelgate.forward(HOST).catch(() => 0), SOON).toBe(503)
    expect(await members.next(MANY)).toMatchObject({ unavailable: MANY })
    expect(members.counts.app).toBe(app)
    list.resolve()
    await members.settled('app')
    expect(await world.labelgate.forward('unknown.fire.test')).toBe(403)
    expect(strangers.counts.app).toBe(0)
  })

  test('I-11 the daemon answers with what is no list, five times in a row: the last table stays', async () => {
    const before = await readFile(world.labelgate.file, 'utf8')
    const wrong = ['null', '{}', '{"message":"no"}', '[{"Id":"1', '<html>'].map((body) => ({ body }))
    const asked = fake.calls.length
    fake.beforeList = () => void (fake.listAnswer = wrong.shift())
    fake.listAnswer = { status: 304, body: '' }
    fake.endStreams()
    const lists = () => fake.calls.slice(asked).filter((call) => call === 'all').length
    await expect.poll(lists, SOON).toBe(5)
    expect(await members.next(MANY)).toMatchObject({ app: MANY })
    expect(await strangers.next(MANY)).toMatchObject({ gate: MANY })
    expect(await readFile(world.labelgate.file, 'utf8')).toBe(before)
    await world.labelgate.end('SIGTERM')
  })

  test('I-11 the daemon says by mistake that nothing runs: the route goes as a whole, and comes back as a whole', async () => {
    fake.listAnswer = { body: '[]' }
    fake.endStreams()
    await members.settled('no-route')
    expect(await readFile(world.labelgate.file, 'utf8')).toContain('"labelgate-strip"')
    expect(await world.labelgate.forward(HOST)).toBe(403)
    fake.listAnswer = undefined
    fake.endStreams()
    await members.settled('app')
    await strangers.settled('gate')
    expect(strangers.counts.app).toBe(0)
  })

  test('I-12 labelgate is killed while it writes: whoever reads finds every router with its middleware', async () => {
    await using reader = new Reader(world.labelgate.file)
    for (let n = 100; n < 200; n++) {
      if (n % 20 === 0) {
        // whatever it is at just now
        await world.labelgate.end('SIGKILL')
        await world.labelgate.start()
      }
      fake.rows = [echo(1, HOST), echo(n, `n${n}.fire.test`)]
      fake.tell('create', id(n))
      fake.tell('destroy', id(n - 1))
      if (n % 5 === 0) await reader.finds(`n${n}.fire.test`)
    }
    fake.rows = [echo(1, HOST)]
    expect(reader.contents).toBeGreaterThan(20)
    expect(reader.faults).toEqual([])
    await world.labelgate.end('SIGKILL')
    expect(strangers.counts.app).toBe(0)
  })

  test('I-27 the event loop stays free under requests, sign-ins and 300 containers that come and go', async ({
    annotate,
  }) => {
    const crowd = Array.from({ length: 300 }, (_, n) => echo(1000 + n, `c${n}.fire.test`))
    await world.labelgate.lag()
    const guesses = Array.from({ length: 8 }, () => world.guesser().signIn(HOST).catch(String))
    for (let times = 0; times < 20; times++) {
      fake.rows = [echo(1, HOST), ...(times % 2 === 0 ? crowd : [])]
      for (const { Id } of crowd) fake.tell('create', String(Id))
      await members.next(50)
    }
    expect(await Promise.all(guesses)).toEqual(guesses.map(() => expect.stringMatching(/answered (401|429|503)/)))
    const { max, p99 } = await world.labelgate.lag()
    await annotate(`event loop delay: p99 ${p99} ms, max ${max} ms`)
    // the goal is 50 and 200 on a quiet machine; this one has Traefik, the load and other tests on its cores
    expect(p99).toBeLessThan(250)
    expect(max).toBeLessThan(1000)
  })
})

// mounting needs root, as a daemon of our own does
describeWith(['second-docker'], 'a file that cannot be written', () => {
  test.for(Object.entries(obstacles))(
    'I-12 %s: the old file stays, readiness says so, and the newest comes when it can',
    async ([, { harm, mend }]) => {
      const dataFolder = await mkdtemp(join(tmpdir(), 'labelgate-data-'))
      onTestFinished(() => rm(dataFolder, { recursive: true }))
      await using fake = await FakeDocker.start()
      await using disk = await SmallDisk.mount()
      const surroundings = { dockerHost: fake.host, traefikFolder: disk.path, dataFolder, web: 80 }
      await using labelgate = await Labelgate.in(surroundings)
      await labelgate.start()
      const holds = async (text: string) => {
        await expect.poll(() => readFile(labelgate.file, 'utf8'), SOON).toContain(text)
      }
      const change = (n: number) => {
        fake.rows = [row(n)]
        fake.tell('create', id(n))
      }
      await expect.poll(async () => (await labelgate.status('/readyz')).status, SOON).toBe(200)
      change(1)
      await holds('app-1.example.com')
      const before = await readFile(labelgate.file, 'utf8')
      await harm(disk, labelgate)
      change(2)
      await expect
        .poll(async () => (await labelgate.status('/readyz')).body, SOON)
        .toBe('{"ready":false,"reasons":["traefik-file-not-written"]}')
      expect(await readFile(labelgate.file, 'utf8')).toBe(before)
      expect(await labelgate.forward('app-2.example.com')).toBe(401)
      await mend(disk)
      await holds('app-2.example.com')
      await expect.poll(async () => (await labelgate.status('/readyz')).status, SOON).toBe(200)
    },
  )
})
