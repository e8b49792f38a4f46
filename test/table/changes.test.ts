import fc from 'fast-check'
import { expect, test } from 'vitest'
import { build, TableBuilder, type Entry } from '../../src/table/build.ts'
import { tableChanges, type TableChanges } from '../../src/table/changes.ts'
import { container, type ContainerWords } from '../build/container.ts'
import { entry, networking, tableOf } from '../build/table.ts'

const NOTHING: TableChanges = { apps: [], conflicts: [], appeared: [], mended: [] }
const BOB = 'host=a.example.com\nallow=user:bob'

/** Containers by name and what is said of them; a name is a compose service too. */
type World = Readonly<Record<string, string | readonly [labels: string, words: ContainerWords]>>

function containers(world: World) {
  return Object.entries(world).map(([name, said]) => {
    const [labels, words] = typeof said === 'string' ? [said, {}] : said
    return container(name, labels, { service: `shop/${name}`, ...words })
  })
}
const changes = (before: World, after: World) => tableChanges(tableOf(containers(before)), tableOf(containers(after)))

test.for<[what: string, before: World, after: World, apps: TableChanges['apps']]>([
  [
    'an app that is new',
    {},
    { web: BOB },
    [
      {
        app: 'shop/web',
        before: undefined,
        after: ['a.example.com/', 'labelgate.allow=user:bob', 'accept: default'],
      },
    ],
  ],
  [
    'an app that is gone',
    { web: 'host=a.example.com' },
    {},
    [
      {
        app: 'shop/web',
        before: ['a.example.com/', 'allow: default (LABELGATE_DEFAULT_ALLOW)', 'accept: default'],
        after: undefined,
      },
    ],
  ],
  [
    'another policy, while others stay',
    { web: BOB, other: 'host=o.example.com' },
    { other: 'host=o.example.com', web: 'host=a.example.com\nallow=user:carol\npublic=/**' },
    [
      {
        app: 'shop/web',
        before: ['a.example.com/', 'labelgate.allow=user:bob', 'accept: default'],
        after: ['a.example.com/', 'labelgate.public=/**', 'labelgate.allow=user:carol', 'accept: default'],
      },
    ],
  ],
  [
    'another place',
    { web: BOB },
    { web: 'host=a.example.com, *.b.example.com\npath=/x\nallow=user:bob' },
    [
      {
        app: 'shop/web',
        before: ['a.example.com/', 'labelgate.allow=user:bob', 'accept: default'],
        after: ['*.b.example.com/x', 'a.example.com/x', 'labelgate.allow=user:bob', 'accept: default'],
      },
    ],
  ],
  [
    'a rule that comes',
    { web: BOB },
    { web: `${BOB}\nrules.api.path=/api\nrules.api.methods=GET|POST\nrules.api.allow=group:api` },
    [
      {
        app: 'shop/web',
        before: ['a.example.com/', 'labelgate.allow=user:bob', 'accept: default'],
        after: [
          'a.example.com/',
          'labelgate.allow=user:bob',
          'accept: default',
          'rule api (GET|POST /api): labelgate.rules.api.allow=group:api',
          'rule api (GET|POST /api): accept: default',
        ],
      },
    ],
  ],
])('%s', ([, before, after, apps]) => {
  expect(changes(before, after)).toEqual({ ...NOTHING, apps })
})

test.for<[what: string, before: World, after: World]>([
  ['nothing', { web: BOB }, { web: BOB }],
  ['another container with the same words', { web: [BOB, { created: 1 }] }, { web: [BOB, { created: 2 }] }],
  ['one that stops being healthy', { web: BOB }, { web: [BOB, { health: 'unhealthy' }] }],
  ['another card', { web: BOB }, { web: `${BOB}\ntitle=Shop` }],
  ['a replica that comes', { web: BOB }, { web: BOB, web2: [BOB, { service: 'shop/web' }] }],
])('is no change of policy: %s', ([, before, after]) => {
  expect(changes(before, after)).toMatchObject({ apps: [], conflicts: [] })
})

test('a label that is wrong denies everybody, is a problem, and is mended', () => {
  const wrong = { web: 'host=a.example.com\nalow=user:bob' }
  const after = ['a.example.com/', 'denied to everybody, since a label is wrong']
  const broken = changes({ web: BOB }, wrong)
  expect(broken).toMatchObject({ apps: [{ app: 'shop/web', after }], conflicts: [], mended: [] })
  expect(broken.appeared).toMatchObject([{ severity: 'error', container: 'web', key: 'labelgate.alow' }])
  const mended = changes(wrong, { web: BOB })
  expect(mended).toMatchObject({ apps: [{ before: after }], appeared: [], mended: broken.appeared })
})

test('a problem is the same in the next container of that name', () => {
  const wrong = 'host=a.example.com\nalow=user:bob'
  const found = changes({ web: [wrong, { created: 1 }] }, { web: [wrong, { created: 2 }], other: 'host=*.com' })
  expect(found.mended).toEqual([])
  expect(found.appeared.map((problem) => problem.container)).toEqual(['other'])
})

test.for(['a.example.com', '*.a.example.com'])('who claims %s too is named, until it ends', (host) => {
  const one = { one: `host=${host}\npath=/x\nallow=user:bob`, far: 'host=far.example.com' }
  const two = { ...one, two: `host=${host}\npath=/x\nallow=user:carol` }
  const conflict = { host, path: '/x', apps: ['shop/one', 'shop/two'] }
  const came = changes(one, two)
  expect(came.conflicts).toEqual([{ ...conflict, ended: false }])
  expect(came.appeared.map((problem) => problem.container)).toEqual(['one', 'two'])
  const ended = changes(two, one)
  expect(ended.conflicts).toEqual([{ ...conflict, ended: true }])
  expect(changes(two, two).conflicts).toEqual([])
})

const names = ['web', 'api', 'db', 'web2', 'alone'] as const
const said = fc.constantFrom(
  BOB,
  'host=a.example.com\nallow=user:carol',
  'host=b.example.com',
  'host=*.b.example.com\nrules.x.path=/x\nrules.x.deny=user:bob',
  'host=b.example.com\nalow=x',
  'enable=false',
)
const world = fc.dictionary(fc.constantFrom(...names), said, { noNullPrototype: true })
/** Some stand alone, so that the order of keys is not that of the groups. */
function entries(of: World): Map<string, Entry> {
  return new Map(
    containers(of)
      .map((one) =>
        one.name.startsWith('a')
          ? {
              ...one,
              labels: Object.fromEntries(Object.entries(one.labels).filter(([key]) => !key.startsWith('com.'))),
            }
          : one,
      )
      .map((one) => [one.name, entry({ ...one, id: one.name.padEnd(64, '0') })]),
  )
}

test('one builder’s tables differ as tables made from nothing do, and backwards is the opposite', () => {
  fc.assert(
    fc.property(fc.array(world, { minLength: 2, maxLength: 6 }), (worlds) => {
      const builder = new TableBuilder(networking)
      let before = build([], networking)
      let last = builder.table()
      for (const one of worlds) {
        const now = entries(one)
        for (const name of names) builder.set(name.padEnd(64, '0'), now.get(name))
        const table = builder.table()
        const after = build(now.values(), networking)
        const found = tableChanges(last, table)
        expect(found).toEqual(tableChanges(before, after))
        const back = tableChanges(table, last)
        expect(back.conflicts).toHaveLength(found.conflicts.length)
        expect([back.appeared, back.mended]).toEqual([found.mended, found.appeared])
        const byApp = (list: TableChanges['apps']) => new Map(list.map((change) => [change.app, change]))
        const turned = back.apps.map((change) => ({ ...change, before: change.after, after: change.before }))
        expect(byApp(turned)).toEqual(byApp(found.apps))
        expect(back.conflicts.map((change) => ({ ...change, ended: !change.ended }))).toEqual(
          expect.arrayContaining([...found.conflicts]),
        )
        ;[last, before] = [table, after]
      }
    }),
  )
})

test('among ten thousand apps, the one that changed is found without a look at the others', () => {
  const many = Array.from({ length: 10_000 }, (_, i) =>
    container(`c${i}`, `host=h${i}.example.com`, { service: `p/s${i}` }),
  )
  const builder = new TableBuilder(networking)
  for (const one of many) builder.set(one.id, entry(one))
  let before = builder.table()
  const times: number[] = []
  for (const one of many.slice(100, 130)) {
    builder.set(one.id, entry({ ...one, labels: { ...one.labels, 'labelgate.allow': 'user:bob' } }))
    const after = builder.table()
    const started = performance.now()
    const found = tableChanges(before, after)
    times.push(performance.now() - started)
    expect(found.apps).toHaveLength(1)
    before = after
  }
  // 0.2 ms where nothing else runs; the quickest, as other work on the machine makes none of them faster
  expect(Math.min(...times)).toBeLessThan(1)
})
