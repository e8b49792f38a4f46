/**
 * No unprotected moment: apps start, change, multiply and go while every host is asked without pause, by nobody who has
 * signed in. What an app for members answers meanwhile is a leak, and there is to be none, in whichever way labelgate
 * stands before Traefik. Figures are printed.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../parts.ts'
import { Hammer, OPEN } from './hammer/hammer.ts'
import { type App, labelsOf, type Mode, open, type Setup, SHAPES } from './hammer/mode.ts'
import { SecondDocker } from './second-docker.ts'

const WHOAMI = 'traefik/whoami'
/** Containers of each kind. */
const MANY = 50

const MEMBERS = { allow: 'signed-in' }
const EVERYBODY = { public: '/**' }

function apps(prefix: string, host = (n: number) => `${prefix}${n}.hammer.test`): App[] {
  return Array.from({ length: MANY }, (_, n) => {
    const shape = SHAPES[n % SHAPES.length] ?? 'plain'
    // two of them share a host, and each has a path of it
    const own = shape === 'other-path' ? host(n - 1) : host(n)
    return { name: `${prefix}${n}`, host: own, shape }
  })
}

const hostsOf = (all: readonly App[]) => [...new Set(all.map(({ host }) => host))]

const started = apps('fresh')
const relabelled = apps('anew')
const scaled: App = { name: 'scaled', host: 'scaled.hammer.test', shape: 'plain' }
const rolled: App = { name: 'rolled', host: 'rolled.hammer.test', shape: 'plain' }

const parts = new AsyncDisposableStack()
let second: SecondDocker

describeWith(['docker', 'second-docker', 'traefik', 'whoami'], 'under the hammer', () => {
  beforeAll(async () => {
    second = parts.use(await SecondDocker.start([WHOAMI]))
  })
  afterAll(() => parts.disposeAsync())

  describe.each(['file', 'guard', 'entrypoint'] as const)('%s', { timeout: 240_000 }, (mode: Mode) => {
    let setup: Setup
    let hammer: Hammer

    const run = (
      container: string,
      app: App,
      words: Readonly<Record<string, string>>,
      more: readonly string[] = [],
    ) => {
      const labels = [...labelsOf(mode, app, words), ...more].map((label) => `--label=${label}`)
      const name = words === EVERYBODY ? OPEN : 'for-members'
      return second.docker(
        'run',
        '-d',
        '--restart=always',
        `--env=WHOAMI_NAME=${name}`,
        `--name=${container}`,
        ...labels,
        WHOAMI,
      )
    }
    const replica = (project: string) => [`com.docker.compose.project=${project}`, 'com.docker.compose.service=web']

    beforeAll(async () => {
      setup = await open(mode, second.host)
      await setup.labelgate.start()
      const members = [...hostsOf(started), scaled.host, rolled.host]
      hammer = new Hammer(setup.traefik.web, members, hostsOf(relabelled))
    })

    afterAll(async () => {
      await hammer[Symbol.asyncDispose]()
      const { leak, ...others } = hammer.counts()
      console.log(`${mode}: ${hammer.total} requests, ${leak} answers from apps for members; ${JSON.stringify(others)}`)
      await setup[Symbol.asyncDispose]()
      const all = (await second.docker('ps', '-aq')).split('\n').filter(Boolean)
      if (all.length > 0) await second.docker('rm', '-f', ...all)
    })

    test('fifty apps start one after the other', async () => {
      for (const app of started) await run(app.name, app, MEMBERS)
      await hammer.seen('gate', hostsOf(started))
      expect(hammer.counts().leak).toBe(0)
    })

    test('fifty open apps are made anew for members alone', async () => {
      for (const app of relabelled) await run(app.name, app, EVERYBODY)
      await hammer.seen('open', hostsOf(relabelled))
      for (const app of relabelled) {
        await second.docker('rm', '-f', app.name)
        await run(app.name, app, MEMBERS)
      }
      await hammer.seen('gate', hostsOf(relabelled))
      expect(hammer.counts().leak).toBe(0)
    })

    test('an app has one replica, then three, then one', async () => {
      for (const n of [1, 2, 3]) await run(`scaled-${n}`, scaled, MEMBERS, replica('scaled'))
      await hammer.seen('gate', [scaled.host])
      await second.docker('rm', '-f', 'scaled-2', 'scaled-3')
      await hammer.seen('gate', [scaled.host])
      expect(hammer.counts().leak).toBe(0)
    })

    test('an update rolls: the new generation asks for more than the old one', async () => {
      for (const n of [1, 2]) await run(`rolled-${n}`, rolled, MEMBERS, replica('rolled'))
      await hammer.seen('gate', [rolled.host])
      for (const n of [1, 2]) {
        await run(`rolled-${n}-new`, rolled, { allow: 'group:admins' }, replica('rolled'))
        await second.docker('rm', '-f', `rolled-${n}`)
      }
      await hammer.seen('gate', [rolled.host])
      expect(hammer.counts().leak).toBe(0)
    })

    test('labelgate is killed and comes back', async () => {
      await setup.labelgate.end('SIGKILL')
      await hammer.seen('unavailable', [scaled.host])
      await setup.labelgate.start()
      await hammer.seen('gate')
      expect(hammer.counts().leak).toBe(0)
    })

    test('the daemon is killed and comes back with its containers', async () => {
      await second.kill()
      await second.run()
      await hammer.seen('gate', undefined, 120_000)
      expect(hammer.counts().leak).toBe(0)
      expect(hammer.total).toBeGreaterThan(10_000)
    })
  })
})
