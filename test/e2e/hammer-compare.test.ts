/**
 * What the guard spares people, in figures: ten apps start while every host of them is asked without pause, by nobody
 * who has signed in. Once through the guard, and once each by ways to protect an app at Traefik alone, with the
 * mistakes one makes there. Figures are printed; only what cannot be otherwise is asserted.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../parts.ts'
import { Hammer, OPEN } from './hammer/hammer.ts'
import { open } from './hammer/mode.ts'
import { openPlain, type Plain, startShadow } from './hammer/plain.ts'
import { SecondDocker } from './second-docker.ts'

const WHOAMI = 'traefik/whoami'
const NAMES = Array.from({ length: 10 }, (_, n) => `app${n}`)
const hostOf = (name: string) => `${name}.hammer.test`
const HOSTS = NAMES.map(hostOf)

type Labels = Readonly<Record<string, string>>
const routed = (name: string): Labels => ({ [`traefik.http.routers.${name}.rule`]: `Host(\`${hostOf(name)}\`)` })
/** Of the container sign-in runs in, as a rule. Here it is in this process, and the container only says where. */
const middleware = ({ auth }: Plain): Labels => ({ 'traefik.http.middlewares.sign-in.forwardauth.address': auth })

const parts = new AsyncDisposableStack()
let second: SecondDocker

async function run(name: string, labels: Labels, ...words: readonly string[]): Promise<void> {
  const said = Object.entries(labels).map(([key, value]) => `--label=${key}=${value}`)
  await second.docker('run', '-d', `--name=${name}`, ...said, ...words, WHOAMI)
}

/** Starts the apps, one after the other, with these labels beside the rule of their router. */
async function runAll(labels: (name: string) => Labels): Promise<void> {
  for (const name of NAMES) await run(name, { ...routed(name), ...labels(name) })
}

/** Starts an app for everybody, and waits until it answers: Traefik then knows all that started before it. */
async function caughtUp(port: number): Promise<void> {
  await run('last', routed('last'), `--env=WHOAMI_NAME=${OPEN}`)
  await using hammer = new Hammer(port, [], [hostOf('last')])
  await hammer.seen('open')
}

/** @return how many answers were an app's own */
function report(way: string, hammer: Hammer): number {
  const { leak, gate, 'no-route': none, unavailable, nobody } = hammer.counts()
  const others = `sign-in ${gate}, no route ${none}, 5xx ${unavailable}, no answer ${nobody}`
  console.log(`${way}: ${hammer.total} requests, ${leak} unprotected answers; ${others}`)
  return leak
}

describeWith(['docker', 'second-docker', 'traefik', 'whoami'], 'ten apps start under the hammer', () => {
  beforeAll(async () => {
    second = parts.use(await SecondDocker.start([WHOAMI]))
  })
  afterEach(async () => {
    const all = (await second.docker('ps', '-aq')).split('\n').filter(Boolean)
    if (all.length > 0) await second.docker('rm', '-f', ...all)
  })
  afterAll(() => parts.disposeAsync())

  describe('the guard', () => {
    const allow = () => ({ 'labelgate.allow': 'signed-in' })

    test('right labels: nobody gets past sign-in', async () => {
      await using setup = await open('guard', second.host)
      await setup.labelgate.start()
      await using hammer = new Hammer(setup.traefik.web, HOSTS)
      await runAll(allow)
      await hammer.seen('gate')
      expect(report('guard, right labels', hammer)).toBe(0)
    })

    test('a typo in our label: no route', async () => {
      await using setup = await open('guard', second.host)
      await setup.labelgate.start()
      await using hammer = new Hammer(setup.traefik.web, HOSTS)
      await runAll(() => ({ 'labelgate.alow': 'signed-in' }))
      await caughtUp(setup.traefik.web)
      await hammer.seen('no-route')
      expect(report('guard, a typo in the label', hammer)).toBe(0)
    })

    test('labelgate is down while they start: no route until it is back', async () => {
      await using setup = await open('guard', second.host)
      await setup.labelgate.start()
      await setup.labelgate.end('SIGKILL')
      await using hammer = new Hammer(setup.traefik.web, HOSTS)
      await runAll(allow)
      await hammer.seen('no-route')
      await setup.labelgate.start()
      await hammer.seen('gate')
      expect(report('guard, down while they start', hammer)).toBe(0)
    })
  })

  describe('a middleware of Traefik that labels name', () => {
    test('right labels', async () => {
      await using plain = await openPlain(second.host)
      await run('auth', middleware(plain))
      await using hammer = new Hammer(plain.traefik.web, HOSTS)
      await runAll((name) => ({ [`traefik.http.routers.${name}.middlewares`]: 'sign-in@docker' }))
      await hammer.seen('gate')
      expect(report('middleware, right labels', hammer)).toBe(0)
    })

    test('a typo in its name: no route', async () => {
      await using plain = await openPlain(second.host)
      await run('auth', middleware(plain))
      await using hammer = new Hammer(plain.traefik.web, HOSTS)
      await runAll((name) => ({ [`traefik.http.routers.${name}.middlewares`]: 'sing-in@docker' }))
      await caughtUp(plain.traefik.web)
      await hammer.seen('no-route')
      expect(report('middleware, a typo in its name', hammer)).toBe(0)
    })

    test("a typo in the router's name: every app is open, and stays it", async () => {
      await using plain = await openPlain(second.host)
      await run('auth', middleware(plain))
      await using hammer = new Hammer(plain.traefik.web, HOSTS)
      await runAll((name) => ({ [`traefik.http.routers.${name}-web.middlewares`]: 'sign-in@docker' }))
      await hammer.seen('leak')
      expect(report("middleware, a typo in the router's name", hammer)).toBeGreaterThan(0)
    })
  })

  describe('a controller that writes a router of higher priority for each app', () => {
    const shadowed = (name: string) => ({ 'shadow.host': hostOf(name) })

    // how many answers come before its router is a matter of milliseconds, and not of this test
    test.for(['list', 'event'] as const)('it runs, and knows containers by each %s', async (knowsBy) => {
      await using plain = await openPlain(second.host)
      await using stack = new AsyncDisposableStack()
      stack.use(await startShadow(second.host, plain, knowsBy))
      await using hammer = new Hammer(plain.traefik.web, HOSTS)
      await runAll(shadowed)
      await hammer.seen('gate')
      report(`shadow router, by each ${knowsBy}`, hammer)
      expect(hammer.counts().gate).toBeGreaterThan(0)
    })

    test('it is down while they start: every app is open until it is back', async () => {
      await using plain = await openPlain(second.host)
      await using hammer = new Hammer(plain.traefik.web, HOSTS)
      await runAll(shadowed)
      await hammer.seen('leak')
      expect(report('shadow router, down while they start', hammer)).toBeGreaterThan(0)
    })
  })
})
