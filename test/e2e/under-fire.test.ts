/**
 * Under fire: a real daemon, Traefik and labelgate are killed, stopped and restarted while people ask without pause. The
 * promise in all of it: an app answers nobody who has not signed in.
 */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../parts.ts'
import { IMPOSTORS, listenOn } from './doors/impostors.ts'
import { World } from './fault/world.ts'
import { SecondDocker } from './second-docker.ts'

const WHOAMI = 'traefik/whoami'
const HOSTS = Array.from({ length: 8 }, (_, n) => `app${n}.fire.test`)
/** Fewer would prove little. */
const MANY = 500

const parts = new AsyncDisposableStack()
let second: SecondDocker
let world: World

/** Runs whoami under these labels; comes back with its daemon. */
const run = (name: string, ...labels: string[]) =>
  second.docker('run', '-d', '--name', name, '--restart=always', ...labels.map((label) => `--label=${label}`), WHOAMI)

describeWith(['docker', 'second-docker', 'traefik', 'whoami'], 'under fire', () => {
  beforeAll(async () => {
    second = parts.use(await SecondDocker.start([WHOAMI]))
    world = parts.use(await World.open(second.host))
    await world.labelgate.start()
  })

  afterAll(() => parts.disposeAsync())

  test('I-02 eight apps start while their hosts are asked for: sign-in comes before the first answer', async () => {
    await using strangers = world.strangers(...HOSTS)
    expect(await strangers.next(50)).toMatchObject({ 'no-route': 50 })
    for (const [n, host] of HOSTS.entries()) await run(`app${n}`, `labelgate.host=${host}`)
    await strangers.settled('gate')
    await using members = await world.members(...HOSTS)
    await members.settled('app')
    await strangers.next(MANY)
    expect(strangers.counts).toMatchObject({ app: 0 })
    expect(strangers.counts.gate).toBeGreaterThan(MANY)
  })

  test('I-06 the daemon is killed and comes back: the last table judges meanwhile, and its age is told', async () => {
    await using strangers = world.strangers(...HOSTS)
    await using members = await world.members(...HOSTS)
    await second.kill()
    const age = await world.labelgate.metric('labelgate_table_age_seconds')
    // its containers die with it, so what a member gets is Traefik's 502
    expect(await members.next(MANY)).toMatchObject({ gate: 0, 'no-route': 0 })
    expect(await world.labelgate.metric('labelgate_table_age_seconds')).toBeGreaterThan(age)
    expect(await world.labelgate.status('/readyz')).toMatchObject({ status: 200 })
    await second.run()
    await run('late', 'labelgate.host=late.fire.test')
    await using late = world.strangers('late.fire.test')
    await late.settled('gate')
    await members.settled('app')
    await strangers.settled('gate')
    expect(strangers.total).toBeGreaterThan(MANY)
    expect([strangers.counts.app, late.counts.app]).toEqual([0, 0])
    await second.docker('rm', '-f', 'late')
  })

  test('H-30 labelgate is killed again and again: nobody is let in meanwhile, and sessions outlive it', async () => {
    await using strangers = world.strangers(...HOSTS)
    await using members = await world.members(...HOSTS)
    for (let times = 1; times <= 4; times++) {
      await world.labelgate.end('SIGKILL')
      await members.settled('unavailable')
      await world.labelgate.start()
      await members.settled('app')
    }
    await strangers.settled('gate')
    expect(strangers.total).toBeGreaterThan(MANY)
    expect(strangers.counts).toMatchObject({ app: 0, 'no-route': 0 })
    expect(members.counts).toMatchObject({ gate: 0, 'no-route': 0 })
  })

  test('H-30 labelgate is frozen: nobody gets any answer until it goes on', async () => {
    const [host = ''] = HOSTS
    await using members = await world.members(host)
    await members.settled('app')
    world.labelgate.signal('SIGSTOP')
    await using strangers = world.strangers(host)
    // how long it lasts is of no matter
    await setTimeout(1000)
    expect(strangers.total).toBe(0)
    world.labelgate.signal('SIGCONT')
    await members.settled('app')
    await strangers.settled('gate')
    expect(strangers.counts).toMatchObject({ app: 0 })
  })

  test('H-30 something else stands in the place of labelgate: Traefik takes 2xx alone for a yes, whoever says it', async () => {
    await world.labelgate.end('SIGKILL')
    for (const [what, listener] of Object.entries(IMPOSTORS)) {
      const impostor = await listenOn(world.labelgate.port, listener)
      await using strangers = world.strangers(...HOSTS)
      const told = await strangers.next(40)
      console.info(`traefik: in place of labelgate ${what}: ${JSON.stringify(told)}`)
      // deploy/doors.md names it: nothing that Traefik could be told keeps it from this
      if (/yes|page/.test(what)) expect(told, what).toMatchObject({ app: 40 })
      else expect(told, what).toMatchObject({ app: 0 })
      impostor.closeAllConnections()
      impostor.close()
      await once(impostor, 'close')
    }
    await world.labelgate.start()
  })

  test.for(['SIGTERM', 'SIGINT'] as const)(
    'I-28 %s under load ends labelgate with 0; the file stays, and so does the protection',
    async (signal) => {
      await using strangers = world.strangers(...HOSTS)
      await using members = await world.members(...HOSTS)
      await members.settled('app')
      const before = await readFile(world.labelgate.file, 'utf8')
      const ended = await world.labelgate.end(signal)
      expect(ended).toEqual({ code: 0, signal: null })
      expect(await readFile(world.labelgate.file, 'utf8')).toBe(before)
      await members.settled('unavailable')
      await world.labelgate.start()
      await members.settled('app')
      expect(strangers.counts).toMatchObject({ app: 0, 'no-route': 0 })
      // what was under way was answered, or failed; nothing was refused for want of a session
      expect(members.counts).toMatchObject({ gate: 0, 'no-route': 0, nobody: 0 })
    },
  )

  test('I-28 SIGHUP under load, again and again: the settings are read, and nobody notices', async () => {
    await using strangers = world.strangers(...HOSTS)
    await using members = await world.members(...HOSTS)
    await members.settled('app')
    for (let times = 0; times < 10; times++) {
      world.labelgate.signal('SIGHUP')
      expect(await members.next(50)).toMatchObject({ app: 50 })
    }
    expect(world.labelgate.running).toBe(true)
    await strangers.settled('gate')
    expect(strangers.counts.gate).toBe(strangers.total)
  })

  test('I-28 a second labelgate on the same file refuses to start, says why, and leaves the first in peace', async () => {
    await using members = await world.members(...HOSTS)
    await using rival = await world.rival()
    rival.launch()
    expect(await rival.end()).toEqual({ code: 3, signal: null })
    expect(rival.output).toContain(`another labelgate already writes ${world.labelgate.file}: stop it, or give`)
    expect(await members.next(100)).toMatchObject({ app: 100 })
  })

  test('I-09 a public app is stopped: its host is closed within 2 s, also when another app gets its address', async () => {
    await run('open', 'labelgate.host=open.fire.test', 'labelgate.public=/**')
    await using strangers = world.strangers('open.fire.test')
    await strangers.settled('app')
    const address = await addressOf('open')
    const stopped = Date.now()
    await second.docker('stop', '--time=0', 'open')
    await strangers.settled('no-route')
    expect(Number(strangers.last('app')) - stopped).toBeLessThan(2000)
    const open = strangers.counts.app
    await run('heir', 'labelgate.host=heir.fire.test')
    expect(await addressOf('heir')).toBe(address)
    await using heirs = await world.members('heir.fire.test')
    await heirs.settled('app')
    expect(await world.labelgate.forward('open.fire.test')).toBe(403)
    await strangers.next(50)
    expect(strangers.counts.app).toBe(open)
    await second.docker('rm', '-f', 'open', 'heir')
  })

  test('I-09 an app is paused, renamed, and taken off its network: it stays protected', async () => {
    const host = 'moved.fire.test'
    await run('moved', `labelgate.host=${host}`)
    await using strangers = world.strangers(host)
    await strangers.settled('gate')
    await using members = await world.members(host)
    await members.settled('app')
    await second.docker('pause', 'moved')
    await members.settled('unavailable')
    await second.docker('unpause', 'moved')
    await members.settled('app')
    await second.docker('rename', 'moved', 'away')
    await members.settled('app')
    await second.docker('network', 'disconnect', 'bridge', 'away')
    await members.settled('unavailable')
    await strangers.settled('gate')
    expect(strangers.counts).toMatchObject({ app: 0 })
    await second.docker('rm', '-f', 'away')
  })

  test('I-10 a public app is made anew for members alone: strangers are out within 2 s, and for good', async () => {
    const host = 'strict.fire.test'
    await run('strict', `labelgate.host=${host}`, 'labelgate.public=/**')
    await using strangers = world.strangers(host)
    await strangers.settled('app')
    await second.docker('rm', '-f', 'strict')
    const started = Date.now()
    await run('strict', `labelgate.host=${host}`)
    await strangers.settled('gate')
    expect(Number(strangers.last('app')) - started).toBeLessThan(2000)
    const open = strangers.counts.app
    await using members = await world.members(host)
    await members.settled('app')
    expect(await strangers.next(MANY)).toMatchObject({ gate: MANY })
    expect(strangers.counts.app).toBe(open)
    await second.docker('rm', '-f', 'strict')
  })
})

function addressOf(name: string): Promise<string> {
  return second.docker('inspect', '--format={{.NetworkSettings.IPAddress}}', name)
}
