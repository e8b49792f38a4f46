/** What a flood, a clock that jumps, a new table and a stop do to answers. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { questioner, type Answer } from '../../../src/http/forward/question.ts'
import type { Table } from '../../../src/table/table.ts'
import { container } from '../../build/container.ts'
import { NOW } from '../../build/people.ts'
import { noAssertions, noCredentials } from '../../build/credentials.ts'
import { tableOf } from '../../build/table.ts'
import { fixtureContainers, fwd } from '../../threats/fixture.ts'
import { httpsPortal, portalFixture } from '../portal/fixture.ts'
import { alice, ask, openDoor, question, session, visit, word } from './door.ts'
import { Wire } from './wire.ts'

const APP = 'app.example.com'

/** The part behind the socket, for counts that a socket would take minutes for. */
function asker(table: Table): (lines: readonly string[]) => Answer {
  const ask = questioner({
    table: () => table,
    now: () => NOW,
    portal: httpsPortal,
    site: portalFixture().deps.site,
    sessionMax: 1,
    credentials: noCredentials,
    assertions: noAssertions,
    sessions: { find: () => undefined, trustworthy: true, end: async () => undefined },
    handover: { redeem: async () => ({ kind: 'refused', reason: 'malformed' }) },
    observer: { decided: () => undefined },
  })
  return (lines) => {
    const answer = ask({ dialect: 'forward', app: undefined, keyed: true }, lines)
    if (answer instanceof Promise) throw new Error('a plain question waits for nothing')
    return answer
  }
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function kept(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

test('I-25 a hundred thousand strangers leave nothing behind', () => {
  const answer = asker(tableOf(fixtureContainers()))
  const anonymous = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const lines = visit(
        i % 2 === 0 ? APP : `h${i}.example.com`,
        `/${i}`,
        `__Host-labelgate=${String(i).padStart(43, 'v')}`,
      )
      lines.push([`X-Strange-${i}`, 'x'], ['Remote-User', `u${i}`])
      if ('pass' in answer(lines.flat())) throw new Error('a stranger passed')
    }
  }
  anonymous(0, 5000)
  const before = kept()
  anonymous(5000, 105_000)
  expect(kept() - before).toBeLessThan(5_000_000)
})

describe('I-27 B-40 no question holds up the others, however it is made', () => {
  const big = tableOf([
    ...Array.from({ length: 2000 }, (_, i) => container(`a${i}`, `host=a${i}.example.com`)),
    container(
      'wide',
      [
        'host=wide.example.com',
        'public=/public/**',
        ...Array.from({ length: 20 }, (_, i) => `rules.r${i}.path=/r${i}/x`),
      ].join('\n'),
    ),
  ])
  const hostile: Readonly<Record<string, string>> = {
    'many segments': `/${'a/'.repeat(4000)}`,
    'many dots': `/${'.../'.repeat(2000)}`,
    'many slashes': `/a${'/'.repeat(8000)}`,
    'many escapes': `/${'%41'.repeat(2700)}`,
    'many kept escapes': `/${'%2f'.repeat(2700)}`,
    'letters that unfold': `/${'%EF%B7%BA'.repeat(900)}`,
    'letters that combine': `/a${'%CC%81'.repeat(1300)}`,
    'much too long': `/${'a'.repeat(60_000)}`,
    'a long query': `/?${'x=/../&'.repeat(1100)}`,
    'dashes and dots': `/${'-.'.repeat(4000)}`,
  }
  test.for(Object.entries(hostile))('%s take less than 5 ms of the processor', ([, uri]) => {
    const answer = asker(big)
    const lines = visit('wide.example.com', uri, `${'a=b; '.repeat(4000)}__Host-labelgate=${'v'.repeat(43)}`).flat()
    for (let i = 0; i < 20; i++) answer(lines)
    const start = process.cpuUsage()
    for (let i = 0; i < 100; i++) answer(lines)
    const { user, system } = process.cpuUsage(start)
    expect((user + system) / 100).toBeLessThan(5000)
  })
})

describe('I-29 the clock jumps', () => {
  const HOUR = 3_600_000
  test.for([
    ['an hour back: a session from the future is none', -HOUR, 'DENY'],
    ['a minute back: clocks of machines differ by so much', -60_000, 'AS alice'],
    ['an hour on', HOUR, 'AS alice'],
    ['nine hours on', 9 * HOUR, 'DENY'],
    ['to 1970', -NOW, 'DENY'],
    ['to 2038', Date.UTC(2038, 0, 20) - NOW, 'DENY'],
    ['to no time at all', Number.NaN, 'DENY'],
  ] as const)('%s', async ([, by, safe]) => {
    const door = await openDoor()
    const { app } = await door.signIn(alice, APP)
    door.clock.now += by
    expect(word(await ask(door, visit(APP, '/', session(app))))).toBe(safe)
    door.clock.now = NOW
    expect(word(await ask(door, visit(APP, '/', session(app))))).toBe('AS alice')
    expect(door.seen.failures).toEqual([])
  })
})

test('I-10 the first question after a new table is answered by it', async () => {
  const door = await openDoor({ containers: [container('app', `host=${APP}\npublic=/**`)] })
  const open = door.world.table
  const closed = tableOf([container('app', `host=${APP}\nallow=group:admins`)])
  const wire = await Wire.open(door.port)
  for (let i = 0; i < 50; i++) {
    door.world.table = i % 2 === 0 ? open : closed
    wire.send(question(fwd(APP, '/')))
    expect(word(await wire.next())).toBe(i % 2 === 0 ? 'ANON' : 'DENY')
  }
  wire.end()
})

describe('I-28 the server stops', () => {
  async function stopping() {
    const asked = Promise.withResolvers<void>()
    const result = Promise.withResolvers<{ kind: 'refused'; reason: string }>()
    const redeem = () => {
      asked.resolve()
      return result.promise
    }
    const door = await openDoor({ broken: { handover: { redeem } } })
    const [busy, idle] = [await Wire.open(door.port), await Wire.open(door.port)]
    idle.send(question(fwd(APP, '/')))
    await idle.next()
    busy.send(question(visit(APP, '/.labelgate/callback?code=x', `__Host-labelgate-nonce=${'n'.repeat(43)}`)))
    await asked.promise
    return { door, busy, idle, finish: () => result.resolve({ kind: 'refused', reason: 'used' }) }
  }
  test('what is on its way is answered, whoever waits for nothing is let go, and nobody new is let in', async () => {
    const { door, busy, idle, finish } = await stopping()
    const closed = door.app.close()
    expect(await idle.rest()).toEqual([])
    await expect(Wire.open(door.port)).rejects.toThrow('ECONN')
    finish()
    expect((await busy.next())?.status).toBe(400)
    expect(await busy.rest()).toEqual([])
    await closed
  })

  test('a proxy that goes on asking is answered once more on each connection', async () => {
    const { door, busy, idle, finish } = await stopping()
    const closed = door.app.close()
    await idle.rest()
    await expect(Wire.open(door.port)).rejects.toThrow('ECONN')
    busy.send(question(fwd('public.example.com', '/')).repeat(3))
    finish()
    expect((await busy.next())?.status).toBe(400)
    const last = await busy.rest()
    expect(last.map(word)).toEqual(['ANON'])
    expect(last[0]?.headers.get('connection')).toEqual(['close'])
    await closed
  })
})
