import { expect, test } from 'vitest'
import type { Container, ContainerState } from '../../src/docker/container.ts'
import { TableBuilder } from '../../src/table/build.ts'
import { hasHost } from '../../src/table/lookup.ts'
import type { Table } from '../../src/table/table.ts'
import { container } from '../build/container.ts'
import { entry, networking, tableOf } from '../build/table.ts'

function closed(table: Table, host: string): readonly string[] {
  return (table.hosts.get(host) ?? [])
    .filter((claim) => claim.conflict || claim.app.spec.broken)
    .map((claim) => `${claim.path} ${claim.app.spec.id}`)
}

function said(table: Table): readonly string[] {
  return table.problems.map(({ severity, container, reason }) => `${severity} ${container}: ${reason}`)
}

/** Every order of a short list. */
function orders<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item, index) => orders(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
}

test('a labelled container is an app, and an unlabelled one is nothing', () => {
  const table = tableOf([container('app', 'host=app.example.com'), container('db', {})])
  expect([...table.apps.keys()]).toEqual(['container/app'])
  expect([...table.hosts.keys()]).toEqual(['app.example.com'])
  expect(table.problems).toEqual([])
})

test('no container makes an empty table', () => {
  const table = tableOf([])
  expect([table.apps.size, table.hosts.size, table.wildcards.size, table.problems.length]).toEqual([0, 0, 0, 0])
})

test('replicas of a service are one app with an upstream each', () => {
  const replicas = [3, 1, 2].map((n) =>
    container(`shop-web-${n}`, 'host=shop.example.com', {
      service: 'shop/web',
      networks: [{ name: 'proxy', address: `172.18.0.${n}` }],
    }),
  )
  const app = tableOf(replicas).apps.get('shop/web')
  expect(app?.containers).toEqual(['shop-web-1', 'shop-web-2', 'shop-web-3'])
  expect(app?.upstreams.map(({ url }) => url)).toEqual([
    'http://172.18.0.1:80',
    'http://172.18.0.2:80',
    'http://172.18.0.3:80',
  ])
})

test('containers that stand alone and say the same word for word are replicas', () => {
  const table = tableOf([container('b', 'host=x.example.com'), container('a', 'host=x.example.com')])
  expect([...table.apps]).toHaveLength(1)
  expect(table.apps.get('container/a')?.containers).toEqual(['a', 'b'])
  expect(closed(table, 'x.example.com')).toEqual([])
})

test('the words of the newest generation hold, and the older containers are named', () => {
  for (const order of orders([
    container('shop-web-1', 'host=shop.example.com\npublic=/**', { service: 'shop/web', created: 100 }),
    container('shop-web-2', 'host=shop.example.com\nallow=group:admins', { service: 'shop/web', created: 101 }),
    container('shop-web-3', 'host=shop.example.com\npublic=/**', { service: 'shop/web', created: 99 }),
  ])) {
    const table = tableOf(order)
    expect(table.apps.get('shop/web')?.spec.policy.public).toEqual([])
    expect(table.apps.get('shop/web')?.upstreams.map((upstream) => upstream.container)).toEqual(['shop-web-2'])
    expect(said(table)).toEqual([
      'warning shop-web-2: containers of one service carry different labels; those of the newest hold: shop-web-1, shop-web-2, shop-web-3',
    ])
  }
})

test('while the new generation is not up yet, the old one serves under the new words', () => {
  const table = tableOf([
    container('web-1', 'host=shop.example.com\npublic=/**', { service: 'shop/web', created: 100 }),
    container('web-2', 'host=shop.example.com', { service: 'shop/web', created: 101, health: 'starting' }),
  ])
  expect(table.apps.get('shop/web')?.upstreams.map((upstream) => upstream.container)).toEqual(['web-1'])
  expect(table.apps.get('shop/web')?.spec.policy.public).toEqual([])
})

test('two generations of the same second with different words are denied on the hosts of both, in every order', () => {
  for (const order of orders([
    container('web-1', 'host=old.example.com\npublic=/**', { service: 'shop/web', created: 100 }),
    container('web-2', 'host=new.example.com\npath=/x', { service: 'shop/web', created: 100 }),
  ])) {
    const table = tableOf(order)
    expect(closed(table, 'old.example.com')).toEqual(['/ web'])
    expect(closed(table, 'new.example.com')).toEqual(['/ web'])
    expect(table.apps.get('shop/web')?.upstreams).toEqual([])
    expect(said(table)).toEqual([
      'error web-1: containers of one service carry different labels and are equally new: web-1, web-2',
    ])
  }
})

test('replicas of the same second and words are no generations', () => {
  const table = tableOf(
    ['web-1', 'web-2'].map((name) => container(name, 'host=shop.example.com', { service: 'shop/web' })),
  )
  expect(said(table)).toEqual([])
})

test('a generation whose labels are wrong closes the service, however many good ones run (threat H-30)', () => {
  const table = tableOf([
    container('web-1', 'host=shop.example.com\npublic=/**', { service: 'shop/web', created: 100 }),
    container('web-2', 'host=shop.example.com\nalow=group:admins', { service: 'shop/web', created: 101 }),
  ])
  expect(closed(table, 'shop.example.com')).toEqual(['/ web'])
})

test('H-08: two containers that claim one host are both denied and both named, whatever came first', () => {
  const rivals = [
    container('admin', 'host=admin.example.com\nallow=group:admins', { created: 100 }),
    container('evil', 'host=admin.example.com\npublic=/**', { created: 101 }),
  ]
  for (const created of [
    [100, 101],
    [101, 100],
    [100, 100],
  ]) {
    for (const order of orders(rivals.map((one, i): Container => ({ ...one, created: created[i] ?? 0 })))) {
      const table = tableOf(order)
      expect(closed(table, 'admin.example.com').toSorted()).toEqual(['/ admin', '/ evil'])
      expect(said(table)).toEqual([
        'error admin: claims admin.example.com/, and so does evil: both are denied to everybody',
        'error evil: claims admin.example.com/, and so does admin: both are denied to everybody',
      ])
    }
  }
})

test('H-08: restarting, reversing ids and swapping names gives the same table', () => {
  const words = ['host=admin.example.com\nallow=group:admins', 'host=admin.example.com\npublic=/**'] as const
  for (const [first, second] of [words, words.toReversed()])
    for (const ids of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      const table = tableOf([
        container('one', first ?? '', { id: ids[0] ?? '' }),
        container('two', second ?? '', { id: ids[1] ?? '' }),
      ])
      expect(closed(table, 'admin.example.com')).toHaveLength(2)
    }
})

test('two services of different projects that say the same are two apps, and in conflict', () => {
  const table = tableOf([
    container('a-web-1', 'host=x.example.com', { service: 'a/web' }),
    container('b-web-1', 'host=x.example.com', { service: 'b/web' }),
  ])
  expect(closed(table, 'x.example.com')).toEqual(['/ web', '/ web'])
})

test('three claimants are all denied, and each is told of both others', () => {
  const table = tableOf(['a', 'b', 'c'].map((name) => container(name, `host=x.example.com\ntitle=${name}`)))
  expect(closed(table, 'x.example.com')).toHaveLength(3)
  expect(said(table)[1]).toBe('error b: claims x.example.com/, and so does a, c: both are denied to everybody')
})

test('a conflict is of one path: the rest of the host is let alone', () => {
  const table = tableOf([
    container('a', 'host=x.example.com\npath=/api\ntitle=a'),
    container('b', 'host=x.example.com\npath=/api\ntitle=b'),
    container('site', 'host=x.example.com'),
  ])
  expect(closed(table, 'x.example.com')).toEqual(['/api a', '/api b'])
  expect(table.hosts.get('x.example.com')?.map(({ path, conflict }) => [path, conflict])).toEqual([
    ['/api', true],
    ['/api', true],
    ['/', false],
  ])
})

test('a conflict over one host closes that host alone, not the others of the same app', () => {
  const table = tableOf([
    container('a', 'host=a.example.com, x.example.com'),
    container('b', 'host=b.example.com, x.example.com'),
  ])
  expect(closed(table, 'x.example.com')).toHaveLength(2)
  expect(closed(table, 'a.example.com')).toEqual([])
})

test('a wildcard and an exact host of another app are no conflict; two equal wildcards are one', () => {
  const table = tableOf([
    container('any', 'host=*.example.com'),
    container('one', 'host=one.example.com'),
    container('rival', 'host=*.example.com\npublic=/**'),
  ])
  expect(closed(table, 'one.example.com')).toEqual([])
  expect(table.wildcards.get('example.com')?.map(({ conflict }) => conflict)).toEqual([true, true])
})

test('a container whose labels are wrong still claims its host, denied', () => {
  const table = tableOf([container('app', 'host=app.example.com\nalow=group:admins')])
  expect(closed(table, 'app.example.com')).toEqual(['/ app'])
  expect(table.problems[0]?.mend).toContain('labelgate.allow')
})

test('a container whose labels are wrong closes the host of one whose labels are right, rather than giving way', () => {
  const table = tableOf([container('a', 'host=x.example.com'), container('b', 'host=x.example.com\nnonsense=1')])
  expect(closed(table, 'x.example.com')).toHaveLength(2)
})

test('one container may declare several apps, and two that claim one host and path are in conflict', () => {
  const two = container('box', 'apps.a.host=x.example.com\napps.b.host=x.example.com')
  expect(closed(tableOf([two]), 'x.example.com').toSorted()).toEqual(['/ a', '/ b'])
})

test.for([
  ['created', true],
  ['running', true],
  ['paused', true],
  ['restarting', true],
  ['removing', false],
  ['exited', false],
  ['dead', false],
] as const)(
  'I-09: the policy of a container that is %s is in the table: %s',
  ([state, expected]: readonly [ContainerState, boolean]) => {
    const table = tableOf([container('app', 'host=app.example.com\npublic=/**', { state })])
    expect(hasHost(table, 'app.example.com')).toBe(expected)
  },
)

test('I-09: after a stop, and after a stop seen twice, nothing is left of a container', () => {
  const builder = new TableBuilder(networking)
  const app = container('app', 'host=app.example.com\npublic=/**', {
    published: [{ address: '0.0.0.0', hostPort: 80, containerPort: 80 }],
  })
  builder.set(app.id, entry(app))
  expect(builder.table().problems).toHaveLength(1)
  builder.set(app.id, entry({ ...app, state: 'exited' }))
  builder.set(app.id, entry({ ...app, state: 'exited' }))
  builder.set(app.id, undefined)
  expect(builder.table()).toMatchObject({ apps: new Map(), hosts: new Map(), problems: [] })
})

test('H-29: a new container with the name of an old one is judged by its own words', () => {
  const builder = new TableBuilder(networking)
  const admin = container('admin', 'host=admin.example.com\nallow=group:admins')
  const evil = container('admin', 'host=admin.example.com\npublic=/**')
  builder.set(admin.id, entry(admin))
  builder.set(evil.id, entry(evil))
  expect(closed(builder.table(), 'admin.example.com')).toHaveLength(2)
  builder.set(admin.id, undefined)
  expect(
    builder
      .table()
      .hosts.get('admin.example.com')
      ?.map(({ app }) => app.spec.policy.public),
  ).toEqual([[{ path: '/', subtree: true }]])
})

test('a table that was handed out does not change when the next one is made', () => {
  const builder = new TableBuilder(networking)
  const app = container('app', 'host=app.example.com\nnonsense=1')
  builder.set(app.id, entry(app))
  const before = builder.table()
  builder.set(app.id, undefined)
  builder.table()
  expect([...before.hosts.keys()]).toEqual(['app.example.com'])
  expect(before.problems).toHaveLength(1)
})

test('one event in a large table leaves every other app the very same object', () => {
  const builder = new TableBuilder(networking)
  const many = Array.from({ length: 100 }, (_, n) => container(`app-${n}`, `host=app-${n}.example.com`))
  for (const one of many) builder.set(one.id, entry(one))
  const before = builder.table()
  const gone = many[7]
  if (gone !== undefined) builder.set(gone.id, undefined)
  const after = builder.table()
  expect(after.apps.size).toBe(99)
  for (const [key, app] of after.apps) expect(app).toBe(before.apps.get(key))
})

test.for([
  ['0.0.0.0', true],
  ['::', true],
  ['192.168.1.5', true],
  ['', true],
  ['127.0.0.1', false],
  ['127.8.8.8', false],
  ['::1', false],
] as const)('a port published on %j leads past sign-in, and is warned of: %s', ([address, expected]) => {
  const published = [{ address, hostPort: 8080, containerPort: 80 }]
  const table = tableOf([container('app', 'host=app.example.com', { published })])
  expect(said(table)).toEqual(
    expected ? ['warning app: publishes port 8080 of the host, which leads past the proxy and past sign-in'] : [],
  )
})

test('several published ports are named once each, ascending; those of a container that is not ours are not ours', () => {
  const published = [9090, 8080, 8080].map((hostPort) => ({ address: '0.0.0.0', hostPort, containerPort: 80 }))
  expect(said(tableOf([container('app', 'host=app.example.com', { published })]))[0]).toContain('port 8080, 9090 of')
  expect(tableOf([container('db', {}, { published })]).problems).toEqual([])
})
