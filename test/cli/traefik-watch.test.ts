import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { TraefikWatch, type TraefikWatchOptions } from '../../src/cli/traefik-watch.ts'
import { readEntryPoint, type TraefikView } from '../../src/proxy/traefik/seen.ts'

const view = (version: string, insecure = false): TraefikView => ({
  version,
  entryPoints: [
    readEntryPoint({
      name: 'web',
      address: ':80',
      http: { aliasHeadersStrategy: 'reject' },
      forwardedHeaders: { insecure },
    }),
  ],
  middlewares: [],
  routers: [],
})

/** A clock that is turned by hand, and a Traefik that answers in turn what it is given; nothing is: it is away. */
function world(answers: readonly (TraefikView | undefined)[]) {
  const left = [...answers]
  const said: string[] = []
  const versions: string[] = []
  const waits: number[] = []
  const due: { call?: () => void } = {}
  const note = (level: string) => (fields: object, sentence?: string) =>
    void said.push([level, ...Object.values(fields).map(String), sentence].join(' '))
  const options: TraefikWatchOptions = {
    api: 'http://traefik:8080',
    read: async () => {
      const answer = left.shift()
      if (answer === undefined) throw new Error('refused')
      return answer
    },
    ours: () => ({ mode: 'routes', internalUrl: 'http://labelgate:4180', portalHost: 'auth.example.com' }),
    log: { error: note('error'), warn: note('warn'), info: note('info') },
    changed: ({ major, minor, patch }) => void versions.push([major, minor, patch].join('.')),
    later: (milliseconds, call) => {
      waits.push(milliseconds)
      due.call = call
      return () => delete due.call
    },
  }
  const it = new TraefikWatch(options)
  const turn = async (times = 1) => {
    await setImmediate()
    for (let i = 0; i < times; i++) {
      due.call?.()
      await setImmediate()
    }
  }
  return { it, said, versions, waits, due, turn }
}

test('a Traefik that is away is asked ever more rarely, and spoken of once', async () => {
  const { it, said, waits, turn } = world([])
  await turn(8)
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
  expect(said).toEqual([expect.stringMatching(/^info http:\/\/traefik:8080 refused Traefik's API does not answer/)])
  expect(it.version).toBeUndefined()
})

test('its version is told when it is known, and again when it is another', async () => {
  const { it, versions, turn } = world([undefined, view('3.6.8'), view('3.6.8'), undefined, view('3.7.13')])
  await turn(4)
  expect(versions).toEqual(['3.6.8', '3.7.13'])
  expect(it.version).toEqual({ major: 3, minor: 7, patch: 13 })
})

test('what is wrong is said once it is seen twice, and once; and again when it is mended', async () => {
  const wrong = view('3.7.13', true)
  const { said, waits, turn } = world([wrong, wrong, wrong, view('3.7.13'), view('3.7.13'), wrong, view('3.7.13')])
  await turn()
  expect(said.slice(1)).toEqual([expect.stringMatching(/^warn traefik entry point web believes every client/)])
  await turn(3)
  expect(said.slice(2)).toEqual([expect.stringMatching(/^info traefik entry point web .* mended$/)])
  // a moment is not worth a line
  await turn(2)
  expect(said).toHaveLength(3)
  expect(waits.slice(0, 4)).toEqual([5000, 180_000, 180_000, 5000])
})

test('disposing of it ends it, whatever it waits for', async () => {
  const { it, due, waits, turn } = world([view('3.7.13')])
  await turn(0)
  it[Symbol.dispose]()
  expect(due.call).toBeUndefined()
  const other = world([])
  other.it[Symbol.dispose]()
  await other.turn()
  expect([waits.length, other.waits, other.said]).toEqual([1, [], []])
})
