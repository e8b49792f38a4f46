import { expect, onTestFinished, test } from 'vitest'
import { createAudit } from '../../src/audit.ts'
import { decide } from '../../src/authz/decide.ts'
import { parseForwarded } from '../../src/authz/forwarded.ts'
import type { LiveSession } from '../../src/session/live.ts'
import type { PortalEvent } from '../../src/http/portal/deps.ts'
import { container } from '../build/container.ts'
import { bob, NOW, person, sessionOn } from '../build/people.ts'
import { tableOf } from '../build/table.ts'
import { lines } from '../log/lines.ts'
import { fwd } from '../threats/fixture.ts'
import { Hand } from '../store/bench.ts'

/** Where `fwd` says the client is. */
const ADDRESS = '203.0.113.9'

function auditing() {
  const { log, all, text } = lines({ level: 'info' })
  const clock = { now: NOW }
  const hand = new Hand()
  const audit = createAudit({ log, now: () => clock.now, repeat: hand.every })
  onTestFinished(() => audit[Symbol.dispose]())
  const said = () => all().map((line) => Object.fromEntries(Object.entries(line).filter(([name]) => name !== 'time')))
  return { audit, clock, hand, text, said }
}

const table = tableOf([
  container('open', 'host=open.example.com\npublic=/**', { service: 'p/open' }),
  container('vault', 'host=vault.example.com\nallow=user:carol', { service: 'p/vault' }),
  container('old', 'host=old.example.com\nrequire=fresh=1m', { service: 'p/old' }),
])

/** A question about that address, decided as forward-auth does. */
function asked(url: string, session?: LiveSession, of: Partial<{ table: typeof table }> = { table }) {
  const { host, pathname } = new URL(url)
  const forwarded = parseForwarded('forward', fwd(host, pathname).flat())
  if (forwarded === undefined) throw new Error(`no question: ${url}`)
  const setting = { table: of.table, now: NOW, secure: true, app: undefined }
  return [decide(setting, forwarded.request, session), forwarded] as const
}

test.for<[what: string, ReturnType<typeof asked>, object]>([
  [
    'somebody who may not',
    asked('https://vault.example.com/a', sessionOn('vault.example.com', bob)),
    { verdict: 'forbid', reason: 'not-allowed', app: 'p/vault', user: 'bob', host: 'vault.example.com' },
  ],
  [
    'somebody who is not signed in',
    asked('https://vault.example.com/a'),
    { verdict: 'sign-in', reason: 'no-session', app: 'p/vault', host: 'vault.example.com' },
  ],
  [
    'somebody who signed in too long ago',
    asked('https://old.example.com/', sessionOn('old.example.com', bob, { at: NOW - 120_000 })),
    { verdict: 'step-up', reason: 'not-fresh', app: 'p/old', user: 'bob', host: 'old.example.com' },
  ],
  [
    'a host that is nobody’s',
    asked('https://nope.example.com/'),
    { verdict: 'unknown-host', reason: 'unknown-host', host: 'nope.example.com' },
  ],
  [
    'anybody before there is a table',
    asked('https://vault.example.com/', undefined, {}),
    { verdict: 'not-ready', reason: 'not-synced', host: 'vault.example.com' },
  ],
])('a refusal says who asked for what, and why: %s', ([, question, fields]) => {
  const { audit, said } = auditing()
  audit.decided(...question)
  expect(said()).toEqual([{ level: 'info', audit: 'refusal', ...fields, address: ADDRESS, msg: 'request refused' }])
})

test('a question that cannot be read is refused without a word of it', () => {
  const { audit, said } = auditing()
  audit.decided({ verdict: 'bad-request', reason: 'malformed' }, undefined)
  expect(said()).toMatchObject([{ audit: 'refusal', verdict: 'bad-request', reason: 'malformed' }])
})

test('who is let in leaves no line', () => {
  const { audit, said } = auditing()
  const yes = asked('https://vault.example.com/', sessionOn('vault.example.com', person('carol')))
  const anonymous = asked('https://open.example.com/')
  expect([yes[0].verdict, anonymous[0].verdict]).toEqual(['allow', 'anonymous'])
  for (const _ of Array.from({ length: 100 })) {
    audit.decided(...yes)
    audit.decided(...anonymous)
  }
  expect(said()).toEqual([])
})

test('a flood is written down a few times a second; the rest is counted, and other refusals are seen', () => {
  const { audit, said, clock, hand } = auditing()
  const flood = asked('https://nope.example.com/')
  for (let i = 0; i < 100_000; i++) {
    clock.now = NOW + Math.floor(i / 10_000) * 1000
    audit.decided(...flood)
  }
  // twenty at once, and five in each of the nine seconds after
  expect(said()).toHaveLength(20 + 9 * 5)
  audit.decided(...asked('https://vault.example.com/', sessionOn('vault.example.com', bob)))
  expect(said().at(-1)).toMatchObject({ verdict: 'forbid', user: 'bob' })
  hand.turn()
  hand.turn()
  expect(said().slice(66)).toEqual([
    {
      level: 'warn',
      audit: 'refusal',
      verdict: 'unknown-host',
      suppressed: 100_000 - 65,
      msg: 'there were more than are written down',
    },
  ])
})

test('what was not written down is told at the end', () => {
  const { audit, said } = auditing()
  for (let i = 0; i < 25; i++) audit.stranger(ADDRESS)
  audit[Symbol.dispose]()
  expect(said().at(-1)).toMatchObject({ verdict: 'stranger', suppressed: 5 })
})

test('a clock that is set back neither opens nor shuts the log', () => {
  const { audit, said, clock } = auditing()
  for (let i = 0; i < 30; i++) audit.stranger(ADDRESS)
  expect(said()).toHaveLength(20)
  clock.now -= 86_400_000
  audit.stranger(ADDRESS)
  expect(said()).toHaveLength(20)
  clock.now += 200
  audit.stranger(ADDRESS)
  expect(said()).toHaveLength(21)
})

test('who asks without the key is named by address, and a fault by its error', () => {
  const { audit, said } = auditing()
  audit.stranger('172.18.0.9')
  audit.failed(new Error('no such thing', { cause: new Error('deeper') }))
  expect(said()).toMatchObject([
    { level: 'warn', audit: 'refusal', verdict: 'stranger', address: '172.18.0.9' },
    { level: 'error', err: { type: 'Error', message: 'no such thing', cause: { message: 'deeper' } } },
  ])
})

const who = { identity: bob, address: ADDRESS }
const address = ADDRESS
test.for<[PortalEvent, object]>([
  [
    { kind: 'sign-in', ...who },
    { audit: 'sign-in', verdict: 'ok', user: 'bob', issuer: bob.issuer, address },
  ],
  [
    { kind: 'sign-out', ...who },
    { audit: 'sign-out', verdict: 'ok', user: 'bob', address },
  ],
  [
    { kind: 'set-up', ...who },
    { audit: 'set-up', verdict: 'ok', user: 'bob', address },
  ],
  [
    { kind: 'sign-in-refused', why: 'refused', address },
    { audit: 'sign-in', verdict: 'refused', reason: 'refused', address },
  ],
  [
    { kind: 'sign-in-refused', why: 'throttled', address },
    { audit: 'sign-in', verdict: 'refused', reason: 'throttled', address },
  ],
  [
    { kind: 'form-refused', why: 'cross-site', address },
    { audit: 'refusal', verdict: 'form', reason: 'cross-site', address },
  ],
])('at the portal, %j is one line', ([event, fields]) => {
  const { audit, said } = auditing()
  audit.observe(event)
  expect(said()).toHaveLength(1)
  expect(said()[0]).toMatchObject(fields)
})

test('sign-ins of people are all written down, those that fail are bounded', () => {
  const { audit, said } = auditing()
  for (let i = 0; i < 100; i++) audit.observe({ kind: 'sign-in', ...who })
  expect(said()).toHaveLength(100)
  for (let i = 0; i < 100; i++) audit.observe({ kind: 'sign-in-refused', why: 'refused', address })
  expect(said()).toHaveLength(120)
})

test('the first table is one line, and its problems', () => {
  const { audit, said } = auditing()
  audit.tableReplaced(
    tableOf([
      container('a', 'host=a.example.com, *.a.example.com', { service: 'p/a' }),
      container('b', 'host=b.example.com\nalow=user:bob', { service: 'p/b' }),
    ]),
  )
  expect(said()).toMatchObject([
    { level: 'info', audit: 'policy', apps: 2, hosts: 3, msg: 'first table of apps' },
    { level: 'error', audit: 'problem', container: 'b', label: 'labelgate.alow', value: 'user:bob' },
  ])
  expect(said()[1]).toHaveProperty('reason')
  expect(said()[1]).toHaveProperty('mend')
})

test('another policy is a line with the words before and after', () => {
  const { audit, said } = auditing()
  const web = (allow: string) => tableOf([container('web', `host=a.example.com\nallow=${allow}`, { service: 'p/web' })])
  audit.tableReplaced(web('group:staff'))
  audit.tableReplaced(web('signed-in'))
  audit.tableReplaced(tableOf([]))
  audit.tableReplaced(web('user:bob'))
  const words = (allow: string) => ['a.example.com/', `labelgate.allow=${allow}`, 'accept: default']
  expect(said().slice(1)).toEqual([
    {
      level: 'info',
      audit: 'policy',
      app: 'p/web',
      before: words('group:staff'),
      after: words('signed-in'),
      msg: 'app changed',
    },
    { level: 'info', audit: 'policy', app: 'p/web', before: words('signed-in'), msg: 'app removed' },
    { level: 'info', audit: 'policy', app: 'p/web', after: words('user:bob'), msg: 'app added' },
  ])
})

test('a problem is told once, however many tables have it, and once more when it is mended', () => {
  const { audit, said } = auditing()
  const wrong = (more: string) =>
    tableOf([
      container('b', 'host=b.example.com\nalow=x', { service: 'p/b' }),
      container(more, `host=${more}.example.com`),
    ])
  audit.tableReplaced(wrong('one'))
  audit.tableReplaced(wrong('two'))
  audit.tableReplaced(wrong('three'))
  audit.tableReplaced(tableOf([container('b', 'host=b.example.com', { service: 'p/b' })]))
  const problems = said().filter((line) => line['audit'] === 'problem')
  expect(problems).toMatchObject([
    { level: 'error', label: 'labelgate.alow', msg: 'to be mended' },
    { level: 'info', label: 'labelgate.alow', msg: 'mended' },
  ])
})

test('a host that two claim is told with both, and so is its end', () => {
  const { audit, said } = auditing()
  const one = container('one', 'host=a.example.com', { service: 'p/one' })
  const two = container('two', 'host=a.example.com\nallow=user:bob', { service: 'p/two' })
  audit.tableReplaced(tableOf([one]))
  audit.tableReplaced(tableOf([one, two]))
  audit.tableReplaced(tableOf([two]))
  const conflict = { audit: 'policy', host: 'a.example.com', path: '/', apps: ['p/one', 'p/two'] }
  expect(said().filter((line) => 'apps' in line && Array.isArray(line['apps']))).toMatchObject([
    { level: 'warn', ...conflict },
    { level: 'info', ...conflict },
  ])
})

test('thousands of changes at once are counted beyond some hundred, what denies first', () => {
  const { audit, said } = auditing()
  const many = Array.from({ length: 2000 }, (_, i) => container(`c${i}`, `host=h${i}.example.com`))
  audit.tableReplaced(tableOf([]))
  audit.tableReplaced(tableOf([...many, container('b', 'host=b.example.com\nalow=x')]))
  expect(said().slice(1)).toHaveLength(501)
  expect(said()[1]).toMatchObject({ level: 'error', container: 'b' })
  expect(said().at(-1)).toMatchObject({ level: 'warn', suppressed: 1502 })
})

test('a label of a stranger’s making cannot forge a line', () => {
  const { audit, text } = auditing()
  audit.tableReplaced(tableOf([container('b', { host: 'b.example.com\n{"audit":"sign-in","user":"admin"}' })]))
  expect(text().trimEnd().split('\n')).toHaveLength(2)
  expect(text()).not.toContain('\n{"audit"')
})

test('settings that are read again are said to be; wrong ones each by what is wrong with them', () => {
  const { audit, said } = auditing()
  audit.configured([])
  audit.configured(['labelgate.yaml:3: policies.a.alow: is no key that may stand here: did you mean allow?'])
  expect(said()).toMatchObject([
    { level: 'info', audit: 'config', verdict: 'replaced' },
    { level: 'error', audit: 'config', verdict: 'refused' },
    { level: 'error', audit: 'config', problem: expect.stringContaining('policies.a.alow') },
  ])
})
